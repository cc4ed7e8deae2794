"""Whether the figures of one training of LabRNN can be true: each finding is one sentence with the numbers.

A finding is a reason for a person to look, never a verdict: from Lab 2 (c) on a model may be
another than the formula's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from autograder.assignments.labrnn.evidence.settings import parameters
from autograder.assignments.labrnn.thresholds import Thresholds
from autograder.evidence import CellRun, Training
from autograder.kit.observer.constants import same
from autograder.kit.observer.plausibility import disagreements, place
from autograder.kit.observer.quotes import quoted

BATCHES_GRID, ROWS_GRID = 10_080, 10_000  # a mean over 105 batches of at most 96, and over 10,000 rows
_FULL_PRECISION = 6  # decimals from which a printed accuracy can be told from its neighbours on the grid


def contradictions(
    trainings: Sequence[Training], cells: Mapping[int, CellRun], thresholds: Thresholds
) -> tuple[str, ...]:
    """All that does not fit together; `cells`: what became of each cell in our run."""
    found = [sentence for t in trainings for sentence in (*parameter_findings(t), *grid_findings(t))]
    found += disagreements(trainings, cells, thresholds.rerun_tolerance)
    return tuple(dict.fromkeys(found))


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
