"""Whether a class does anything of what it is for, looked at once; nothing else of it pays where it does not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from autograder.judge.expect import Mismatch, expect
from autograder.kit.lab import Lab
from autograder.kit.properties import Property
from autograder.kit.properties.record import prop
from autograder.kit.recogniser.pooled_life import of_classifier, of_layer


def fault(lab: Lab, name: str) -> str:
    """Why it does not, one clause about "it"; empty where it lives.

    Raises:
        StudentError, Mismatch: it can't be built or called.
    """
    if name == "Elman":
        return lab.once("life", name, of_layer)
    return lab.once("life", name, lambda lab, name: of_classifier(lab, name, ordered=name != "MLPClassifier"))


@prop(
    "Its answers depend on what goes in and on its weights, and those of a recurrent one on the order of the steps.",
    weight=2,
)
def alive(lab: Lab, name: str, rng: np.random.Generator) -> None:
    expect(not fault(lab, name), f"{name} does not do what it is for: {fault(lab, name)}")


def living(one: Property) -> Property:
    """The property, which pays only where the class lives."""

    def judge(lab: Lab, name: str, rng: np.random.Generator) -> None:
        if why := fault(lab, name):
            raise Mismatch(f"{name} does not do what it is for: {why}")
        one.judge(lab, name, rng)

    return replace(one, judge=judge)
