"""From a submission and our run of it to its evidence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from autograder.assignments.labrnn.evidence import plausibility, rules
from autograder.assignments.labrnn.evidence.begun import named
from autograder.assignments.labrnn.evidence.code_rules import LOOKED_FOR, class_settings
from autograder.assignments.labrnn.evidence.sections import SectionMarks, read_marks
from autograder.assignments.labrnn.evidence.settings import NAMES, SIZES, optimizer
from autograder.assignments.labrnn.thresholds import Thresholds
from autograder.evidence import Evidence, Execution, Training
from autograder.kit.observer.plausibility import learned_nothing, place
from autograder.kit.observer.quotes import quoted
from autograder.kit.observer.remarks import cut, left_out, remarks, undeclared
from autograder.kit.observer.syntax import pieces
from autograder.kit.observer.trainings import Found, claimed, observe, tried
from autograder.records import Submission

_MADE_FOR = ("HyperParams", "LSTM", "GRU")
OTHER_EDITION = "No deduction: this edition's template may give another value than that of 2023."
_EXPECTED_F = 0.86  # test accuracy that the assignment's text expects of Lab 2 (f)
_DECLARED = ("N_LAYERS", "HIDDEN_DIM", "EMBEDDING_DIM", "BIDIRECTIONAL", "OPTIM")


def gather(
    submission: Submission, execution: Execution | None, thresholds: Thresholds, *, edition: str = "2023"
) -> Evidence:
    """All that the run, the stored outputs and the code show. `edition`: as edition.Edition.name; of others than 2023
    the rules are not known, and what would break them is a hint."""
    code, marks = pieces(submission, LOOKED_FOR), read_marks(submission)
    marks = replace(marks, own=class_settings(code, marks))
    run = observe(execution, NAMES)
    if edition != "2023":
        marks = replace(marks, own={**_first_sizes(run.found, marks), **marks.own})
    made = run.trainings(marks.section)
    said = claimed(submission, marks.section, made)
    broken = rules.breaches(code, marks, made, [one.seen for one in run.found], said, thresholds)
    if edition != "2023":
        broken = tuple(replace(breach, hint=True, consequence=OTHER_EDITION) for breach in broken)
    doubts = (*undeclared(run.found, _DECLARED), *plausibility.contradictions([*made, *said], run.cells, thresholds))

    def parts(cell: int, source: str) -> list[str]:
        marked = marks.section(cell, "", {})
        return [*([marked] if marked else []), *named(source)]

    return Evidence(
        (*made, *said),
        broken,
        cut(doubts),
        cut([*left_out(made, said), *remarks(run), *_figures(made, said, thresholds)]),
        tuple(number for number, cell in run.cells.items() if cell.status in ("timed out", "not run")),
        {number: cell.error for number, cell in run.cells.items() if cell.status == "failed"},
        marks.own,
        tried(submission, run.cells, _MADE_FOR, parts),
        marks.both,
    )


def _first_sizes(found: Sequence[Found], marks: SectionMarks) -> dict[str, Any]:
    """What another edition gives, as far as can be known: the first training's sizes, unless it is marked as Lab 2."""
    first = next((one for one in found if one.seen is not None and one.seen.trained), None)
    if first is None or first.seen is None or marks.parts.get(first.cell, "").startswith("lab2"):
        return {}
    return {name: first.seen.settings[name] for name in SIZES if name in first.seen.settings}


def _figures(observed: Sequence[Training], claimed: Sequence[Training], thresholds: Thresholds) -> Iterator[str]:
    """What real data showed: adaptive optimizers that learned nothing, and what Lab 2 (f) came to."""
    real = [t for t in observed if t.data != "synthetic"] or list(claimed)
    for t in real:
        if optimizer(t.settings) not in ("", "sgd") and learned_nothing(
            t, thresholds.plateau_loss, thresholds.plateau_accuracy
        ):
            yield f"{place(t)} stays at chance level in every epoch: it learned nothing.{quoted(t)}"
    best = max((t.test_acc for t in real if t.section == "lab2.f" and t.test_acc is not None), default=None)
    if best is not None and best < _EXPECTED_F:
        yield f"The best test accuracy of lab2.f is {best:.3f}; the assignment expects 0.86 to 0.88 there."
