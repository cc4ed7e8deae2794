"""lab1.f.runs … lab2.g.runs: the trainings that a part asks for were made when we ran the notebook, within the rules.

What a training's accuracy is does not matter here, and neither does how often: lab2.*.bar is for that.
"""

from __future__ import annotations

import pytest

from autograder.assignments.labrnn.api import Context
from autograder.assignments.labrnn.evidence.asked import made, unseen, wanted
from autograder.evidence import Evidence
from autograder.judge.expect import NeedsPerson, NotJudged, expect
from autograder.judge.marks import item
from autograder.kit.observer.trainings import NO_STEPS

ALL = ("lab1.f.runs", "lab1.h.runs", *(f"lab2.{letter}.runs" for letter in "abcdefg"))
SEVERAL = tuple(f"lab2.{letter}.runs" for letter in "abcdeg")  # that ask for more than one training


@pytest.fixture
def part(item_id: str, context: Context) -> str:
    """The part of the assignment, `lab2.c`; skips what this edition does not have."""
    if item_id in ("lab1.h.runs", "lab2.b.runs") and not context.edition.gru:
        pytest.skip("this edition of the assignment has no GRU")
    if item_id == "lab2.g.runs" and not context.edition.bidirectional:
        pytest.skip("this edition of the assignment has no bidirectional models")
    return item_id.removesuffix(".runs")


@pytest.fixture
def evidence(context: Context) -> Evidence:
    return known(context)


def known(context: Context) -> Evidence:
    """What the notebook's run showed; skips where there was none, and waits for a person where it can't be read."""
    if context.evidence is None:
        pytest.skip("the notebook was not run")
    if context.evidence.unread:
        raise NeedsPerson(context.evidence.unread)
    return context.evidence


@item(*ALL, weight=2, required=True)
def test_run_made(part: str, evidence: Evidence, context: Context) -> None:
    """The notebook makes at least one of the trainings that this part asks for, and it comes to its end."""
    asked = wanted(part, evidence)
    if not any(one.made for one in asked):
        leave_open(part, evidence, context)
    ways = asked if part in ("lab2.a", "lab2.b") else asked[:1]
    expected = " or ".join(one.words for one in ways)
    expect(
        any(one.made for one in asked),
        "no such training ended well in our run",
        got=made(part, evidence),
        expected=expected,
    )


@item(*SEVERAL, weight=1)
def test_all_runs_made(part: str, evidence: Evidence, context: Context) -> None:
    """The notebook makes all the trainings that this part asks for."""
    asked = wanted(part, evidence)
    missing = [one.words for one in asked if not one.made]
    if len(missing) == len(asked):
        raise NotJudged("no training of this part was seen")
    if missing:
        leave_open(part, evidence, context)
    expect(not missing, f"missing: {', '.join(missing)}", got=made(part, evidence), expected="all of them")


@item(*ALL, weight=1)
def test_within_rules(part: str, evidence: Evidence) -> None:
    """The trainings of this part keep the rules: settings, seed, epochs, trials, warm-up and initialisation as given."""
    broken = [breach for breach in evidence.breaches if part in breach.sections and not breach.hint]
    if not any(one.made for one in wanted(part, evidence)):
        raise NotJudged("no training of this part was seen")
    what = " ".join(breach.what for breach in broken)
    where = "; ".join(breach.where for breach in broken)
    expect(not broken, what, got=where, expected=broken[0].consequence if broken else "")


def leave_open(part: str, evidence: Evidence, context: Context) -> None:
    """Raises:
    NeedsPerson: the missing trainings may well exist, out of our sight, or this edition may ask for other ones.
    """
    if reason := unseen(part, evidence):
        raise NeedsPerson(reason)
    trained = any(t.standing == "observed" and t.error != NO_STEPS for t in evidence.trainings)
    if trained and context.edition.name != "2023":
        raise NeedsPerson("this edition of the assignment may ask for other trainings in this part")
