"""The data that travels between rooms. Frozen, without behaviour beyond a property or two."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from autograder.evidence import ClassVerdict, Evidence, Execution, ReportFindings

Visibility = Literal["public", "hidden"]
LONGEST_HEADING = 40  # of the name of a place
Marking = Literal["automatic", "assisted", "manual"]
Cause = Literal["", "load", "missing", "time-out", "crash", "raised", "type"]  # of a failure; "": a wrong value


# ---- what was handed in --------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Cell:
    """One code cell. `number` counts all cells of the notebook from 1, top to bottom; `execution_count` is the number
    that Jupyter shows beside it. `module`: where not empty, the name of the module of its own that the cell belongs to,
    since it defines names that another file of the hand-in defines otherwise."""

    number: int
    source: str
    execution_count: int | None = None
    module: str = ""


@dataclass(frozen=True)
class Submission:
    """One hand-in, read without executing anything.

    `name` is the file's stem or the folder's name; `source` the path given; `notebook` the file graded
    (a path inside the zip or folder, or the file itself); `remarks` one sentence for each oddity that did not
    stop the grading; `markdown` the text cells, for finding out the edition. `headings`: (number of the text cell, one
    heading), top to bottom; `stored`: by number of a code cell, the text of the outputs it was handed in with.

    `report`: the bytes of the report PDF, empty if none can be read. `breaches`: one sentence for each way in which a
    folder or a zip seems to break the rule of one notebook and one PDF; a notebook given alone breaks nothing.

    `elsewhere`: functions and classes that stand where nothing runs them, by name: "text cell 7", "cell 9 behind #".
    """

    name: str
    source: Path
    notebook: str
    cells: tuple[Cell, ...]
    markdown: tuple[str, ...] = ()
    has_report: bool = False
    remarks: tuple[str, ...] = ()
    headings: tuple[tuple[int, str], ...] = ()
    stored: Mapping[int, str] = field(default_factory=dict)
    report: bytes = field(default=b"", repr=False)
    report_name: str = ""
    breaches: tuple[str, ...] = ()
    elsewhere: Mapping[str, str] = field(default_factory=dict)

    def heading_above(self, number: int) -> str:
        """The nearest heading above this cell, or an empty text."""
        place = bisect_left(self.headings, number, key=lambda heading: heading[0])
        return self.headings[place - 1][1] if place else ""

    def places(self) -> dict[int, str]:
        """By code cell, how a reader finds it: `In [7], under “Part d”`; those without a place are left out."""
        found = {}
        for cell in self.cells:
            heading = " ".join(self.heading_above(cell.number).split())
            heading = heading if len(heading) <= LONGEST_HEADING else f"{heading[:LONGEST_HEADING].rstrip()}…"
            count = f"In [{cell.execution_count}]" if cell.execution_count is not None else ""
            told = ", ".join(filter(None, (count, f"under “{heading}”" if heading else "")))
            if told:
                found[cell.number] = told
        return found


# ---- what became of its cells --------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Problem:
    """A statement that failed while its cell was loaded."""

    line: int
    statement: str  # its first line, cut
    error: str  # "ModuleNotFoundError: No module named 'torchtext'"
    column: int = 0  # of a syntax error, from 1; 0: not known


@dataclass(frozen=True)
class CellReport:
    """How one cell loaded. `failed`: nothing of it could be read (syntax error, time out, crash)."""

    number: int
    status: Literal["loaded", "partly", "failed", "skipped"]
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class Definition:
    """A name that the notebook defines at top level."""

    name: str
    kind: Literal["function", "class", "value"]
    cell: int
    line: int
    parameters: tuple[str, ...] = ()  # of the function, or of the class's __init__ without self


# ---- what the checks found -----------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Counterexample:
    """The smallest failing call found: what was called, what came back, what was expected; each one short text."""

    call: str
    got: str
    expected: str


@dataclass(frozen=True)
class Outcome:
    """One check's verdict on one submission.

    status: `passed`; `failed` (costs points); `error` (the grader's own fault: the item's score is null);
    `skipped` (does not apply, for instance not in this edition, or charged in another item; carries no weight);
    `unjudged` (it applies, but could not be judged, mostly since a sibling failed: it pays nothing, see scoring.py);
    `pending` (only a person can tell: the item waits for one).

    A failed check of weight 0 that is not required is a remark. `cause` says what kind of failure it is, `origin` what
    tells two of one kind apart: the exception and its place.
    """

    item: str
    check: str  # unique within the item: the test function's name without `test_`
    sentence: str  # the property, from the docstring
    weight: float
    required: bool
    visibility: Visibility
    status: Literal["passed", "failed", "error", "skipped", "unjudged", "pending"]
    message: str = ""
    counterexample: Counterexample | None = None
    seconds: float = 0.0
    cause: Cause = ""
    origin: str = ""

    @property
    def is_remark(self) -> bool:
        """Whether it is about no points, whatever it found."""
        return not self.weight and not self.required


# ---- scores --------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Item:
    """One graded unit of the rubric."""

    id: str  # as reports, marks and `needs` name it: lab1.b
    title: str  # for the report
    points: float  # a multiple of the rules' step
    marking: Marking = "automatic"  # who judges: the program, a person from its proposal, a person
    bonus: bool = False  # counts beyond the points, up to the cap
    asks: str = ""  # one sentence for the report
    needs: tuple[str, ...] = ()  # upstream items that are replaced by the reference's when broken
    step: str = "functions"  # functions | notebook | accuracy | person: which step fills it


@dataclass(frozen=True)
class ItemScore:
    """An item with its score. `score` is None unless status is `graded`.

    status: `graded`; `pending` (a later step or a person fills it); `error` (the grader's fault);
    `excused` (not in this edition of the assignment; leaves the total and the maximum).
    """

    item: Item
    status: Literal["graded", "pending", "error", "excused"]
    score: float | None
    outcomes: tuple[Outcome, ...] = ()
    substitutes: tuple[str, ...] = ()  # names of the reference's parts it was judged on
    note: str = ""
    marked: bool = False  # a person's mark stands in place of what the checks said
    proposed: float | None = None  # what the checks suggest for an item that a person marks


@dataclass(frozen=True)
class Part:
    """The items of one kind of marking added up, before caps and penalties.

    `earned` counts graded items, bonus included. `possible` (graded and errored) and `pending` leave the bonus out, so
    that the parts' `possible` add up to the score's maximum.
    """

    marking: Marking
    earned: float
    possible: float
    pending: float


@dataclass(frozen=True)
class Deduction:
    """Points that a rule took away, and the line that the student reads: `2 days late: 10 % of the maximum off.`"""

    kind: Literal["late", "penalty", "cap"]
    points: float
    sentence: str


@dataclass(frozen=True)
class Score:
    """The whole result. `total` is None when any automatic item is in error; it counts graded items only.

    `maximum` is the sum of the points of graded and errored non-bonus items. `parts`: one for each kind of marking.
    `raw`: the items added up; `deductions`, in the order in which they were made, lead from there to `total`.
    """

    items: tuple[ItemScore, ...]
    total: float | None
    maximum: float
    remarks: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()
    raw: float | None = None
    deductions: tuple[Deduction, ...] = ()


# ---- the report ----------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Report:
    """All that the report formats print about one submission.

    `problem` is set when the submission can't be graded (exit 2); then in `score` only a person's marks count.
    `failure` is set when the grader failed as a whole (exit 3); then `total` is None.
    """

    assignment: str
    title: str
    submission: str  # its name
    source: str
    notebook: str
    score: Score
    tier: str  # name and promise of the isolation tier
    tier_number: int
    seed: str  # fingerprint of the secret's derived seed, not the secret
    versions: dict[str, str] = field(default_factory=dict)
    cells: tuple[CellReport, ...] = ()
    remarks: tuple[str, ...] = ()
    output: str = ""  # what the student's code printed, cut
    seconds: dict[str, float] = field(default_factory=dict)  # by step: load, checks, total, student_cpu
    peak_memory_mb: float = 0.0
    problem: str = ""
    failure: str = ""
    started: str = ""  # ISO 8601, UTC
    execution: Execution | None = None  # None: the notebook was not run
    evidence: Evidence | None = None
    accuracy: tuple[ClassVerdict, ...] = ()
    findings: ReportFindings | None = None  # of the report PDF
    rubric: str = ""  # name and hash of the course's own rubric; empty without one
    places: Mapping[int, str] = field(default_factory=dict)  # by cell, how to find it: `In [7], under "Part d"`
    bar: float | None = None  # test accuracy that a part's best run must reach, a share; None: the rubric has none

    @property
    def exit_code(self) -> int:
        """0 graded, 2 the submission can't be graded, 3 the grader failed, as a whole or in an item."""
        if self.failure or any(entry.status == "error" for entry in self.score.items):
            return 3
        return 2 if self.problem else 0
