"""Opens the built wheels and looks for what students must not have: hidden checks by name, sentence and message, the
reference, keys, secrets, staff's numbers. What is hidden is read off the sources here, not asked of the builder."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from autograder.errors import ConfigError
from autograder.student_wheel.gather import imports_of
from autograder.student_wheel.modules import Modules
from autograder.student_wheel.reach import Reach

ROOT = Path(__file__).resolve().parents[2]
ASSIGNMENTS = ROOT / "autograder" / "assignments"
NAMES = ("labrnn", "gru_attention")
LATER = {ASSIGNMENTS / "labrnn" / "checks" / f"test_{step}.py" for step in ("bar", "runs", "training_loop")}
SECRET = "a course's secret 7d1f"
STAFF_ONLY = {  # rooms and files of ours that no student needs
    "grade", "batch", "scoring", "gradebook", "marks", "reports/html", "class_run", "runners", "template", "explain",
    "student_wheel", "kit/training", "kit/driver", "kit/observer", "whole", "notebook", "lateness", "rubric", "facts",
    "inside/zygote", "sandbox/host", "sandbox/process", "report_pdf", "similarity", "judging",
}  # fmt: skip


@dataclass(frozen=True)
class Wheel:
    """A built wheel: its files as texts, by path."""

    assignment: str
    path: Path
    files: dict[str, str]

    @property
    def text(self) -> str:
        return "\n".join(self.files.values())


@pytest.fixture(scope="module", params=NAMES)
def wheel(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Wheel:
    return built(request.param, tmp_path_factory.mktemp(request.param))


def built(assignment: str, out: Path) -> Wheel:
    done = subprocess.run(
        [sys.executable, "-m", "autograder.student_wheel", assignment, "--out", str(out)],
        cwd=ROOT, env=os.environ | {"AUTOGRADER_SECRET": SECRET}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    [path] = out.glob("autograder_student-*-py3-none-any.whl")
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name).decode() for name in archive.namelist()}
    return Wheel(assignment, path, files)


def functions(assignment: str) -> Iterator[tuple[ast.FunctionDef, bool]]:
    """All checks of functions, and whether each is hidden."""
    for path in sorted({*(ASSIGNMENTS / assignment / "checks").glob("test_*.py")} - LATER):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                yield node, any("visibility='hidden'" in ast.unparse(one) for one in node.decorator_list)


def texts(node: ast.AST) -> set[str]:
    """What is said in a piece of code, white space made even."""
    found = {n.value for n in ast.walk(node) if isinstance(n, ast.Constant) and isinstance(n.value, str)}
    return {" ".join(text.split()) for text in found if len(text) > 20}


def test_no_hidden_check_is_in_it(wheel: Wheel) -> None:
    found = list(functions(wheel.assignment))
    public = {node.name for node, hidden in found if not hidden}
    hidden = [node for node, is_hidden in found if is_hidden]
    said = " ".join(wheel.text.split())
    known = set.union(*(texts(node) for node, is_hidden in found if not is_hidden))
    assert len(hidden) > 9
    for node in hidden:
        for name in (node.name, node.name.removeprefix("test_")):
            assert node.name in public or not re.search(rf"\b{re.escape(name)}\b", wheel.text), name
        sentences = texts(node) - known
        assert sentences
        for sentence in sentences:
            assert sentence not in said and repr(sentence)[1:-1] not in said, (node.name, sentence)
    assert not [name for name, text in wheel.files.items() if "/checks/" in name and "visibility" in text]


def test_every_public_check_of_a_function_is_in_it(wheel: Wheel) -> None:
    there = {name for text in wheel.files.values() for name in re.findall(r"^def (test_\w+)", text, re.MULTILINE)}
    wanted = {node.name for node, hidden in functions(wheel.assignment) if not hidden}
    rubric = tomllib.loads(wheel.files[f"autograder/assignments/{wheel.assignment}/rubric.toml"])
    assert there < wanted and len(there) > 50  # the others need what solves an item; cards say how many
    assert all(0 < item.get("at_grading", 1) < 10 for item in rubric["items"])
    assert not [name for name in wheel.files if Path(name).name in {path.name for path in LATER}]


def test_helpers_that_only_hidden_checks_use_stay_at_home(wheel: Wheel) -> None:
    for path in (ASSIGNMENTS / wheel.assignment / "checks").glob("test_*.py"):
        own = wheel.files.get(f"autograder/{path.relative_to(ROOT / 'autograder').as_posix()}")
        if own is None:
            continue
        tree = ast.parse(own)
        used = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)} | {
            n.arg for n in ast.walk(tree) if isinstance(n, ast.arg)
        }
        for node in tree.body:
            names = [a.asname or a.name for a in node.names] if isinstance(node, ast.ImportFrom) else []
            names += [node.name] if isinstance(node, ast.FunctionDef) and not node.name.startswith("test_") else []
            assert node.module == "__future__" if names == ["annotations"] else set(names) <= used, (path.name, names)


def test_no_reference_is_in_it(wheel: Wheel) -> None:
    assert not [name for name in wheel.files if "reference" in name]
    assert "from reference" not in wheel.text and "solution_source" not in wheel.text
    source = (ROOT / "reference" / wheel.assignment / "source.py").read_text(encoding="utf-8")
    template = "".join(p.read_text("utf-8") for p in (ROOT / "student_template" / wheel.assignment).glob("*.ipynb"))
    solved = re.findall(r"### BEGIN SOLUTION\n(.*?)### BLANK", source, re.DOTALL)
    lines = {" ".join(line.strip(" #\n").split()) for region in solved for line in region.splitlines()}
    telling = {line for line in lines if len(line) > 30 and line not in template and '"""' not in line}
    said = " ".join(wheel.text.split())
    assert len(telling) > 20
    assert not [line for line in telling if line in said]


def test_nothing_that_solves_an_item_is_in_it(wheel: Wheel) -> None:
    """No module that says SOLVES, and no function of one by its name."""
    closed = [p for p in (ROOT / "autograder").rglob("*.py") if re.search(r"^SOLVES = ", p.read_text("utf-8"), re.M)]
    names = {
        node.name for path in closed for node in ast.parse(path.read_text("utf-8")).body
        if isinstance(node, ast.FunctionDef)
    }  # fmt: skip
    assert len(closed) > 2 and {"softmax", "attend", "gru_step", "lstm_step", "evaluate"} <= names
    assert not {path.relative_to(ROOT).as_posix() for path in closed} & set(wheel.files)
    for path, text in wheel.files.items():
        if path.endswith(".py"):
            made = {node.name for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)}
            assert not names & made and "SOLVES" not in text, (path, names & made)


def test_what_is_given_is_the_templates_own(wheel: Wheel) -> None:
    path = f"autograder/assignments/{wheel.assignment}/given_texts.py"
    assert (path in wheel.files) == (wheel.assignment == "labrnn")
    if path not in wheel.files:
        return
    names: dict[str, Any] = {}
    exec(wheel.files[path], names)
    given = names["GIVEN"]
    cells = json.loads((ROOT / "student_template" / "labrnn" / "LabRNN.ipynb").read_text("utf-8"))["cells"]
    template = {
        node.name: ast.dump(_WithoutImports().visit(node))
        for cell in cells
        if cell["cell_type"] == "code"
        for node in ast.parse("".join(cell["source"])).body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
    }
    for name, text in given.items():
        [definition] = [n for n in ast.parse(text).body if isinstance(n, ast.FunctionDef | ast.ClassDef)]
        assert definition.name == name and ast.dump(_WithoutImports().visit(definition)) == template[name]
    assert not {"tokenize", "build_vocab", "load_imdb", "IMDB", "LSTM", "GRU"} & set(given)


class _WithoutImports(ast.NodeTransformer):
    """The texts import within functions what the template imports at its top."""

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        return None

    visit_Import = visit_ImportFrom


def test_no_key_no_secret_nothing_for_staff(wheel: Wheel) -> None:
    assert SECRET not in wheel.text
    assert not [name for name in wheel.files if "answers" in Path(name).name and name.endswith(".toml")]
    inside = {name.removeprefix("autograder/").removesuffix(".py") for name in wheel.files}
    assert not {f"{one}/__init__" for one in STAFF_ONLY} & inside and not STAFF_ONLY & inside
    rubric = tomllib.loads(wheel.files[f"autograder/assignments/{wheel.assignment}/rubric.toml"])
    assert set(rubric) == {"assignment", "items"}
    assert {key for item in rubric["items"] for key in item} == {"id", "title", "asks", "needs", "at_grading"}
    assert "/work/" not in wheel.text and str(ROOT) not in wheel.text


def test_it_needs_little_besides_the_lab(wheel: Wheel) -> None:
    [metadata] = [text for name, text in wheel.files.items() if name.endswith("/METADATA")]
    needs = {re.split(r"[^\w-]", line)[0] for line in re.findall(r"^Requires-Dist: (.*)$", metadata, re.MULTILINE)}
    own = {"ipython", "hypothesis", "msgpack", "pytest"}
    lab = {"torch", "numpy"} | (
        {"pandas", "scikit-learn", "nltk", "matplotlib"} if wheel.assignment == "labrnn" else set()
    )
    assert needs == own | lab
    for name in own:
        assert name in metadata.partition("## What it installs")[2]


def test_requirements_of_the_template_name_what_it_imports() -> None:
    for name in NAMES:
        folder = ROOT / "student_template" / name
        told = (folder / "requirements.txt").read_text(encoding="utf-8").replace("scikit-learn", "sklearn")
        wanted = {one for one in imports_of(folder) if one not in sys.stdlib_module_names}
        assert wanted and all(re.search(rf"^{one}>=", told, re.MULTILINE) for one in wanted)


ELSEWHERE = """\
import os, pathlib, signal, sys
import torch, numpy, hypothesis, pytest, msgpack, IPython  # others' own business
LINUX = ("resource", "fcntl", "pwd", "grp", "termios", "pty", "tty", "crypt", "syslog", "py_landlock", "pyseccomp")
for name in LINUX:
    sys.modules[name] = None
for name in ("fork", "getuid", "geteuid", "getpgid", "killpg", "setsid", "O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC"):
    if hasattr(os, name):
        delattr(os, name)
for name in ("SIGALRM", "SIGUSR1", "SIGKILL", "setitimer", "getitimer", "ITIMER_REAL", "pthread_sigmask"):
    if hasattr(signal, name):
        delattr(signal, name)
sys.path.insert(0, sys.argv[1])
import autograder
assert autograder.__file__.startswith(sys.argv[1]), autograder.__file__
from autograder.own.cli import main
code = main(["check", sys.argv[2]])
import importlib
for path in sorted(pathlib.Path(sys.argv[1]).rglob("*.py")):
    importlib.import_module(".".join(path.relative_to(sys.argv[1]).with_suffix("").parts).removesuffix(".__init__"))
sys.exit(code)
"""


@pytest.mark.parametrize("wheel", ["gru_attention", pytest.param("labrnn", marks=pytest.mark.slow)], indirect=True)
def test_it_runs_without_what_only_linux_has(wheel: Wheel, tmp_path: Path) -> None:
    """As on Windows: modules blocked, functions and signals taken away. All of it can be imported, and it judges."""
    with zipfile.ZipFile(wheel.path) as archive:
        archive.extractall(tmp_path / "wheel")
    script = "class IMDB: pass\n" if wheel.assignment == "labrnn" else "class GRU: pass\n"
    (tmp_path / "solution.py").write_text(script, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", ELSEWHERE, str(tmp_path / "wheel"), str(tmp_path / "solution.py")],
        cwd=tmp_path, capture_output=True, text=True, encoding="utf-8", check=False,
        env={k: v for k, v in os.environ.items() if k != "PYTHONPATH"} | {"PYTHONIOENCODING": "utf-8"},
    )  # fmt: skip
    assert done.returncode == 1, done.stdout + done.stderr
    assert "of 8 items" in done.stdout if wheel.assignment == "labrnn" else "of 4 items" in done.stdout


def test_a_closed_module_is_never_reached(tmp_path: Path) -> None:
    (tmp_path / "__init__.py").touch()
    (tmp_path / "a.py").write_text(
        "from p.b import secret, open_one\n\ndef use(): return open_one\n\ndef leak(): return secret\n"
    )
    (tmp_path / "b.py").write_text("secret = 1\nopen_one = 2\n")
    reach = Reach(Modules({"p": tmp_path}), {"p.b": frozenset({"open_one"})})
    reach.reach("p.a", "use")
    assert "leak" not in ast.unparse(ast.Module(reach.body("p.a"), [])) and "p.b" not in reach.kept
    with pytest.raises(ConfigError, match="p.b secret, which students must not have"):
        reach.reach("p.a", "leak")


@pytest.mark.slow
def test_an_assignment_of_a_folder_elsewhere(tmp_path: Path) -> None:
    """Its hidden property is one of the kit's, which others of its items show."""
    wheel = built("examples/transformer_blocks", tmp_path)
    checks = wheel.files["autograder/assignments/transformer_blocks/checks/test_modules.py"]
    assert "hidden" not in checks and checks.count("EQUATIONS") == 5
