"""The trainings that our run of a notebook and its stored outputs show.

The hook's reports tell which trainings were made; log lines fill in figures that those lack. Where the hook was at
work, log lines alone are no training: anybody can print them. Trainings of stored outputs are claims.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from autograder.evidence import CellRun, Execution, Training
from autograder.kit.observer.constants import same
from autograder.kit.observer.events import CellEvents, Seen, read_events
from autograder.kit.observer.logs import Logged, read_logs
from autograder.kit.observer.names import Names
from autograder.kit.observer.plausibility import grouped
from autograder.kit.observer.repeats import distinct
from autograder.records import Submission

Section = Callable[[int, str, Mapping[str, Any]], str]  # of a cell, a kind of model, settings: the rubric's part
NO_STEPS = "no optimizer took a step"
MOST = 500  # trainings that the run shows, and as many of the stored outputs; an honest notebook makes 50
_NAMES = re.compile(r"\b(\w++)\s*+(\(?)")  # and whether they are called
_TRAINS = re.compile(r"train|fit|run|experiment|study")
_AHEAD = 100  # logs among which a training's own is looked for
_LEAST_SECONDS = 1.0  # that a training takes at least, where nothing but its log lines is known


@dataclass(frozen=True)
class Found:
    """One training of a cell: as the hook saw it, as the cell printed it."""

    cell: int
    seen: Seen | None
    logged: Logged


@dataclass(frozen=True)
class Observed:
    """Our run of a notebook: its cells by number, and the trainings that were found in them, MOST at most, in order.

    `hooked`: the hook was at work.
    """

    cells: Mapping[int, CellRun]
    logs: Mapping[int, Sequence[Logged]]
    found: Sequence[Found]
    hooked: bool
    data: str

    def trainings(self, section: Section) -> list[Training]:
        """What was found, as trainings. `section`: which part of the rubric one was made for."""
        return [_observed(one, self.cells[one.cell], section, self.data) for one in self.found]


def observe(execution: Execution | None, names: Names) -> Observed:
    """Put together what the hook reported and what was printed."""
    cells = {} if execution is None else {run.number: run for run in execution.cells}
    events = {number: read_events(run.events, names) for number, run in cells.items()}
    hooked = any(run.events for run in cells.values())
    logs = {number: read_logs(run.text) for number, run in cells.items()}
    found = islice((one for n, run in cells.items() for one in _of_cell(run, events[n], logs[n], hooked)), MOST)
    return Observed(cells, logs, list(found), hooked, "" if execution is None else execution.data)


# ---- our run ---------------------------------------------------------------------------------------------------------
def _of_cell(run: CellRun, events: CellEvents, logs: Sequence[Logged], hooked: bool) -> Iterator[Found]:
    begin = 0
    for seen in events.trainings:
        match = next((n for n in range(begin, min(begin + _AHEAD, len(logs))) if _fits(logs[n], seen)), None)
        begin = begin if match is None else match + 1
        yield Found(run.number, seen, Logged() if match is None else logs[match])
    told = [log for log in distinct(logs[begin:]) if log.trains or log.num_params is not None]
    if not hooked and run.seconds >= _LEAST_SECONDS * len(told):
        for log in told:
            yield Found(run.number, None, log)


def _fits(log: Logged, seen: Seen) -> bool:
    """Whether printed figures may be this training's: none that both have differ."""
    return all(
        a is None or b is None or same(round(a, 3), round(b, 3))
        for a, b in ((log.num_params, seen.num_params), (log.test_acc, seen.test_acc))
    )


def _observed(found: Found, run: CellRun, section: Section, data: str) -> Training:
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
        section=section(found.cell, seen.kind, seen.settings),
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
def claimed(submission: Submission, section: Section, observed: Sequence[Training]) -> list[Training]:
    """What the stored outputs show, MOST at most, with the settings of the same training in our run, where there is
    one."""
    return list(islice(_claimed(submission, section, observed), MOST))


def _claimed(submission: Submission, section: Section, observed: Sequence[Training]) -> Iterator[Training]:
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
                section=twin.section if twin is not None else section(cell, "", {}),
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


# ---- what came to nothing --------------------------------------------------------------------------------------------
def tried(
    submission: Submission, cells: Mapping[int, CellRun], made_for: Collection[str],
    parts: Callable[[int, str], Sequence[str]],
) -> dict[int, tuple[str, ...]]:  # fmt: skip
    """The cells that were to train but did not come to their end, each with the parts that `parts` says of its number
    and its text. `made_for`: names that only code has which trains."""
    found: dict[int, tuple[str, ...]] = {}
    for cell in submission.cells:
        run = cells.get(cell.number)
        if run is None or run.status in ("ran", "skipped") or run.error.startswith("NotImplementedError"):
            continue
        if _may_train(cell.source, made_for):
            found[cell.number] = tuple(dict.fromkeys(parts(cell.number, cell.source)))
    return found


def _may_train(source: str, made_for: Collection[str]) -> bool:
    """Whether a cell names what models are made of, or calls something that sounds like a training."""
    return any(
        match[1] in made_for or (match[2] and _TRAINS.search(match[1]) is not None) for match in _NAMES.finditer(source)
    )
