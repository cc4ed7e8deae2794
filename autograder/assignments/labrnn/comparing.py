"""What the checks of forward passes share: a model with random weights, and ways to compare its logits."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.assignments.labrnn.anatomy import RECURRENT, head_names
from autograder.assignments.labrnn.api import Batch, LabRNN, Model, Spec
from autograder.judge.expect import expect
from autograder.judge.render import show

Array2 = np.ndarray[Any, Any]
SPEC = Spec(vocab_size=11)


def build(lab: LabRNN, kind: str, spec: Spec, rng: np.random.Generator) -> Model:
    """The student's model with random weights, in eval mode."""
    model = lab.same_model(kind, spec)
    model.randomise(rng)
    return model


def close(one: Array2, two: Array2) -> bool:
    """Equal up to the rounding of float32."""
    return np.allclose(one, two, rtol=1e-3, atol=1e-4)


def expect_close(one: Array2, two: Array2, message: str) -> None:
    """Two ways to ask for the same logits must agree; neither of the two is known to be the right one."""
    differ = f"{show(one)} one way, {show(two)} the other"
    expect(close(one, two), message, got=differ, expected="the same logits both ways")


def expect_other(one: Array2, two: Array2, message: str) -> None:
    expect(not np.allclose(one, two, rtol=0, atol=1e-6), message, got=two, expected="other logits")


def trained_gradients(model: Model, batch: Batch, rng: np.random.Generator) -> dict[str, Array2 | None]:
    """Gradients of the embedding, the recurrent layers and the head; of all where they can't be told by type.

    Frozen parameters and layers that have no business here are the constructor's mistakes, and left out.
    """
    known = [m.path for m in model.submodules() if m.is_a("Embedding", *RECURRENT)]
    heads = head_names(model)
    frozen = {name for name, _, trainable in model.parameters if not trainable}
    by_type = any(m.is_a(*RECURRENT) for m in model.submodules())
    return {
        name: gradient
        for name, gradient in model.gradients(batch, rng.normal(size=(len(batch.ids), model.spec.output_dim))).items()
        if name not in frozen and (not by_type or name in heads or name.rpartition(".")[0] in known)
    }
