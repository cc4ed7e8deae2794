"""Gradescope's `submission_metadata.json`: whose hand-in it is, when it came, and what lateness costs then.

The platform writes the file; people chose the names in it. What is missing or has another type counts as not there: a
hand-in is graded all the same.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from autograder.errors import ConfigError
from autograder.lateness import Late, Lateness, due_of, lateness
from autograder.rubric import Rubric

NOBODY = "submission"
MOST_BYTES = 10_000_000


@dataclass(frozen=True)
class Delivery:
    """One hand-in as the platform tells of it. `people`: names with e-mails; `total_points`: of the assignment there,
    manual grading included; `earlier`: how often the same people handed in before."""

    people: tuple[tuple[str, str], ...] = ()
    handed_in: datetime | None = None
    due: datetime | None = None
    total_points: float | None = None
    earlier: int = 0

    @property
    def name(self) -> str:
        """What reports call the hand-in."""
        return " and ".join(name for name, _ in self.people if name)[:200] or NOBODY


def read_delivery(path: Path) -> Delivery:
    """Read the file; an empty record where there is none.

    Raises:
        ConfigError: it is no JSON object.
    """
    if not path.is_file():
        return Delivery()
    try:
        with path.open("rb") as file:
            table = json.loads(file.read(MOST_BYTES))
    except (OSError, ValueError, RecursionError) as error:
        raise ConfigError(f"{path}: {error}") from error
    if not isinstance(table, dict):
        raise ConfigError(f"{path}: a JSON object is expected.")
    assignment = _table(table.get("assignment"))
    users = [_table(user) for user in _list(table.get("users"))]
    return Delivery(
        people=tuple((_text(user.get("name")), _text(user.get("email"))) for user in users),
        handed_in=_moment(table.get("created_at")),
        due=_moment(assignment.get("due_date")),
        total_points=_number(assignment.get("total_points")),
        earlier=len(_list(table.get("previous_submissions"))),
    )


def _table(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _moment(value: object) -> datetime | None:
    """Return a time with its zone; others count as not there."""
    try:
        found = datetime.fromisoformat(_text(value))
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


def _number(value: object) -> float | None:
    """Return the number that the platform writes as a text: "20.0"."""
    try:
        return float(value) if isinstance(value, str | int | float) else None
    except ValueError:
        return None


def late_of(rubric: Rubric, delivery: Delivery) -> Lateness | None:
    """Return what the hand-in's time costs by the rubric's `[late]`; None where the rubric lets nothing depend on it.

    The rubric's own `due` holds where it has one, else the platform's. Free late days are counted in a course's
    gradebook, which is not here: where they might cover this hand-in nothing is deducted, and a person decides.
    """
    policy = with_due(rubric.late, delivery)
    if due_of(policy) is None:
        return None
    found = lateness(policy, delivery.handed_in, free_left=0)
    if not policy.free_days or not found.share or found.refused:
        return found
    days = "1 day" if found.days == 1 else f"{found.days} days"
    told = f"This came {days} late. Free late days are counted in the course's gradebook: nothing is deducted here."
    return Lateness(days=found.days, waits=True, sentence=told)


def with_due(policy: Late, delivery: Delivery) -> Late:
    """Return the policy with the platform's deadline, where the rubric says what lateness costs but not from when."""
    if policy.due or not policy.loss_per_day or delivery.due is None:
        return policy
    return msgspec.structs.replace(policy, due=delivery.due.isoformat(timespec="seconds"))


def remarks_for_staff(rubric: Rubric, delivery: Delivery) -> list[str]:
    """Return what staff should know about this hand-in and about the assignment's settings on the platform."""
    who = "; ".join(f"{name} <{email}>" for name, email in delivery.people) or "unknown"
    when = delivery.handed_in.isoformat(timespec="seconds") if delivery.handed_in else "unknown"
    told = [f"Handed in by {who} at {when}; earlier submissions: {delivery.earlier}."]
    points = rubric.rules.points
    if delivery.total_points is not None and delivery.total_points != points:
        told.append(
            f"Gradescope's assignment has {delivery.total_points:g} points, the rubric {points:g}: set them equal in "
            "the assignment's settings, or Gradescope shows shares of the wrong maximum."
        )
    policy, due = rubric.late, due_of(rubric.late)
    if due is not None and delivery.due is not None and due != delivery.due:
        told.append(f"The rubric's deadline {policy.due} holds, not Gradescope's {delivery.due.isoformat()}.")
    return told
