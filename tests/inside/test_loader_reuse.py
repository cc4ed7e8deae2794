"""Names that a notebook uses again: functions that stood above keep what they had."""

from __future__ import annotations

from textwrap import dedent
from typing import Any

import pytest

from autograder.inside.loader import Workspace


def load(*cells: str) -> dict[str, Any]:
    """The names of a notebook of these cells, as the judge sees them."""
    workspace = Workspace("submission")
    for number, cell in enumerate(cells, 1):
        workspace.load_cell(number, dedent(cell))
    return workspace.namespace


COUNT = """
    import re
    from collections import Counter
    import numpy as np
    import torch.nn.functional as F
    PATTERN = re.compile(r"[a-z]+")
    def words(text):
        found = PATTERN.findall(text.lower())
        return max(len(w) for w in found), sum(1 for _ in found), list(dict.fromkeys(found)), str(int(np.float64(2)))
    def outer(text): return words(text)
    """
RIGHT = (3, 3, ["one", "two"], "2")


# Builtins, modules, functions and globals keep their meaning for the functions above.
@pytest.mark.parametrize(
    "line",
    [
        "sum = 0\nfor x in [1, 2]:\n    sum += x",
        "list = [1, 2]",
        "max = 0; len = 5; int = 5; dict = {}; str = 'a'",
        "re = 0.93; np = 3; F = None",
        "import re as F, math as np, json as re",
        "from math import *\nfrom operator import *",
        "for len in range(3): pass",
        "with open('/dev/null') as list: pass",
        "words = words('again and again')",
        "words = 3",
        "words = lambda a, b: 1",
        "from json import loads as words",
        "del words",
        "(sum := 3)",
        "outer, words = 1, 2",
        "PATTERN = re.compile('x')",
        "if True:\n    PATTERN = None\n    sum = 3",
        "PATTERN: int = 3",
        "PATTERN = 3\nPATTERN = 4\nPATTERN = [PATTERN]",
        "def max(a): return 3",
        "class list: pass",
    ],
)
def test_reused_after_a_use(line: str) -> None:
    namespace = load(COUNT, "outer('One two. One')", line, "PATTERN\nlater = 1")
    assert namespace["words"]("One two. One") == RIGHT
    assert namespace["outer"]("One two. One") == RIGHT


# The same where no cell ever calls them.
def test_reused_without_a_use() -> None:
    namespace = load(COUNT, "PATTERN = 3", "sum = 0")
    assert namespace["outer"]("One two. One") == RIGHT


# What is set before the first use is what the functions are to have.
def test_set_before_the_first_use() -> None:
    cell = "LIMIT = None\ndef cut(text): return text[:LIMIT]\ndef both(text): return cut(text)"
    assert load(cell, "LIMIT = 2", "both('abc')", "LIMIT = 1")["both"]("abc") == "ab"
    assert load(cell, "LIMIT = 2", "x = [cut(t) for t in 'abc']", "LIMIT = 1")["cut"]("abc") == "ab"


# Seen: STOP_WORDS two cells below the function that reads them.
def test_set_below_the_function() -> None:
    namespace = load("def known(w): return w in STOP", "x = 1", "STOP = {'a'}", "known('a')", "STOP = {'b'}")
    assert namespace["known"]("a")


# Functions below see the new value, those above the old one.
def test_two_meanings() -> None:
    namespace = load(
        "P = 1\ndef first(): return P",
        "first()",
        "P = 2\ndef second(): return P, first()",
        "second()",
        "P = 3\ndef third(): return P, second(), Q",
        "third()",
        "Q = 7\nP = 4",
    )
    assert namespace["third"]() == (3, (2, 1), 7)


# A later definition is a better version; so are an alias, a wrapper and a lambda of as many parameters.
@pytest.mark.parametrize(
    "line",
    [
        "def f(x): return 2",
        "def g(x): return 2\nf = g",
        "import functools\ndef f(x): return 2\nf = functools.lru_cache(maxsize=None)(f)",
        "f = lambda x: 2",
        "class f:\n    def __new__(cls, x): return 2",
    ],
)
def test_better_versions(line: str) -> None:
    namespace = load("def f(x): return 1\ndef outer(x): return f(x)", "f(0)", line)
    assert namespace["f"](0) == namespace["outer"](0) == 2


# A value may become a function, and an imported class the notebook's own.
def test_definitions_take_imported_names() -> None:
    namespace = load("from torch.nn import LSTM\ntokens = 3", "class LSTM: own = True\ndef tokens(): return 1")
    assert namespace["LSTM"].own and namespace["tokens"]() == 1


# Statements below run with the new values, and their mistakes stay there.
def test_statements_below() -> None:
    namespace = load(COUNT, "outer('a')", "list = [1, 2]\nn = list[1]\nlist.append(3)\nboth = list + [n]")
    assert namespace["both"] == [1, 2, 3, 2] and namespace["n"] == 2


# Classes defined below a re-use are whole: they know their module, pickle and super().
def test_classes_below() -> None:
    namespace = load(
        COUNT,
        "outer('a')",
        "sum = 0",
        "class A:\n    def f(self): return 1",
        "class B(A):\n    def f(self): return super().f() + sum",
    )
    assert namespace["B"]().f() == 1 and namespace["B"].__module__ == "submission"


# Globals that functions change themselves stay theirs.
def test_global_statements() -> None:
    namespace = load("n = 0\ndef count():\n    global n\n    n += 1\n    return n", "count()")
    assert [namespace["count"]() for _ in range(2)] == [1, 2]


# What the harness overrides is seen through every re-use.
def test_supplies() -> None:
    workspace = Workspace("submission")
    cells = ["def f(): return 1\ndef g(): return f()", "g()", "f = 3", "def h(): return f()"]
    for number, cell in enumerate(cells, 1):
        workspace.load_cell(number, cell)
    workspace.override("def f(): return 5", ["f"])
    assert workspace.namespace["g"]() == workspace.namespace["h"]() == 5


# Hundreds of re-uses cost layers only up to a bound.
def test_many_reuses() -> None:
    cells = [line for n in range(120) for line in (f"P = {n}\ndef f{n}(): return P", f"f{n}()")]
    namespace = load(*cells)
    assert [namespace[f"f{n}"]() for n in range(30)] == list(range(30))
