"""Nothing that a cell does gets out of the loader, and loading stays fast."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from textwrap import dedent

import pytest

from autograder.inside.loader import Workspace

ROOT = Path(__file__).parents[2]


# Whatever a statement raises costs that statement.
@pytest.mark.parametrize(
    "statement",
    [
        "class A:\n    import sys; sys.exit()",
        "class A:\n    raise KeyboardInterrupt",
        "class A:\n    raise MemoryError",
        "class A:\n    def r(f): return f(f)\n    r(r)",
        "class A:\n    raise GeneratorExit",
        "class E(BaseException):\n    def __str__(self): raise SystemExit\nclass A:\n    raise E",
        "def f(x=quit()): pass",
        "@exit\ndef f(): pass",
        "import leaver",
        "from leaver import name",
        "v = [].x",
        "del v",
        "v = 10 ** 10 ** 2 if nope else 1",
    ],
)
def test_exits_and_errors(statement: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "leaver.py").write_text("raise SystemExit(3)\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    workspace = Workspace("submission")
    report = workspace.load_cell(1, f"X = 1\n{statement}\nY = 2\n")
    assert report["status"] in ("partly", "loaded")
    assert {"X", "Y"} <= workspace.namespace.keys()


# sys.exit() and quit() as statements are skipped.
def test_quit_in_a_cell() -> None:
    workspace = Workspace("submission")
    report = workspace.load_cell(1, "import sys\nsys.exit()\nquit()\nexit(1)\ndef f(): return 1\n")
    assert report == {"number": 1, "status": "loaded", "problems": []}
    assert workspace.namespace["f"]() == 1


# Problems are plain and short, whatever the exception says.
def test_problems_are_short() -> None:
    workspace = Workspace("submission")
    report = workspace.load_cell(1, "v = int('" + "x" * 5000 + "')\n")
    [problem] = report["problems"]
    assert len(problem["error"]) <= 300
    assert len(problem["statement"]) <= 100


# Loading works outside the main thread too, only without the soft limit.
def test_other_thread() -> None:
    reports = []
    thread = threading.Thread(target=lambda: reports.append(Workspace("submission").load_cell(1, "X = 1\n")))
    thread.start()
    thread.join()
    assert reports[0]["status"] == "loaded"


# 5,000 cells load in seconds, also when each has failed and waiting statements.
def test_five_thousand_cells() -> None:
    workspace = Workspace("submission")
    started = time.process_time()
    for number in range(1, 5001):
        workspace.load_cell(
            number, f"def f{number}(x): return x\nv{number} = f{number}(1)\nclass C{number}(Gone): pass"
        )
    found = workspace.inventory()
    assert workspace.resolve("v2500")
    assert len(found) == 15_000
    assert time.process_time() - started < 15


# A typical notebook loads in some 12 ms; ten times that is a mistake.
def test_typical_notebook_is_fast() -> None:
    cell = dedent("""
        SIZE{n} = {n}
        def function{n}(a, b=1):
            total = 0
            for i in range(a):
                total += i * b
            return total
        class Thing{n}:
            def __init__(self, a): self.a = a
            def method(self): return [function{n}(x) for x in range(self.a)]
        result{n} = Thing{n}(3).method()
        print(result{n})
        """)
    best = 9.0
    for _ in range(3):
        workspace = Workspace("submission")
        started = time.process_time()
        for number in range(40):
            workspace.load_cell(number, cell.replace("{n}", str(number)))
        best = min(best, time.process_time() - started)
    assert best < 0.15


# The loader needs nothing but the standard library: torch, IPython, pandas and nltk come only with the notebook.
def test_imports_are_light() -> None:
    code = (
        "import sys; import autograder.inside.loader as l; w = l.Workspace('m');"
        "w.load_cell(1, 'def f(): return 1');"
        "print([m for m in ('torch', 'IPython', 'pandas', 'nltk', 'numpy', 'tqdm') if m in sys.modules])"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
    assert done.stdout.strip() == "[]"
