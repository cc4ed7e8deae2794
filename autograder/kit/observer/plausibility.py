"""Whether the figures of trainings can be true together: each finding is one sentence with the numbers.

A finding is a reason for a person to look, never a verdict: stored outputs may come from older code.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol, TypeVar

from autograder.evidence import CellRun, Training
from autograder.kit.observer.quotes import quoted, quoted_all

_COLLAPSED = 0.65  # below, a deep or wide run may have missed the plateau's exit by chance: reruns differ
_LATER_IS_WORSE = 0.02  # nats between best and last validation loss that tell which one was tested
_NEARER = 2.0  # times nearer to the last than to the best


class _InCell(Protocol):
    @property
    def cell(self) -> int: ...


Found = TypeVar("Found", bound=_InCell)


def grouped(found: Iterable[Found]) -> dict[int, list[Found]]:
    """Trainings by their cell, in their order."""
    groups: dict[int, list[Found]] = {}
    for one in found:
        groups.setdefault(one.cell, []).append(one)
    return groups


def disagreements(trainings: Sequence[Training], cells: Mapping[int, CellRun], tolerance: float) -> Iterator[str]:
    """All trainings together: the wrong epoch tested, stored outputs that our run does not bear out. `cells`: what
    became of each cell in our run. `tolerance`: how far apart test accuracies of the same training may be."""
    claimed = [t for t in trainings if t.standing == "claimed"]
    observed = [t for t in trainings if t.standing == "observed"]
    yield from _tested_last(claimed or observed)
    yield from _missing(claimed, observed, cells)
    yield from _other_figures(claimed, observed, tolerance)


def place(training: Training) -> str:
    """Where a training stands, for a sentence: `The training in cell 12 (lab2.c)`."""
    part = f" ({training.section})" if training.section else ""
    return (
        f"{'The stored output of' if training.standing == 'claimed' else 'The training in'} cell {training.cell}{part}"
    )


# ---- figures by themselves -------------------------------------------------------------------------------------------
def learned_nothing(
    training: Training, plateau_loss: tuple[float, float], plateau_accuracy: tuple[float, float]
) -> bool:
    """Whether every epoch lies on the plateau of chance; False when there are no figures."""
    losses = [loss for e in training.epochs for loss in (e.train_loss, e.valid_loss) if loss is not None]
    accuracies = [acc for e in training.epochs for acc in (e.train_acc, e.valid_acc) if acc is not None]
    (low, high), (least, most) = plateau_loss, plateau_accuracy
    if not losses or not accuracies:
        return False
    return all(low <= loss <= high for loss in losses) and all(least <= acc <= most for acc in accuracies)


def last_was_tested(training: Training) -> bool:
    """Whether the test loss tells that the last epoch was tested although an earlier one was clearly better."""
    losses = [epoch.valid_loss for epoch in training.epochs]
    known = [loss for loss in losses if loss is not None]
    if training.test_loss is None or len(known) < 2 or len(known) != len(losses):
        return False
    best, last = min(known), known[-1]
    if last - best < _LATER_IS_WORSE:
        return False
    return _NEARER * abs(training.test_loss - last) < abs(training.test_loss - best)


def trains(training: Training) -> bool:
    """Whether its figures are those of a training; a test alone may be of a model that was there already."""
    return any(epoch.train_loss is not None or epoch.train_acc is not None for epoch in training.epochs) or bool(
        training.num_params is not None and training.epochs
    )


# ---- figures together ------------------------------------------------------------------------------------------------
def _tested_last(trainings: Sequence[Training]) -> Iterator[str]:
    """One sentence for all of them: it is one mistake of the loop."""
    late = [t for t in trainings if last_was_tested(t)]
    if not late:
        return
    example = late[0]
    losses = [e.valid_loss for e in example.epochs if e.valid_loss is not None]
    best = min(losses)
    yield (
        f"In {len(late)} of {len(trainings)} trainings the test figures look like the last epoch's, not the best "
        f"one's; in cell {example.cell} the smallest validation loss is {best:.3f} in epoch {losses.index(best) + 1}, "
        f"the last one {losses[-1]:.3f}, and the test loss {example.test_loss:.3f}.{quoted(example, 'val', 'test')}"
    )


def _missing(claimed: Sequence[Training], observed: Sequence[Training], cells: Mapping[int, CellRun]) -> Iterator[str]:
    """Stored outputs of cells that ran to their end here and made no training, or fewer."""
    said_by, made_by = grouped(filter(trains, claimed)), Counter(t.cell for t in observed)
    for cell in sorted(said_by):
        run = cells.get(cell)
        if run is None or run.status != "ran":
            continue
        told, made = said_by[cell], made_by[cell]
        said = len(told)
        if made < said:
            yield (
                f"The stored output of cell {cell} shows {said} training{'s' * (said != 1)}; in our run the cell came "
                f"to its end and made {made or 'none'}.{quoted_all(told, 'epoch', 'train', 'test')}"
            )


def _other_figures(claimed: Sequence[Training], observed: Sequence[Training], tolerance: float) -> Iterator[str]:
    """Test accuracies of the same training, stored and rerun on real data, beyond the tolerance."""
    for said, made in pairs(claimed, [t for t in observed if t.data not in ("", "synthetic")]):
        if said.test_acc is None or made.test_acc is None or min(said.test_acc, made.test_acc) < _COLLAPSED:
            continue
        if abs(said.test_acc - made.test_acc) > tolerance:
            yield (
                f"{place(said)} has the test accuracy {said.test_acc:.4f}; our run of that cell came to "
                f"{made.test_acc:.4f}, further apart than {tolerance:g}.{quoted(said, 'test')}"
            )


def pairs(claimed: Sequence[Training], observed: Sequence[Training]) -> Iterator[tuple[Training, Training]]:
    """Trainings of the same cell in their order, where the cell made as many as its stored output shows."""
    made_by = grouped(observed)
    for cell, said in grouped(claimed).items():
        made = made_by.get(cell, [])
        if len(said) == len(made):
            yield from zip(said, made, strict=True)
