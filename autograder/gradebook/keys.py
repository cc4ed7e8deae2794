"""What a grading depends on. The facts of a unit are a pure function of its key: equal keys are never graded twice.

A key is kept part by part, so that a person can be told which one changed (`autograder why`).
"""

from __future__ import annotations

import ast
import hashlib
import json
import platform
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from functools import cached_property
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

import msgspec

from autograder.errors import ConfigError
from autograder.facts import UNITS, Unit
from autograder.folder import is_built_in
from autograder.gradebook.content import content_hash as content_hash
from autograder.gradebook.content import data_hash
from autograder.judge.seeds import fingerprint
from autograder.references import LOCK as LOCK
from autograder.references import REFERENCES
from autograder.run import FUNCTIONS, Run

FORM = "1"  # of the facts: another number where facts of an older form can't be read any more
PACKAGE = Path(__file__).resolve().parents[1]
# Rooms that come before or after the finding out: what they do changes no fact.
APART = frozenset(
    "__main__ assemble assignments batch class_asking class_cli class_commands class_marks class_preview class_report"
    " class_run class_similarity cli clusters course_file ending explain exports gradebook grades intake lateness"
    " leftovers marks new node own platforms preflight progress reports runners scoring shipped similarity spreadsheet"
    " starter student_wheel template".split()
)


@dataclass(frozen=True)
class Key:
    """Of one unit of one submission. `parts`: short texts, by what they are of."""

    unit: Unit
    parts: Mapping[str, str]

    @cached_property
    def digest(self) -> str:
        """Equal for equal keys, and for no others."""
        return _digest(json.dumps([self.unit, sorted(self.parts.items())]).encode())

    def changed(self, before: Mapping[str, str]) -> list[str]:
        """What its parts differ in from those of an earlier key."""
        return [name for name in {**before, **self.parts} if before.get(name) != self.parts.get(name)]


def keys_of(content: str, shared: Mapping[Unit, Mapping[str, str]]) -> dict[Unit, Key]:
    """The keys of a submission with this content. `shared`: as shared_parts gives them."""
    keys = {unit: Key(unit, {"submission": content, **shared[unit]}) for unit in shared}
    if "study" in keys:  # its checks look at what the other units found
        found: dict[str, str] = {unit: key.digest for unit, key in keys.items() if unit in ("notebook", "accuracy")}
        keys["study"] = Key("study", {**keys["study"].parts, **found})
    return keys


def shared_parts(run: Run) -> dict[Unit, dict[str, str]]:
    """The parts that all submissions of a run have in common, for each unit that the run asks for.

    Raises:
        ConfigError: the data can't be read.
    """
    base = {
        "form": FORM,
        "harness": _of_files(_harness(), PACKAGE),
        "assignment": _assignment(run),
        "environment": _environment(),
        "secret": fingerprint(run.secret),
        "settings": _settings(run),
    }
    data = "made up" if run.data is None else data_hash(run.data)
    notebook = {
        "mode": run.mode,
        "data": "made up" if run.mode == "smoke" else data,
        "limits": _text(run.rubric.notebook),
    }
    accuracy = {"data": data, "recipe": run.recipe, "metrics": _text(run.rubric.metrics)}
    if run.recipe == "published":
        accuracy["notebook"] = _text(notebook)
    trees = _trees(run.folder.checks)
    counting = {"counting": _counting(run, trees)}
    functions = counting | {"checks": _checks(run, trees, FUNCTIONS), "asked": str("functions" in run.steps)}
    found: dict[Unit, dict[str, str]] = {"functions": base | functions}
    if run.key is not None:
        found["report"] = base | {"answers": _text(run.key)}
    if "notebook" in run.steps:
        found["notebook"] = base | notebook
    if "accuracy" in run.steps:
        found["accuracy"] = base | accuracy
    if run.beyond:
        study = counting | {"checks": _checks(run, trees, run.beyond), "steps": ", ".join(sorted(run.beyond))}
        found["study"] = base | study | {"functions": functions["checks"]}
    return {unit: found[unit] for unit in UNITS if unit in found}


# ---- parts -----------------------------------------------------------------------------------------------------------
def _harness() -> Iterator[Path]:
    for path in _sources(PACKAGE):
        room = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        if room not in APART:
            yield path


def _assignment(run: Run) -> str:
    """The assignment's own code but for its checks, and all files of its reference. Data that its code reads belongs
    there, or beside the checks: elsewhere in the folder may be anything, hand-ins and results too."""
    folder, out = run.folder, run.out.resolve()
    reference = REFERENCES / folder.name if is_built_in(folder) else folder.path / "reference"
    own = [
        path
        for path in folder.path.rglob("*.py")
        if not {folder.checks, reference, out} & set(path.parents)
        and not any(part.startswith(".") for part in path.relative_to(folder.path).parts)
    ]
    return _text([_of_files(own, folder.path), _of_files(_sources(reference), reference)])


def _sources(folder: Path) -> Iterator[Path]:
    """All files below a folder but what Python makes of them."""
    return (path for path in folder.rglob("*") if path.suffix != ".pyc" and path.is_file())


def _checks(run: Run, trees: Mapping[Path, ast.Module], steps: Iterable[str]) -> str:
    """The files of checks that may be about items of these steps: by the items that they name, else all."""
    steps, of = set(steps), {item.id: item.step for item in run.rubric.items}
    chosen = []
    for path in _sources(run.folder.checks):
        named = {of[text] for text in _constants(trees[path]) if text in of} if path in trees else set()
        if not named or named & steps:
            chosen.append(path)
    return _of_files(chosen, run.folder.checks)


def _trees(checks: Path) -> dict[Path, ast.Module]:
    """The modules of checks, parsed."""
    return {path: _tree(path) for path in sorted(checks.rglob("test_*.py"))}


def _constants(tree: ast.Module) -> set[str]:
    """All texts that stand in a module."""
    return {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def _tree(path: Path) -> ast.Module:
    """Raises:
    ConfigError: it can't be read, or is no Python.
    """
    try:
        return ast.parse(path.read_bytes())
    except OSError as error:
        raise ConfigError(f"{path} can't be read: {error.strerror}.") from error
    except (SyntaxError, ValueError, RecursionError) as error:
        raise ConfigError(f"{path}: line {getattr(error, 'lineno', None) or 1}: {error}.") from error


def _counting(run: Run, trees: Mapping[Path, ast.Module]) -> str:
    """Which checks count at all by the course's rubric: what is a remark breaks nothing. Weights come later."""
    course = run.rubric.course
    changes = {} if course is None else course.checks
    idle = _idle(trees.values()) if changes else set()
    told = {}
    for (item, name), change in changes.items():
        counted = change.weight is not None and change.weight > 0
        weighed = None if change.weight is None or (counted and name not in idle) else counted
        if (weighed, change.required) != (None, None):
            told[f"{item}.{name}"] = [weighed, change.required]
    return _text(told)


def _idle(trees: Iterable[ast.Module]) -> set[str]:
    """The names of the checks which say, or may say, that their weight is 0."""
    found = set()
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and any(map(_may_be_idle, node.decorator_list)):
                found.add(node.name.removeprefix("test_"))
    return found


def _may_be_idle(decorator: ast.expr) -> bool:
    keywords = decorator.keywords if isinstance(decorator, ast.Call) else []
    weights = [keyword.value for keyword in keywords if keyword.arg in ("weight", None)]
    return any(not isinstance(weight, ast.Constant) or not weight.value for weight in weights)


def _settings(run: Run) -> str:
    """What of the rubric bears on the finding out: no points, titles or rules, but whether there can be partial points:
    where not, an item with a failure earned nothing, which later steps build on."""
    rubric = run.rubric
    items = [
        [item.id, item.step, list(item.needs), item.marking, item.points <= rubric.rules.step] for item in rubric.items
    ]
    asked = rubric.assignment
    names = [asked.name, asked.notebook, asked.defines, asked.also]
    return _text([names, items, rubric.limits, rubric.settings])


def _environment() -> str:
    """Python, and the packages of the lock as they are installed; without a lock, all."""
    there: dict[str, str] = {}
    for found in distributions():
        there.setdefault(_plain(found.metadata["Name"]), found.version)  # of two the one that is imported
    if LOCK.is_file():
        names = re.findall(r"^([\w.-]+)==", LOCK.read_text(encoding="utf-8"), re.MULTILINE)
        names.append("pyarrow")  # no part of the lock: where it is, pandas keeps texts in another way
        there = {name: there.get(name, "absent") for name in map(_plain, names)}
    return _text([platform.python_version(), platform.machine(), sorted(there.items())])


def _plain(name: str) -> str:
    """A package's name as indexes compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _of_files(paths: Iterable[Path], root: Path) -> str:
    return _text([[path.relative_to(root).as_posix(), data_hash(path)] for path in sorted(set(paths))])


def _text(value: Any) -> str:
    return _digest(json.dumps(_told(value), sort_keys=True, default=str).encode())


def _told(value: Any) -> Any:
    """All fields of a struct, those too that msgspec leaves out as defaults; a whole number is one however written."""
    if isinstance(value, msgspec.Struct):
        return {name: _told(getattr(value, name)) for name in value.__struct_fields__}
    if is_dataclass(value):
        return {own.name: _told(getattr(value, own.name)) for own in fields(value)}
    if isinstance(value, Mapping):
        return {str(name): _told(own) for name, own in value.items()}
    if isinstance(value, (list, tuple)):
        return [_told(own) for own in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:24]


def presentation() -> str:
    """Of the code that makes points and reports from facts."""
    rooms = (
        "assemble.py",
        "scoring.py",
        "lateness.py",
        "marks",
        "metrics.py",
        "reports",
        "records.py",
        "spreadsheet.py",
    )
    found = [path for room in rooms for path in (_sources(PACKAGE / room) if room.isidentifier() else [PACKAGE / room])]
    return _of_files(found, PACKAGE)
