"""What a driver's figures say of the epoch and of the part that it tested."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograder.judge.expect import Mismatch
from autograder.kit.driver.script import EPOCHS, MORE, Script
from autograder.wire.frames import Array, Scalar

MOST_PRINTED = 20_000  # characters that are looked at, from the end
NEAR = 0.0055  # figures may be rounded to two decimals
KEYS = ("num_params", "test_loss", "test_acc")


@dataclass(frozen=True)
class Drive:
    """What a driver returned and printed under a script."""

    script: Script
    value: Any
    printed: str

    def figure(self, name: str) -> float | None:
        """`test_loss` or `test_acc`, as it was returned (or the mean of a list), else as it was printed."""
        returned = self.value.get(name) if type(self.value) is dict else None
        number = mean_of(returned) if type(returned) is list else number_of(returned)
        if number is not None:
            return number
        short = name.removeprefix("test_")
        pattern = rf"test[ _-]{{0,9}}{short}\w{{0,20}}\W{{0,4}}(\d{{1,9}}\.\d{{1,20}})"  # bounded: linear time
        found = re.findall(pattern, self.printed[-MOST_PRINTED:], re.IGNORECASE)
        return float(found[-1]) if found else None

    def tested(self) -> tuple[str, int] | None:
        """The part and the epoch whose loss `test_loss` is; the best epoch where several have the same."""
        loss = self.figure("test_loss")
        known = [("test", e) for e in range(1 + EPOCHS + MORE)]
        known += [("validation", e) for e in (*self.script.best, *range(1 + EPOCHS + MORE))] + [("training", 0)]
        distances = [np.inf if loss is None else abs(loss - self.script.loss(*place)) for place in known]
        nearest = int(np.argmin(distances))
        return known[nearest] if distances[nearest] < NEAR else None

    def problems(self) -> tuple[Mismatch | None, Mismatch | None, Mismatch | None]:
        return self.best_epoch(), self.test_part(), self.keys()

    def best_epoch(self) -> Mismatch | None:
        """What is wrong with the epoch that was tested; nothing if test_loss does not tell it."""
        place, best = self.tested(), self.script.best
        if self.figure("test_loss") is None:
            return Mismatch("there is no test_loss, neither returned nor printed", "", "epoch " + str(best[0]))
        if place is None or place[0] == "training" or place[1] in best:
            return None
        which = f"epoch {place[1]}" if place[1] else "a model that no epoch trained"
        return Mismatch(
            f"{which} was tested, not the epoch with the smallest validation loss",
            f"validation losses by epoch {self.script.validation()}; tested: {which}",
            "epoch " + " or ".join(map(str, best)),
        )

    def test_part(self) -> Mismatch | None:
        """What is wrong with the data behind test_loss and test_acc."""
        place, loss, accuracy = self.tested(), self.figure("test_loss"), self.figure("test_acc")
        wanted = self.script.loss("test", self.script.best[0])
        shown, expected = f"test_loss {loss:.4g}" if loss is not None else "no test_loss", f"test_loss {wanted:.4g}"
        if place is None:
            return Mismatch("test_loss is not the mean loss of the test part", shown, expected)
        if place[0] != "test":
            return Mismatch(f"test_loss is that of the {place[0]} part", shown, expected)
        right = self.script.accuracy(*place)
        if accuracy is not None and min(abs(accuracy - right), abs(accuracy / 100 - right)) > NEAR:
            return Mismatch("test_acc is not the accuracy on the test part", f"{accuracy:.4g}", f"{right:.4g}")
        return None

    def keys(self) -> Mismatch | None:
        if type(self.value) is not dict:
            return Mismatch("the driver does not return a dict", f"a {type(self.value).__name__}", f"the keys {KEYS}")
        lacking = [name for name in KEYS if number_of(self.value.get(name)) is None]
        if lacking:
            return Mismatch(f"the result has no number as {', '.join(lacking)}", f"keys {list(self.value)[:12]}")
        count = number_of(self.value["num_params"])
        if count is None or count < 1 or count != int(count):
            return Mismatch("num_params is no number of parameters", f"{count}", "a whole number above 0")
        return None


def mean_of(values: list[Any]) -> float | None:
    numbers = [number_of(value) for value in values]
    known = [number for number in numbers if number is not None]
    return sum(known) / len(known) if known and len(known) == len(numbers) else None


def number_of(value: Any) -> float | None:
    """A finite number that came as a built-in, a numpy scalar or a tensor of one element."""
    if isinstance(value, Scalar):
        value = value.value
    if isinstance(value, Array) and value.data.size == 1:
        value = value.data.item()
    good = type(value) in (int, float) and abs(value) < 1e15  # False for NaN
    return float(value) if good else None
