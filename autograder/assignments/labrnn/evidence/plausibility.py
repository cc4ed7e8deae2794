"""Whether the figures of trainings can be true: each finding is one sentence with the numbers.

A finding is a reason for a person to look, never a verdict: stored outputs may come from older code, and from Lab 2 (c)
on a model may be another than the formula's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol, TypeVar

from autograder.assignments.labrnn.evidence.quotes import quoted, quoted_all
from autograder.assignments.labrnn.evidence.settings import parameters, same
from autograder.assignments.labrnn.thresholds import Thresholds
from autograder.evidence import CellRun, Training

BATCHES_GRID, ROWS_GRID = 10_080, 10_000  # a mean over 105 batches of at most 96, and over 10,000 rows
_FULL_PRECISION = 6  # decimals from which a printed accuracy can be told from its neighbours on the grid
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


def contradictions(
    trainings: Sequence[Training], cells: Mapping[int, CellRun], thresholds: Thresholds
) -> tuple[str, ...]:
    """All that does not fit together; `cells`: what became of each cell in our run."""
    found = [sentence for t in trainings for sentence in (*parameter_findings(t), *grid_findings(t))]
    claimed = [t for t in trainings if t.standing == "claimed"]
    observed = [t for t in trainings if t.standing == "observed"]
    found += _tested_last(claimed or observed)
    found += _missing(claimed, observed, cells)
    found += _other_figures(claimed, observed, thresholds)
    return tuple(dict.fromkeys(found))


def place(training: Training) -> str:
    """Where a training stands, for a sentence: `The training in cell 12 (lab2.c)`."""
    part = f" ({training.section})" if training.section else ""
    return (
        f"{'The stored output of' if training.standing == 'claimed' else 'The training in'} cell {training.cell}{part}"
    )


# ---- figures by themselves -------------------------------------------------------------------------------------------
def parameter_findings(training: Training) -> Iterator[str]:
    """The parameter count against the closed formula, for a head on all directions or on one."""
    counted, vocab = training.num_params, training.vocab_size
    if counted is None or vocab is None:
        return
    expected = parameters(training.kind, vocab, training.settings)
    if expected is None or counted == expected:
        return
    sizes = ", ".join(f"{name} {training.settings.get(name)}" for name in ("N_LAYERS", "HIDDEN_DIM", "EMBEDDING_DIM"))
    why = ""
    if counted == parameters(training.kind, vocab, training.settings, narrow_head=True):
        why = ": a head that reads one direction only would explain it"
    two = "bidirectional " if training.settings.get("BIDIRECTIONAL") is True else ""
    yield (
        f"{place(training)} has {counted:,} parameters; a {two}{training.kind} with {sizes} and {vocab:,} words has "
        f"{expected:,}, a difference of {abs(counted - expected):,}{why}.{quoted(training, 'param', 'vocab')}"
    )


def grid_findings(training: Training) -> Iterator[str]:
    """A claimed test accuracy in full precision must be a mean over the 105 batches, or over the 10,000 rows."""
    accuracy = training.test_acc
    if training.standing != "claimed" or accuracy is None or not same(training.settings.get("BATCH_SIZE", 96), 96):
        return
    decimals = len(f"{accuracy:.12f}".rstrip("0").partition(".")[2])
    if decimals < _FULL_PRECISION:
        return
    rounding = max(0.01, 0.5 * 10.0**-decimals * BATCHES_GRID)
    if any(abs(accuracy * grid - round(accuracy * grid)) <= rounding for grid in (BATCHES_GRID, ROWS_GRID)):
        return
    yield (
        f"{place(training)} has the test accuracy {accuracy:.8f}, which is neither a mean over the 105 test batches "
        f"(a multiple of 1/{BATCHES_GRID:,}) nor over 10,000 reviews.{quoted(training, 'test')}"
    )


def learned_nothing(training: Training, thresholds: Thresholds) -> bool:
    """Whether every epoch lies on the plateau of chance; False when there are no figures."""
    losses = [loss for e in training.epochs for loss in (e.train_loss, e.valid_loss) if loss is not None]
    accuracies = [acc for e in training.epochs for acc in (e.train_acc, e.valid_acc) if acc is not None]
    low, high = thresholds.plateau_loss
    least, most = thresholds.plateau_accuracy
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


def _other_figures(claimed: Sequence[Training], observed: Sequence[Training], thresholds: Thresholds) -> Iterator[str]:
    """Test accuracies of the same training, stored and rerun on real reviews, beyond the tolerance."""
    for said, made in pairs(claimed, [t for t in observed if t.data not in ("", "synthetic")]):
        if said.test_acc is None or made.test_acc is None or min(said.test_acc, made.test_acc) < _COLLAPSED:
            continue
        if abs(said.test_acc - made.test_acc) > thresholds.rerun_tolerance:
            yield (
                f"{place(said)} has the test accuracy {said.test_acc:.4f}; our run of that cell came to "
                f"{made.test_acc:.4f}, further apart than {thresholds.rerun_tolerance:g}.{quoted(said, 'test')}"
            )


def pairs(claimed: Sequence[Training], observed: Sequence[Training]) -> Iterator[tuple[Training, Training]]:
    """Trainings of the same cell in their order, where the cell made as many as its stored output shows."""
    made_by = grouped(observed)
    for cell, said in grouped(claimed).items():
        made = made_by.get(cell, [])
        if len(said) == len(made):
            yield from zip(said, made, strict=True)
