"""Looks into objects that stand for plain values, and shows calls whose arguments are too long to print."""

from __future__ import annotations

from typing import Any

from autograder.errors import StudentException
from autograder.judge.render import Written
from autograder.kit.text_classification.values import mapping, written_number
from autograder.student.proxy import Call, Object

MOST_FIELDS = 12


def vocabulary_inside(kept: Object) -> dict[Any, Any] | None:
    """The dict from words to indices that an object such as torchtext's Vocab holds; None where it holds none.

    Looked for in its attributes, then in what its methods `get_stoi` and `items` give.
    """
    for name in kept.student.fields(kept)[:MOST_FIELDS]:
        try:
            found = mapping(kept.get(name)) or (mapping(kept.call(name)) if name == "get_stoi" else None)
        except StudentException:
            continue
        if found and all(type(k) is str and written_number(v) is not None for k, v in found.items()):
            return found
    return None


def show_instead(call: Call, value: Any, text: str) -> None:
    """Let a call be shown with `text` in the place of one of its arguments."""
    shown = Written(text)
    call.args = tuple(shown if arg is value else arg for arg in call.args)
    call.kwargs = {name: shown if arg is value else arg for name, arg in call.kwargs.items()}
