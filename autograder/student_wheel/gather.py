"""The files that go into the wheel, by their path in it."""

from __future__ import annotations

import ast
import json
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import nbformat

from autograder import __version__
from autograder.errors import ConfigError
from autograder.folder import Folder
from autograder.kit.derive import Derived
from autograder.own.tasks import HINTS
from autograder.references import REFERENCES, Texts
from autograder.rubric import Rubric
from autograder.student_wheel.modules import Modules
from autograder.student_wheel.public import Suite, public_body
from autograder.student_wheel.reach import Reach

PACKAGE = Path(__file__).resolve().parents[1]
DATA = "inside/nltk_data"
ENTRIES = ("checking", "cli", "pytest_plugin")  # of autograder/own
ASSIGNMENT_PARTS = ("prepare", "unknown", "GRADED")  # what autograder/own asks of an assignment's prepare.py
GIVEN = "given_texts"
HERE = (
    '"""Public checks for your own notebook: `from autograder import check; check()`."""\n\n'
    "from importlib import import_module\nfrom typing import Any\n\n__version__ = {version!r}\n\n\n"
    "def __getattr__(name: str) -> Any:\n"
    '    if name != "check":\n        raise AttributeError(f"module {{__name__!r}} has no attribute {{name!r}}")\n'
    '    return import_module("autograder.own.checking").check\n'
)
DISTRIBUTIONS = {"sklearn": "scikit-learn", "IPython": "ipython"}
ONLY_IF_THE_LAB_DOES = ("nltk", "pandas", "sklearn", "tqdm")  # used where they are there


@dataclass(frozen=True)
class Gathered:
    """`files`: by path in the wheel; `needs`: names of distributions of others; `own`: those that the lab itself does
    not import."""

    files: Mapping[str, bytes]
    needs: tuple[str, ...]
    own: tuple[str, ...]


def gather(folder: Folder, rubric: Rubric, suite: Suite, template: Path) -> Gathered:
    """Put together all files of the wheel but its metadata. `template`: the folder that students download.

    Raises:
        ConfigError: public checks need what students must not have, or a part is missing.
    """
    expect_nothing_given(folder)
    everything, suite = suite, without_solutions(folder, suite)
    reach = reached(folder, suite)
    home = f"assignments/{folder.name}"
    files = {f"autograder/{path_in_wheel(name, reach, folder)}": _text(name, reach) for name in sorted(reach.kept)}
    files["autograder/__init__.py"] = HERE.format(version=__version__)
    files = {f"autograder/{home}/__init__.py": "", f"autograder/{home}/checks/__init__.py": ""} | files
    if f"autograder/{home}/prepare.py" in files and f".{GIVEN} import" in files[f"autograder/{home}/prepare.py"]:
        files[f"autograder/{home}/{GIVEN}.py"] = given_texts(REFERENCES / folder.name / "module.py")
    files[f"autograder/{home}/rubric.toml"] = public_rubric(folder, rubric, at_grading(everything, suite))
    files[f"autograder/{home}/{HINTS}"] = public_hints(folder, suite)
    made = {path: text.encode() for path, text in files.items()}
    for path in sorted((PACKAGE / DATA).rglob("*")):
        if path.is_file():
            made[f"autograder/{path.relative_to(PACKAGE).as_posix()}"] = path.read_bytes()
    lab = imports_of(template)
    needs, own = distributions(reach, lab)
    return Gathered(made, needs, own)


def reached(folder: Folder, suite: Suite) -> Reach:
    """Follow all names from what students call and from the public checks.

    Raises:
        ConfigError: they lead to what students must not have.
    """
    reach = started(folder, suite)
    for known in suite.public:
        reach.load(known.module)
        reach.reach(known.module, known.function)
    return reach


def without_solutions(folder: Folder, suite: Suite) -> Suite:
    """The suite without the public checks that need a module that solves graded items: these run at grading only."""
    reach = started(folder, suite)
    return Suite(tuple(known for known in suite.public if reach.allows(known.module, known.function)), suite.hidden)


def at_grading(suite: Suite, given: Suite) -> dict[str, int]:
    """By item, how many of its public checks are not `given` to students."""
    return Counter(known.item for known in suite.public) - Counter(known.item for known in given.public)


def started(folder: Folder, suite: Suite) -> Reach:
    """Follow all names from what students call, without any check.

    Raises:
        ConfigError: they lead to what students must not have.
    """
    modules = Modules({"autograder": PACKAGE, folder.package: folder.path})
    checks = {name: {known.function for known in suite.public if known.module == name} for name in suite.modules()}
    for name, functions in checks.items():
        module = modules[name]
        module.body = public_body(module.body, functions)
    conftest = f"{folder.package}.{folder.checks.name}.conftest"
    suites = frozenset([*checks, conftest])
    closed = {
        f"{folder.package}.reference": frozenset({"given_source"}),
        "autograder.references": frozenset[str](),
        "autograder.student_wheel": frozenset[str](),
    }
    reach = Reach(modules, closed, suites)
    for entry in ENTRIES:
        reach.whole(f"autograder.own.{entry}")
    for name in ASSIGNMENT_PARTS:
        reach.reach(f"{folder.package}.prepare", name)
    if conftest in modules:
        reach.whole(conftest)
    return reach


def expect_nothing_given(folder: Folder) -> None:
    """Raises:
    ConfigError: the assignment declares helpers that are given; their texts stand in its reference.
    """
    for derived in vars(folder.module("prepare")).values():
        if isinstance(derived, Derived) and derived.declaration.given:
            names = ", ".join(derived.declaration.given)
            raise ConfigError(f"{folder.path}: the students' wheel can't hold the helpers that are given ({names}).")


def path_in_wheel(name: str, reach: Reach, folder: Folder) -> str:
    """Where a module stands under `autograder/`; an assignment of a folder elsewhere stands among the built-in ones."""
    path = reach.modules[name].path
    if path.is_relative_to(PACKAGE):
        return path.relative_to(PACKAGE).as_posix()
    return f"assignments/{folder.name}/{path.relative_to(folder.path).as_posix()}"


def _text(name: str, reach: Reach) -> str:
    """A module's kept statements; comments go, since nobody has looked whether they speak of hidden checks."""
    body = [_renamed(node, name, reach) for node in reach.body(name)]
    return ast.unparse(ast.fix_missing_locations(ast.Module(body, []))) + "\n" if body else ""


def _renamed(node: ast.stmt, name: str, reach: Reach) -> ast.stmt:
    """`from autograder.assignments.labrnn.reference import given_source` names a module of the wheel's own there."""
    if isinstance(node, ast.ImportFrom) and (source := reach.modules.source_of(reach.modules[name], node)):
        package, _, last = source.rpartition(".")
        if last == "reference" and source in reach.closed:
            return ast.ImportFrom(f"{package}.{GIVEN}", node.names, 0)
    return node


def given_texts(module: Path) -> str:
    """A module that holds the helpers of the template, as texts."""
    texts = Texts(module)
    given = {name: texts.given_source(name) for name in texts.given()}
    parts = [
        '"""Helpers that the assignment gives, as in its template: used where a notebook has lost them."""\n',
        "GIVEN = {",
        *(f"    {name!r}: {text!r}," for name, text in given.items()),
        "}\n\n",
        "def given_source(name: str) -> str:\n    return GIVEN[name]\n",
    ]
    return "\n".join(parts)


def public_rubric(folder: Folder, rubric: Rubric, later: Mapping[str, int]) -> str:
    """What students may know of the rubric: the tasks, without points, and nothing that is for staff.

    `later`: by item, how many of its public checks run at grading only.
    """
    about = tomllib.loads(folder.rubric.read_text(encoding="utf-8"))["assignment"]
    lines = ["[assignment]", *(f"{key} = {_toml(value)}" for key, value in about.items())]
    for item in rubric.items:
        if item.step == "functions" and item.marking == "automatic":
            own: dict[str, object] = {"id": item.id, "title": item.title, "asks": item.asks, "needs": list(item.needs)}
            own |= {"at_grading": later[item.id]} if later.get(item.id) else {}
            lines += ["", "[[items]]", *(f"{key} = {_toml(value)}" for key, value in own.items())]
    return "\n".join(lines) + "\n"


def public_hints(folder: Folder, suite: Suite) -> str:
    """The hints of items and of public checks."""
    path = folder.path / HINTS
    hints = tomllib.loads(path.read_text(encoding="utf-8"))["hints"] if path.is_file() else {}
    names = {one for known in suite.public for one in (known.item, known.name, f"{known.item}.{known.name}")}
    lines = [f"{_toml(key)} = {_toml(text)}" for key, text in hints.items() if key in names]
    return "\n".join(["[hints]", *lines]) + "\n"


def _toml(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def imports_of(template: Path) -> frozenset[str]:
    """The packages that the downloaded notebook or script imports.

    Raises:
        ConfigError: there is neither.
    """
    found: set[str] = set()
    files = [*template.glob("*.ipynb"), *template.glob("*.py")]
    if not files:
        raise ConfigError(f"{template} holds no notebook and no script.")
    for path in files:
        for source in _sources(path):
            for node in ast.walk(ast.parse(source)):
                names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
                names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
                found |= {name.partition(".")[0] for name in names}
    return frozenset(found)


def _sources(path: Path) -> Iterable[str]:
    if path.suffix == ".py":
        return [path.read_text(encoding="utf-8")]
    cells = nbformat.read(path, as_version=4).cells
    return [cell.source for cell in cells if cell.cell_type == "code"]


def distributions(reach: Reach, lab: frozenset[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What the wheel needs, by the names that pip knows, and which of it the lab does not import by itself."""
    early, late = reach.outside()
    ours = {"autograder", "__future__", ""}
    foreign = {name for name in early | late if name not in ours and not _is_standard(name)}
    foreign -= {name for name in ONLY_IF_THE_LAB_DOES if name not in lab}
    lab_only = {name for name in lab if not _is_standard(name) and name not in ours}
    named = sorted({DISTRIBUTIONS.get(name, name) for name in foreign | lab_only}, key=str.lower)
    own = sorted({DISTRIBUTIONS.get(name, name) for name in foreign - lab_only}, key=str.lower)
    return tuple(named), tuple(own)


def _is_standard(name: str) -> bool:
    return name in sys.stdlib_module_names
