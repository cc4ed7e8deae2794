"""A counterexample's call as it can be pasted into the notebook and run."""

from __future__ import annotations

import re

from autograder.reports.allowed import only_calls

_MODULES = (("torch", "import torch"), ("np", "import numpy as np"), ("pd", "import pandas as pd"))
_ASSIGNS = re.compile(r"[^\W\d]\w* = ")


def can_be_tried(call: str) -> bool:
    """Whether nobody who pastes it runs anything but what was asked for: see allowed.py."""
    return only_calls(call)


def snippet(call: str) -> str:
    """The call with the modules that it names; of several values each is printed, as a notebook shows one alone."""
    lines = call.split("\n")
    values = [place for place, line in enumerate(lines) if not line.startswith("#") and not _ASSIGNS.match(line)]
    for place in values if len(values) > 1 else ():
        code, mark, note = lines[place].partition("  # ")
        lines[place] = f"print({code}){mark}{note}"
    needed = [line for name, line in _MODULES if re.search(rf"(?<![\w.'\"]){name}\.", call)]
    return "\n".join([*needed, *lines])


def draws_weights(call: str) -> bool:
    """Whether it asks an object for what it makes of tensors: the grader sets a model's weights, so figures differ."""
    return "torch." in call and _ASSIGNS.match(call) is not None
