"""A script that imports the files beside it."""

from __future__ import annotations

from pathlib import Path

from autograder.inside.loader import Workspace
from autograder.submission import read_submission

from .handins import fill

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
