"""How late a hand-in is, and what share of the points that costs. Pure arithmetic: no clock, no file.

```toml
[late]
due = "2026-05-01T23:59"        # local time, or with an offset ("…-04:00"); left out: the platform's, else none
time_zone = "Europe/Berlin"     # IANA; of times without an offset, and whose clock says when a day is over
until = "2026-05-08T23:59"      # what comes later counts nothing
grace_minutes = 15              # after `due`, after the end of each late day, and after `until`
free_days = 4                   # of each student, over all assignments of one gradebook
loss_per_day = 0.1              # share of the maximum, not of what was earned, as Canvas's late policy has it
most_loss = 0.5                 # share that lateness costs at most, unless the hand-in comes after `until`
```

A late day ends when the clock shows the time of `due` again, so that no change of the clocks costs anybody an hour; of
an hour that comes twice the later one is meant. Begun days count whole. Free days are used up as hand-ins come, the
earliest first, and wherever they save something; the gradebook knows how many are left. They don't move `until`; an
extension does, by as much as it moves `due`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo, available_timezones

import msgspec

from autograder.course import known
from autograder.errors import ConfigError

YEARS = range(1971, 3000)  # what arithmetic in any zone can hold, and no clock has by mistake
MOST_DAYS = 10_000
MOST_MINUTES = 100_000
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2})?(?:Z|[+-][0-9]{2}:[0-9]{2})?")


class Late(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The rubric's table `[late]`; see the top of this file."""

    due: str = ""
    time_zone: str = "UTC"
    until: str = ""
    grace_minutes: int = 0
    free_days: int = 0
    loss_per_day: float = 0.0
    most_loss: float = 1.0


@dataclass(frozen=True)
class Extension:
    """More time for one student, as a person granted it: `days` after `due`, or a `due` of their own."""

    days: int = 0
    due: datetime | None = None
    by: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Lateness:
    """What follows from the time of a hand-in.

    `days`: begun, after grace and extension; `free_used`: of these the free ones; `share`: of the maximum that is lost;
    `refused`: it came after `until`, and nothing of it counts. `waits`: the time can't be told, so that nothing is
    deducted and a person decides. `sentence`: for the student; empty where there is nothing to say.
    """

    days: int = 0
    free_used: int = 0
    share: Fraction = Fraction(0)
    refused: bool = False
    waits: bool = False
    sentence: str = ""


# ---- the policy ------------------------------------------------------------------------------------------------------
def check_late(late: Late, where: str) -> None:
    """Hold the table to what its values mean.

    Raises:
        ConfigError: the zone is unknown, a time is impossible or missing, or a number is out of its bounds; the message
            starts with `where` and names the key.
    """
    _zone(late.time_zone, f"{where}: `time_zone`")
    if late.until and not late.due:
        raise ConfigError(f"{where}: `until` needs a `due`.")
    due, until = (named_moment(getattr(late, key), late, f"{where}: `{key}`") for key in ("due", "until"))
    if due is not None and until is not None and until.astimezone(UTC) < due.astimezone(UTC):
        raise ConfigError(f"{where}: `until` is {shown(until)}, before `due`, {shown(due)}.")
    for key, most in (("grace_minutes", MOST_MINUTES), ("free_days", MOST_DAYS), ("loss_per_day", 1), ("most_loss", 1)):
        if not 0 <= getattr(late, key) <= most:
            raise ConfigError(f"{where}: `{key}` must lie between 0 and {most:,}, not {getattr(late, key):g}.")


def due_of(late: Late) -> datetime | None:
    """Return the deadline of everybody without an extension, in the rubric's time zone; None where there is none.

    Raises:
        ConfigError: `due` or `time_zone` is wrong, which check_late would have said.
    """
    return named_moment(late.due, late, "late: `due`")


def named_moment(text: str, late: Late, where: str) -> datetime | None:
    """Return the moment that a text means under this policy, in its time zone; None for an empty text.

    Raises:
        ConfigError: it means none; the message starts with `where`.
    """
    if not text:
        return None
    zone = _zone(late.time_zone, where)
    if not _MOMENT.fullmatch(text):
        raise ConfigError(f'{where}: day and time are expected, as in "2026-05-01T23:59", not {text!r:.60}.')
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise ConfigError(f"{where}: {text} is no time there is.") from error
    if found.year not in YEARS:
        raise ConfigError(f"{where}: {text} is not in the years {YEARS[0]} to {YEARS[-1]}.")
    if found.tzinfo is not None:
        return found.astimezone(zone)
    local = found.replace(tzinfo=zone, fold=1)
    if local.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != found:
        raise ConfigError(f"{where}: {text} never came in {late.time_zone}: the clocks were put forward over it.")
    return local


def with_texts(table: object, keys: Collection[str]) -> object:
    """Return a TOML table with the times under these keys as texts: TOML has times of its own, without quotes."""
    if not isinstance(table, Mapping):
        return table
    return {k: v.isoformat() if k in keys and isinstance(v, date | time) else v for k, v in table.items()}


def shown(moment: datetime) -> str:
    """`2026-05-01 23:59 CEST`."""
    return moment.strftime("%Y-%m-%d %H:%M:%S %Z" if moment.second else "%Y-%m-%d %H:%M %Z")


def _zone(name: str, where: str) -> ZoneInfo:
    """Raises:
    ConfigError: there is no such time zone; the nearest is named.
    """
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        known([name], sorted(available_timezones()), where, "time zone")
        raise ConfigError(f"{where}: the time zone `{name}` can't be read on this machine.") from error


# ---- one hand-in -----------------------------------------------------------------------------------------------------
def lateness(
    policy: Late,
    handed_in: datetime | None,
    *,
    free_left: int,
    extension: Extension | None = None,
    late_mark: bool | None = None,
) -> Lateness:
    """Say how late a hand-in is under a policy that check_late found right, and what that costs.

    `handed_in`: with its time zone; None where nobody says when. `free_left`: the student's free days that earlier
    hand-ins left over. `late_mark`: the platform's, which decides nothing where there is a time; without one a hand-in
    that the platform doesn't mark as late is on time.

    Raises:
        ValueError: `handed_in` has no time zone.
    """
    if handed_in is not None and handed_in.tzinfo is None:
        raise ValueError(f"the time of a hand-in needs a time zone: {handed_in}")
    due, loss = due_of(policy), _exact(policy.loss_per_day) if policy.most_loss else Fraction(0)
    costs = bool(loss or policy.until)
    if due is None or handed_in is None or handed_in.year not in YEARS:
        doubtful = late_mark if handed_in is None or due is None else True
        return Lateness(waits=True, sentence=_doubt(due, handed_in)) if doubtful and costs else Lateness()
    dues, time = _dues(due, extension), handed_in.astimezone(UTC) - timedelta(minutes=policy.grace_minutes)
    days, until = _days(dues, time), _until(policy, due, extension)
    when = f"due {shown(dues[-1])}, handed in {shown(handed_in.astimezone(due.tzinfo))}"
    if until is not None and time > until:
        last = shown(until.astimezone(due.tzinfo))
        return Lateness(days, share=Fraction(1), refused=True, sentence=f"After {last} nothing counts ({when}).")
    if not days or not loss:
        return Lateness(days)
    free = min(days, max(0, free_left))
    share = min(_exact(policy.most_loss), loss * (days - free))
    told = f"{_days_text(days)} late ({when}){_free_text(days, free, free_left)}"
    if share:
        told += f": {float(share * 100):g} % of the maximum off"
        told += ", the most that lateness costs" if share < loss * (days - free) else ""
    return Lateness(days, free, share, sentence=f"{told}.")


def _doubt(due: datetime | None, handed_in: datetime | None) -> str:
    """Why a person must decide."""
    if due is None:
        return "The platform marks this as late, and the rubric has no deadline: a person decides what that costs."
    if handed_in is None:
        return "The platform marks this as late, but not by how much: a person decides what that costs."
    return "The time of this hand-in can't be right: a person decides whether it is late."


def _dues(due: datetime, extension: Extension | None) -> tuple[datetime, ...]:
    """The deadlines that hold for a student, the later one last, all in one zone."""
    if extension is None:
        return (due,)
    later = extension.due or _plus(due, extension.days)
    return (due, max(due.astimezone(UTC), later.astimezone(UTC)).astimezone(due.tzinfo))


def _until(policy: Late, due: datetime, extension: Extension | None) -> datetime | None:
    """After when nothing counts, in UTC."""
    until = named_moment(policy.until, policy, "late: `until`")
    if until is None or extension is None:
        return until and until.astimezone(UTC)
    later = _dues(due, extension)[-1]
    if extension.due is None:
        return max(until.astimezone(UTC), _plus(until, extension.days))
    return until.astimezone(UTC) + (later.astimezone(UTC) - due.astimezone(UTC))


def _days(dues: Sequence[datetime], time: datetime) -> int:
    """The begun days from the deadline on. Each ends when the kindest deadline says: an extension never hurts, not even
    around a change of the clocks."""

    def end(days: int) -> datetime:
        return max(_plus(due, days) for due in dues)

    if time <= end(0):
        return 0
    days = max(1, (time - end(0)).days - 1)  # no change of the clocks is as long as a day
    while end(days) < time:
        days += 1
    return days


def _plus(moment: datetime, days: int) -> datetime:
    """The moment this many days later by the clock of its zone, in UTC; of two such moments the later one."""
    if days == 0:
        return moment.astimezone(UTC)
    return max((moment + timedelta(days=days)).replace(fold=fold).astimezone(UTC) for fold in (0, 1))


def _days_text(days: int) -> str:
    return "1 day" if days == 1 else f"{days} days"


def _free_text(days: int, free: int, left: int) -> str:
    """`, 1 of them free` or how many free days are left."""
    if not free:
        return ""
    rest = f"{left - free} left" if left > free else "none left"
    if free < days:
        return f", {free} of them free ({rest})"
    return f", covered by {'a free late day' if free == 1 else f'{free} free late days'} ({rest})"


def _exact(number: float) -> Fraction:
    """The decimal number as written: 0.1 is a tenth."""
    return Fraction(str(number))
