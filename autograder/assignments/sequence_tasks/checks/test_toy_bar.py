"""s8.bar: the submission's language model, trained by the judge on each of the two languages, writes valid strings.

What the model's own item charges is not charged here again; a model that is worth nothing there earns nothing here.
"""

from __future__ import annotations

import pytest

from autograder.assignments.sequence_tasks.context import Context
from autograder.assignments.sequence_tasks.toys import MODEL
from autograder.judge.expect import expect
from autograder.judge.marks import item

ITEM, FORWARD = "s8.bar", "s7.model"


@item(ITEM)
def test_writes_ndfa(context: Context) -> None:
    """Trained by the judge for three epochs on strings of the first language, the model continues prefixes to valid strings, more than half of the time."""
    expect_writes(context, "NDFA")


@item(ITEM)
def test_writes_brackets(context: Context) -> None:
    """Trained by the judge for three epochs on balanced brackets, the model continues prefixes to valid strings, more than half of the time."""
    expect_writes(context, "brackets")


def expect_writes(context: Context, language: str) -> None:
    """Fail unless the model trained on a language reached the bar."""
    found = context.accuracy.get(f"{MODEL.name} ({language})")
    if found is None:
        pytest.skip("it was not trained")
    if found.verdict != "verified" and FORWARD in context.broken - context.hopeless:
        pytest.skip(f"{found.reason} What is wrong with the model is charged in {FORWARD}, and not again here")
    shown = "" if found.test_acc is None else f"{found.test_acc:.0%} of the prefixes"
    expect(found.verdict == "verified", found.reason, got=shown, expected=f"at least {found.threshold:.0%}")
