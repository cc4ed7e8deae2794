"""The solved LabRNN assignment.

`reference.labrnn.module` holds the definitions (import it for running them; that imports torch). The functions here
return the same definitions as text, for putting into a student process by name, and import nothing.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import reference

MODULE = Path(__file__).with_name("module.py")
NOTEBOOK = Path(__file__).with_name("LabRNN.ipynb")


@cache
def _sources() -> dict[str, str]:
    return reference.sources(MODULE)


@cache
def _kinds() -> dict[str, tuple[str, ...]]:
    return reference.kinds(MODULE)


def given_source(name: str) -> str:
    """Return the text of a definition that the template gives, with its imports.

    Raises:
        KeyError: when the template gives no such definition.
    """
    return _source("GIVEN", name)


def solution_source(name: str) -> str:
    """Return the text of our solution of a definition that students complete, with its imports.

    Raises:
        KeyError: when students complete no such definition.
    """
    return _source("SOLVED", name)


def needs(name: str) -> tuple[str, ...]:
    """Return the names of the other definitions that this one uses; KeyError when there is none of that name."""
    return reference.needs(_sources(), name)


def _source(kind: str, name: str) -> str:
    if name not in _kinds()[kind]:
        raise KeyError(name)
    return _sources()[name]
