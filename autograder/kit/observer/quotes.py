"""The printed lines that a finding rests on, so that whoever reads it can look for himself."""

from __future__ import annotations

from collections.abc import Sequence

from autograder.evidence import Training

MOST = 4  # lines of one training
SEVERAL = 3  # trainings


def quoted(training: Training, *words: str) -> str:
    """` Cell 12 printed «test_loss: 0.4, test_acc: 0.87».`: the lines with one of these words, or all that are known;
    empty for a training that printed nothing. The sentence starts with a blank, to be put behind another one."""
    lines = [line for line in training.lines if any(word in line.lower() for word in words)] or list(training.lines)
    if len(lines) > MOST:
        lines = [*lines[: MOST // 2], "…", *lines[-(MOST - MOST // 2) :]]
    if not lines:
        return ""
    return f" Cell {training.cell} printed {' '.join(line if line == '…' else f'«{line}»' for line in lines)}."


def quoted_all(trainings: Sequence[Training], *words: str) -> str:
    """As `quoted`, of the first few trainings and the last one."""
    some = trainings if len(trainings) <= SEVERAL else [*trainings[: SEVERAL - 1], trainings[-1]]
    left = len(trainings) - len(some)
    return "".join(quoted(t, *words) for t in some) + (f" {left} more were printed like these." if left else "")
