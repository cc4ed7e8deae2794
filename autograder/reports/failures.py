"""What went wrong in an item, each thing once: reasons that checks or items share are told at the first of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from autograder.records import ItemScore, Outcome


@dataclass(frozen=True)
class Failure:
    """A failed check. `explanation`: its message, unless the counterexample says the same; `same`: the item's checks
    that failed with the same message and have nothing to add."""

    outcome: Outcome
    explanation: str
    same: list[Outcome] = field(default_factory=list)

    @property
    def others(self) -> str:
        """`The same happened in 3 more checks`, or nothing."""
        count = len(self.same)
        return f"The same happened in {count} more check{'s' if count > 1 else ''}" if count else ""


def failures(entry: ItemScore) -> list[Failure]:
    """The item's failed checks and those on which the grader failed, in order. Expects a view."""
    found: list[Failure] = []
    first: dict[str, Failure] = {}
    for outcome in entry.outcomes:
        if outcome.status not in ("failed", "error"):
            continue
        if outcome.status == "failed" and outcome.message in first:
            first[outcome.message].same.append(outcome)
            continue
        example = outcome.counterexample
        doubled = example is not None and outcome.message == example.got
        found.append(Failure(outcome, "" if doubled else outcome.message))
        if outcome.message:
            first.setdefault(outcome.message, found[-1])
    return found


def needs_words(entry: ItemScore) -> bool:
    """Whether there is something to look at: not in an item that a person gave its full points all the same."""
    if entry.marked and (entry.score or 0.0) >= entry.item.points:
        return False
    return entry.status == "error" or bool(failures(entry))


def alike(entries: Sequence[ItemScore]) -> list[list[Failure]]:
    """All items' failures in order; those of several items that differ only in what was expected stand together."""
    groups: dict[tuple[object, ...], list[Failure]] = {}
    for entry in entries:
        for failure in failures(entry):
            outcome, example = failure.outcome, failure.outcome.counterexample
            shown = (example.call, example.got) if example else ()
            alone = () if shown or failure.explanation else (entry.item.id,)  # a sentence without evidence shares none
            key = (outcome.status, outcome.sentence, failure.explanation, failure.others, *shown, *alone)
            groups.setdefault(key, []).append(failure)
    return list(groups.values())
