"""From a submission and our run of it to its evidence.

The hook's reports tell which trainings were made; log lines fill in figures that those lack. Where the hook was at
work, log lines alone are no training: anybody can print them. Trainings of stored outputs are claims.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from autograder.assignments.labrnn.evidence import plausibility, rules
from autograder.assignments.labrnn.evidence.begun import NO_STEPS, named
from autograder.assignments.labrnn.evidence.code_rules import LOOKED_FOR, class_settings
from autograder.assignments.labrnn.evidence.events import CellEvents, Seen, read_events
from autograder.assignments.labrnn.evidence.logs import Logged, read_logs
from autograder.assignments.labrnn.evidence.plausibility import grouped
from autograder.assignments.labrnn.evidence.quotes import quoted, quoted_all
from autograder.assignments.labrnn.evidence.repeats import distinct
from autograder.assignments.labrnn.evidence.sections import Marks, read_marks
from autograder.assignments.labrnn.evidence.settings import SIZES, optimizer, same
from autograder.assignments.labrnn.evidence.syntax import pieces
from autograder.assignments.labrnn.thresholds import Thresholds
from autograder.evidence import CellRun, Evidence, Execution, Training
from autograder.records import Submission

_NAMES = re.compile(r"\b(\w++)\s*+(\(?)")  # and whether they are called
_MADE_FOR = ("HyperParams", "LSTM", "GRU")
_TRAINS = re.compile(r"train|fit|run|experiment|study")
MOST = 500  # trainings that the run shows, and as many of the stored outputs; an honest notebook makes 50
OTHER_EDITION = "No deduction: this edition's template may give another value than that of 2023."
_MOST_SENTENCES = 60
_AHEAD = 100  # logs among which a training's own is looked for
_LEAST_SECONDS = 1.0  # that a training takes at least, where nothing but its log lines is known
_EXPECTED_F = 0.86  # test accuracy that the assignment's text expects of Lab 2 (f)
_DECLARED = ("N_LAYERS", "HIDDEN_DIM", "EMBEDDING_DIM", "BIDIRECTIONAL", "OPTIM")


@dataclass(frozen=True)
class _Found:
    """One training of a cell: as the hook saw it, as the cell printed it."""

    cell: int
    seen: Seen | None
    logged: Logged


def gather(
    submission: Submission, execution: Execution | None, thresholds: Thresholds, *, edition: str = "2023"
) -> Evidence:
    """All that the run, the stored outputs and the code show. `edition`: as edition.Edition.name; of others than 2023
    the rules are not known, and what would break them is a hint."""
    code, marks = pieces(submission, LOOKED_FOR), read_marks(submission)
    marks = replace(marks, own=class_settings(code, marks))
    cells = {} if execution is None else {run.number: run for run in execution.cells}
    events = {number: read_events(run.events) for number, run in cells.items()}
    hooked = any(run.events for run in cells.values())
    logs = {number: read_logs(run.text) for number, run in cells.items()}
    found = list(islice((o for n, run in cells.items() for o in _of_cell(run, events[n], logs[n], hooked)), MOST))
    if edition != "2023":
        marks = replace(marks, own={**_first_sizes(found, marks), **marks.own})
    data = "" if execution is None else execution.data
    observed = [_observed(one, cells[one.cell], marks, data) for one in found]
    claimed = list(islice(_claimed(submission, marks, observed), MOST))
    many = [f"Of {of} only the first {MOST} trainings were looked at." for of, kept in
            (("our run", observed), ("the stored outputs", claimed)) if len(kept) == MOST]  # fmt: skip
    remarks = [*many, *_remarks(found, cells, logs, hooked), *_figures(observed, claimed, thresholds)]
    broken = rules.breaches(code, marks, observed, [one.seen for one in found], claimed, thresholds)
    if edition != "2023":
        broken = tuple(replace(breach, hint=True, consequence=OTHER_EDITION) for breach in broken)
    contradictions = (*_undeclared(found), *plausibility.contradictions([*observed, *claimed], cells, thresholds))
    return Evidence(
        (*observed, *claimed),
        broken,
        _cut(contradictions),
        _cut(remarks),
        tuple(number for number, run in cells.items() if run.status in ("timed out", "not run")),
        {number: run.error for number, run in cells.items() if run.status == "failed"},
        marks.own,
        dict(_tried(submission, cells, marks)),
        marks.both,
    )


def _first_sizes(found: Sequence[_Found], marks: Marks) -> dict[str, Any]:
    """What another edition gives, as far as can be known: the first training's sizes, unless it is marked as Lab 2."""
    first = next((one for one in found if one.seen is not None and one.seen.trained), None)
    if first is None or first.seen is None or marks.parts.get(first.cell, "").startswith("lab2"):
        return {}
    return {name: first.seen.settings[name] for name in SIZES if name in first.seen.settings}


def _tried(submission: Submission, cells: Mapping[int, CellRun], marks: Marks) -> Iterator[tuple[int, tuple[str, ...]]]:
    for cell in submission.cells:
        run = cells.get(cell.number)
        if run is None or run.status in ("ran", "skipped") or run.error.startswith("NotImplementedError"):
            continue
        if _may_train(cell.source):
            marked = marks.section(cell.number, "", {})
            yield cell.number, tuple(dict.fromkeys([*([marked] if marked else []), *named(cell.source)]))


def _may_train(source: str) -> bool:
    """Whether a cell names what models are made of, or calls something that sounds like a training."""
    return any(
        match[1] in _MADE_FOR or (match[2] and _TRAINS.search(match[1]) is not None)
        for match in _NAMES.finditer(source)
    )


def _cut(sentences: Sequence[str]) -> tuple[str, ...]:
    kept = tuple(dict.fromkeys(sentences))
    more = len(kept) - _MOST_SENTENCES
    return kept if more <= 0 else (*kept[:_MOST_SENTENCES], f"There are {more} more findings of this kind.")


# ---- our run ---------------------------------------------------------------------------------------------------------
def _of_cell(run: CellRun, events: CellEvents, logs: Sequence[Logged], hooked: bool) -> Iterator[_Found]:
    begin = 0
    for seen in events.trainings:
        match = next((n for n in range(begin, min(begin + _AHEAD, len(logs))) if _fits(logs[n], seen)), None)
        begin = begin if match is None else match + 1
        yield _Found(run.number, seen, Logged() if match is None else logs[match])
    told = [log for log in distinct(logs[begin:]) if log.trains or log.num_params is not None]
    if not hooked and run.seconds >= _LEAST_SECONDS * len(told):
        for log in told:
            yield _Found(run.number, None, log)


def _fits(log: Logged, seen: Seen) -> bool:
    """Whether printed figures may be this training's: none that both have differ."""
    return all(
        a is None or b is None or same(round(a, 3), round(b, 3))
        for a, b in ((log.num_params, seen.num_params), (log.test_acc, seen.test_acc))
    )


def _observed(found: _Found, run: CellRun, marks: Marks, data: str) -> Training:
    seen, log = found.seen or Seen(ended=run.status == "ran"), found.logged
    trained = found.seen is None or seen.trained
    tested = not seen.driver and log.test_acc is not None  # what failed afterwards is not the training
    interrupted = run.status == "timed out" and seen.error.startswith("KeyboardInterrupt")
    error = run.error if interrupted else seen.error or ("" if trained else NO_STEPS)
    if not error and not seen.ended:
        error = run.error or "it did not come to its end"
    error = "" if tested else error
    test_acc = seen.test_acc if seen.test_acc is not None else log.test_acc
    return Training(
        standing="observed",
        cell=found.cell,
        section=marks.section(found.cell, seen.kind, seen.settings),
        kind=seen.kind,
        settings=seen.settings,
        vocab_size=seen.vocab_size if seen.vocab_size is not None else log.vocab_size,
        num_params=seen.num_params if seen.num_params is not None else log.num_params,
        epochs=seen.epochs or log.epochs,
        test_loss=seen.test_loss if seen.test_loss is not None else log.test_loss,
        test_acc=test_acc,
        seconds=seen.seconds,
        complete=trained and not error,
        error=error,
        data=data,
        broke_off=bool(seen.driver and trained and seen.error) and not seen.error.startswith("KeyboardInterrupt"),
        lines=log.lines,
    )


# ---- stored outputs --------------------------------------------------------------------------------------------------
def _claimed(submission: Submission, marks: Marks, observed: Sequence[Training]) -> Iterator[Training]:
    """What the stored outputs show, with the settings of the same training in our run, where there is one."""
    by_cell = grouped(observed)
    for cell, text in submission.stored.items():
        logs = distinct(read_logs(text))
        made = by_cell.get(cell, [])
        for index, log in enumerate(logs):
            twin = made[index] if len(made) == len(logs) else None
            kind, settings = (twin.kind, twin.settings) if twin is not None else ("", {})
            yield Training(
                standing="claimed",
                cell=cell,
                section=twin.section if twin is not None else marks.section(cell, "", {}),
                kind=kind,
                settings=settings,
                vocab_size=log.vocab_size,
                num_params=log.num_params,
                epochs=log.epochs,
                test_loss=log.test_loss,
                test_acc=log.test_acc,
                complete=log.test_acc is not None,
                lines=log.lines,
            )


# ---- remarks ---------------------------------------------------------------------------------------------------------
def _remarks(
    found: Sequence[_Found], cells: Mapping[int, CellRun], logs: Mapping[int, Sequence[Logged]], hooked: bool
) -> Iterator[str]:
    """What was printed without a training, and called without one."""
    by_cell = grouped(found)
    for number, run in cells.items():
        printed = [log for log in distinct(logs[number]) if log.trains]
        made = by_cell.get(number, [])
        trained = sum(one.seen is None or one.seen.trained for one in made)
        if len(printed) > trained and trained == 0:
            steps = NO_STEPS if hooked else f"it took {run.seconds:.1f} seconds"
            shown = [Training("claimed", number, "", lines=log.lines) for log in printed]
            yield (
                f"Cell {number} prints the figures of {len(printed)} training{'s' * (len(printed) != 1)}, but {steps} "
                f"in it: printed figures alone do not count as a training.{quoted_all(shown)}"
            )
        elif made and trained < len(made):
            idle = len(made) - trained
            yield f"In cell {number}, {idle} of {len(made)} calls of the driver trained nothing: {NO_STEPS}."
        if not hooked and trained:
            yield f"The trainings of cell {number} are known from what it printed only."


def _undeclared(found: Sequence[_Found]) -> Iterator[str]:
    """Settings that a training declares and does not use."""
    for one in found:
        if one.seen is None:
            continue
        for name in _DECLARED:
            said, built = one.seen.declared.get(name), one.seen.settings.get(name)
            if said is not None and built is not None and not same(said, built):
                used = f"{name} {_show(said)} in its HyperParams, but used {_show(built)}"
                yield f"A training in cell {one.cell} has {used}."


def _show(value: Any) -> str:
    return value if isinstance(value, str) else repr(value)


def _figures(observed: Sequence[Training], claimed: Sequence[Training], thresholds: Thresholds) -> Iterator[str]:
    """What real data showed: adaptive optimizers that learned nothing, and what Lab 2 (f) came to."""
    real = [t for t in observed if t.data != "synthetic"] or list(claimed)
    for t in real:
        if optimizer(t.settings) not in ("", "sgd") and plausibility.learned_nothing(t, thresholds):
            yield f"{plausibility.place(t)} stays at chance level in every epoch: it learned nothing.{quoted(t)}"
    best = max((t.test_acc for t in real if t.section == "lab2.f" and t.test_acc is not None), default=None)
    if best is not None and best < _EXPECTED_F:
        yield f"The best test accuracy of lab2.f is {best:.3f}; the assignment expects 0.86 to 0.88 there."
