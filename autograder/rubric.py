"""Reads an assignment's `rubric.toml`: items, points, rules, metrics and limits.

The file states what differs from the defaults below. It is strict: an unknown key is an error that names the nearest
known one, and the sums must be right, so that a typo is a message to staff and never a wrong score. What only the
assignment itself understands stands in the free table `[settings]`: its own code gives that types (`settings_of`).
"""

from __future__ import annotations

import dataclasses
import re
import tomllib
from collections.abc import Iterator, Mapping
from fractions import Fraction
from math import isfinite
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args, get_type_hints

import msgspec

from autograder.course import Course, known, lay_over
from autograder.errors import ConfigError
from autograder.lateness import Late, check_late, with_texts
from autograder.metrics import Metric
from autograder.records import Item
from autograder.wire.limits import Limits

STEPS = ("functions", "notebook", "accuracy", "person")

TOML_TYPES = {
    "float": "a number", "int": "a whole number", "str": "a text", "bool": "true or false", "array": "a list",
    "object": "a table",
}  # fmt: skip
LARGEST = 1_000_000_000  # of a limit: the operating system takes no number of any size
T = TypeVar("T")


class Heading(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The assignment as a whole."""

    name: str  # of its folders: labrnn
    title: str  # heads the report
    notebook: str  # the file name that students are told to hand in
    defines: tuple[str, ...]  # functions and classes that tell it from other files
    also: tuple[str, ...] = ()  # other names that are as good
    either: bool = False  # of files with both kinds of name, the one that defines more counts; else nobody chooses


class Rules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How items become a total.

    penalty_order, for a penalty p on `earned` points: `after_cap`: (1-p) * min(cap, earned);
    `before_cap`: min(cap, (1-p) * earned); `flat`: min(cap, earned) - p * points, never below 0.
    """

    points: float  # what the non-bonus items must add up to
    cap: float  # the total is never above it
    step: float  # an item's score is a multiple of it
    bonus: float = 0.0  # what the bonus items must add up to
    penalty: float = 0.0  # share lost when a rule of the hand-in is broken
    penalty_order: Literal["after_cap", "before_cap", "flat"] = "after_cap"  # what it is a share of


class NotebookLimits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Bounds on one run of a whole notebook: `smoke` on small synthetic data, `full` on the real ones."""

    smoke_cell_seconds: float = 120.0  # wall clock of one cell without a sign of a training
    smoke_seconds: float = 600.0  # wall clock of the whole notebook
    full_cell_seconds: float = 14400.0  # 48 trainings in one cell are normal
    full_seconds: float = 28800.0  # wall clock of the whole notebook
    memory_mb: int = 8192  # address space beyond the preloaded libraries
    output_kb: int = 512  # text and pictures of one cell that are kept
    scratch_mb: int = 1024  # files that it writes


class Rubric(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A checked rubric. Items keep the file's order; `metrics` are by name.

    `notebook`: None where no item needs a run of the whole notebook. `settings`: the assignment's own table, unchecked.
    `late`: the deadline and what lateness costs, see lateness.py.
    `course`: the course's own file that was laid over it. `source`: the file that is to blame for a wrong value.
    """

    assignment: Heading
    rules: Rules
    items: tuple[Item, ...]
    limits: Limits = Limits()
    metrics: dict[str, Metric] = {}
    notebook: NotebookLimits | None = None
    settings: dict[str, Any] = {}
    late: Late = Late()
    course: Course | None = None
    source: str = ""

    def item(self, item_id: str) -> Item:
        """Return the item with this id.

        Raises:
            ConfigError: the rubric has no such item.
        """
        for item in self.items:
            if item.id == item_id:
                return item
        raise ConfigError(f"the rubric of {self.assignment.name} has no item {item_id!r}")


KEYS = ("assignment", "rules", "items", "limits", "metrics", "notebook", "settings", "late")  # of the file


def load_rubric(path: Path, course: Path | None = None) -> Rubric:
    """Read and check a rubric; with `course`, with that file's values in place of its own (see course.py).

    Raises:
        ConfigError: a file can't be read, a key is unknown, missing or of the wrong type, or the sums are wrong.
    """
    rubric = _checked(load_toml(path), path)
    if course is None:
        return rubric
    table, laid_over = lay_over(_as_table(rubric), course)
    return msgspec.structs.replace(_checked(table, course), course=laid_over)


def settings_of(rubric: Rubric, kind: type[T]) -> T:
    """Return the rubric's `[settings]` as the assignment's own type.

    Raises:
        ConfigError: a key is unknown, missing, or has a value of the wrong type.
    """
    return read_strictly(kind, rubric.settings, f"{rubric.source}: settings")


def load_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file.

    Raises:
        ConfigError: it can't be read or is not TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path}: {error}") from error


def read_strictly(kind: type[T], table: object, where: str) -> T:
    """Build `kind`, a dataclass or a Struct, from a TOML table; what has a default there may be left out.

    Raises:
        ConfigError: a key is unknown, missing, or has a value of the wrong type; the message starts with `where`.
    """
    if not isinstance(table, Mapping):
        raise ConfigError(f"{where}: a table is expected, not {table!r:.40}.")
    known(table, _names(kind), where, "key")
    try:
        found = msgspec.convert(table, kind)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{where}: {_in_words(error, kind)}") from error
    for name in _names(kind):
        value = getattr(found, name)
        numbers = value if isinstance(value, tuple) else (value,)
        if any(isinstance(number, float) and not isfinite(number) for number in numbers):
            raise ConfigError(f"{where}: `{name}` must be a finite number")
    return found


def _in_words(error: msgspec.ValidationError, kind: type) -> str:
    """Say which key has what wrong: msgspec names types as programs do, and does not say which words are allowed."""
    text, _, place = str(error).partition(" - at `$.")
    key = place.rstrip("`")
    allowed = get_args(get_type_hints(kind).get(key))
    if text.startswith("Invalid enum value") and allowed:
        return f"`{key}`: {text.removeprefix('Invalid enum value ')} is none of {', '.join(map(str, allowed))}"
    if wrong := re.fullmatch(r"Expected `(.+)`, got `(.+)`", text):
        expected, got = (" or ".join(TOML_TYPES.get(t, t) for t in told.split(" | ")) for told in wrong.groups())
        return f"`{key or 'the value'}` must be {expected}, not {got}"
    return str(error)


def is_multiple(points: float, step: float) -> bool:
    """Return whether `points` is a whole number of steps, in decimal arithmetic: 0.3 is three times 0.1."""
    return (Fraction(str(points)) / Fraction(str(step))).denominator == 1


def _names(kind: Any) -> list[str]:
    fields = dataclasses.fields(kind) if dataclasses.is_dataclass(kind) else msgspec.structs.fields(kind)
    return [field.name for field in fields]


def _checked(table: Mapping[str, Any], path: Path) -> Rubric:
    """Build the rubric that a file's table describes. Raises: ConfigError."""
    known(table, KEYS, str(path), "key")
    for key in ("assignment", "rules", "items"):
        if key not in table:
            raise ConfigError(f"{path}: missing key `{key}`")
    if not isinstance(table["items"], list):
        raise ConfigError(f"{path}: items: expected `[[items]]` tables")
    items = tuple(read_strictly(Item, raw, f"{path}: {_label(raw, n)}") for n, raw in enumerate(table["items"], 1))
    notebook = read_strictly(NotebookLimits, table.get("notebook", {}), f"{path}: notebook")
    runs = any(item.step == "notebook" for item in items)
    if "notebook" in table and not runs:
        raise ConfigError(f"{path}: notebook: no item has the step 'notebook'")
    settings = table.get("settings", {})
    if not isinstance(settings, Mapping):
        raise ConfigError(f"{path}: settings: a table is expected, not {settings!r:.40}.")
    rubric = Rubric(
        assignment=read_strictly(Heading, table["assignment"], f"{path}: assignment"),
        rules=read_strictly(Rules, table["rules"], f"{path}: rules"),
        items=items,
        limits=read_strictly(Limits, table.get("limits", {}), f"{path}: limits"),
        metrics=dict(_metrics(table.get("metrics", {}), f"{path}: metrics")),
        notebook=notebook if runs else None,
        settings=dict(settings),
        late=read_strictly(Late, with_texts(table.get("late", {}), ("due", "until")), f"{path}: late"),
        source=str(path),
    )
    check_late(rubric.late, f"{path}: late")
    problem = _rules_problem(rubric.rules) or _limits_problem(rubric) or _items_problem(rubric)
    if problem:
        raise ConfigError(f"{path}: {problem}")
    return rubric


def _metrics(tables: object, where: str) -> Iterator[tuple[str, Metric]]:
    """Read the tables `[metrics.NAME]`. Raises: ConfigError."""
    if not isinstance(tables, Mapping):
        raise ConfigError(f"{where}: expected `[metrics.NAME]` tables")
    for name, own in tables.items():
        if not isinstance(own, Mapping):
            raise ConfigError(f"{where}: {name}: a table is expected, not {own!r:.40}.")
        known(own, ("direction", "bar"), f"{where}: {name}", "key")
        metric = read_strictly(Metric, {"name": name, **own}, f"{where}: {name}")
        if metric.bar <= 0:
            raise ConfigError(f"{where}: {name}: `bar` must be above 0")
        if name.endswith("accuracy") and metric.bar > 1:
            raise ConfigError(f"{where}: {name}: `bar` is a share between 0 and 1")
        yield name, metric


def _as_table(rubric: Rubric) -> dict[str, Any]:
    """Return the rubric as a file that states everything would have it: what a course can lay its own over."""
    parts = ("assignment", "rules", "notebook", "settings", "late")
    table = {key: msgspec.to_builtins(getattr(rubric, key)) for key in parts}
    table["limits"] = dataclasses.asdict(rubric.limits)  # msgspec leaves defaults of dataclasses out
    table["items"] = [dataclasses.asdict(item) for item in rubric.items]
    table["metrics"] = {name: {"direction": m.direction, "bar": m.bar} for name, m in rubric.metrics.items()}
    return {key: value for key, value in table.items() if value not in (None, {})}


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
        for key in _names(type(limits)) if limits is not None else ():
            if getattr(limits, key) <= 0:
                return f"{name}: `{key}` must be above 0"
            if getattr(limits, key) > LARGEST:
                return f"{name}: `{key}` must not be above {LARGEST:,}"
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
