"""Reads an assignment's `rubric.toml`: items, points, rules, thresholds and limits.

The file is strict: every key below is required, every other key is an error, and the sums must be right, so that a typo
is a message to staff and never a wrong score. Only the tables `thresholds` and `notebook` may be left out, by an
assignment without trainings.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from fractions import Fraction
from math import isfinite
from pathlib import Path
from typing import Any, Literal, TypeVar, get_type_hints

import msgspec

from autograder.course import Course, lay_over
from autograder.errors import ConfigError
from autograder.records import Item
from autograder.wire.limits import Limits

STEPS = ("functions", "notebook", "accuracy", "person")

LARGEST = 1_000_000_000  # of a limit: the operating system takes no number of any size
T = TypeVar("T")
FOLDER = Path(__file__).parent / "assignments"


@dataclass(frozen=True)
class Assignment:
    """The assignment as a whole."""

    name: str  # of its folders: labrnn
    title: str  # heads the report
    notebook: str  # the file name that students are told to hand in
    also: tuple[str, ...]  # other names that are as good
    defines: tuple[str, ...]  # functions and classes that tell it from other files


@dataclass(frozen=True)
class Rules:
    """How items become a total.

    penalty_order, for a penalty p on `earned` points: `after_cap`: (1-p) * min(cap, earned);
    `before_cap`: min(cap, (1-p) * earned); `flat`: min(cap, earned) - p * points, never below 0.
    """

    points: float  # what the non-bonus items must add up to
    bonus: float  # what the bonus items must add up to
    cap: float  # the total is never above it
    step: float  # an item's score is a multiple of it
    penalty: float  # share lost when a rule of the hand-in is broken
    penalty_order: Literal["after_cap", "before_cap", "flat"]


@dataclass(frozen=True)
class Thresholds:
    """The numbers that trainings are held to."""

    test_accuracy: float  # the bar for the best run of a part
    rerun_tolerance: float  # how far a rerun may lie from a reported accuracy
    plateau_loss: tuple[float, float]  # a run whose every epoch lies in both ranges learned nothing
    plateau_accuracy: tuple[float, float]
    max_epochs: int
    max_trials: int  # of a search over configurations
    hint_layers: int  # hints of the text: going past them is a remark, never a deduction
    hint_hidden: int
    hint_embedding: int


@dataclass(frozen=True)
class NotebookLimits:
    """Bounds on one run of a whole notebook: `smoke` on small synthetic data, `full` on the real ones."""

    smoke_cell_seconds: float  # wall clock of one cell
    smoke_seconds: float  # wall clock of the whole notebook
    full_cell_seconds: float
    full_seconds: float
    memory_mb: int  # address space beyond the preloaded libraries
    output_kb: int  # text and pictures of one cell that are kept
    scratch_mb: int  # files that it writes


@dataclass(frozen=True)
class Rubric:
    """A checked `rubric.toml`. Items keep the file's order. None: the assignment has no trainings. `course`: the
    course's own file that was laid over it."""

    assignment: Assignment
    rules: Rules
    limits: Limits
    items: tuple[Item, ...]
    thresholds: Thresholds | None = None
    notebook: NotebookLimits | None = None
    course: Course | None = None

    def item(self, item_id: str) -> Item:
        """The item with this id.

        Raises:
            ConfigError: the rubric has no such item.
        """
        for item in self.items:
            if item.id == item_id:
                return item
        raise ConfigError(f"the rubric of {self.assignment.name} has no item {item_id!r}")


def assignments() -> list[str]:
    """The names of all assignments: the folders that hold a rubric."""
    return sorted(path.parent.name for path in FOLDER.glob("*/rubric.toml"))


def require(name: str) -> None:
    """Raises:
    ConfigError: there is no assignment of this name.
    """
    if name not in assignments():
        raise ConfigError(f"There is no assignment called {name!r}; there are: {', '.join(assignments())}.")


def load_rubric(path: Path, course: Path | None = None) -> Rubric:
    """Read and check a rubric; with `course`, with that file's values in place of its own (see course.py).

    Raises:
        ConfigError: a file can't be read, a key is unknown, missing or of the wrong type, or the sums are wrong.
    """
    table = load_toml(path)
    top = {field.name for field in fields(Rubric)} - {"course"}
    for key in sorted((table.keys() ^ top) - ({"thresholds", "notebook"} - table.keys())):
        raise ConfigError(f"{path}: {'unknown' if key in table else 'missing'} key `{key}`")
    if not isinstance(table["items"], list):
        raise ConfigError(f"{path}: items: expected `[[items]]` tables")
    laid_over = None
    if course is not None:
        table, laid_over = lay_over(table, course)
        path = course  # what is wrong from here on is the course's
    rubric = Rubric(
        course=laid_over,
        assignment=read_strictly(Assignment, table["assignment"], f"{path}: assignment"),
        rules=read_strictly(Rules, table["rules"], f"{path}: rules"),
        limits=read_strictly(Limits, table["limits"], f"{path}: limits"),
        items=tuple(read_strictly(Item, raw, f"{path}: {_label(raw, n)}") for n, raw in enumerate(table["items"], 1)),
        thresholds=read_strictly(Thresholds, table["thresholds"], f"{path}: thresholds")
        if "thresholds" in table
        else None,
        notebook=read_strictly(NotebookLimits, table["notebook"], f"{path}: notebook") if "notebook" in table else None,
    )
    problem = _rules_problem(rubric.rules) or _limits_problem(rubric) or _items_problem(rubric)
    if problem:
        raise ConfigError(f"{path}: {problem}")
    return rubric


def load_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file.

    Raises:
        ConfigError: it can't be read or is not TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path}: {error}") from error


def read_strictly(kind: type[T], table: object, where: str, *, optional: Mapping[str, Any] | None = None) -> T:
    """Build the dataclass `kind` from a TOML table that must have exactly its fields, defaults or not.

    `optional` names the fields that may be left out, with their values.

    Raises:
        ConfigError: a key is unknown, missing, or has a value of the wrong type; the message starts with `where`.
    """
    hints = get_type_hints(kind)
    names = [field.name for field in fields(kind)]  # type: ignore[arg-type]
    strict = msgspec.defstruct(kind.__name__, [(n, hints[n]) for n in names], kw_only=True, forbid_unknown_fields=True)
    whole = {**(optional or {}), **table} if isinstance(table, Mapping) else table
    try:
        values = msgspec.structs.asdict(msgspec.convert(whole, strict))
    except msgspec.ValidationError as error:
        raise ConfigError(f"{where}: {error}") from error
    for name, value in values.items():
        numbers = value if isinstance(value, tuple) else (value,)
        if any(isinstance(number, float) and not isfinite(number) for number in numbers):
            raise ConfigError(f"{where}: `{name}` must be a finite number")
    return kind(**values)


def is_multiple(points: float, step: float) -> bool:
    """Whether `points` is a whole number of steps, in decimal arithmetic: 0.3 is three times 0.1."""
    return (Fraction(str(points)) / Fraction(str(step))).denominator == 1


def _label(raw: object, number: int) -> str:
    return f"item {raw['id']}" if isinstance(raw, dict) and "id" in raw else f"item number {number}"


def _rules_problem(rules: Rules) -> str:
    if rules.step <= 0:
        return "rules: `step` must be above 0"
    if rules.cap > rules.points + rules.bonus:
        return f"rules: `cap` is {rules.cap:g}, but all points and bonus points together are less"
    if not 0 <= rules.penalty <= 1:
        return "rules: `penalty` is a share between 0 and 1"
    for name in ("points", "bonus", "cap"):
        if getattr(rules, name) < 0:
            return f"rules: `{name}` must not be negative"
    return ""


def _limits_problem(rubric: Rubric) -> str:
    for name, limits in (("limits", rubric.limits), ("notebook", rubric.notebook)):
        for field in fields(limits) if limits is not None else ():
            if getattr(limits, field.name) <= 0:
                return f"{name}: `{field.name}` must be above 0"
            if getattr(limits, field.name) > LARGEST:
                return f"{name}: `{field.name}` must not be above {LARGEST:,}"
    if rubric.thresholds is not None and not 0 < rubric.thresholds.test_accuracy <= 1:
        return "thresholds: `test_accuracy` is a share between 0 and 1"
    return ""


def _items_problem(rubric: Rubric) -> str:
    """What is wrong with the items taken together; empty when nothing is."""
    rules, earlier = rubric.rules, set[str]()
    for item in rubric.items:
        where = f"item {item.id}"
        if not item.id or item.id in earlier:
            return f"{where}: `id` is empty or used twice"
        if item.points <= 0 or not is_multiple(item.points, rules.step):
            return f"{where}: `points` must be above 0 and a multiple of the step {rules.step:g}"
        if item.step not in STEPS:
            return f"{where}: `step` must be one of {', '.join(STEPS)}"
        for needed in item.needs:
            if needed not in earlier:  # the order of the file is the order of work, so there can be no circle
                return f"{where}: `needs` names {needed!r}, which is not an item above it"
        earlier.add(item.id)
    for bonus, expected, name in ((False, rules.points, "non-bonus"), (True, rules.bonus, "bonus")):
        total = sum(Fraction(str(item.points)) for item in rubric.items if item.bonus is bonus)
        if total != Fraction(str(expected)):
            return f"items: the {name} `points` add up to {float(total):g}, not {expected:g}"
    return ""
