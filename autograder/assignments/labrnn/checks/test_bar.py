"""lab2.a.bar … lab2.g.bar: the class of the part reaches the bar of accuracy when the judge trains it.

What the notebook printed counts for nothing. The class does: (a), (c), (d) and (e) are about the LSTM, (b) is about the
GRU, (f) and (g) may take either. Whether the trainings of a part were the right ones, enough, or came to their end is
for lab2.*.runs, so no such mistake costs points here too; nor does a forward pass that has lost points in Lab 1. But a
part for which the notebook, when we ran it, began no training of the part's own kind (evidence/begun.py) has no best run
that could have reached anything: what was not done earns nothing. Where a cell was to make such a training and broke
before its first step, a person decides.
"""

from __future__ import annotations

import pytest

from autograder.assignments.labrnn.api import Context
from autograder.assignments.labrnn.evidence.asked import unseen
from autograder.assignments.labrnn.evidence.begun import begun
from autograder.evidence import ClassVerdict
from autograder.judge.expect import NeedsPerson, expect
from autograder.judge.marks import item
from autograder.kit.observer.trainings import NO_STEPS

CLASSES = {
    "lab2.a": ("LSTM",),
    "lab2.b": ("GRU",),
    "lab2.c": ("LSTM",),
    "lab2.d": ("LSTM",),
    "lab2.e": ("LSTM",),
    "lab2.f": ("LSTM", "GRU"),
    "lab2.g": ("LSTM", "GRU"),
}

KINDS = {
    "lab2.a": "the LSTM with an adaptive optimizer",
    "lab2.b": "the GRU with an adaptive optimizer",
    "lab2.c": "another number of layers",
    "lab2.d": "another hidden size",
    "lab2.e": "another embedding size",
    "lab2.f": "several configurations in which two or more of layers, hidden size and embedding are changed together",
    "lab2.g": "a bidirectional model",
}
FORWARD = {"LSTM": "lab1.e.forward", "GRU": "lab1.g.forward"}


@pytest.fixture
def part(item_id: str, context: Context) -> str:
    """The part of the assignment, `lab2.c`; skips what this edition does not have, or what nobody measured."""
    if item_id == "lab2.b.bar" and not context.edition.gru:
        pytest.skip("this edition of the assignment has no GRU")
    if item_id == "lab2.g.bar" and not context.edition.bidirectional:
        pytest.skip("this edition of the assignment has no bidirectional models")
    if not context.accuracy:
        pytest.skip("accuracy was not verified")
    return item_id.removesuffix(".bar")


@item(*(f"{part}.bar" for part in CLASSES))
def test_bar(part: str, context: Context) -> None:
    """The model class of this part reaches the bar on reviews that it has not seen, trained from scratch by the judge."""
    found = [context.accuracy[name] for name in CLASSES[part] if name in context.accuracy]
    best = max(found, key=lambda v: (v.verdict == "verified", not v.doubt, v.test_acc or 0.0), default=None)
    if best is None:
        pytest.skip("accuracy was not verified")
    if best.recipe == "published" and best.verdict == "below":
        raise NeedsPerson("trained with the notebook's own settings, with which correct models collapse too")
    expect_begun(part, context)
    if best.verdict != "verified" and FORWARD[best.name] in context.broken:
        pytest.skip(f"{best.reason} That is charged in {FORWARD[best.name]}, and not again here")
    if best.doubt:
        raise NeedsPerson(best.doubt)
    expect(best.verdict == "verified", best.reason, got=figure(best), expected=f"at least {best.threshold:g}")


def figure(verdict: ClassVerdict) -> str:
    """What was measured, in words."""
    if verdict.test_acc is not None:
        return f"{verdict.test_acc:.3f} in the test"
    curve = [point.valid_acc for attempt in verdict.attempts for point in attempt.curve]
    return f"{max(curve):.3f} in validation" if curve else "no training"


def expect_begun(part: str, context: Context) -> None:
    """Fail where our run of the notebook saw no training of this part's kind; leave open what may have escaped it.

    Raises:
        NeedsPerson: a cell that was to make one broke, or ran here without its time or library, or the edition is
            another one, whose parts may ask for other trainings.
        Mismatch: there is none.
    """
    evidence = context.evidence
    if evidence is not None and evidence.unread:
        raise NeedsPerson(evidence.unread)
    if evidence is None or begun(part, evidence):
        return
    if reason := unseen(part, evidence):
        raise NeedsPerson(reason)
    broken = [cell for cell, parts in evidence.tried.items() if part in parts]
    if broken:
        why = evidence.failed.get(broken[0], "it did not come to its end")
        raise NeedsPerson(f"cell {broken[0]} was to train for this part and broke before the first step ({why:.200})")
    trained = any(t.standing == "observed" and t.error != NO_STEPS for t in evidence.trainings)
    if trained and context.edition.name != "2023":
        raise NeedsPerson("this edition of the assignment may ask for other trainings in this part")
    expect(
        False,
        f"the notebook begins no training of this part's kind ({KINDS[part]}), so it has no run that could reach the bar",
        got="none in our run",
        expected="at least one",
    )
