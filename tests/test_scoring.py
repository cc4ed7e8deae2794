"""Point arithmetic: properties that hold for any outcomes, and the rules by example."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Literal, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.errors import ConfigError
from autograder.lateness import Lateness
from autograder.marks import PROPOSER, Mark
from autograder.records import Deduction, Item, ItemScore, Outcome, Part, Score
from autograder.rubric import Rubric, is_multiple, load_rubric
from autograder.scoring import earned, score

LABRNN = Path(__file__).parents[1] / "autograder" / "assignments" / "labrnn" / "rubric.toml"
RUBRIC = load_rubric(LABRNN)
EVERYTHING = {item.id: Mark(item.points) for item in RUBRIC.items}

Status = Literal["passed", "failed", "error", "skipped", "unjudged", "pending"]


def outcome(item: str, status: Status, weight: float = 1.0, *, required: bool = False, message: str = "") -> Outcome:
    return Outcome(item, "check", "A property holds.", weight, required, "public", status, message)


def entry(result: Score, item_id: str) -> ItemScore:
    return next(found for found in result.items if found.item.id == item_id)


def with_rules(**changes: object) -> Rubric:
    return msgspec.structs.replace(RUBRIC, rules=msgspec.structs.replace(RUBRIC.rules, **changes))  # type: ignore[arg-type]


def none_for(*parts: str) -> dict[str, Mark]:
    """No points for all items of these parts."""
    return {item.id: Mark(0.0) for item in RUBRIC.items if item.id.rpartition(".")[0] in parts}


weights = st.sampled_from([0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 7.0])
steps = st.sampled_from([0.1, 0.25, 0.5, 1.0])
verdicts = st.sampled_from(["passed", "failed", "skipped"])
one_item = st.lists(st.builds(lambda s, w, r: outcome("lab1.a", s, w, required=r), verdicts, weights, st.booleans()))
any_item = st.sampled_from([item.id for item in RUBRIC.items])
any_status = st.sampled_from(list(get_args(Status)))
any_outcomes = st.lists(st.builds(outcome, any_item, any_status, weights), max_size=30)


# ---- properties ----------------------------------------------------------------------------------------------------
@given(one_item.filter(lambda found: any(one.status != "skipped" for one in found)), steps)
def test_an_item_stays_within_bounds_and_on_the_grid(outcomes: list[Outcome], step: float) -> None:
    item = RUBRIC.item("lab1.a")
    points = earned(item, outcomes, step)
    ran = [one for one in outcomes if one.status != "skipped"]
    gated = any(one.required and one.status == "failed" for one in ran)
    assert 0 <= points <= item.points and is_multiple(points, step)
    assert (points == item.points) == all(one.status == "passed" for one in ran)
    assert (points == 0) == (gated or all(one.status == "failed" for one in ran))
    if not gated:
        whole = sum(Fraction(str(one.weight)) for one in ran)
        share = sum(Fraction(str(one.weight)) for one in ran if one.status == "passed") / whole
        assert abs(float(share) * item.points - points) <= step


@given(one_item.filter(bool), st.data())
def test_passing_one_more_check_never_costs(outcomes: list[Outcome], data: st.DataObject) -> None:
    position = data.draw(st.integers(0, len(outcomes) - 1))
    better = [replace(one, status="passed") if n == position else one for n, one in enumerate(outcomes)]
    worse = [replace(one, status="failed") if n == position else one for n, one in enumerate(outcomes)]
    assert earned(RUBRIC.item("lab1.a"), worse, 0.25) <= earned(RUBRIC.item("lab1.a"), better, 0.25)


@given(any_outcomes, st.sampled_from(["after_cap", "before_cap", "flat"]))
def test_the_total_follows_from_the_items(outcomes: list[Outcome], order: str) -> None:
    rubric = with_rules(penalty_order=order)
    plain, penalised = score(rubric, outcomes), score(rubric, outcomes, broken_rule="Two files were asked for.")
    assert len(plain.items) == len(rubric.items)
    for found in plain.items:
        assert (found.score is None) == (found.status != "graded")
    if any(one.status == "error" for one in outcomes):
        assert plain.total is None and penalised.total is None
    else:
        assert plain.total == sum(found.score or 0 for found in plain.items)
        assert penalised.total is not None and 0 <= penalised.total <= plain.total <= 100
        bonus = sum(found.score or 0 for found in plain.items if found.item.bonus)
        assert plain.total - bonus <= plain.maximum <= 100


@given(any_outcomes, st.dictionaries(any_item, st.integers(0, 4).map(lambda quarters: Mark(quarters / 4))))
def test_the_parts_add_up_to_the_whole(outcomes: list[Outcome], marks: dict[str, Mark]) -> None:
    result = score(RUBRIC, outcomes, marks=marks)
    assert [part.marking for part in result.parts] == ["automatic", "assisted", "manual"]
    assert sum(part.possible for part in result.parts) == result.maximum
    assert sum(part.earned for part in result.parts) == sum(found.score or 0 for found in result.items)
    waiting = [f.item.points for f in result.items if f.status == "pending" and not f.item.bonus]
    assert sum(part.pending for part in result.parts) == sum(waiting)


@given(st.dictionaries(any_item, st.integers(0, 12).map(lambda quarters: Mark(quarters / 4))))
def test_marks_never_lift_the_total_above_the_cap(marks: dict[str, Mark]) -> None:
    total = score(RUBRIC, [], marks={**EVERYTHING, **marks}).total
    assert total is not None and 0 <= total <= RUBRIC.rules.cap


# ---- one item, by example ------------------------------------------------------------------------------------------
def test_rounding_is_half_up_but_partial_stays_partial() -> None:
    def five(passed: float, failed: float, step: float = 0.25) -> float:
        return earned(
            Item("x", "X", 5.0, "automatic"), [outcome("x", "passed", passed), outcome("x", "failed", failed)], step
        )

    assert five(1, 1) == 2.5
    assert five(1, 2) == 1.75  # 1.666…
    assert five(1, 3, 0.5) == 1.5  # 1.25 lies half-way
    assert five(99, 1) == 4.75 and five(1, 99) == 0.25
    assert earned(Item("x", "X", 1.0, "automatic"), [outcome("x", "passed"), outcome("x", "failed")], 1.0) == 0.0


def test_a_check_without_weight_is_a_remark() -> None:
    result = score(RUBRIC, [outcome("lab1.a", "passed"), outcome("lab1.a", "failed", 0.0)])
    assert entry(result, "lab1.a").score == 5.0


def test_a_required_check_gates_and_says_so() -> None:
    result = score(RUBRIC, [outcome("lab1.a", "passed", 9), outcome("lab1.a", "failed", required=True)])
    assert entry(result, "lab1.a").score == 0.0 and "A property holds." in entry(result, "lab1.a").note


@pytest.mark.parametrize("weight", [0.0, -1.0, float("nan"), float("inf")])
def test_senseless_weights_are_an_error_and_no_zero(weight: float) -> None:
    result = score(RUBRIC, [outcome("lab1.a", "passed", weight)])
    assert entry(result, "lab1.a").status == "error" and result.total is None


# ---- status --------------------------------------------------------------------------------------------------------
def test_nothing_ran_is_pending_and_no_zero() -> None:
    result = score(RUBRIC, [])
    assert {found.status for found in result.items} == {"pending"}
    assert result.total == 0 and result.maximum == 0


def test_a_graders_failure_nulls_item_and_total_but_stays_in_the_maximum() -> None:
    result = score(RUBRIC, [outcome("lab1.a", "passed"), outcome("lab1.b", "error"), outcome("lab1.b", "passed")])
    assert (entry(result, "lab1.b").status, entry(result, "lab1.b").score) == ("error", None)
    assert entry(result, "lab1.a").score == 5.0 and result.total is None and result.maximum == 10


def test_excused_items_leave_total_and_maximum() -> None:
    outcomes = [outcome("lab1.a", "passed"), outcome("lab1.b", "skipped"), outcome("lab1.g.init", "failed")]
    result = score(RUBRIC, outcomes, excused={"lab1.g.init": "No GRU in this edition."})
    assert entry(result, "lab1.b").status == entry(result, "lab1.g.init").status == "excused"
    assert entry(result, "lab1.g.init").note == "No GRU in this edition."
    assert (result.total, result.maximum) == (5.0, 5.0)


def test_a_skipped_item_says_why() -> None:
    charged = [
        outcome("lab1.a", "skipped"),
        outcome("lab1.a", "skipped", message="it stays at chance. That is charged in lab1.e.forward"),
        outcome("lab1.a", "skipped", message="another reason"),
        outcome("lab1.b", "skipped"),
        replace(outcome("lab1.c", "skipped", message="what the hidden check tries"), visibility="hidden"),
    ]
    result = score(RUBRIC, charged)
    assert entry(result, "lab1.a").note == "It stays at chance. That is charged in lab1.e.forward."
    assert entry(result, "lab1.b").note == "None of the checks applies to this submission."
    assert entry(result, "lab1.c").note == entry(result, "lab1.b").note


def test_evidence_of_an_assisted_item_is_a_proposal_only() -> None:
    result = score(RUBRIC, [outcome("tf.1", "passed"), outcome("tf.1", "failed")])
    assert entry(result, "tf.1").status == "pending" and "1.5 of 3" in entry(result, "tf.1").note


def test_a_person_has_the_last_word() -> None:
    outcomes = [outcome("lab1.a", "failed"), outcome("lab1.b", "error"), outcome("tf.1", "failed")]
    marks = {"lab1.a": Mark(4.0, "Right idea.", "Ann"), "lab1.b": Mark(5.0), "tf.1": Mark(2.5, "Good.", "Bo")}
    outcomes.append(outcome("lab1.c", "passed"))
    result = score(RUBRIC, outcomes, marks=marks)
    assert result.total == 16.5
    assert entry(result, "lab1.a").note == "Right idea. (Ann's mark, in place of 0 from the checks.)"
    assert entry(result, "lab1.b").note == "(A person's mark, in place of a failure of the grader.)"
    assert entry(result, "tf.1").note == "Good. (Marked by Bo.)"


@pytest.mark.parametrize("mark", [Mark(1.0, by=PROPOSER), Mark(1.0, by="Ann", confirmed=False)])
def test_what_nobody_confirmed_counts_nowhere(mark: Mark) -> None:
    outcomes = [outcome("lab1.c", "passed"), outcome("tf.1", "failed")]
    result = score(RUBRIC, outcomes, marks={"lab1.c": mark, "tf.1": mark, "tf.2": mark})
    assert result == score(RUBRIC, outcomes) and result.total == 5
    assert entry(result, "tf.1").status == entry(result, "tf.2").status == "pending"


def test_substitutes_and_remarks_travel() -> None:
    result = score(RUBRIC, [outcome("lab1.d", "passed")], substitutes={"lab1.d": ("tokenize",)}, remarks=["Odd name."])
    assert entry(result, "lab1.d").substitutes == ("tokenize",) and result.remarks == ("Odd name.",)


def test_unknown_items_are_the_staffs_error() -> None:
    with pytest.raises(ConfigError, match=r"lab9\.a"):
        score(RUBRIC, [outcome("lab9.a", "passed")])
    with pytest.raises(ConfigError, match=r"lab9\.b"):
        score(RUBRIC, [], marks={"lab9.b": Mark(1)})


def test_parts_by_marking() -> None:
    outcomes = [outcome("lab1.a", "passed"), outcome("lab1.b", "failed"), outcome("lab1.c", "error")]
    result = score(RUBRIC, outcomes, marks={"tf.1": Mark(2.0), "lab1.h.answer": Mark(4.0)})
    automatic, assisted, manual = result.parts
    assert automatic == Part("automatic", 5.0, 15.0, 37.0)
    assert assisted == Part("assisted", 2.0, 3.0, 27.0)
    assert manual == Part("manual", 4.0, 0.0, 18.0)  # the bonus is earned, but was not asked for


# ---- totals --------------------------------------------------------------------------------------------------------
def test_full_marks_with_bonus_stop_at_the_cap() -> None:
    assert score(RUBRIC, [], marks=EVERYTHING).total == 100
    without = {**EVERYTHING, **none_for("lab2.a", "lab2.b")}
    assert score(RUBRIC, [], marks=without).total == 100
    assert score(RUBRIC, [], marks={**without, **none_for("lab2.c", "lab2.d")}).total == 95


def test_the_bonus_has_its_own_cap() -> None:
    marks = {item.id: Mark(item.points) for item in RUBRIC.items if item.bonus}
    assert score(with_rules(bonus=10.0), [], marks=marks).total == 10


@pytest.mark.parametrize(("order", "total"), [("after_cap", 80.0), ("before_cap", 92.0), ("flat", 80.0)])
def test_the_penaltys_order_is_the_rubrics(order: str, total: float) -> None:
    result = score(with_rules(penalty_order=order), [], marks=EVERYTHING, broken_rule="The report is missing.")
    assert result.total == total and result.remarks == ()
    [penalty] = [line for line in result.deductions if line.kind == "penalty"]
    assert penalty.sentence == "A rule of the hand-in was broken: The report is missing. Penalty: 20%."
    assert [line.kind for line in result.deductions] == (["penalty"] if order == "before_cap" else ["cap", "penalty"])
    assert result.raw == 115 and sum(line.points for line in result.deductions) == 115 - total


def test_a_flat_penalty_never_goes_below_zero() -> None:
    assert score(with_rules(penalty_order="flat"), [], broken_rule="No report.").total == 0


# ---- lateness, and what rules take away ------------------------------------------------------------------------------
LATE = Lateness(days=2, share=Fraction(1, 5), sentence="2 days late: 20 % of the maximum off.")
REFUSED = Lateness(days=9, share=Fraction(1), refused=True, sentence="Nothing counts.")


def test_every_rule_is_a_line_and_lateness_comes_last() -> None:
    result = score(RUBRIC, [], marks=EVERYTHING, broken_rule="No PDF.", late=LATE)
    assert result.deductions == (
        Deduction("cap", 15.0, "The total is at most 100 points."),
        Deduction("penalty", 20.0, "A rule of the hand-in was broken: No PDF. Penalty: 20%."),
        Deduction("late", 20.0, LATE.sentence),
    )
    assert (result.raw, result.total, result.maximum) == (115, 60, 100)


def test_lateness_costs_a_share_of_what_was_asked_marked_or_not() -> None:
    some = {"tf.1": Mark(3.0), "lab1.a": Mark(5.0), "lab1.b": Mark(5.0), "lab1.c": Mark(5.0), "lab1.d": Mark(5.0)}
    assert score(RUBRIC, [], marks=some, late=LATE).total == 3  # 23 of 100, less 20, while 77 wait
    excused = {"lab1.g.init": "No GRU.", "lab1.g.forward": "No GRU."}
    assert score(RUBRIC, [], marks=some, late=LATE, excused=excused).deductions[0].points == 18
    nothing = score(RUBRIC, [], late=LATE)
    assert nothing.total == 0 and nothing.deductions == (Deduction("late", 0.0, LATE.sentence),)


def test_after_the_last_moment_nothing_is_left() -> None:
    result = score(RUBRIC, [], marks=EVERYTHING, late=REFUSED)
    assert (result.raw, result.total) == (115, 0)
    assert [(line.kind, line.points) for line in result.deductions] == [("cap", 15), ("late", 100)]
    above = score(with_rules(cap=115.0), [], marks=EVERYTHING, late=REFUSED)
    assert above.total == 0  # bonus points too


def test_lateness_that_takes_nothing_is_a_remark() -> None:
    free = Lateness(days=1, free_used=1, sentence="1 day late, covered by a free late day.")
    waits = Lateness(waits=True, sentence="A person decides.")
    for late in (free, waits):
        result = score(RUBRIC, [], marks=EVERYTHING, late=late, remarks=["Odd."])
        assert result.total == 100 and result.remarks == ("Odd.", late.sentence)
        assert [line.kind for line in result.deductions] == ["cap"]
    assert score(RUBRIC, [], late=Lateness()) == score(RUBRIC, [])


def test_without_a_total_rules_are_sentences() -> None:
    result = score(RUBRIC, [outcome("lab1.a", "error")], broken_rule="No PDF.", late=LATE)
    assert (result.total, result.raw, result.deductions) == (None, None, ())
    assert "No PDF." in result.remarks[0] and result.remarks[1] == LATE.sentence


many_marks = st.dictionaries(any_item, st.integers(0, 12).map(lambda quarters: Mark(quarters / 4)))
late_shares = st.fractions(0, 1, max_denominator=40)


@given(
    many_marks,
    st.sampled_from(["after_cap", "before_cap", "flat"]),
    st.sampled_from([0.0, 0.07, 0.2, 1.0]),
    st.sampled_from([10.0, 33.3, 60.0, 115.0]),
    late_shares,
    late_shares,
    st.booleans(),
)
def test_the_lines_lead_from_the_items_to_the_total(
    marks: dict[str, Mark], order: str, penalty: float, cap: float, one: Fraction, other: Fraction, broken: bool
) -> None:
    rubric = with_rules(penalty_order=order, penalty=penalty, cap=cap)
    totals = []
    for share in sorted((one, other)):
        late = Lateness(days=1, share=share, sentence="Late.")
        result = score(rubric, [], marks={**EVERYTHING, **marks}, broken_rule="No." if broken else "", late=late)
        assert result.total is not None and result.raw is not None and 0 <= result.total <= min(cap, result.raw)
        taken = [Fraction(str(line.points)) for line in result.deductions]
        assert all(points >= 0 for points in taken) and all(line.sentence for line in result.deductions)
        assert Fraction(str(result.raw)) - sum(taken) == Fraction(str(result.total))
        assert [line.kind for line in result.deductions].count("late") == (share > 0)
        totals.append(result.total)
    assert totals[0] >= totals[1]


# ---- what could not be judged, and what a person decides -------------------------------------------------------------
@pytest.mark.parametrize(
    ("statuses", "status", "points"),
    [
        (("passed", "passed", "unjudged"), "graded", 4.75),
        (("passed", "failed", "unjudged"), "graded", 2.5),
        (("passed", "unjudged", "unjudged"), "pending", None),
        (("unjudged",), "pending", None),
        (("passed", "pending"), "pending", None),
        (("passed", "skipped", "skipped"), "graded", 5.0),
    ],
)
def test_what_could_not_be_judged_does_not_pay(statuses: tuple[Status, ...], status: str, points: float | None) -> None:
    found = entry(score(RUBRIC, [outcome("lab1.a", one) for one in statuses]), "lab1.a")
    assert (found.status, found.score) == (status, points)


def test_a_failed_required_check_is_zero_even_where_a_person_is_asked() -> None:
    outcomes = [outcome("lab1.a", "failed", required=True), outcome("lab1.a", "pending")]
    found = entry(score(RUBRIC, outcomes), "lab1.a")
    assert (found.status, found.score) == ("graded", 0.0)
