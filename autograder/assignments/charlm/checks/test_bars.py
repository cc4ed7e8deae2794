"""clf.accuracy and lm.perplexity: what the judge counted after the submission's own training; see bars.py."""

from __future__ import annotations

import pytest

from autograder.assignments.charlm.context import CLASSIFIER, LANGUAGE_MODEL, Context
from autograder.evidence import ClassVerdict
from autograder.judge.expect import NeedsPerson, expect
from autograder.judge.marks import item
from autograder.kit.characters.printed import other_average


def verdict_of(context: Context, name: str) -> ClassVerdict:
    """What is known of this part; skips what nobody measured."""
    if name not in context.accuracy:
        pytest.skip("it was not measured in this run")
    return context.accuracy[name]


def expect_bar(found: ClassVerdict, direction: str) -> None:
    """Fail below the bar; leave what only a person can tell to one."""
    if found.doubt and found.verdict == "verified":
        raise NeedsPerson(found.doubt)
    shown = "no figure" if found.test_acc is None else f"{found.test_acc:.3f}"
    expect(found.verdict == "verified", found.reason, got=shown, expected=f"{direction} {found.threshold:g}")


@item("clf.accuracy")
def test_accuracy(context: Context) -> None:
    """The classifier that your own training returns reaches the bar of accuracy on windows that it has not seen."""
    expect_bar(verdict_of(context, CLASSIFIER), "at least")


@item("lm.perplexity")
def test_perplexity(context: Context) -> None:
    """The language model that your own training returns reaches the bar of perplexity on a text that it has not seen: exp of the mean negative log-probability of its characters."""
    expect_bar(verdict_of(context, LANGUAGE_MODEL), "at most")


@item("lm.perplexity", weight=0)
def test_printed_average(context: Context) -> None:
    """The perplexity that your training prints is exp of the mean loss. The mean of the chunks' own perplexities is another number, and always larger."""
    verdict_of(context, LANGUAGE_MODEL)
    found = other_average(context.printed)
    expect(found is None, "a printed perplexity is larger than exp of the loss printed beside it", got=found or "")
