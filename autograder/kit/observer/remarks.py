"""Sentences about trainings: printed without one, called without one, declared otherwise than made."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from autograder.evidence import Training
from autograder.kit.observer.constants import same
from autograder.kit.observer.plausibility import grouped
from autograder.kit.observer.quotes import quoted_all
from autograder.kit.observer.repeats import distinct
from autograder.kit.observer.trainings import MOST, NO_STEPS, Found, Observed

MOST_SENTENCES = 60


def cut(sentences: Sequence[str]) -> tuple[str, ...]:
    """Each once, and of very many the first."""
    kept = tuple(dict.fromkeys(sentences))
    more = len(kept) - MOST_SENTENCES
    return kept if more <= 0 else (*kept[:MOST_SENTENCES], f"There are {more} more findings of this kind.")


def left_out(observed: Sequence[Training], claimed: Sequence[Training]) -> Iterator[str]:
    """That there were more trainings than are looked at."""
    for of, kept in (("our run", observed), ("the stored outputs", claimed)):
        if len(kept) == MOST:
            yield f"Of {of} only the first {MOST} trainings were looked at."


def remarks(run: Observed) -> Iterator[str]:
    """What was printed without a training, and called without one."""
    by_cell = grouped(run.found)
    for number, cell in run.cells.items():
        printed = [log for log in distinct(run.logs[number]) if log.trains]
        made = by_cell.get(number, [])
        trained = sum(one.seen is None or one.seen.trained for one in made)
        if len(printed) > trained and trained == 0:
            steps = NO_STEPS if run.hooked else f"it took {cell.seconds:.1f} seconds"
            shown = [Training("claimed", number, "", lines=log.lines) for log in printed]
            yield (
                f"Cell {number} prints the figures of {len(printed)} training{'s' * (len(printed) != 1)}, but {steps} "
                f"in it: printed figures alone do not count as a training.{quoted_all(shown)}"
            )
        elif made and trained < len(made):
            idle = len(made) - trained
            yield f"In cell {number}, {idle} of {len(made)} calls of the driver trained nothing: {NO_STEPS}."
        if not run.hooked and trained:
            yield f"The trainings of cell {number} are known from what it printed only."


def undeclared(found: Sequence[Found], names: Sequence[str]) -> Iterator[str]:
    """Settings, of these names, that a training declares and does not use."""
    for one in found:
        if one.seen is None:
            continue
        for name in names:
            said, built = one.seen.declared.get(name), one.seen.settings.get(name)
            if said is not None and built is not None and not same(said, built):
                used = f"{name} {_show(said)} in its HyperParams, but used {_show(built)}"
                yield f"A training in cell {one.cell} has {used}."


def _show(value: Any) -> str:
    return value if isinstance(value, str) else repr(value)
