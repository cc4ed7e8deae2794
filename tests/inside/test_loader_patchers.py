"""Helpers of a notebook's that add methods to its classes run while it is loaded; helpers that train do not."""

from __future__ import annotations

from textwrap import dedent

import pytest

from autograder.inside.loader import Workspace


def load(*sources: str) -> Workspace:
    workspace = Workspace("submission")
    for number, source in enumerate(sources, 1):
        workspace.load_cell(number, dedent(source))
    return workspace


ADDERS = {
    "called twice": "add_to(LSTM)(forward)",
    "in a loop": "for kind in (LSTM, GRU):\n    add_to(kind)(forward)",
    "as a decorator": "@add_to(LSTM, GRU)\ndef forward(self): return 7",
}


@pytest.mark.parametrize("statement", ADDERS.values(), ids=ADDERS)
def test_helpers_that_add_methods_to_classes_run(statement: str) -> None:
    helper = """
        def add_to(*kinds):
            def decorate(function):
                for kind in kinds:
                    setattr(kind, function.__name__, function)
                return function
            return decorate
        """
    workspace = load("class LSTM: pass\nclass GRU: pass\ndef forward(self): return 7", helper, statement)
    assert workspace.namespace["LSTM"]().forward() == 7


def test_helpers_that_train_do_not_run() -> None:
    helper = """
        ran = []
        def study(kind):
            kind.trained = True
            ran.append(kind)
            fit(kind)
        """
    workspace = load("class LSTM: pass", helper, "study(LSTM)")
    assert workspace.namespace["ran"] == []
