"""A folder of many hand-ins: which of its entries are one, and what their output folders are called."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder.errors import ConfigError
from autograder.submission.files import is_litter
from autograder.submission.limits import shown

# Archives that can't be read count too: their students must get a result that says so.
_SUFFIXES = (".ipynb", ".py", ".zip", ".7z", ".rar", ".gz", ".tgz", ".tar", ".ipynb.txt", ".ipynb.json")
_LONGEST = 200  # bytes; file systems stop at 255
_UNSAFE = re.compile(r"[/\\\0-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")  # or deceptive


@dataclass(frozen=True)
class Skipped:
    """An entry that is no hand-in, and the sentence that says why."""

    path: Path
    sentence: str


def find_submissions(folder: Path) -> tuple[list[Path], list[Skipped]]:
    """The entries of the folder that are one submission each, and those that are none; both sorted by name.

    Any folder that is not hidden counts, also one without a notebook: its student must get a result that says so.

    Raises ConfigError if the folder can't be listed.
    """
    try:
        entries = sorted(Path(folder).iterdir())
    except OSError as error:
        raise ConfigError(f"The folder of submissions {folder} can't be listed: {error.strerror}.") from error
    found: list[Path] = []
    skipped: list[Skipped] = []
    for entry in entries:
        if is_litter(entry.name):
            skipped.append(Skipped(entry, f"{shown(entry.name)} is hidden or a system file; it was skipped."))
        elif entry.is_dir() or entry.name.lower().endswith(_SUFFIXES):
            found.append(entry)
        else:
            skipped.append(
                Skipped(entry, f"{shown(entry.name)} is no notebook, script, zip or folder; it was skipped.")
            )
    return found, skipped


def unique_names(paths: Sequence[Path], taken: Collection[str] = ()) -> dict[Path, str]:
    """A folder name for each path: its stem, or its whole name where an earlier path has that stem already.

    Names in `taken` are not given out. The same paths in the same order give the same names.
    """
    used = set(taken)
    names: dict[Path, str] = {}
    for path in paths:  # first all that can have their plain name, so that nobody loses it to a made-up one
        plain = _safe(_stem(path))
        if path not in names and plain not in used:
            names[path] = plain
            used.add(plain)
    for path in paths:
        if path not in names:
            names[path] = _free(_safe(path.name), used)
            used.add(names[path])
    return {path: names[path] for path in paths}


def _stem(path: Path) -> str:
    """A folder called `v1.2` keeps its whole name."""
    path = path if path.name not in ("", "..") else path.resolve()
    return path.name if path.is_dir() else path.stem


def _safe(name: str) -> str:
    name = _UNSAFE.sub("_", name).lstrip(".")
    return name.encode("utf-8")[:_LONGEST].decode("utf-8", "ignore") or "submission"


def _free(name: str, used: set[str]) -> str:
    candidate, count = name, 1
    while candidate in used:
        count += 1
        candidate = f"{name}-{count}"
    return candidate
