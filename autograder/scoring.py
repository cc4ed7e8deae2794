"""All point arithmetic: outcomes, a person's marks and the rubric's rules become a `Score`.

Rounding. An item earns points x passed weight / total weight, rounded half up to the rubric's step, and partial work
stays partial: with a weighted failure never the full points, with a weighted pass never zero, as far as the step leaves
room between the two (where points == step, a partial item earns 0). Skipped checks carry no weight; checks of weight 0
are remarks. A failed `required` check makes the item 0. Unjudged checks pay nothing: the item earns the share of what
was judged, never full points; where more weight was left unjudged than judged, or a check asks for it, the item waits
for a person. The total is rounded half up to two decimals, as gradebooks keep it. Everything is computed in fractions
of the decimal numbers as written, so no binary rounding creeps in.

From the items to the total: they are added up; the bonus items count up to the bonus, the sum up to the cap; then comes
the penalty, or before the cap where the rubric's `penalty_order` says so; lateness comes last. It costs a share of what
the assignment asked of this submission: all points but of bonus items and excused ones, whether they are graded yet or
not. Nothing falls below 0. Each of these is a `Deduction`, rounded so that they lead to the total to the last decimal.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from math import floor, isfinite
from typing import Literal, get_args

from autograder.lateness import Lateness
from autograder.marks import Mark
from autograder.records import Deduction, Item, ItemScore, Marking, Outcome, Part, Score
from autograder.rubric import Rubric, Rules

Status = Literal["graded", "pending", "error", "excused"]
_Step = tuple[Literal["late", "penalty", "cap"], str, Callable[[Fraction], Fraction]]  # what it leaves of the points


def score(
    rubric: Rubric,
    outcomes: Sequence[Outcome],
    *,
    substitutes: Mapping[str, tuple[str, ...]] | None = None,
    excused: Mapping[str, str] | None = None,
    marks: Mapping[str, Mark] | None = None,
    remarks: Sequence[str] = (),
    broken_rule: str = "",
    late: Lateness | None = None,
) -> Score:
    """Score one submission.

    `substitutes`: by item, the reference's parts that it was judged on. `excused`: by item, why it is not asked for
    in this edition. `marks`: those that nobody confirmed count nowhere. `broken_rule`: the sentence that says which
    rule of the hand-in was broken, as a person confirmed it; empty for none.

    Raises:
        ConfigError: an outcome, a mark or an excuse names an item that the rubric does not have.
    """
    substitutes, excused = substitutes or {}, excused or {}
    marks = {item: mark for item, mark in (marks or {}).items() if mark.counts}
    by_item: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        by_item.setdefault(outcome.item, []).append(outcome)
    for item_id in (*by_item, *substitutes, *excused, *marks):
        rubric.item(item_id)
    items = []
    for item in rubric.items:
        own = tuple(by_item.get(item.id, ()))
        status, points, note = _judge(item, own, rubric.rules, excused.get(item.id), marks.get(item.id))
        used = substitutes.get(item.id, ())
        marked = item.id in marks and _speak(item, own)
        proposed = _proposed(item, status, own, rubric.rules.step)
        items.append(ItemScore(item, status, points, own, used, note, marked, proposed))
    late = late or Lateness()
    raw, deductions = _deducted(items, rubric.rules, broken_rule, late)
    sentences = [late.sentence] if late.sentence and not late.share else []  # what it says without taking anything
    total: float | None = float(raw - _sum(tuple(line.points for line in deductions)))
    if any(entry.status == "error" for entry in items):  # then nothing can be said in points
        total, sentences, deductions = None, [line.sentence for line in deductions] + sentences, []
    counted = [entry.item for entry in items if entry.status in ("graded", "error") and not entry.item.bonus]
    return Score(
        tuple(items),
        total,
        maximum=float(_sum(tuple(item.points for item in counted))),
        remarks=(*remarks, *sentences),
        parts=tuple(_part(marking, items) for marking in get_args(Marking)),
        raw=None if total is None else float(raw),
        deductions=tuple(deductions),
    )


def counts(outcome: Outcome) -> bool:
    """Whether the check is about points: one of weight 0 that nothing depends on is a remark."""
    return outcome.weight > 0 or outcome.required


def earned(item: Item, outcomes: Sequence[Outcome], step: float) -> float:
    """What the checks that ran are worth; see the top of this file for the rounding."""
    ran = [outcome for outcome in outcomes if outcome.status in ("passed", "failed")]
    if any(outcome.required and outcome.status == "failed" for outcome in ran):
        return 0.0
    passed = tuple(outcome.weight for outcome in ran if outcome.status == "passed")
    weights = tuple(outcome.weight for outcome in ran)
    return _share(item.points, step, passed, weights, bool(_unjudged(outcomes)))


@lru_cache(4000)  # fractions are slow, and the same weights come with every submission
def _share(points: float, step: float, passed: tuple[float, ...], ran: tuple[float, ...], unjudged: bool) -> float:
    """The points that go with the weights that passed, of those that ran."""
    whole, own = _sum(ran), _sum(passed)
    if not whole:
        return 0.0
    unit, full = _exact(step), _exact(points) / _exact(step)
    steps = floor(full * own / whole + Fraction(1, 2))
    if 0 < own:
        steps = max(steps, 1)
    if own < whole or unjudged:
        steps = min(steps, int(full) - 1)
    return float(steps * unit)


def _judge(
    item: Item, outcomes: Sequence[Outcome], rules: Rules, excuse: str | None, mark: Mark | None
) -> tuple[Status, float | None, str]:
    """Status, score and note of one item. A person has the last word, then an excuse, then the checks."""
    ran = [outcome for outcome in outcomes if outcome.status != "skipped"]
    if mark is not None:
        return "graded", mark.points, _mark_note(item, mark, ran, rules)
    if excuse is not None:
        return "excused", None, excuse
    failures = [outcome for outcome in ran if outcome.status == "error"]
    if failures:
        return "error", None, "The grader itself failed here; this is not the submission's fault and costs no points."
    if not ran:
        if outcomes and item.marking == "automatic":
            return "excused", None, _why_not_asked(outcomes)
        return "pending", None, _waits_for(item)
    if not _weights_fit(ran):
        return "error", None, "The weights of this item's checks don't add up to anything; a person must look."
    if _gate_note(ran) and item.marking == "automatic":
        return "graded", 0.0, _gate_note(ran)
    doubts = list(dict.fromkeys(_doubt(outcome) for outcome in ran if outcome.status == "pending" and counts(outcome)))
    judged = _sum(tuple(outcome.weight for outcome in ran if outcome.status in ("passed", "failed")))
    if doubts or judged == 0 or _unjudged(ran) > judged:
        return "pending", None, _why_a_person(doubts, judged)
    points = earned(item, ran, rules.step)
    if item.marking != "automatic":
        return "pending", None, f"The checks suggest {points:g} of {item.points:g}; a person decides."
    return "graded", points, _not_judged(ran)


def _proposed(item: Item, status: Status, outcomes: Sequence[Outcome], step: float) -> float | None:
    """What the checks suggest to the person who marks the item; None where they say nothing, or only a person can."""
    judged = [outcome for outcome in outcomes if outcome.status in ("passed", "failed") and counts(outcome)]
    if item.marking == "automatic" or status != "pending" or not judged:
        return None
    return earned(item, outcomes, step)


def _doubt(outcome: Outcome) -> str:
    """Why only a person can tell; a hidden check's message may show what it tries."""
    return outcome.message if outcome.visibility == "public" else f"A hidden check can't decide: {outcome.sentence}"


def _unjudged(outcomes: Sequence[Outcome]) -> Fraction:
    """The weight of the checks that apply but could not be judged."""
    return _sum(tuple(outcome.weight for outcome in outcomes if outcome.status == "unjudged"))


def _why_a_person(doubts: Sequence[str], judged: Fraction) -> str:
    why = " ".join(
        doubt[0].upper() + doubt[1:] + ("" if doubt.endswith((".", "!", "?")) else ".") for doubt in doubts if doubt
    )
    share = "most of" if judged else "none of"
    return f"{why or f'{share.capitalize()} this could be judged.'} A person decides."


def _not_judged(ran: Sequence[Outcome]) -> str:
    """That part of the item earned nothing since nobody could judge it."""
    count = sum(outcome.status == "unjudged" and counts(outcome) for outcome in ran)
    many = "One check" if count == 1 else f"{count} checks"
    return f"{many} of {len(ran)} could not be judged and {'pays' if count == 1 else 'pay'} nothing." if count else ""


def _mark_note(item: Item, mark: Mark, ran: Sequence[Outcome], rules: Rules) -> str:
    """The person's comment, and what it replaces where the checks had spoken."""
    note, who = mark.comment, f"{mark.by}'s" if mark.by else "A person's"
    if _speak(item, ran):
        replaced = "a failure of the grader"
        if all(outcome.status != "error" for outcome in ran) and _weights_fit(ran):
            replaced = f"{earned(item, ran, rules.step):g} from the checks"
        return f"{note} ({who} mark, in place of {replaced}.)".strip()
    return f"{note} (Marked by {mark.by}.)".strip() if mark.by else note


def _speak(item: Item, outcomes: Sequence[Outcome]) -> bool:
    """Whether the checks decide on this item unless a person does."""
    return item.marking == "automatic" and any(outcome.status != "skipped" for outcome in outcomes)


def _why_not_asked(skipped: Sequence[Outcome]) -> str:
    """What the first check says that has a reason to tell; a hidden check's may show what it tries."""
    reasons = [outcome.message.strip() for outcome in skipped if outcome.visibility == "public"]
    reason = next(filter(None, reasons), "none of the checks applies to this submission")
    return reason[0].upper() + reason[1:] + ("" if reason.endswith((".", "!", "?")) else ".")


def _gate_note(ran: Sequence[Outcome]) -> str:
    gates = [outcome.sentence for outcome in ran if outcome.required and outcome.status == "failed"]
    return f"No points without this: {gates[0]}" if gates else ""


def _waits_for(item: Item) -> str:
    return "A person marks this." if item.marking != "automatic" else "Not graded in this run."


def _weights_fit(ran: Sequence[Outcome]) -> bool:
    weights = [outcome.weight for outcome in ran]
    return all(isfinite(weight) and weight >= 0 for weight in weights) and sum(weights) > 0


def _deducted(
    items: Sequence[ItemScore], rules: Rules, broken_rule: str, late: Lateness
) -> tuple[Fraction, list[Deduction]]:
    """Graded items added up, and what the rubric's rules and lateness take away from that, one after the other."""
    graded = [entry for entry in items if entry.status == "graded" and entry.score is not None]
    bonus = _sum(tuple(entry.score or 0.0 for entry in graded if entry.item.bonus))
    points = bonus + _sum(tuple(entry.score or 0.0 for entry in graded if not entry.item.bonus))
    asked = _sum(tuple(e.item.points for e in items if e.status != "excused" and not e.item.bonus))
    raw, lines = _cents(points), []
    for kind, sentence, left in _steps(rules, bonus, broken_rule, late, asked):
        before, points = _cents(points), max(Fraction(0), left(points))
        taken = before - _cents(points)
        if taken or kind != "cap":  # that a rule was broken is said even where nothing was left to lose
            lines.append(Deduction(kind, float(taken), sentence))
    return raw, lines


def _steps(rules: Rules, bonus: Fraction, broken_rule: str, late: Lateness, asked: Fraction) -> Iterator[_Step]:
    """Bonus, cap, penalty and lateness in their order. `asked`: the points that lateness costs a share of."""
    extra, cap, share = max(Fraction(0), bonus - _exact(rules.bonus)), _exact(rules.cap), _exact(rules.penalty)
    yield "cap", f"Bonus items count for at most {rules.bonus:g} points.", lambda points: points - extra
    steps: list[_Step] = [("cap", f"The total is at most {rules.cap:g} points.", lambda points: min(points, cap))]
    if broken_rule:
        flat = rules.penalty_order == "flat"
        told = f"A rule of the hand-in was broken: {broken_rule} Penalty: {rules.penalty:.0%}."
        steps.append(("penalty", told, lambda points: points - share * (_exact(rules.points) if flat else points)))
    yield from reversed(steps) if rules.penalty_order == "before_cap" else steps
    if late.share:
        yield "late", late.sentence, lambda points: Fraction(0) if late.refused else points - late.share * asked


def _cents(points: Fraction) -> Fraction:
    """Rounded half up to two decimals."""
    return Fraction(floor(points * 100 + Fraction(1, 2)), 100)


def _part(marking: Marking, items: Sequence[ItemScore]) -> Part:
    """The items of one kind added up."""
    own = [entry for entry in items if entry.item.marking == marking]
    plain = [entry for entry in own if not entry.item.bonus]
    return Part(
        marking,
        earned=float(_sum(tuple(entry.score for entry in own if entry.score is not None))),
        possible=float(_sum(tuple(entry.item.points for entry in plain if entry.status in ("graded", "error")))),
        pending=float(_sum(tuple(entry.item.points for entry in plain if entry.status == "pending"))),
    )


@lru_cache(4000)
def _sum(numbers: tuple[float, ...]) -> Fraction:
    """Exactly; equal numbers at once."""
    return sum((_exact(number) * times for number, times in Counter(numbers).items()), Fraction(0))


@lru_cache(1000)  # points and weights, again and again
def _exact(number: float) -> Fraction:
    """The decimal number as written: 0.1 is a tenth."""
    return Fraction(str(number))
