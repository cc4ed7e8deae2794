"""course.toml in the working folder: what a course says once, so that `make grade-all SUBMISSIONS=…` is the whole
command.

```toml
assignment = "labrnn"
roster = "roster.csv"
gradebook = "postgresql:///course"      # else OUT/gradebook.db
secret_variable = "COURSE_SECRET"       # the environment variable that holds the secret
data = "data.csv"
rubric = "rubric.toml"                  # the course's own: only what differs
jobs = 4
```

Paths are relative to the file. What is said on the command line goes before it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from autograder.rubric import load_toml, read_strictly

FILE = "course.toml"
PATHS = ("submissions", "roster", "out", "data", "rubric", "marks", "against")


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything that a class command can be told; an empty text or 0 where nothing was said."""

    assignment: str = "labrnn"
    submissions: str = ""
    roster: str = ""
    platform: str = ""
    time_zone: str = "UTC"  # of times which don't name theirs
    out: str = "results"
    gradebook: str = ""
    rubric: str = ""
    marks: str = ""
    data: str = ""
    only: str = ""
    mode: str = "auto"
    recipe: str = "fast"
    jobs: int = 2
    runner: str = "local"
    secret_variable: str = "AUTOGRADER_SECRET"
    tier: int = 0
    unsafe: bool = False
    against: str = ""  # hand-ins of past years, for similarity
    log_format: str = "auto"


def settings(given: Mapping[str, Any], folder: Path = Path()) -> tuple[Settings, dict[str, str]]:
    """The settings that hold, and by name where each comes from. `given`: of the command line; None is not given.

    Raises:
        ConfigError: course.toml can't be read, or has an unknown key or a wrong value.
    """
    path = folder / FILE
    said = _of_file(path) if path.is_file() else {}
    asked = {name: _plain(value) for name, value in given.items() if value is not None}
    found = read_strictly(Settings, said | asked, str(path) if said else "the command line")
    sources = dict.fromkeys(Settings.__struct_fields__, "default")
    sources |= dict.fromkeys(said, str(path)) | dict.fromkeys(asked, "command line")
    return found, sources


def _of_file(path: Path) -> dict[str, Any]:
    table = load_toml(path)
    read_strictly(Settings, table, str(path))
    return {name: str(path.parent / value) if name in PATHS and value else value for name, value in table.items()}


def _plain(value: Any) -> Any:
    """Paths and choices as texts."""
    return str(value) if isinstance(value, Path) else getattr(value, "value", value)


def listing(found: Settings, sources: Mapping[str, str]) -> str:
    """Every setting on a line, with its source."""
    rows = [(name, repr(getattr(found, name)), sources[name]) for name in Settings.__struct_fields__]
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    return "\n".join(f"{name:{widths[0]}} = {value:{widths[1]}}  # {source}" for name, value, source in rows)
