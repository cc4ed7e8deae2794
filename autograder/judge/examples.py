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
    """Let hypothesis run a function that only writes down its arguments."""
    found: list[Example] = []

    def note(**arguments: Any) -> None:
        found.append({name: value for name, value in arguments.items() if name not in fixtures})

    with_body(check, note, seed)(**dict.fromkeys(fixtures))
    return found


def with_body(check: Any, body: Callable[..., Any], seed: int) -> Callable[..., Any]:
    """The check as hypothesis runs it, but calling `body`, with everything drawn from `seed`."""

    def run(**arguments: Any) -> None:
        before = check.hypothesis.inner_test  # one function serves all parameters of a check
        check.hypothesis.inner_test = body
        try:
            hypothesis.seed(seed)(check)(**arguments)
        finally:
            check.hypothesis.inner_test = before

    return run
