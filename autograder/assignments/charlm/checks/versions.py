"""A trained model with its own parameters and with others: what a check asks must not hang on how well it learned."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from autograder.errors import StudentError
from autograder.judge.expect import Mismatch
from autograder.kit.characters.contexts import drawn
from autograder.kit.training.own import Trained


def versions(
    model: Trained, rng: np.random.Generator, scales: Sequence[float], ask: Callable[[Trained, list[str]], object]
) -> Iterator[Trained]:
    """The model as it was trained, then with random parameters of each scale, then as it was. A question between them
    makes it forget a state that other parameters left; `ask` puts it."""
    yield model
    try:
        for scale in scales:
            if not model.disturb(int(rng.integers(2**31)), scale):
                return
            forget(model, rng, ask)
            yield model
    finally:
        if model.object.student.fatal is None:
            model.restore()
            forget(model, rng, ask)


def forget(model: Trained, rng: np.random.Generator, ask: Callable[[Trained, list[str]], object]) -> None:
    """Ask for something else, so that no state of other parameters is gone on from. What fails is told by the checks."""
    with contextlib.suppress(StudentError, Mismatch):
        ask(model, [drawn(20, rng)])
