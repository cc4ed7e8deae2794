"""The table of who may import whom, and other promises of docs/design.md that the source text can be held to."""

from __future__ import annotations

import ast
import fnmatch
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "autograder"
FILES = sorted(p for p in PACKAGE.rglob("*.py") if "versions" not in p.parts)  # migrations are written once

# Room -> the rooms that it may import (itself always; BASE for everybody on the judge's side).
BASE = {"errors", "records", "evidence", "wire", "system"}
DIRECTIONS: dict[str, set[str]] = {
    "__init__": set(),
    "__main__": {"cli"},
    "errors": set(),
    "records": {"errors", "evidence"},
    "evidence": set(),
    "grades": BASE,
    "facts": BASE,
    "assemble": BASE | {"__init__", "facts", "lateness", "rubric", "run", "scoring"},
    "intake": BASE | {"grades", "lateness", "submission"},
    "exports": BASE | {"grades", "reports", "spreadsheet"},
    "class_report": BASE | {"grades", "reports"},
    "similarity": BASE | {"grades", "submission", "source"},
    "gradebook": BASE | {
        "__init__", "facts", "folder", "grades", "judge.seeds", "lateness", "marks", "references", "rubric", "run",
        "submission.files", "submission.limits",
    },
    "class_plan": BASE | {"facts", "gradebook", "grades", "lateness", "runners"},
    "class_run": BASE | {
        "__init__", "assemble", "batch", "class_plan", "facts", "gradebook", "grades", "lateness", "run", "runners",
    },
    "class_preview": BASE | {"class_plan", "class_run", "gradebook", "preflight", "reports", "submission"},
    "clusters": set(),
    "course_file": BASE | {"clusters", "rubric"},
    "ending": set(),
    "class_cli": BASE | {"class_asking", "class_commands", "class_plan", "course_file", "ending"},
    "class_similarity": BASE | {
        "bounded", "class_report", "grades", "references", "reports", "run", "similarity", "submission",
    },
    "class_marks": BASE | {"grades", "marks"},
    "class_commands": BASE | {
        "assignment", "class_marks", "class_plan", "class_preview", "class_report", "class_run", "class_similarity",
        "course_file", "exports", "gradebook", "grades",
        "intake", "leftovers", "marks", "preflight", "progress", "reports", "rubric", "run", "runners",
        "similarity", "submission",
    },
    "class_asking": BASE | {
        "class_commands", "course_file", "exports", "gradebook", "grades", "leftovers", "reports",
    },
    "spreadsheet": set(),
    "progress": BASE | {"class_plan", "reports"},
    "lateness": BASE | {"course"},
    "course": {"errors"},
    "folder": {"errors"},
    "metrics": set(),
    "run": BASE | {"clusters", "folder", "marks", "report_pdf.key", "rubric"},
    "bounded": BASE | {"__init__"},
    "source": set(),
    "rubric": BASE | {"course", "lateness", "metrics"},
    "marks": BASE | {"lateness", "rubric"},
    "scoring": BASE | {"lateness", "marks", "rubric"},
    "references": set(),
    "template": BASE | {"folder", "references"},
    "wire": set(),
    "system": set(),
    "inside": {"wire", "system"},
    "submission": BASE | {"folder", "rubric", "source"},
    "sandbox": {"errors", "wire", "system", "inside.bounds", "inside.server", "inside.zygote"},
    "student": BASE | {"sandbox.protocol"},
    "judge": BASE | {"course", "source", "student", "sandbox.protocol"},
    "reports": BASE | {"metrics", "rubric"},
    "assignment": BASE | {"course", "folder", "rubric", "student", "sandbox.protocol"},
    "kit": BASE | {"assignment", "judge", "metrics", "rubric", "sandbox.protocol", "source", "student"},
    "notebook": BASE | {"rubric", "run", "sandbox", "submission", "student"},
    "report_pdf": BASE | {"rubric"},
    "assignments": BASE | {
        "kit", "assignment", "bounded", "judge", "metrics", "report_pdf", "rubric", "run", "source", "student",
        "submission", "references",
    },
    "whole": BASE | {"bounded", "facts", "folder", "notebook", "run", "student"},
    "judging": BASE | {"assignment", "judge", "scoring", "student"},
    "explain": BASE | {"course", "folder", "judge", "rubric"},
    "grade": BASE | {
        "assemble", "bounded", "facts", "judging", "whole", "report_pdf", "assignment", "judge", "run",
        "sandbox.protocol", "scoring", "student", "submission", "rubric",
    },
    "runners": BASE | {
        "__init__",
        "assemble", "bounded", "clusters", "facts", "folder", "grade", "gradebook.content", "gradebook.keys",
        "judge.seeds", "lateness", "leftovers", "marks", "notebook.gpu", "reports", "rubric", "run", "sandbox",
        "spreadsheet", "whole",
    },
    "preflight": BASE | {
        "folder", "judge.seeds", "marks", "report_pdf.key", "rubric",
        "run", "runners.slots", "submission", "whole",
    },
    "leftovers": set(),
    "node": BASE | {
        "batch", "facts", "folder", "gradebook.content", "gradebook.keys", "grade", "leftovers", "run", "runners",
    },
    "batch": BASE | {
        "leftovers",
        "assignment", "grade", "judge", "reports", "run", "runners", "sandbox", "inside.offline", "submission",
        "preflight", "whole",
    },
    "own": BASE | {  # students' own checks: nothing of it may lead to what only Linux has
        "assignment", "folder", "inside.cells", "inside.live", "inside.names", "inside.offline", "inside.server",
        "judge", "reports.failures", "sandbox.inprocess", "sandbox.protocol", "student", "submission",
    },
    "student_wheel": BASE | {"__init__", "folder", "judge", "kit.derive", "own", "references", "rubric"},
    "platforms": BASE | {
        "assemble", "batch", "bounded", "exports.prairielearn", "facts", "folder", "judge.seeds", "lateness", "metrics",
        "preflight", "reports", "rubric", "run", "runners", "sandbox", "submission",
    },
    "new": BASE | {"folder"},
    "cli": BASE | {
        "class_cli", "ending",
        "explain", "batch", "folder", "new", "platforms", "preflight", "reports.harmless", "run", "runners", "sandbox",
        "submission", "rubric",
    },
}  # fmt: skip
JUDGE_SIDE = [p for p in FILES if "inside" not in p.parts]
EXTENSIONS = [
    p for p in FILES if "inside" in p.parts and p.parent != PACKAGE / "inside" and PACKAGE / "inside" not in p.parents
]


def name_of(path: Path) -> str:
    """`wire.frames` for autograder/wire/frames.py; `submission` for autograder/submission/__init__.py."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


def room_of(module: str) -> str:
    """The row of the table that a module is in."""
    return module.partition(".")[0]


@cache
def imports(path: Path) -> tuple[str, ...]:
    """Absolute names of all that a file imports, at any depth, and as text in import_module()."""
    found: list[str] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            found += [_target(node.module or "", alias.name) for alias in node.names]
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module") and node.args:
            argument = node.args[0]
            found += [argument.value] if isinstance(argument, ast.Constant) else []
    return tuple(found)


def _target(module: str, name: str) -> str:
    """`from a import b` means a.b where that is a module of ours, else a."""
    inner = ROOT.joinpath(*module.split("."), name)
    return f"{module}.{name}" if inner.with_suffix(".py").exists() or inner.is_dir() else module


def ours(path: Path) -> Iterator[str]:
    """The modules of the project that a file imports, without the leading `autograder.`."""
    for name in imports(path):
        if name == "autograder":
            yield "__init__"
        elif name.startswith("autograder."):
            yield name.removeprefix("autograder.")
        elif name.partition(".")[0] in ("reference", "fixtures", "tests"):
            yield name


def allowed(module: str, target: str) -> bool:
    room = room_of(module)
    if room_of(target) == room:
        return True
    return any(fnmatch.fnmatch(target, pattern) or target.startswith(f"{pattern}.") for pattern in DIRECTIONS[room])


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_imports_point_one_way(path: Path) -> None:
    module = name_of(path)
    assert room_of(module) in DIRECTIONS, f"{module} is in no room of the table"
    if path in EXTENSIONS:
        return
    wrong = [target for target in ours(path) if not allowed(module, target)]
    assert not wrong, f"{module} must not import {', '.join(wrong)}"


def test_the_table_would_notice() -> None:
    for module, target in [
        ("reports.html", "judge.plugin"), ("scoring", "student.proxy"), ("reports.view", "sandbox.protocol"),
        ("inside.server", "errors"), ("inside.loader", "records"), ("wire.frames", "student.proxy"),
        ("inside.server", "student.proxy"), ("inside.zygote.child", "sandbox.host"),
        ("student.proxy", "inside.modules"),
        ("inside.encode", "judge.expect"), ("assignments.labrnn.api", "grade"), ("assignments.labrnn.api", "sandbox.host"),  # noqa: E501
        ("judge.plugin", "grade"), ("grade", "batch"), ("grade", "reports"), ("submission.read", "inside.server"),
        ("records", "rubric"), ("errors", "records"), ("judge.expect", "assignments.labrnn.api"), ("sandbox.host", "student.proxy"),  # noqa: E501
    ]:  # fmt: skip
        assert not allowed(module, target), (module, target)


def test_nothing_imports_in_a_circle() -> None:
    """Modules, not rooms: what a file imports when it is itself imported."""
    graph = {name_of(p): {t for t in top_level(p) if t != name_of(p)} for p in FILES}
    done: set[str] = set()

    def visit(name: str, path: tuple[str, ...]) -> None:
        assert name not in path, " -> ".join((*path, name))
        if name not in done:
            for target in graph.get(name, ()):
                visit(target, (*path, name))
            done.add(name)

    for name in graph:
        visit(name, ())


def top_level(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.ImportFrom):
            names |= {_target(node.module or "", alias.name) for alias in node.names}
    return {name.removeprefix("autograder.") for name in names if name.startswith("autograder.")}


# ---- the student's side ----------------------------------------------------------------------------------------------
def test_the_student_process_loads_nothing_of_the_judge() -> None:
    """Followed from its entry on, as the interpreter does."""
    waiting, seen = ["inside.entry", "inside.zygote.zygote", "inside.zygote.kernel_launch", "inside.kernel"], set[str]()
    while waiting:
        module = waiting.pop()
        if module not in seen:
            seen.add(module)
            waiting += list(ours(PACKAGE.joinpath(*module.split(".")).with_suffix(".py")))
    assert seen >= {"inside.server", "inside.loader", "wire.frames", "inside.encode"}
    assert all(module.startswith(("inside.", "wire.", "system.")) for module in seen)


def test_packages_on_the_students_way_import_nothing() -> None:
    for room in ("", "wire", "system", "inside", "inside/zygote"):
        assert not list(ours(PACKAGE / room / "__init__.py"))


@pytest.mark.parametrize("path", EXTENSIONS, ids=name_of)
def test_extensions_stand_on_the_inside_alone_and_nobody_imports_them(path: Path) -> None:
    assert all(target.startswith(("inside.", "wire.", "system.")) for target in ours(path))
    assert not [name_of(other) for other in JUDGE_SIDE if name_of(path) in ours(other)]
    assert path.name == "__init__.py" or re.search(r"^OPERATIONS\b", path.read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("path", [p for p in FILES if not {"kit", "assignments"} & set(p.parts)], ids=name_of)
def test_the_core_knows_no_assignment(path: Path) -> None:
    """But that the first one is the default."""
    text = path.read_text(encoding="utf-8").replace('"hyperparams"', "").replace("labrnn", "").replace("preview", "")
    assert not re.search(r"(?i)imdb|film|movie|(?<!p)review|sentiment|hyperparams", text)
    assert "inside" not in path.parts or "labrnn" not in path.read_text(encoding="utf-8")


# ---- what is never used ----------------------------------------------------------------------------------------------
def calls(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}


FORBIDDEN_MODULES = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "marshal", "shelve"}
FORBIDDEN_CALLS = {
    "eval",
    "exec",
    "compile",
    "__import__",
    "torch.load",
    "np.load",
    "numpy.load",
    "pd.read_pickle",
    "os.system",
}


@pytest.mark.parametrize("path", JUDGE_SIDE, ids=name_of)
def test_the_judge_runs_nothing_that_it_is_sent(path: Path) -> None:
    roots = {name.partition(".")[0] for name in imports(path)}
    assert not roots & FORBIDDEN_MODULES
    assert not calls(path) & FORBIDDEN_CALLS
    assert not any(call.endswith((".loads", ".load")) and "pickle" in call for call in calls(path))


def test_the_judge_side_is_not_empty() -> None:
    assert len(JUDGE_SIDE) > 40 and {"wire.frames", "judge.plugin", "grade"} <= {name_of(p) for p in JUDGE_SIDE}
    assert "exec" in calls(PACKAGE / "inside" / "loader.py")  # the test can see it where it is allowed


@pytest.mark.parametrize("path", [*FILES, *sorted((ROOT / "reference").rglob("*.py"))], ids=str)
def test_nothing_from_outside_the_project(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert "/work/" not in text and "../shared" not in text and "DESIGN.md" not in text
    assert not {name.partition(".")[0] for name in imports(path)} & {"shared", "tests", "fixtures"}


# ---- sizes -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_files_and_functions_are_short(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) < 350
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            assert node.end_lineno is not None
            assert node.end_lineno - node.lineno < 60, f"{node.name} in {path.name}"


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_every_file_says_what_it_is_for(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert not tree.body or ast.get_docstring(tree), f"{path.name} has no docstring"
