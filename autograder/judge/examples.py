"""The examples that hypothesis draws for a check, drawn once and used for every submission.

They depend on the secret and the check's name alone, so hypothesis itself needs to run again only where one of them
fails: then it looks for a smaller one. A check must therefore draw everything through `@given`; a strategy whose
values go on drawing later (`st.data()`, `st.randoms()`) can't be kept.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Collection
from typing import Any

import hypothesis

Example = dict[str, Any]  # the drawn arguments of one call, by name


class Examples:
    """What was drawn so far, by check and seed."""

    def __init__(self) -> None:
        self._drawn: dict[tuple[str, int], list[Example]] = {}

    def of(self, name: str, check: Any, seed: int, fixtures: Collection[str]) -> list[Example]:
        """All examples that a notebook meets which passes them all; copies, since a check may change its arguments.

        `check` is the function that `@given` made; `fixtures` are its arguments that pytest fills.
        """
        if (name, seed) not in self._drawn:
            self._drawn[name, seed] = draw(check, seed, fixtures)
        return copy.deepcopy(self._drawn[name, seed])


def draw(check: Any, seed: int, fixtures: Collection[str]) -> list[Example]:
    """Let hypothesis run a function that only notes what was drawn."""
    found: list[Example] = []

    search(check, seed, fixtures, found.append)
    return found


def search(check: Any, seed: int, fixtures: Collection[str], body: Callable[[Example], object]) -> None:
    """Let hypothesis run the check, all drawn from `seed`, but with `body` in place of the check's own.

    Hypothesis gets no fixtures: of an example that fails it would print them all.
    """

    def run(**arguments: Any) -> None:
        body({name: value for name, value in arguments.items() if name not in fixtures})

    before = check.hypothesis.inner_test  # one function serves all parameters of a check
    check.hypothesis.inner_test = run
    try:
        hypothesis.seed(seed)(check)(**dict.fromkeys(fixtures))
    finally:
        check.hypothesis.inner_test = before
