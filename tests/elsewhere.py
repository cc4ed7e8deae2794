"""A tiny assignment in a folder of its own: one item, one check, files that import each other."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

RUBRIC = """
[assignment]
name = "doubling"
title = "Doubling"
notebook = "doubling.py"
defines = ["double"]

[rules]
points = 2
cap = 2
step = 0.5

[[items]]
id = "double"
title = "double"
points = 2
asks = "Return twice the number."
"""
PREPARE = """
from autograder.assignment import Prepared
from .api import Context

GRADED = {"double": "double"}

def prepare(student, submission):
    return Prepared(Context())

def unknown():
    return Context()

def substitutes(item):
    return ()
"""
API = """
from dataclasses import dataclass, field

@dataclass
class Context:
    broken: set = field(default_factory=set)

class Lab:
    def __init__(self, student):
        self.student = student

    def double(self, x):
        return self.student.call("double", x)
"""
CONFTEST = """
import pytest
from ..api import Lab

@pytest.fixture
def lab(student):
    return Lab(student)
"""
CHECK = """
from autograder.judge.expect import expect_equal
from autograder.judge.marks import item
from ..api import Context
from .numbers_ import NUMBERS

@item("double")
def test_doubles(lab, context):
    '''double returns twice its argument.'''
    assert type(context) is Context
    for number in NUMBERS:
        expect_equal(lab.double(number), 2 * number, "double returns another number")
"""
SOURCE = """# %% [markdown]
# # Doubling

# %%
def double(x):
    ### BEGIN SOLUTION
    return 2 * x
    ### BLANK
    # raise NotImplementedError("double")
    ### END SOLUTION
"""
FILES = {
    "rubric.toml": RUBRIC,
    "prepare.py": PREPARE,
    "api.py": API,
    "checks/conftest.py": CONFTEST,
    "checks/test_double.py": CHECK,
    "checks/numbers_.py": "NUMBERS = (0, 3, -2)\n",
    "reference/source.py": SOURCE,
}
CORPUS = {
    "variants/sum.py": '"""\nsays: It adds the number to itself.\n"""\n\n\ndef double(x):\n    return x + x\n',
    "faults/square.py": '"""\nitem: double\nsays: It squares.\n"""\n\n\ndef double(x):\n    return x * x\n',
    "faults/fair.py": '"""\nitem: double\nsays: It has no fault.\n"""\n\n\ndef double(x):\n    return x * 2\n',
}
RIGHT = "def double(x):\n    return 2 * x\n"
WRONG = "def double(x):\n    return x + 3\n"


def write_assignment(folder: Path, changes: Mapping[str, str] | None = None) -> Path:
    """Write the assignment into `folder`; `changes` replace or add files."""
    for name, text in {**FILES, **(changes or {})}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder
