"""A script that imports the files beside it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from autograder.errors import SubmissionError
from autograder.inside.loader import Workspace
from autograder.inside.server import Server
from autograder.submission import read_submission

from .handins import fill


@pytest.fixture(autouse=True)
def own_modules(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Take back the names that a hand-in's module gets; hide seaborn, which other tests leave a stand-in for."""
    monkeypatch.setitem(sys.modules, "seaborn", None)
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        if not getattr(sys.modules[name], "__spec__", None):  # nothing that was imported
            del sys.modules[name]


FILES = {
    "models.py": b"from gru import *\nimport attention as att\nimport random\nMultiHeadedAttention = att.Heads\n",
    "gru.py": b"from cells import step\nclass GRU:\n    forward = staticmethod(step)\n",
    "cells.py": b"def step():\n    return 7\n",
    "attention.py": b"class Heads:\n    pass\n",
    "random.py": b"raise SystemExit\n",
    "train.py": b"import models\nmain()\n",
}


def test_what_a_script_imports_is_read_before_it_and_nothing_else(tmp_path: Path) -> None:
    submission = read_submission(fill(tmp_path / "jane", FILES), expected="solution.py", also=("models.py",))
    assert submission.notebook == "models.py" and submission.cells[-1].source.startswith("from gru import *")
    sources = "\n".join(cell.source for cell in submission.cells)
    assert "def step" in sources and "class Heads" in sources
    assert "SystemExit" not in sources and "main()" not in sources  # a library's name; not imported
    assert len({cell.number for cell in submission.cells}) == len(submission.cells)
    read, left = (remark for remark in submission.remarks if "imports these" in remark or "not read" in remark)
    assert "cells.py" in read and "attention.py" in read and "train.py" in left and "random.py" in left


def test_its_names_are_found(tmp_path: Path) -> None:
    submission = read_submission(fill(tmp_path / "jane", FILES), expected="solution.py", also=("models.py",))
    workspace = Workspace("submission_of_jane")
    reports = [workspace.load_cell(cell.number, cell.source) for cell in submission.cells]
    assert not [problem for report in reports for problem in report["problems"]]
    assert workspace.namespace["GRU"].forward() == 7
    assert workspace.namespace["MultiHeadedAttention"].__name__ == "Heads"


def test_a_circle_and_a_broken_file_do_no_harm(tmp_path: Path) -> None:
    files = {"models.py": b"import one\n", "one.py": b"import models, two\n", "two.py": b"import one\n"}
    submission = read_submission(fill(tmp_path / "jane", files), expected="models.py")
    assert len(submission.cells) == 4
    broken = {"models.py": b"import one\nx = 1\n", "one.py": b"%PDF-1.4"}
    assert len(read_submission(fill(tmp_path / "tom", broken), expected="models.py").cells) == 1


PACKAGE = {
    "models.py": b"""
import nets.deep.core
from nets import GRU, cells as c
from .tools import helper
def x():
    return c.step() + nets.deep.core.two()
""",
    "tools.py": b"def helper():\n    return 'help'\n",
    "nets/__init__.py": b"from .cells import step; from .gru import GRU\n",
    "nets/cells.py": """def step():
    'Größe'; from . import sizes
    return sizes.SEVEN
""".encode(),
    "nets/sizes.py": b"SEVEN = 7\n",
    "nets/gru.py": b"from ..nets.cells import (\n    step,\n)\nclass GRU:\n    forward = staticmethod(step)\n",
    "nets/deep/core.py": b"""
from .. import cells
from ..cells import step as one
def two():
    return one() + cells.step()
""",
    "nets/unused.py": b"raise SystemExit\n",
}
NOTEBOOK = """
{"cells": [{"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": 1,
            "source": "from tools import helper"}],
 "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
"""


def test_packages_are_read_too(tmp_path: Path) -> None:
    submission = read_submission(fill(tmp_path / "jane", PACKAGE), expected="models.py")
    workspace = Workspace("submission_of_jane")
    reports = [workspace.load_cell(cell.number, cell.source) for cell in submission.cells]
    assert not [problem for report in reports for problem in report["problems"]]
    assert workspace.namespace["x"]() == 21 and workspace.namespace["helper"]() == "help"
    read, left = (remark for remark in submission.remarks if "imports these" in remark or "not read" in remark)
    assert "nets/deep/core.py" in read and "nets/unused.py" in left


def test_a_notebook_may_import_where_scripts_are_asked_for(tmp_path: Path) -> None:
    files = {"models.ipynb": NOTEBOOK.encode(), "tools.py": PACKAGE["tools.py"]}
    folder = fill(tmp_path / "jane", files)
    submission = read_submission(folder, expected="models.ipynb", also=("models.py",))
    assert "def helper" in "".join(cell.source for cell in submission.cells)
    assert len({cell.number for cell in submission.cells}) == len(submission.cells) == 3
    submission = read_submission(folder, expected="models.ipynb")
    assert "def helper" not in "".join(cell.source for cell in submission.cells)


def test_imports_are_found_from_folders_above_and_from_others(tmp_path: Path) -> None:
    """`sys.path` may name them; the nearest of several counts."""
    files = {
        "hw2/models.py": b"from hw2.tools import helper\nfrom lib.nets import net\nfrom core import step\n"
        b"import seaborn\n",
        "hw2/tools.py": PACKAGE["tools.py"],
        "tools.py": b"raise SystemExit\n",
        "hw2/lib/nets.py": b"def net():\n    return 'near'\n",
        "lib/nets.py": b"raise SystemExit\n",
        "src/core.py": b"def step():\n    return 1\n",
        "venv/lib/python3.11/site-packages/core.py": b"raise SystemExit\n",
        "a/site-packages/seaborn.py": b"raise SystemExit\n",
    }
    submission = read_submission(fill(tmp_path / "jane", files), expected="models.py")
    workspace = Workspace("submission_of_jane")
    reports = [workspace.load_cell(cell.number, cell.source) for cell in submission.cells]
    [problem] = [problem for report in reports for problem in report["problems"]]
    assert "seaborn" in problem["error"]  # a library that is not here, and no file of the hand-in's
    assert workspace.namespace["helper"]() == "help" and workspace.namespace["net"]() == "near"
    assert workspace.namespace["step"]() == 1


def test_files_that_define_a_name_otherwise_do_not_meet(tmp_path: Path) -> None:
    """As in Python: a function finds its own file's names, whichever file is read last."""
    files = {
        "models.py": b"import toys\nimport nets.cells as cells\nfrom nets import more\nfrom nets.cells import step\n"
        b"from dice import roll\ndef fraction(n):\n    return toys.fraction(n) + step()\ndef width():\n    return 1\n",
        "toys.py": b"SIZE = 3\ndef width():\n    return SIZE\ndef fraction(n):\n    return n / width()\n",
        "nets/cells.py": b"SIZE = 5\ndef width():\n    return SIZE\ndef step():\n    return width()\n"
        b"class Only:\n    pass\n",
        "nets/more.py": b"from random import random\ndef more():\n    return random() < 2\n",
        "dice.py": b"import random\nfrom toys import *\ndef roll():\n    return random.randint(width(), 3)\n",
    }
    submission = read_submission(fill(tmp_path / "jane", files), expected="models.py")
    workspace = Workspace("submission_of_jane")
    reports = [workspace.load_cell(c.number, c.source, module=c.module) for c in submission.cells]
    assert not [problem for report in reports for problem in report["problems"]]
    assert workspace.namespace["fraction"](6) == 7 and workspace.namespace["width"]() == 1
    assert workspace.namespace["roll"]() == 3 and workspace.namespace["more"].more()
    assert {cell.module for cell in submission.cells} == {"", "toys", "nets.cells", "nets.more", "dice"}
    names = workspace.inventory()
    assert names["Only"]["kind"] == "class" and names["fraction"]["cell"] == submission.cells[-1].number
    assert workspace.resolve("Only") and "Only" in workspace.namespace  # nobody imports it, but it is handed in
    workspace.override("def step():\n    return 10\n", ["step"])
    assert workspace.namespace["cells"].step() == 10  # in the place of the hand-in's, wherever that is called


def test_what_waits_in_a_file_of_its_own_is_found(tmp_path: Path) -> None:
    files = {
        "models.py": b"from toys import total\nbig = 1\n",
        "toys.py": b"def count(n):\n    return n\nbig = count(10 ** 3)\ndef total():\n    return big\n",
    }
    submission = read_submission(fill(tmp_path / "jane", files), expected="models.py")
    server = Server(module_name="submission_of_jane")
    server.load_cells([{"number": c.number, "source": c.source, "module": c.module} for c in submission.cells])
    assert server.call("total") == 1000


def test_a_file_that_imports_all_classes_goes_before_one_that_defines_some(tmp_path: Path) -> None:
    files = {
        "models.py": b"class GRU:\n    pass\n",
        "attention.py": b"class Heads:\n    pass\n",
        "solution.py": b"from models import GRU\nfrom attention import Heads\n",
    }
    folder = fill(tmp_path / "jane", files)

    def chosen() -> str:
        return read_submission(folder, expected="solution.py", also=("models.py",), names=("GRU", "Heads")).notebook

    assert chosen() == "solution.py"
    (folder / "models.py").write_bytes(b"from attention import Heads\nclass GRU:\n    pass\n")
    assert chosen() == "models.py"  # the other one is a driver, it has nothing of its own


def test_a_chain_of_a_thousand_branches_is_read(tmp_path: Path) -> None:
    """Syntax trees may be deeper than Python calls itself."""
    chain = "if n == 0:\n    x = 0\n" + "".join(f"elif n == {n}:\n    x = {n}\n" for n in range(1, 1500))
    inner = "def f(n):\n" + "".join(f"    {line}\n" for line in chain.splitlines()) + "    return x\n"
    files = {"models.py": b"from tools import f\nx = 1\n", "tools.py": f"n = 3\n{chain}{inner}".encode()}
    submission = read_submission(fill(tmp_path / "jane", files), expected="models.py")
    assert {cell.module for cell in submission.cells} == {"", "tools"}


def test_files_that_hold_too_much_code_together_are_refused(tmp_path: Path) -> None:
    """Before all of them are looked into."""
    files = {f"part{n}.py": f"import part{n + 1}\n#{'x' * 400_000}\n".encode() for n in range(9)}
    folder = fill(tmp_path / "jane", files | {"models.py": b"import part0\n"})
    with pytest.raises(SubmissionError, match="models.py and the files that it imports hold too much code"):
        read_submission(folder, expected="models.py")
