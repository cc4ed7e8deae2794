"""Reads files of marks, strictly: a typing error is a message that names file and entry, never a lost mark."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from autograder.errors import ConfigError
from autograder.lateness import MOST_DAYS, Extension, due_of, named_moment, shown, with_texts
from autograder.marks.data import Mark, Marks
from autograder.rubric import Rubric, is_multiple, load_toml, read_strictly

TABLES = ("marks", "penalties", "extensions", "times")
T = TypeVar("T")


@dataclass(frozen=True)
class _Mark:
    """One table `[[marks]]`; without `student` it holds for everybody."""

    item: str  # of the rubric
    points: float  # a multiple of the rules' step; they replace what was there
    by: str  # who decided; students read it
    student: str | None = None  # name of the hand-in; in a class also id, login or e-mail; left out: everybody
    comment: str = ""  # students read it
    confirmed: bool | None = None  # of a proposal: it counts once this is true


@dataclass(frozen=True)
class _Penalty:
    """One table `[[penalties]]`."""

    student: str  # as in [[marks]]
    rule: str  # the broken rule, in a person's words; students read it
    by: str  # who decided


@dataclass(frozen=True)
class _Extension:
    """One table `[[extensions]]`."""

    student: str  # as in [[marks]]
    by: str  # who granted it
    days: int | None = None  # after the deadline; this or `due`
    due: str = ""  # a deadline of their own
    reason: str = ""  # for the gradebook


@dataclass(frozen=True)
class _Time:
    """One table `[[times]]`."""

    student: str  # as in [[marks]]
    handed_in: str  # when, where the platform doesn't say or is wrong
    by: str  # who says so


def load_marks(paths: Path | Sequence[Path], rubric: Rubric) -> Marks:
    """Read one file of marks or several, which say together what they would say as one file.

    Raises:
        ConfigError: a file can't be read, a key or an item is unknown, something is missing or said twice, or points or
            times don't fit the rubric; the message names file and entry, and both entries where two say the same.
    """
    paths = [paths] if isinstance(paths, Path) else paths
    files = [(path, _tables(path)) for path in paths]
    everybody: dict[str, Mark] = {}
    own: dict[str, dict[str, Mark]] = {}
    proposed: dict[str, dict[str, None]] = {}
    counted: dict[tuple[str | None, str], str] = {}
    for where, entry in _entries(files, "marks", _Mark):
        if problem := _problem(entry, rubric):
            raise ConfigError(f"{where}: {problem}")
        mark = Mark(entry.points, entry.comment, entry.by, entry.confirmed is not False)
        if mark.counts:
            _once(counted, (entry.student, entry.item), where, "marked twice")
            mine = everybody if entry.student is None else own.setdefault(entry.student, {})
            mine[entry.item] = mark
        elif entry.student is not None:
            proposed.setdefault(entry.student, {})[entry.item] = None
    for name, items in proposed.items():
        proposed[name] = {item: None for item in items if item not in own.get(name, {})}
    return Marks(
        everybody,
        own,
        _penalties(_entries(files, "penalties", _Penalty)),
        ", ".join(map(str, paths)),
        _extensions(_entries(files, "extensions", _Extension), rubric),
        _times(_entries(files, "times", _Time), rubric),
        {name: tuple(items) for name, items in proposed.items() if items},
    )


def _tables(path: Path) -> dict[str, Any]:
    """Raises:
    ConfigError: the file can't be read, or has other tables.
    """
    table = load_toml(path)
    for key, value in table.items():
        if key not in TABLES or not isinstance(value, list):
            *most, last = (f"[[{name}]]" for name in TABLES)
            raise ConfigError(f"{path}: `{key}`: only {', '.join(most)} and {last} tables are expected")
    return table


def _entries(files: Sequence[tuple[Path, dict[str, Any]]], name: str, kind: type[T]) -> Iterator[tuple[str, T]]:
    """Read all tables `[[name]]`, each with its place: `marks.toml: [[marks]] 3 (jane, tf.1)`. Raises: ConfigError."""
    for path, tables in files:
        for number, raw in enumerate(tables.get(name, []), 1):
            named = [str(raw[key]) for key in ("student", "item") if key in raw] if isinstance(raw, dict) else []
            where = f"{path}: [[{name}]] {number}" + (f" ({', '.join(named)})" if named else "")
            yield where, read_strictly(kind, with_texts(raw, ("due", "handed_in")), where)


def _once(said: dict[T, str], what: T, where: str, wrong: str) -> None:
    """Raises:
    ConfigError: it is not the first time that this is said; both places are named.
    """
    if what in said:
        raise ConfigError(f"{where}: {wrong}, already in {said[what]}")
    said[what] = where


def _problem(entry: _Mark, rubric: Rubric) -> str:
    """What is wrong with a mark taken alone; empty when nothing is."""
    points = {item.id: item.points for item in rubric.items}.get(entry.item)
    if points is None:
        return f"the rubric has no item `{entry.item}`"
    if not 0 <= entry.points <= points:
        return f"`points` must lie between 0 and {points:g}"
    if not is_multiple(entry.points, rubric.rules.step):
        return f"`points` must be a multiple of the step {rubric.rules.step:g}"
    if not entry.by.strip():
        return "`by` must say who marked"
    if entry.confirmed and not Mark(entry.points, by=entry.by).counts:
        return "`confirmed` is true, but `by` does not say which person confirmed it"
    return "`student` is empty; leave it out to mean everybody" if entry.student == "" else ""


def _penalties(entries: Iterable[tuple[str, _Penalty]]) -> dict[str, tuple[str, ...]]:
    """The confirmed penalties as sentences by student; no penalty falls on everybody. Raises: ConfigError."""
    found: dict[str, tuple[str, ...]] = {}
    said: dict[tuple[str, str], str] = {}
    for where, entry in entries:
        if not (entry.student and entry.rule.strip() and entry.by.strip()):
            raise ConfigError(f"{where}: `student`, `rule` and `by` must not be empty")
        _once(said, (entry.student, entry.rule), where, "said twice")
        found[entry.student] = (*found.get(entry.student, ()), f"{entry.rule} (Confirmed by {entry.by}.)")
    return found


def _extensions(entries: Iterable[tuple[str, _Extension]], rubric: Rubric) -> dict[str, Extension]:
    """The extensions by student; what everybody gets, the rubric says. Raises: ConfigError."""
    found: dict[str, Extension] = {}
    said: dict[str, str] = {}
    for where, entry in entries:
        if not (entry.student and entry.by.strip()):
            raise ConfigError(f"{where}: `student` and `by` must not be empty")
        _once(said, entry.student, where, "extended twice")
        everybodys, own = due_of(rubric.late), named_moment(entry.due, rubric.late, f"{where}: `due`")
        if everybodys is None:
            raise ConfigError(f"{where}: the rubric's [late] has no `due` that could be extended")
        if (entry.days is None) == (own is None):
            raise ConfigError(f"{where}: say either `days` or `due`")
        if entry.days is not None and not 1 <= entry.days <= MOST_DAYS:
            raise ConfigError(f"{where}: `days` must lie between 1 and {MOST_DAYS:,}, not {entry.days}")
        if own is not None and own.astimezone(UTC) <= everybodys.astimezone(UTC):
            raise ConfigError(f"{where}: `due` is {shown(own)}, no later than everybody's, {shown(everybodys)}")
        found[entry.student] = Extension(entry.days or 0, own, entry.by, entry.reason)
    return found


def _times(entries: Iterable[tuple[str, _Time]], rubric: Rubric) -> dict[str, datetime]:
    """The times of hand-ins by student, as a person knows them. Raises: ConfigError."""
    found: dict[str, datetime] = {}
    said: dict[str, str] = {}
    for where, entry in entries:
        moment = named_moment(entry.handed_in, rubric.late, f"{where}: `handed_in`")
        if not (entry.student and moment and entry.by.strip()):
            raise ConfigError(f"{where}: `student`, `handed_in` and `by` must not be empty")
        _once(said, entry.student, where, "said twice")
        found[entry.student] = moment
    return found
