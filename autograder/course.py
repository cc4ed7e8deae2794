"""A course's own rubric: a small TOML file that says only what differs from an assignment's.

```toml
[items."lab1.a"]
points = 6                      # also: bonus, title, asks

[checks."lab1.e.forward".both_directions]
weight = 0                      # a remark: it costs nothing
required = false                # true: if it fails the item earns nothing

[rules]
cap = 100                       # and any key of [rules], [limits], [notebook], [settings], [late]

[metrics.accuracy]
bar = 0.8
```
"""

from __future__ import annotations

import difflib
import hashlib
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from autograder.errors import ConfigError

TABLES = ("rules", "limits", "notebook", "settings", "late")
ITEM_KEYS = ("points", "bonus", "title", "asks")
METRIC_KEYS = ("bar",)
CHECK_KEYS = ("weight", "required")
LARGEST = 100_000  # bytes of the file
HEAVIEST = 1e6


@dataclass(frozen=True)
class Change:
    """One value that the course changed: `items "lab1.a": points`, 5 -> 6."""

    where: str
    before: str
    after: str


@dataclass(frozen=True)
class CheckChange:
    """What the course says of one check; None: as it was."""

    weight: float | None = None
    required: bool | None = None


@dataclass(frozen=True)
class Course:
    """A course's rubric as it was read. `sha256`: the first 12 digits of the file's; `checks`: by item and check."""

    name: str
    sha256: str
    changes: tuple[Change, ...] = ()
    checks: Mapping[tuple[str, str], CheckChange] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.name} (sha256 {self.sha256})"


def lay_over(base: Mapping[str, Any], path: Path) -> tuple[dict[str, Any], Course]:
    """The assignment's table with the course's values in it, and what the file is.

    Raises:
        ConfigError: the file can't be read, or names what the assignment does not have; the message names file, key and
            the nearest key that there is. Whether the values fit is for the reader of the whole rubric to say.
    """
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
        if len(data) > LARGEST:
            raise ConfigError(f"{path}: a course's rubric has at most {LARGEST:,} bytes.")
        overlay = tomllib.loads(data.decode("utf-8-sig"))
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path}: {error}") from error
    except RecursionError as error:
        raise ConfigError(f"{path}: values are nested too deep.") from error
    known(overlay, ("items", "checks", *(name for name in (*TABLES, "metrics") if name in base)), str(path), "table")
    merged, changes = {**base}, list[Change]()
    items = {item["id"]: item for item in base["items"]}
    for item, own in _tables(overlay, "items", items, path):
        merged["items"] = [_changed(i, own, ITEM_KEYS, f'{path}: [items."{item}"]', f'items "{item}"', changes)
                           if i["id"] == item else i for i in merged["items"]]  # fmt: skip
    for name in TABLES:
        if name in overlay:
            where = f"{path}: [{name}]"
            merged[name] = _changed(merged[name], overlay[name], tuple(base[name]), where, name, changes)
    for name, own in _tables(overlay, "metrics", base.get("metrics", {}), path):
        where = f"{path}: [metrics.{name}]"
        changed = _changed(base["metrics"][name], own, METRIC_KEYS, where, f"metrics.{name}", changes)
        merged["metrics"] = {**merged["metrics"], name: changed}
    checks = dict(_checks(overlay, items, path))
    return merged, Course(path.name, hashlib.sha256(data).hexdigest()[:12], tuple(changes), checks)


def known(names: Iterable[str], there: Iterable[str], where: str, what: str) -> None:
    """Raises:
    ConfigError: one of the names is not among those that are there; the nearest of them is named.
    """
    there = list(there)
    for name in names:
        if name not in there:
            near = difflib.get_close_matches(name, there, n=1, cutoff=0.0)
            quotes = ""
            if any(one.startswith(f"{name}.") for one in there):
                quotes = (
                    f'; put names with dots in quotes, as in "{next(o for o in there if o.startswith(f"{name}."))}"'
                )
            hint = f"; the nearest is `{near[0]}`" if near else ""
            raise ConfigError(f"{where}: there is no {what} `{name}`{hint}{quotes}.")


def _tables(
    overlay: Mapping[str, Any], kind: str, there: Iterable[str], path: Path
) -> Iterable[tuple[str, Mapping[str, Any]]]:
    """Give the tables [items."…"] or [checks."…"] by item, [metrics."…"] by metric."""
    tables = _table(overlay.get(kind, {}), f"{path}: [{kind}]")
    known(tables, there, f"{path}: [{kind}]", "metric" if kind == "metrics" else "item")
    for name, own in tables.items():
        yield name, _table(own, f'{path}: [{kind}."{name}"]')


def _table(value: object, where: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ConfigError(f"{where}: a table is expected, not {value!r:.40}.")
    return value


def _changed(
    base: Mapping[str, Any], own: object, keys: tuple[str, ...], where: str, label: str, changes: list[Change]
) -> dict[str, Any]:
    """`base` with the values of `own`, each noted where it differs."""
    own = _table(own, where)
    known(own, keys, where, "key")
    changes += [
        Change(f"{label}: {key}", show(base[key]), show(value)) for key, value in own.items() if value != base[key]
    ]
    return {**base, **own}


def _checks(
    overlay: Mapping[str, Any], items: Iterable[str], path: Path
) -> Iterable[tuple[tuple[str, str], CheckChange]]:
    for item, own in _tables(overlay, "checks", items, path):
        for check, values in own.items():
            where = f'{path}: [checks."{item}".{check}]'
            known(_table(values, where), CHECK_KEYS, where, "key")
            weight, required = values.get("weight"), values.get("required")
            if weight is not None and not (type(weight) in (int, float) and 0 <= weight < HEAVIEST):
                raise ConfigError(f"{where}: `weight` must be a number of 0 or more, not {weight!r:.40}.")
            if required is not None and not isinstance(required, bool):
                raise ConfigError(f"{where}: `required` must be true or false, not {required!r:.40}.")
            yield (item, check), CheckChange(None if weight is None else float(weight), required)


def show(value: object) -> str:
    """A value of a TOML file as the file would write it, nearly."""
    return str(value).lower() if isinstance(value, bool) else f"{value:g}" if isinstance(value, float) else str(value)
