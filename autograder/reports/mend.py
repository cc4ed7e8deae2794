"""What a student should mend first, and which items wait: the few lines at the top of a report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from autograder.records import ItemScore
from autograder.reports.brief import grouped
from autograder.reports.view import Content, ItemContent

FIRST = 5  # of the list at the top; the rest stands below it anyhow


@dataclass(frozen=True)
class Mend:
    """One thing to mend. `items`: those that lose points by it, `lost` together; `why`: one sentence."""

    items: tuple[ItemContent, ...]
    lost: float
    why: str


@dataclass(frozen=True)
class Waiting:
    """Items that wait for the same. `ids`: `lab1.f: answer; tf.1–10`."""

    why: str
    ids: str
    items: tuple[ItemContent, ...]
    points: float
    bonus: float


def to_mend(content: Content) -> list[Mend]:
    """What costs most comes first. Items that fail with one and the same error are one thing to mend."""
    groups: dict[object, list[ItemContent]] = {}
    for told in content.items:
        if told.failing and told.lost > 0:
            reason = told.failures[0].reason
            groups.setdefault(reason or id(told), []).append(told)
    found = [Mend(tuple(own), sum(told.lost for told in own), _why(own[0])) for own in groups.values()]
    return sorted(found, key=lambda mend: -mend.lost)


def waiting(content: Content) -> list[Waiting]:
    """The items without points yet, except those that the checks could not decide, by what they wait for."""
    entries: Sequence[ItemScore] = content.report.score.items
    groups: dict[str, list[ItemContent]] = {}
    for told in content.items:
        if told.entry.status == "pending" and not told.undecided:
            groups.setdefault(told.entry.note, []).append(told)
    return [
        Waiting(
            why,
            grouped(entries, [told.entry.item.id for told in own]),
            tuple(own),
            sum(told.entry.item.points for told in own if not told.entry.item.bonus),
            sum(told.entry.item.points for told in own if told.entry.item.bonus),
        )
        for why, own in groups.items()
    ]


def _why(told: ItemContent) -> str:
    first = told.failures[0]
    reason = first.reason.partition("\n")[0]
    return f"{reason[0].upper()}{reason[1:]}" if reason else first.outcome.sentence
