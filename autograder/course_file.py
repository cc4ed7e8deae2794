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

[gpu]                                   # of this machine, for whole notebooks
gpus = "0,1"                            # else "auto": all that there are
per_gpu = 4                             # at once on each
```

Paths are relative to the file. What is said on the command line goes before it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from autograder.clusters import OnRay, OnSlurm, Where
from autograder.rubric import load_toml, read_strictly

FILE = "course.toml"
PATHS = ("submissions", "roster", "out", "gradebook", "data", "rubric", "marks", "against")
Tier = Annotated[int, msgspec.Meta(ge=0, le=4)]
Count = Annotated[int, msgspec.Meta(ge=1)]
Text = Annotated[str, msgspec.Meta(min_length=1)]


class Gpu(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """This machine's cards, on which whole notebooks run."""

    gpus: Text = "auto"  # for all that there are, or "none", or numbers: "0,1"
    per_gpu: Annotated[int, msgspec.Meta(ge=1, le=64)] = 4  # notebooks at once on each


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything that a class command can be told; an empty text or 0 where nothing was said."""

    assignment: Text = "labrnn"
    submissions: str = ""
    roster: str = ""
    platform: Literal["", "folder", "gradescope", "canvas", "sakai", "moodle", "github"] = ""
    time_zone: str = "UTC"  # of times which don't name theirs
    out: Text = "results"
    gradebook: str = ""
    rubric: str = ""
    marks: str = ""
    data: str = ""
    only: Literal["", "functions", "notebook", "accuracy"] = ""
    mode: Literal["auto", "smoke", "full"] = "auto"
    recipe: Literal["fast", "published"] = "fast"
    jobs: Count = 2
    runner: Where = "local"  # where the work is done
    secret_variable: Text = "AUTOGRADER_SECRET"
    tier: Tier = 0
    unsafe: bool = False
    against: str = ""  # hand-ins of past years, for similarity
    log_format: Literal["auto", "plain", "json"] = "auto"
    gpu: Gpu = Gpu()
    ray: OnRay = OnRay()
    slurm: OnSlurm = OnSlurm()


TABLES: dict[str, type[msgspec.Struct]] = {"gpu": Gpu, "ray": OnRay, "slurm": OnSlurm}
WORDS = dict.fromkeys(Gpu.__struct_fields__, "gpu")  # of the command line that are a table's, and whose


def settings(given: Mapping[str, Any], folder: Path = Path()) -> tuple[Settings, dict[str, str]]:
    """The settings that hold, and by name where each comes from. `given`: of the command line; None is not given.

    Raises:
        ConfigError: course.toml can't be read, or has an unknown key or a wrong value.
    """
    path = folder / FILE
    said = _of_file(path) if path.is_file() else {}
    asked = _nested({name: _plain(value) for name, value in given.items() if value is not None})
    found = read_strictly(Settings, _over(said, asked), str(path) if said else "the command line")
    sources = dict.fromkeys(_flat(msgspec.to_builtins(found)), "default")
    sources |= dict.fromkeys(_flat(said), str(path)) | dict.fromkeys(_flat(asked), "command line")
    return found, sources


def _nested(words: Mapping[str, Any]) -> dict[str, Any]:
    """Words of the command line, those of a table in their table."""
    found: dict[str, Any] = {name: value for name, value in words.items() if name not in WORDS}
    for name in words.keys() & WORDS.keys():
        found.setdefault(WORDS[name], {})[name] = words[name]
    return found


def _over(said: Mapping[str, Any], asked: Mapping[str, Any]) -> dict[str, Any]:
    """`said` with what was `asked`; tables key by key."""
    tables = {name: {**said.get(name, {}), **asked[name]} for name in TABLES if name in asked}
    return {**said, **asked, **tables}


def _flat(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Every setting by its name, those of a table as `gpu.per_gpu`."""
    found: dict[str, Any] = {}
    for name, value in settings.items():
        found |= {f"{name}.{key}": inner for key, inner in value.items()} if name in TABLES else {name: value}
    return found


def _of_file(path: Path) -> dict[str, Any]:
    table = load_toml(path)
    read_strictly(Settings, table, str(path))
    return {name: _beside(path, name, value) for name, value in table.items()}


def _beside(path: Path, name: str, value: Any) -> Any:
    """A path as it is from here, where one is meant; a gradebook's URL is none."""
    is_path = name in PATHS and value and not (name == "gradebook" and "://" in value)
    return str(path.parent / value) if is_path else value


def without_password(text: str) -> str:
    """A text that may hold a database's URL."""
    return re.sub(r"(://[^:/@\s]*):[^@/\s]*@", r"\1:***@", text)


def _plain(value: Any) -> Any:
    """Paths and choices as texts."""
    return str(value) if isinstance(value, Path) else getattr(value, "value", value)


def listing(found: Settings, sources: Mapping[str, str]) -> str:
    """Every setting on a line, with its source."""
    values = _flat(msgspec.to_builtins(found))
    rows = [(name, without_password(repr(value)), sources[name]) for name, value in values.items()]
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    return "\n".join(f"{name:{widths[0]}} = {value:{widths[1]}}  # {source}" for name, value, source in rows)
