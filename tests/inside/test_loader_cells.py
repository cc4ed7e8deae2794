"""Cells as texts: magics, syntax errors and what can be saved of them, other syntax."""

from __future__ import annotations

import inspect
from textwrap import dedent
from typing import Any

import pytest

from autograder.inside.loader import Workspace


def load(*sources: str) -> tuple[Workspace, list[dict[str, Any]]]:
    workspace = Workspace("submission")
    return workspace, [workspace.load_cell(n, dedent(source)) for n, source in enumerate(sources, 1)]


# ---- magics --------------------------------------------------------------------------------------------------------
# Shell and magic lines are everyday; they are not problems and don't cost their cell.
def test_magic_and_shell_lines_are_passed_over() -> None:
    workspace, [report] = load("""
        %matplotlib inline
        !pip install torchtext
        %load_ext autoreload
        def f():
            return 1
        f?
        files = !ls
        """)
    assert report == {"number": 1, "status": "loaded", "problems": []}
    assert workspace.namespace["f"]() == 1


# A valid line that starts with % is a continued expression, not a magic.
def test_continued_expression_is_no_magic() -> None:
    workspace, [report] = load("x = (50\n% 7)\ny = 'a'\n")
    assert report["status"] == "loaded"
    assert workspace.namespace["x"] == 1


# %%time and its like run their body; unknown ones too.
@pytest.mark.parametrize("magic", ["time", "timeit", "capture out", "prun", "memit", "somebodys_own -x 3"])
def test_cell_magics_with_a_python_body(magic: str) -> None:
    workspace, [report] = load(f"%%{magic}\ndef f(): return 1\n")
    assert report["status"] == "loaded"
    assert workspace.inventory()["f"]["line"] == 2


# The body of a cell magic may hold magics again: `%%capture` over `!pip install` is the usual one.
def test_magics_inside_a_cell_magic() -> None:
    workspace, [report] = load("# set-up\n\n%%capture\n!pip install x\n%%time\nx = 1\ndef f(): pass")
    assert report["status"] == "loaded"
    assert workspace.inventory()["f"]["line"] == 7


# Cells in other languages are skipped.
@pytest.mark.parametrize("magic", ["bash", "html", "writefile a.py", "javascript", "latex", "sh", "!"])
def test_foreign_cells_are_skipped(magic: str) -> None:
    _, [report] = load(f"%%{magic}\ndef f(): return 1\n")
    assert report == {"number": 1, "status": "skipped", "problems": []}


# `%time statement` binds names in the notebook.
def test_line_timer_runs_its_statement() -> None:
    workspace, _ = load("%time SIZE = 4\n")
    assert workspace.namespace["SIZE"] == 4


# Line numbers of reports are those that the student sees.
def test_line_numbers_survive_magics() -> None:
    workspace, _ = load("\n\n%matplotlib inline\n\ndef f():\n    return 1 / 0\n")
    assert workspace.inventory()["f"]["line"] == 5
    with pytest.raises(ZeroDivisionError) as caught:
        workspace.namespace["f"]()
    assert workspace.where(caught.value) == "cell 1, line 6"


# A cell that is indented as a whole runs in Jupyter, and so does one with `>>>` prompts.
def test_indented_and_prompted_cells() -> None:
    workspace = Workspace("submission")
    assert workspace.load_cell(1, "  def f():\n      return 1\n  X = 2\n")["status"] == "loaded"
    assert workspace.load_cell(2, ">>> Y = 3\n")["status"] == "loaded"
    assert {"f", "X", "Y"} <= workspace.namespace.keys()


# Empty cells and cells of comments are nothing.
def test_empty_cells() -> None:
    _, reports = load("", "# nothing\n", "\n\n")
    assert [report["status"] for report in reports] == ["skipped"] * 3


# A byte-order mark and CRLF come from editors, not from students.
def test_byte_order_mark_and_crlf() -> None:
    workspace = Workspace("submission")
    assert workspace.load_cell(1, "\ufeffdef f():\r\n    return 1\r\nX = 1\r\n")["status"] == "loaded"
    assert workspace.namespace["f"]() == 1


# ---- syntax errors ---------------------------------------------------------------------------------------------------
# A syntax error names its line and spares the other cells.
def test_syntax_error_fails_its_cell_alone() -> None:
    workspace, reports = load("x = = 3\n", "def g():\n    return 2\n")
    assert reports[0]["status"] == "failed"
    [problem] = reports[0]["problems"]
    error = "SyntaxError: invalid syntax (line 1)"
    assert problem == {"line": 1, "statement": "x = = 3", "error": error, "column": 5}
    assert reports[1]["status"] == "loaded"
    assert workspace.namespace["g"]() == 2


# Seen: init_weights stands in the LSTM cell, which fails.
def test_definitions_around_a_broken_class_are_saved() -> None:
    workspace, [report] = load("""
        import math
        def init_weights(m):
            return "kept"

        class LSTM(
            def __init__(self)
                pass

        @property
        def after():
            return '''
        def not_code(): pass
        '''
        RATE = 3
        print("never")
        """)
    assert report["status"] == "partly"
    assert workspace.namespace["init_weights"](None) == "kept"
    assert {"after", "RATE", "math"} <= workspace.namespace.keys()
    assert "not_code" not in workspace.namespace
    found = workspace.inventory()
    lost = found["LSTM"]
    assert (lost["kind"], lost["cell"], lost["line"]) == ("lost", 1, 6) and "never closed" in lost["cause"]
    assert found["after"]["line"] == 11
    assert "not_code" not in found


# A method with a wrong indent breaks its class, not the function below it.
def test_indentation_error() -> None:
    workspace, [report] = load("class A:\n    def f(self):\n   return 1\n\ndef g(): return 2\n")
    assert report["status"] == "partly"
    assert "IndentationError" in report["problems"][0]["error"]
    assert workspace.inventory()["A"]["kind"] == "lost"
    assert workspace.namespace["g"]() == 2


# Behind an open triple quote nothing is code for sure.
def test_nothing_is_saved_behind_an_open_triple_quote() -> None:
    workspace, [report] = load('def f(): return 1\nx = """\ndef g(): return 2\n')
    assert report["status"] == "partly"
    assert "f" in workspace.namespace
    assert "g" not in workspace.namespace


# An earlier definition outlives a later cell that does not parse.
def test_broken_redefinition_does_not_lose_the_earlier_one() -> None:
    workspace, _ = load("def f(): return 1\n", "def f(:\n    return 2\n")
    assert workspace.namespace["f"]() == 1
    assert workspace.inventory()["f"]["cell"] == 1


# What can't even be parsed for its size or bytes is a failed cell, not a crash.
@pytest.mark.parametrize(
    "source", ["x = 1\0", "x = " + "(" * 5000 + ")" * 5000, "x = '\udc80'\ny = \udc80", "-" * 100_000 + "1"]
)
def test_hostile_texts(source: str) -> None:
    workspace = Workspace("submission")
    report = workspace.load_cell(1, source)
    assert report["status"] in ("failed", "partly")
    assert report["problems"]
    assert workspace.load_cell(2, "Y = 2")["status"] == "loaded"


# `return` at top level is found by the compiler, not by the parser; it costs nothing.
def test_stray_return() -> None:
    workspace, _ = load("return 3\ndef f(): return 1\n")
    assert workspace.namespace["f"]() == 1


# Form feeds and Unicode line separators inside strings are no line ends for Python.
def test_odd_line_ends_keep_the_count() -> None:
    workspace, _ = load("x = 'a\x0cb\u2028c'\ny = 1 / 0\n")
    [problem] = workspace.load_cell(2, "x = 'a\x0cb\u2028c'\ny = 1 / 0\n")["problems"]
    assert (problem["line"], problem["statement"]) == (2, "y = 1 / 0")


# An expression too deep for the loader costs its statement only.
def test_very_deep_expression() -> None:
    workspace, _ = load("x = " + "1 + " * 3000 + "1\ndef f(): return 1\n")
    assert workspace.namespace["f"]() == 1


# ---- the language ----------------------------------------------------------------------------------------------------
# Modern syntax loads.
def test_async_walrus_match_unicode() -> None:
    workspace, [report] = load("""
        async def fetch(): return 1
        if (n := 10) > 5:
            BIG = True
        match n:
            case 10:
                def matched(): return "ten"
            case _:
                pass
        größe = 3
        def π(x): return x * größe
        (late := 7)
        """)
    assert report["status"] == "loaded"
    assert workspace.namespace["π"](2) == 6
    assert workspace.namespace["matched"]() == "ten"
    assert workspace.namespace["late"] == 7
    assert inspect.iscoroutinefunction(workspace.namespace["fetch"])


# `from __future__ import annotations` in a middle cell holds from there on, as in Jupyter.
def test_future_import_in_a_middle_cell() -> None:
    workspace, reports = load(
        "X = 1\nfrom __future__ import annotations\ndef f(v: Unheard): return v\n", "def g(v: Unheard): return v\n"
    )
    assert [report["status"] for report in reports] == ["loaded", "loaded"]
    assert workspace.namespace["g"].__annotations__ == {"v": "Unheard"}


# Decorators, metaclasses, dataclasses, star imports, global statements, closures.
def test_definitions_of_all_sorts() -> None:
    workspace, [report] = load("""
        from dataclasses import dataclass, field
        from math import *
        import functools
        class Meta(type):
            def __new__(cls, name, bases, ns):
                return super().__new__(cls, name, bases, {**ns, "made": True})
        class A(metaclass=Meta):
            pass
        @dataclass
        class Config:
            rate: float = 0.1
            layers: list = field(default_factory=list)
        def twice(function):
            @functools.wraps(function)
            def inner(*args, **kwargs):
                return 2 * function(*args, **kwargs)
            return inner
        @twice
        def area(r): return pi * r
        counter = 0
        def count():
            global counter
            counter += 1
            return counter
        """)
    assert report["status"] == "loaded"
    space = workspace.namespace
    assert space["A"].made
    assert space["Config"]().rate == 0.1
    assert space["area"](1) == pytest.approx(6.2831853)
    assert (space["count"](), space["count"](), space["counter"]) == (1, 2, 2)


# inspect.getsource works on functions and methods, as TorchScript needs it.
def test_source_is_readable() -> None:
    workspace, _ = load("X = 1\ndef f():\n    return 1\nclass A:\n    def m(self):\n        return 2\n")
    assert inspect.getsource(workspace.namespace["f"]) == "def f():\n    return 1\n"
    assert "return 2" in inspect.getsource(workspace.namespace["A"].m)


# Definitions made by exec or globals() are not supported: such lines simply don't run.
def test_exec_created_definitions_are_not_supported() -> None:
    workspace, [report] = load("exec('def f(): return 1')\nglobals()['g'] = 3\n")
    assert report["problems"] == []
    assert "f" not in workspace.namespace
