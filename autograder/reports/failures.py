"""What went wrong in an item, each thing once, what names the cause first: code that can't be read or is not there,
then what ended the process, what every call raised, other types than asked for, and last wrong values in the suite's
order. Consequences of the same cause are folded under its first check."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from autograder.records import ItemScore, Outcome


@dataclass(frozen=True)
class Failure:
    """A failed check. `explanation`: its message, unless the counterexample says the same; `same`: the item's checks
    that failed for the same reason and have nothing to add."""

    outcome: Outcome
    explanation: str
    same: list[Outcome] = field(default_factory=list)

    @property
    def others(self) -> str:
        """`The same happened in 3 more checks`, or nothing."""
        count = len(self.same)
        return f"The same happened in {count} more check{'s' if count > 1 else ''}" if count else ""


RANKS = {"load": 1, "missing": 2, "time-out": 3, "crash": 3, "raised": 4, "type": 5}
VEILED = {
    "load": "The cell with the code failed to load.",
    "missing": "The notebook does not define it.",
    "time-out": "It did not finish in time.",
    "crash": "It ended the process.",
}  # what may be told of a hidden check


def failures(entry: ItemScore) -> list[Failure]:
    """The item's failed checks and those on which the grader failed, causes first; no remarks. Expects a view."""
    found: list[Failure] = []
    first: dict[object, Failure] = {}
    failed = [o for o in entry.outcomes if o.status == "error" or (o.status == "failed" and not o.is_remark)]
    for outcome in sorted(failed, key=_rank):
        reason = _reason(outcome)
        if reason in first:
            first[reason].same.append(outcome)
            continue
        found.append(Failure(outcome, explanation(outcome)))
        if reason:
            first[reason] = found[-1]
    return found


def explanation(outcome: Outcome) -> str:
    """Its message, unless the counterexample says the same; of a hidden check only what kind of failure it was."""
    example = outcome.counterexample
    if example is not None and outcome.message == example.got:
        return ""
    return outcome.message or (VEILED.get(outcome.cause, "") if outcome.status == "failed" else "")


def remarked(entry: ItemScore) -> list[Outcome]:
    """The failed checks of weight 0: they cost nothing, but somebody should know. Expects a view."""
    return [outcome for outcome in entry.outcomes if outcome.status == "failed" and outcome.is_remark]


def _rank(outcome: Outcome) -> int:
    return 0 if outcome.status == "error" else RANKS.get(outcome.cause, 6)


def _reason(outcome: Outcome) -> object:
    """What failures of one cause share; None: it stands alone."""
    if outcome.status == "error":
        return None
    if outcome.cause in ("load", "missing", "time-out"):
        return outcome.cause, outcome.cause == "missing" and outcome.message
    if outcome.cause == "raised" and outcome.origin:
        return outcome.origin
    return outcome.message or None


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
