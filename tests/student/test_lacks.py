"""What the machine lacks is told as that; older interfaces name what replaces them."""

from __future__ import annotations

import textwrap
from typing import Any

import pytest
from fakes import FakeSandbox

from autograder.errors import LostName, MachineLack, MissingName, StudentException
from autograder.inside.cells import parse
from autograder.records import Cell
from autograder.student.answers import student_error
from autograder.student.lacks import drift, lack
from autograder.student.proxy import Student
from autograder.wire.limits import Limits

WORDNET = "\n****\n  Resource \x1b[93mwordnet\x1b[0m not found.\n  Please use the NLTK Downloader"


@pytest.mark.parametrize(
    ("kind", "text", "names"),
    [
        ("ModuleNotFoundError", "No module named 'torchtext'", "`torchtext`"),
        ("ModuleNotFoundError", "No module named 'torchtext.data'", "`torchtext`"),
        ("LookupError", WORDNET, "`wordnet`"),
        ("LookupError", "Resource 'omw-1.4' not found.", "`omw-1.4`"),
        (
            "SyntaxError",
            "expected '('; this is syntax of Python 3.12 or later, and the grader runs Python 3.11",
            "Python",
        ),
        ("ImportError", "cannot import name 'batched' from 'itertools' (unknown location)", "`itertools.batched`"),
        ("AttributeError", "module 'itertools' has no attribute 'batched'", "`itertools.batched`"),
    ],
)
def test_lacks(kind: str, text: str, names: str) -> None:
    assert names in lack(kind, text)
    error = student_error({"kind": kind, "text": text, "where": "cell 2, line 1"}, {"op": "call"})
    assert isinstance(error, MachineLack) and str(error).endswith("(cell 2, line 1)")


# Mistakes are not the machine's.
@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("ModuleNotFoundError", "No module named 'torch.nope'"),
        ("ModuleNotFoundError", "No module named 'json.nope'"),
        ("ValueError", "No module named 'torchtext'"),
        ("LookupError", "unknown encoding: nope"),
        ("SyntaxError", "invalid syntax"),
        ("AttributeError", "module 'itertools' has no attribute 'batchd'"),
        ("URLError", "unknown url type: x"),
        ("NameError", "name 'x' is not defined"),
    ],
)
def test_mistakes(kind: str, text: str) -> None:
    assert lack(kind, text) == ""
    assert isinstance(student_error({"kind": kind, "text": text, "where": ""}, {"op": "call"}), StudentException)


@pytest.mark.parametrize(
    ("kind", "text", "says"),
    [
        ("AttributeError", "'DataFrame' object has no attribute 'append'", "`pd.concat`"),
        ("AttributeError", "'Series' object has no attribute 'iteritems'", "`items()`"),
        ("TypeError", "read_csv() got an unexpected keyword argument 'error_bad_lines'", "on_bad_lines"),
        ("AttributeError", "module 'pandas' has no attribute 'np'", "import numpy"),
        ("AttributeError", "module 'numpy' has no attribute 'float'.\n`np.float` was", "older interface of numpy"),
        ("AttributeError", "`np.Inf` was removed in the NumPy 2.0 release.", "numpy 2"),
        ("ImportError", "cannot import name 'Iterable' from 'collections' (x)", "collections.abc"),
        ("ModuleNotFoundError", "No module named 'sklearn.cross_validation'", "model_selection"),
        ("AttributeError", "module 'torch' has no attribute 'symeig'", "torch 2"),
        ("AttributeError", "module 'time' has no attribute 'clock'", "perf_counter"),
        ("URLError", "<urlopen error [Errno -3] Temporary failure in name resolution>", "no network"),
    ],
)
def test_older_interfaces(kind: str, text: str, says: str) -> None:
    assert says in drift(kind, text)
    error = student_error({"kind": kind, "text": text, "where": ""}, {"op": "call"})
    assert isinstance(error, StudentException) and says in str(error)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("AttributeError", "'Own' object has no attribute 'append'"),
        ("TypeError", "own() got an unexpected keyword argument 'error_bad_lines'"),
        ("TypeError", "read_csv() got an unexpected keyword argument 'nope'"),
        ("AttributeError", "module 'own' has no attribute 'x'"),
        ("KeyError", "'append'"),
    ],
)
def test_own_mistakes(kind: str, text: str) -> None:
    assert drift(kind, text) == ""


# Hostile texts cost no time: each expression is linear in the 300 characters that there are.
def test_odd_records() -> None:
    for text in ("No module named '" + "a." * 150, "Resource " * 30, "module '" * 40, "'" * 300):
        for kind in ("ModuleNotFoundError", "LookupError", "AttributeError", "TypeError", "ImportError"):
            assert lack(kind, text) == drift(kind, text) == ""


# ---- newer syntax ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "source",
    [
        "def f[T](x): pass",
        "async def f[T: int](x): pass",
        "class A[T]: pass",
        "type A = int",
        "type A[T] = list[T]",
        "x = f'{d['a']}'",
        'x = f"{d["a"]:>{w}}"',
        "x = f\"{'\\n'.join(y)}\"",
        "try: pass\nexcept KeyError, ValueError: pass",
        "x = t'{y}'",
    ],
)
def test_newer_syntax(source: str) -> None:
    assert "the grader runs Python" in parse(source + "\n").error


@pytest.mark.parametrize(
    "source",
    ["def f(x: pass", "type = = 3", "x = f'{y'", "x = f'{y!z}'", "try: pass\nexcept IOError, e: pass", "print 't'"],
)
def test_mistakes_in_syntax(source: str) -> None:
    error = parse(source + "\n").error
    assert error and "the grader" not in error


# ---- whole notebooks -------------------------------------------------------------------------------------------------
def started(*cells: str) -> Student:
    texts = [Cell(number, textwrap.dedent(cell)) for number, cell in enumerate(cells, 1)]
    student = Student(FakeSandbox(), texts, Limits())
    student.load()
    return student


def failure(student: Student, name: str, *args: Any) -> Exception:
    student.begin_check()
    with pytest.raises((MachineLack, StudentException, MissingName)) as found:
        student.call(name, *args)
    return found.value


# A name that is missing for want of a package names the package, through whatever stands between.
@pytest.mark.parametrize(
    "cells",
    [
        ("from absent_package.data import get\ndef f(): return get()",),
        ("import absent_package as ap\nT = ap.tokenizer()\ndef f(): return T()",),
        ("import os, absent_package", "nlp = absent_package.load('en')", "def f(): return nlp('x')"),
        ("import absent_package\nclass f(absent_package.Module): pass",),
        ("from absent_package import *\ndef f(): return word()",),
        ("def f():\n    import absent_package\n",),
        ("import absent_package", "@absent_package.cached\ndef f(): pass"),
        ("import absent_package\ndef g(): return absent_package.x\ndef f(): return g()",),
    ],
)
def test_names_for_want_of_a_package(cells: tuple[str, ...]) -> None:
    student = started(*cells)
    error = failure(student, "f")
    assert isinstance(error, MachineLack) and "`absent_package`" in str(error) and "cell " in str(error)
    assert student.lack is error
    student.begin_check()
    assert student.lack is None


# A definition that failed to load says so, or what the machine lacks.
def test_lost_definitions() -> None:
    student = started("def f[T](x): return x", "def g(: pass", "import absent_package\nclass h(absent_package.A): pass")
    student.begin_check()
    student.inventory()
    assert isinstance(student.missing("f", "f is lost"), MachineLack)
    assert isinstance(student.missing("h", "h is lost"), MachineLack)
    assert type(student.missing("g", "g is lost")) is LostName and str(student.missing("g", "x")) == "x"
    assert "older interface" not in str(failure(student, "g"))


# Code that guards its import works, and a package that is there is nobody's lack.
def test_guarded_imports() -> None:
    student = started(
        """
        try:
            import absent_package
        except ImportError:
            absent_package = None
        def f(): return absent_package is None
        """
    )
    student.begin_check()
    assert student.call("f") is True


def test_older_import() -> None:
    student = started("from collections import Iterable\ndef f(x): return isinstance(x, Iterable)")
    error = failure(student, "f", [1])
    assert "collections.abc.Iterable" in str(error) and "cell 1, line 1" in str(error)
