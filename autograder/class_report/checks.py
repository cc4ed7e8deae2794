"""Which properties fail most in a class, and which of them fail so often that the check itself is in doubt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from autograder.grades import Grade, ItemGrade
from autograder.records import Counterexample, Outcome

MOST = 25  # properties that are told
DOUBTFUL = 1 / 3  # of otherwise full submissions: beyond it a check is called out
_FEWEST = 3  # failures, before a share means anything


@dataclass
class Property:
    """One check over the class. `hit`: the places of the students whose hand-in it failed, in the class's order.

    `judged` counts hand-ins on which it passed or failed. `full`: those that passed all else of the item;
    `full_failed`: of these, those that failed this check alone.
    """

    item: str
    check: str
    sentence: str
    hidden: bool
    judged: int = 0
    hit: list[int] = field(default_factory=list)
    full: int = 0
    full_failed: int = 0
    message: str = ""
    example: Counterexample | None = None

    @property
    def share(self) -> float:
        """Of the hand-ins judged, those that failed."""
        return len(self.hit) / self.judged if self.judged else 0.0

    @property
    def is_doubtful(self) -> bool:
        """Whether more than a third of otherwise full submissions fail it."""
        return self.full_failed >= _FEWEST and self.full_failed > DOUBTFUL * self.full


def failing(grades: Sequence[Grade]) -> list[Property]:
    """The properties that cost anybody points, the doubtful ones first, then those that fail most; at most MOST.

    Remarks (checks that cost nothing) are left out.
    """
    found: dict[tuple[str, str], Property] = {}
    for place, grade in enumerate(grades):
        for entry in grade.items:
            _count(found, entry, place)
    hit = [each for each in found.values() if each.hit]
    hit.sort(key=lambda each: (not each.is_doubtful, -len(each.hit), each.item, each.check))
    return hit[:MOST]


def _count(found: dict[tuple[str, str], Property], entry: ItemGrade, place: int) -> None:
    outcomes = [outcome for outcome in entry.outcomes if not outcome.is_remark]
    # `unjudged` is mostly what another failure left behind: it alone does not make a submission less than full.
    spoilt = sum(outcome.status in ("failed", "error", "pending") for outcome in outcomes)
    for outcome in outcomes:
        if outcome.status not in ("passed", "failed"):
            continue
        own = found.setdefault((outcome.item, outcome.check), _property(outcome))
        failed = outcome.status == "failed"
        otherwise_full = spoilt == int(failed)
        own.judged += 1
        own.full += otherwise_full
        own.full_failed += otherwise_full and failed
        if failed:
            own.hit.append(place)
            _show(own, outcome)


def _property(outcome: Outcome) -> Property:
    return Property(outcome.item, outcome.check, outcome.sentence, outcome.visibility == "hidden")


def _show(own: Property, outcome: Outcome) -> None:
    """Keep what shows the failure best: a counterexample before a message, the first of the class."""
    if own.example is None and outcome.counterexample is not None:
        own.example, own.message = outcome.counterexample, ""
    elif own.example is None and not own.message:
        own.message = outcome.message
