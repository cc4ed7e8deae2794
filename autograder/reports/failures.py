"""What went wrong in an item, each thing once, what names the cause first: code that can't be read or is not there,
then what ended the process, what every call raised, other types than asked for, and last wrong values in the suite's
order. Consequences of the same cause are folded under its first check."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from autograder.records import Counterexample, ItemScore, Outcome


@dataclass(frozen=True)
class Failure:
    """A failed check. `same`: the item's checks that failed for the same reason and have nothing to add."""

    outcome: Outcome
    same: tuple[Outcome, ...] = ()

    @property
    def decides(self) -> bool:
        """Whether its item earns nothing without it."""
        return any(outcome.required for outcome in (self.outcome, *self.same))

    @property
    def reason(self) -> str:
        """What happened, where it is no wrong value: `raised KeyError: 'x' (In [7], line 2)`; else nothing."""
        example = self.outcome.counterexample
        if self.outcome.status != "failed" or self.outcome.cause not in (
            "load",
            "missing",
            "time-out",
            "crash",
            "raised",
        ):
            return ""
        return explanation(self.outcome) or (example.got if example is not None else "")

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


def failures(entry: ItemScore) -> tuple[Failure, ...]:
    """The item's failed checks and those on which the grader failed, causes first; no remarks."""
    groups: dict[object, list[Outcome]] = {}
    failed = [o for o in entry.outcomes if o.status == "error" or (o.status == "failed" and not o.is_remark)]
    for outcome in sorted(failed, key=_rank):
        groups.setdefault(_reason(outcome) or len(groups), []).append(outcome)
    return tuple(Failure(first, tuple(same)) for first, *same in groups.values())


def remarks_of(entry: ItemScore) -> tuple[Outcome, ...]:
    """The failed checks of weight 0: they cost nothing, but somebody should know. Not what failed for a reason that is
    among the failures anyway, as a function that raises whatever it is asked."""
    told = {_reason(outcome) for outcome in entry.outcomes if outcome.status == "failed" and not outcome.is_remark}
    remarks = (outcome for outcome in entry.outcomes if outcome.status == "failed" and outcome.is_remark)
    return tuple(outcome for outcome in remarks if _reason(outcome) not in told - {None})


def explanation(outcome: Outcome) -> str:
    """Its message, unless the counterexample says the same; of a hidden check only what kind of failure it was."""
    example = outcome.counterexample
    if example is not None and outcome.message == example.got:
        return ""
    return outcome.message or (VEILED.get(outcome.cause, "") if outcome.status == "failed" else "")


def counterexample_text(example: Counterexample | None) -> str:
    """The three lines that show a failure; nothing without an example."""
    rows = (("call", example.call), ("came back", example.got), ("expected", example.expected)) if example else ()
    return "\n".join(f"{name + ':':<11}" + text.replace("\n", "\n" + " " * 11) for name, text in rows if text)


def proof(outcome: Outcome) -> str:
    """Why it failed, and then the call that shows it."""
    return "\n".join(filter(None, (explanation(outcome), counterexample_text(outcome.counterexample))))


def alike(failed: Iterable[Failure]) -> list[list[Failure]]:
    """All failures in order; those of several items that differ only in what was expected stand together."""
    groups: dict[tuple[object, ...], list[Failure]] = {}
    for failure in failed:
        outcome, example, told = failure.outcome, failure.outcome.counterexample, explanation(failure.outcome)
        shown = (example.call, example.got) if example else ()
        alone = () if shown or told else (outcome.item,)  # a sentence without evidence shares none
        key = (outcome.status, outcome.sentence, told, failure.others, *shown, *alone)
        groups.setdefault(key, []).append(failure)
    return list(groups.values())


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
