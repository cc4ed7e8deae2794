"""A property as data: what students read, what it weighs, and the function that judges it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from autograder.kit.lab import Lab
from autograder.records import Visibility

Judge = Callable[[Lab, str, np.random.Generator], None]


@dataclass(frozen=True)
class Property:
    """`judge(lab, name, rng)` raises Mismatch or a StudentError where the module `name` lacks the property, NotJudged
    where that can't be told, and NeedsPerson where a person must look. `name` becomes the check's name."""

    name: str
    sentence: str
    judge: Judge
    weight: float = 1
    required: bool = False
    visibility: Visibility = "public"

    def __call__(self, **changes: Any) -> Property:
        """The same property with another sentence, weight, visibility, or required."""
        return replace(self, **changes)


def prop(sentence: str, *, required: bool = False, weight: float = 1) -> Callable[[Judge], Property]:
    """Make a property of the function that judges it; it is called as the function is."""

    def made(judge: Judge) -> Property:
        return Property(judge.__name__, sentence, judge, weight, required)

    return made
