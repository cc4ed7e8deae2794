"""Lateness: what a time costs, by example and as properties that hold in any zone and around any change of clocks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from fractions import Fraction
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.errors import ConfigError
from autograder.lateness import Extension, Late, Lateness, check_late, due_of, lateness, named_moment
from autograder.rubric import Rubric, load_rubric

LABRNN = Path(__file__).parents[1] / "autograder" / "assignments" / "labrnn" / "rubric.toml"
BERLIN = ZoneInfo("Europe/Berlin")
POLICY = Late(
    due="2026-05-01T23:59",
    time_zone="Europe/Berlin",
    until="2026-05-08T23:59",
    grace_minutes=15,
    free_days=2,
    loss_per_day=0.1,
    most_loss=0.5,
)


def at(text: str, zone: ZoneInfo = BERLIN) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def changed(policy: Late, **changes: Any) -> Late:
    return msgspec.structs.replace(policy, **changes)


def policy_with(**changes: Any) -> Late:
    return changed(POLICY, **changes)


# ---- by example ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("handed_in", "days", "percent"),
    [
        ("2026-04-01T00:00", 0, 0),
        ("2026-05-01T23:59", 0, 0),
        ("2026-05-02T00:14", 0, 0),  # the last moment of grace
        ("2026-05-02T00:14:01", 1, 10),
        ("2026-05-03T00:14", 1, 10),  # each late day has its grace
        ("2026-05-03T00:15", 2, 20),
        ("2026-05-06T12:00", 5, 50),
        ("2026-05-07T12:00", 6, 50),
        ("2026-05-09T00:14", 7, 50),
    ],
)
def test_begun_days_count_whole(handed_in: str, days: int, percent: int) -> None:
    found = lateness(POLICY, at(handed_in), free_left=0)
    assert (found.days, found.share, found.refused) == (days, Fraction(percent, 100), False)
    assert bool(found.sentence) == bool(days) and (f"{percent} % of the maximum off" in found.sentence) == bool(days)
    assert ("the most that lateness costs" in found.sentence) == (days > 5)


def test_after_the_last_moment_nothing_counts() -> None:
    found = lateness(POLICY, at("2026-05-09T00:14:01"), free_left=9)
    assert found.refused and found.share == 1 and found.free_used == 0
    assert found.sentence == (
        "After 2026-05-08 23:59 CEST nothing counts (due 2026-05-01 23:59 CEST, handed in 2026-05-09 00:14:01 CEST)."
    )


def test_free_days_go_first() -> None:
    some, covered = (lateness(POLICY, at("2026-05-04T10:00"), free_left=left) for left in (2, 4))
    assert (some.days, some.free_used, some.share) == (3, 2, Fraction(1, 10))
    assert some.sentence == (
        "3 days late (due 2026-05-01 23:59 CEST, handed in 2026-05-04 10:00 CEST), 2 of them free (none left): "
        "10 % of the maximum off."
    )
    assert covered.free_used == 3 and not covered.share
    assert covered.sentence.endswith(", covered by 3 free late days (1 left).")


def test_free_days_are_kept_where_lateness_costs_nothing() -> None:
    for policy in (policy_with(loss_per_day=0.0), policy_with(most_loss=0.0), policy_with(loss_per_day=0.0, until="")):
        assert lateness(policy, at("2026-05-04T10:00"), free_left=4) == Lateness(days=3)


def test_an_extension_moves_both_deadlines() -> None:
    three = Extension(days=3, by="Ann")
    assert lateness(POLICY, at("2026-05-04T23:59"), free_left=0, extension=three) == Lateness()
    assert lateness(POLICY, at("2026-05-05T23:59"), free_left=0, extension=three).days == 1
    assert not lateness(POLICY, at("2026-05-11T23:59"), free_left=0, extension=three).refused
    assert lateness(POLICY, at("2026-05-12T23:59"), free_left=0, extension=three).refused
    own = Extension(due=at("2026-05-20T12:00"))
    assert lateness(POLICY, at("2026-05-20T12:00"), free_left=0, extension=own) == Lateness()
    assert "due 2026-05-20 12:00 CEST" in lateness(POLICY, at("2026-05-21T12:00"), free_left=0, extension=own).sentence


def test_a_day_is_over_when_the_clock_says_so() -> None:
    """In Berlin, 29 March 2026 has 23 hours and 25 October has 25."""
    spring, autumn = policy_with(due="2026-03-28T12:00", until=""), policy_with(due="2026-10-24T12:00", until="")
    for policy in (spring, autumn):
        due = due_of(policy)
        assert due is not None
        noon = datetime(due.year, due.month, due.day + 1, 12, 15, tzinfo=BERLIN)
        assert lateness(policy, noon, free_left=0).days == 1
        assert lateness(policy, noon.astimezone(UTC) + timedelta(seconds=1), free_left=0).days == 2


def test_of_an_hour_that_comes_twice_the_later_one_is_meant() -> None:
    policy = Late(due="2026-10-25T02:30", time_zone="Europe/Berlin", loss_per_day=0.1)
    due = due_of(policy)
    assert due is not None and due.astimezone(UTC) == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    assert lateness(policy, datetime(2026, 10, 25, 1, 31, tzinfo=UTC), free_left=0).days == 1


def test_without_a_deadline_nothing_is_late() -> None:
    assert lateness(Late(), at("2026-05-01T10:00"), free_left=0) == Lateness()
    assert lateness(Late(loss_per_day=0.1), at("2026-05-01T10:00"), free_left=0) == Lateness()
    assert lateness(Late(), None, free_left=0, late_mark=True) == Lateness()  # the rubric makes nothing of it
    assert due_of(Late()) is None


def test_a_mark_without_a_time_waits_for_a_person() -> None:
    found = lateness(POLICY, None, free_left=2, late_mark=True)
    assert found.waits and found.share == 0 and found.free_used == 0 and "a person decides" in found.sentence
    assert lateness(Late(loss_per_day=0.1), None, free_left=0, late_mark=True).waits  # nothing to count from
    for mark in (False, None):
        assert lateness(POLICY, None, free_left=0, late_mark=mark) == Lateness()


def test_a_time_goes_before_the_platforms_mark() -> None:
    assert lateness(POLICY, at("2026-05-01T12:00"), free_left=0, late_mark=True) == Lateness()
    assert lateness(POLICY, at("2026-05-02T12:00"), free_left=0, late_mark=False).share == Fraction(1, 10)


@pytest.mark.parametrize("time", [datetime.min, datetime.max, datetime(1970, 1, 1)])
def test_an_impossible_time_waits_for_a_person(time: datetime) -> None:
    found = lateness(POLICY, time.replace(tzinfo=UTC), free_left=0)
    assert found.waits and found.share == 0 and "can't be right" in found.sentence


def test_a_time_needs_a_zone() -> None:
    with pytest.raises(ValueError, match="time zone"):
        lateness(POLICY, datetime(2026, 5, 1), free_left=0)


# ---- properties ------------------------------------------------------------------------------------------------------
zones = st.sampled_from(
    [
        "UTC",
        "Europe/Berlin",
        "America/New_York",
        "Asia/Kathmandu",
        "Australia/Lord_Howe",
        "Pacific/Apia",
        "Africa/Cairo",
    ]
)
# days around changes of the clocks, and Samoa's year without a 30 December
days = st.sampled_from(
    ["2026-03-28", "2026-03-07", "2026-10-24", "2026-10-31", "2026-04-04", "2011-12-29", "2026-06-10"]
)
minutes = st.integers(0, 24 * 60 - 1).map(lambda minute: f"{minute // 60:02}:{minute % 60:02}")
shares = st.sampled_from([0.05, 0.1, 0.15, 0.25, 1.0])


@st.composite
def policies(draw: st.DrawFn) -> Late:
    """Right ones; `due` may be a time with an offset."""
    due = f"{draw(days)}T{draw(minutes)}{draw(st.sampled_from(['', 'Z', '-04:00', '+05:45']))}"
    policy = Late(
        due=due,
        time_zone=draw(zones),
        grace_minutes=draw(st.integers(0, 90)),
        loss_per_day=draw(shares),
        most_loss=draw(shares),
    )
    try:
        check_late(policy, "late")
    except ConfigError:
        policy = Late(due=f"{due[:10]}T12:00Z", time_zone=policy.time_zone, loss_per_day=0.1)
    if draw(st.booleans()):
        moment = due_of(policy)
        assert moment is not None
        last = moment.astimezone(UTC) + timedelta(hours=draw(st.integers(0, 300)))
        policy = changed(policy, until=last.isoformat()[:19] + "Z")
    check_late(policy, "late")
    return policy


seconds = st.integers(-5 * 86400, 20 * 86400) | st.integers(-10, 40 * 24 * 6).map(lambda tens: 600 * tens)
extensions = st.integers(0, 12).map(lambda days: Extension(days=days))


def after(policy: Late, elapsed: int) -> datetime:
    due = due_of(policy)
    assert due is not None
    return due.astimezone(UTC) + timedelta(seconds=elapsed)


@given(policies(), seconds, st.integers(0, 6))
def test_within_bounds(policy: Late, elapsed: int, left: int) -> None:
    found = lateness(policy, after(policy, elapsed), free_left=left)
    assert found.days >= 0 and 0 <= found.free_used <= min(left, found.days)
    assert 0 <= found.share <= (1 if found.refused else Fraction(str(policy.most_loss)))
    assert found.refused or found.share <= Fraction(str(policy.loss_per_day)) * (found.days - found.free_used)
    assert (found.share > 0) <= bool(found.sentence) and not found.waits
    if elapsed <= 60 * policy.grace_minutes:
        assert found == Lateness()
    else:
        assert found.days > 0
        # a day by the clock may be an hour longer or shorter; in Samoa, once, a whole day
        assert abs(found.days - (elapsed - 60 * policy.grace_minutes) / 86400) <= 2.1


@given(policies(), seconds, seconds, st.integers(0, 6))
def test_later_never_costs_less(policy: Late, one: int, other: int, left: int) -> None:
    early, late = (lateness(policy, after(policy, t), free_left=left) for t in sorted((one, other)))
    assert early.days <= late.days and early.share <= late.share and early.refused <= late.refused


@given(policies(), seconds, extensions, st.integers(-3600, 10 * 86400), st.integers(0, 6))
def test_an_extension_and_free_days_never_hurt(
    policy: Late, elapsed: int, granted: Extension, shift: int, left: int
) -> None:
    handed_in = after(policy, elapsed)
    plain, fewer = (lateness(policy, handed_in, free_left=n) for n in (left, max(0, left - 1)))
    assert plain.share <= fewer.share
    for extension in (granted, Extension(due=after(policy, shift))):
        helped = lateness(policy, handed_in, free_left=left, extension=extension)
        assert helped.days <= plain.days and helped.share <= plain.share and helped.refused <= plain.refused


@given(policies(), seconds, st.integers(-23, 23))
def test_the_zone_in_which_a_time_is_told_changes_nothing(policy: Late, elapsed: int, offset: int) -> None:
    handed_in = after(policy, elapsed)
    other = handed_in.astimezone(timezone(timedelta(hours=offset)))
    assert lateness(policy, handed_in, free_left=1) == lateness(policy, other, free_left=1)


@given(zones, seconds)
def test_where_no_clock_changes_a_day_has_24_hours(zone: str, elapsed: int) -> None:
    plain = Late(due="2026-06-10T12:00", time_zone=zone, loss_per_day=0.1)
    found = lateness(plain, after(plain, elapsed), free_left=0)
    assert found.days == max(0, -(-elapsed // 86400))


# ---- the rubric's table ----------------------------------------------------------------------------------------------
def load(folder: Path, text: str) -> Rubric:
    path = folder / "rubric.toml"
    path.write_text(LABRNN.read_text(encoding="utf-8") + text, encoding="utf-8")
    return load_rubric(path)


def test_the_table_of_a_rubric(tmp_path: Path) -> None:
    assert load_rubric(LABRNN).late == Late()
    late = load(tmp_path, '\n[late]\ndue = "2026-05-01 23:59"\ntime_zone = "Europe/Berlin"\nfree_days = 3\n').late
    assert late == Late(due="2026-05-01 23:59", time_zone="Europe/Berlin", free_days=3)
    assert due_of(late) == at("2026-05-01T23:59")


@pytest.mark.parametrize("time", ["2026-05-01T21:59:00Z", "2026-05-01 23:59:00", "2026-05-01T17:59:00-04:00"])
def test_toml_has_times_of_its_own(tmp_path: Path, time: str) -> None:
    for quote in ("", '"'):
        rubric = load(tmp_path, f'\n[late]\ndue = {quote}{time}{quote}\ntime_zone = "Europe/Berlin"\n')
        due = due_of(rubric.late)
        assert due is not None and due.astimezone(UTC) == datetime(2026, 5, 1, 21, 59, tzinfo=UTC)


def test_a_courses_own_rubric_sets_the_deadline(tmp_path: Path) -> None:
    path = tmp_path / "my.toml"
    path.write_text("[late]\ndue = 2026-05-01T23:59:00\nloss_per_day = 0.1\n", encoding="utf-8")
    rubric = load_rubric(LABRNN, path)
    assert rubric.late == Late(due="2026-05-01T23:59:00", loss_per_day=0.1)
    assert rubric.course is not None and "late: loss_per_day" in {change.where for change in rubric.course.changes}
    path.write_text('[late]\ndew = "2026-05-01T23:59"\n', encoding="utf-8")
    with pytest.raises(ConfigError, match=r"my.toml: \[late\]: there is no key `dew`; the nearest is `due`"):
        load_rubric(LABRNN, path)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('due = "2026-05-01T23:59"\ngrace = 5', "`grace`; the nearest is `grace_minutes`"),
        ('due = "2026-05-01"', "`due`: day and time are expected"),
        ("due = 2026-05-01", "`due`: day and time are expected"),
        ("due = 23:59:00", "`due`: day and time are expected"),
        ('due = "next Friday"', "`due`: day and time are expected"),
        ('due = "2026-02-30T10:00"', "`due`: 2026-02-30T10:00 is no time"),
        ('due = "2026-05-01T24:30"', "`due`"),
        ('due = "0001-01-01T00:00"', "years 1971 to 2999"),
        ('due = "9999-12-31T23:59-04:00"', "years 1971 to 2999"),
        (
            'due = "2026-03-29T02:30"\ntime_zone = "Europe/Berlin"',
            "`due`: 2026-03-29T02:30 never came in Europe/Berlin",
        ),
        ('due = "2026-05-01T23:59"\nuntil = "2026-03-29T02:30"\ntime_zone = "Europe/Berlin"', "`until`"),
        ('due = "2026-05-01T23:59"\nuntil = "2026-05-01T23:58"', "`until` is 2026-05-01 23:58 UTC, before `due`"),
        ('until = "2026-05-01T23:58"', "`until` needs a `due`"),
        (
            'time_zone = "Europe/Berln"',
            "`time_zone`: there is no time zone `Europe/Berln`; the nearest is `Europe/Berlin`",
        ),
        ('time_zone = "../../etc/passwd"', "`time_zone`"),
        ('time_zone = "Europe"', "`time_zone`"),
        ('time_zone = ""', "`time_zone`"),
        ("loss_per_day = 10", "`loss_per_day` must lie between 0 and 1, not 10"),
        ("loss_per_day = -0.1", "`loss_per_day`"),
        ("loss_per_day = nan", "`loss_per_day`"),
        ("most_loss = 50", "`most_loss`"),
        ("grace_minutes = -1", "`grace_minutes`"),
        ("grace_minutes = 1.5", "grace_minutes"),
        ("free_days = 10001", "`free_days` must lie between 0 and 10,000"),
        ("free_days = true", "free_days"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, f"\n[late]\n{text}\n")
    assert str(caught.value).startswith(f"{tmp_path / 'rubric.toml'}: late: ") and says in str(caught.value)


def test_an_hour_that_comes_twice_is_a_time() -> None:
    late = Late(time_zone="Europe/Berlin")
    assert named_moment("2026-10-25T02:30", late, "x") == at("2026-10-25T02:30").replace(fold=1)
    assert named_moment("", late, "x") is None
