"""Totals and statuses in words, as every format tells them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from autograder.records import Deduction, ItemScore, Report, Score

VERDICTS = {
    "verified": "verified",
    "below": "below the bar",
    "structure": "not counted",
    "broken": "does not run",
    "absent": "not found",
}  # on a class that the grader trained
WORDS = {"skipped": "does not apply", "unjudged": "not judged, pays nothing", "pending": "a person decides"}


def points(number: float | None) -> str:
    """3.25, 4, or a dash for no score."""
    return "–" if number is None else f"{number:.2f}".rstrip("0").rstrip(".")


def lost(deduction: Deduction) -> str:
    """`10 points off`."""
    return f"{points(deduction.points)} {'point' if deduction.points == 1 else 'points'} off"


def headline(report: Report) -> str:
    """The total in one sentence."""
    score = report.score
    if report.failure or score.total is None:
        return "No total: the grader itself failed. This is not the submission's fault."
    if report.problem:
        if any(entry.status == "graded" for entry in score.items):
            return f"This submission can't be graded automatically; {total_text(score)} by a person."
        return "0 points: this submission can't be graded."
    sentence = total_text(score)
    rest = " and ".join(
        f"{points(sum(own))} {kind} in {_count(len(own), 'item')}"
        for kind, own in (("points", _waiting(score.items)), ("bonus points", _waiting(score.items, bonus=True)))
        if own
    )
    if not rest:
        return f"{sentence}."
    return " ".join(filter(None, (f"{sentence} so far; {rest} still to be marked.", doubts_text(score))))


def doubts_text(score: Score) -> str:
    """How many points wait since the checks could not decide; empty for none."""
    waiting = [entry.item.points for entry in score.items if entry.status == "pending" and undecided(entry)]
    return f"On {points(sum(waiting))} of these points the checks could not decide: a person will." if waiting else ""


def total_text(score: Score) -> str:
    """`38.5 of 40 points, and 5 of 5 bonus points`; where the rubric's rules change the sum, the total goes first."""
    plain, bonus = _sums(score.items), _sums(score.items, bonus=True)
    if score.total is None or bonus[1] == 0:
        return f"{points(score.total)} of {points(score.maximum)} points"
    told = f"{_of(plain)} points, and {_of(bonus)} bonus points"
    if abs(plain[0] + bonus[0] - score.total) < 0.01:
        return told
    return f"{points(score.total)} points in total under the rubric's rules ({told})"


def parts_text(score: Score) -> str:
    """`automatic 38.5 of 40 and bonus 2 of 3, 5 pending; manual 24 pending`: what the total is made of."""
    told = []
    for part in score.parts:
        own = [entry for entry in score.items if entry.item.marking == part.marking]
        done, waiting = [], []
        for name, bonus in (("", False), ("bonus ", True)):
            sums, left = _sums(own, bonus=bonus), _waiting(own, bonus=bonus)
            done += [f"{name}{_of(sums)}"] if sums[1] else []
            waiting += [f"{name}{points(sum(left))}"] if left else []
        texts = (" and ".join(done), f"{' and '.join(waiting)} pending" if waiting else "")
        if any(texts):
            told.append(f"{part.marking} {', '.join(filter(None, texts))}")
    return "; ".join(told)


@dataclass(frozen=True)
class Tally:
    """The points of all items, before the rubric's rules; `waiting`: of those that are not graded yet. `bonus`: what
    was earned of it, what could be, and what waits."""

    earned: float
    lost: float
    waiting: float
    bonus: tuple[float, float, float]

    def share(self, points: float) -> float:
        """These points among all that are no bonus."""
        whole = self.earned + self.lost + self.waiting
        return points / whole if whole > 0 else 0.0


def tally(score: Score) -> Tally:
    """Add them up."""
    earned, possible = _sums(score.items)
    bonus = _sums(score.items, bonus=True)
    waits = sum(_waiting(score.items))
    return Tally(earned, max(0.0, possible - earned), waits, (*bonus, sum(_waiting(score.items, bonus=True))))


def _sums(entries: Sequence[ItemScore], *, bonus: bool = False) -> tuple[float, float]:
    """What was earned and what could be, in the items that are graded, or meant to be."""
    own = [entry for entry in entries if entry.item.bonus == bonus and entry.status in ("graded", "error")]
    return sum(entry.score or 0.0 for entry in own), sum(entry.item.points for entry in own)


def _waiting(entries: Sequence[ItemScore], *, bonus: bool = False) -> list[float]:
    """The points of the items that are pending."""
    return [entry.item.points for entry in entries if entry.status == "pending" and entry.item.bonus == bonus]


def _of(sums: tuple[float, float]) -> str:
    return f"{points(sums[0])} of {points(sums[1])}"


def undecided(entry: ItemScore) -> bool:
    """Whether the checks were to decide on the item and could not, or not on all of it."""
    waits = entry.status == "pending" and entry.item.marking == "automatic"
    unjudged = any(outcome.status == "unjudged" and not outcome.is_remark for outcome in entry.outcomes)
    return bool(entry.outcomes) and not entry.marked and (waits or (entry.status == "graded" and unjudged))


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
