"""Scripts for a training driver: losses by row and epoch, drawn so that each figure tells its part and its epoch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from autograder.judge.seeds import secret, seed_of

EPOCHS, MORE, BATCH, BITS = 5, 3, 4, 8  # MORE: scripted epochs beyond the five, for a driver that counts its own
SIZES = {"training": 12, "validation": 12, "test": 16}
APART = 0.013  # figures may be rounded to two decimals
TEST_BATCHES = (-0.15, -0.05, 0.05, 0.15)  # their means about that of the part
KINDS = ("middle", "first", "last", "tie")
MEANS = {  # of the validation loss by epoch; where the smallest stands, and that the last is not next to it
    "middle": ((0.62, 0.47, 0.70, 0.54, 0.60), (0.64, 0.57, 0.47, 0.70, 0.55)),
    "first": ((0.46, 0.75, 0.68, 0.62, 0.55),),
    "last": ((0.75, 0.62, 0.68, 0.57, 0.46),),
    "tie": ((0.70, 0.48, 0.62, 0.48, 0.66),),
}


@dataclass(frozen=True)
class Script:
    """losses[row, epoch], epoch 0 being that of weights that no training led to; rows stand in the order of SIZES."""

    labels: tuple[int, ...]
    losses: np.ndarray[Any, Any]
    best: tuple[int, ...]  # epochs, more than one for a tie

    def rows(self, part: str) -> slice:
        names = list(SIZES)
        start = sum(SIZES[name] for name in names[: names.index(part)])
        return slice(start, start + SIZES[part])

    def loss(self, part: str, epoch: int) -> float:
        """The mean over the part's batches, which are equally large."""
        return float(self.losses[self.rows(part), epoch].mean())

    def accuracy(self, part: str, epoch: int) -> float:
        return float((self.losses[self.rows(part), epoch] < np.log(2)).mean())

    def validation(self) -> list[float]:
        """Losses by epoch, from the first."""
        return [round(self.loss("validation", epoch), 3) for epoch in range(1, EPOCHS + 1)]


def script_of(kind: str, rng: np.random.Generator) -> Script:
    """Draw until no two figures can be taken for one another."""
    while True:
        script = _draw(kind, rng)
        figures = [script.loss("test", e) for e in range(1 + EPOCHS + MORE)] + [script.loss("training", 0)]
        figures += [script.loss("validation", e) for e in range(1 + EPOCHS + MORE) if e not in script.best[1:]]
        if np.diff(np.sort(figures)).min() > APART:
            return script


def _draw(kind: str, rng: np.random.Generator) -> Script:
    """Neither the first, the last, the smallest nor the middle batch loss of the validation part tells the best epoch,
    which is not the most accurate one either."""
    choices = MEANS[kind]
    means = np.array(choices[int(rng.integers(len(choices)))])
    best = tuple(int(e) + 1 for e in np.flatnonzero(means == means.min()))
    means = means + rng.uniform(0, 0.01) + np.where(means == means.min(), 0, rng.uniform(0, 0.02, EPOCHS))
    rival, deepest = (int(e) + 1 for e in np.argsort(means)[[len(best), -1]])
    whole = [1.1 + rng.uniform(0, 0.05), *means, *(0.9 + 0.06 * rng.permutation(MORE))]
    test = rng.permutation(np.linspace(0.35, 0.95, len(whole))) + rng.uniform(-0.02, 0.02, len(whole))
    patterns = dict.fromkeys(best, (0.08, -0.16, 0.08)) | {rival: (-0.1, 0.2, -0.1), deepest: (0.25, -0.5, 0.25)}
    columns = []
    for epoch, mean in enumerate(whole):
        batches = [mean + offset for offset in patterns.get(epoch, (0.0, 0.0, 0.0))]
        tied = np.random.default_rng(0)  # the same for epochs that are to tie
        valid = [batch_losses(loss, epoch in best, tied) for loss in batches]
        tests = [batch_losses(test[epoch] + off, bool(rng.integers(2)), rng) for off in rng.permutation(TEST_BATCHES)]
        columns.append(np.concatenate([np.full(SIZES["training"], 0.8), *valid, *tests]))
    return Script(labels_of_rows(), np.stack(columns, axis=1), best)


def labels_of_rows() -> tuple[int, ...]:
    """The same under all scripts: a notebook may load its data once for all runs."""
    rng = np.random.default_rng(seed_of(secret(), "training loop, labels"))
    return tuple(int(label) for label in rng.permutation([0, 1] * (sum(SIZES.values()) // 2)))


def batch_losses(mean: float, wrong: bool, rng: np.random.Generator) -> np.ndarray[Any, Any]:
    """Losses of one batch with this mean, of which many or few are those of a wrong answer (above ln 2)."""
    low = 0.1 if wrong else 0.6
    many = next((n for n in range(BATCH - 1, 0, -1) if (BATCH * mean - (BATCH - n) * low) / n > 0.75), 0)
    if not wrong:
        many = 0 if mean < 0.66 else 1
    if not many:
        return np.full(BATCH, mean)
    losses = np.full(BATCH, low)
    losses[:many] = (BATCH * mean - (BATCH - many) * low) / many
    return rng.permutation(losses)


def spelt(row: int, words: tuple[str, str]) -> str:
    """A text that spells the row's number: see Script.row_of of kit/inside/scripted_driver.py."""
    bits = [row >> place & 1 for place in range(BITS)]
    return " ".join([words[0], *(words[bit] for bit in bits), *(words[1 - bit] for bit in bits)])
