"""What grading finds out about one submission, whatever it is worth: points, marks and rules come later (assemble.py).

Facts come in units that are found out, kept and used again one by one: a changed check makes `functions` anew, new data
`accuracy`. They are plain data, so that they can be kept for years and read by a later version.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

import msgspec

from autograder.evidence import ClassVerdict, Evidence, Execution, ReportFindings
from autograder.records import CellReport, Outcome

Unit = Literal["functions", "report", "notebook", "accuracy", "study"]
UNITS: tuple[Unit, ...] = ("functions", "report", "notebook", "accuracy", "study")
REFUSED = "refused"  # the inputs of what nothing builds on
T = TypeVar("T")


@dataclass(frozen=True)
class FunctionFacts:
    """What the hand-in is and what the checks of its functions said. `problem`: why nothing of it can be graded, one
    sentence; then the rest is empty. `excused`: by item, why it is not asked for. `broken`: items with a failure.
    `inputs`: what the steps beyond functions build on, see grade.inputs_of."""

    notebook: str = ""
    places: Mapping[int, str] = field(default_factory=dict)
    cells: tuple[CellReport, ...] = ()
    remarks: tuple[str, ...] = ()
    output: str = ""
    versions: dict[str, str] = field(default_factory=dict)
    outcomes: tuple[Outcome, ...] = ()
    substitutes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    excused: Mapping[str, str] = field(default_factory=dict)
    broken: tuple[str, ...] = ()
    inputs: str = ""
    seconds: dict[str, float] = field(default_factory=dict)
    peak_memory_mb: float = 0.0
    problem: str = ""


@dataclass(frozen=True)
class ReportFacts:
    """What the report PDF says; None where none is asked for."""

    findings: ReportFindings | None = None


@dataclass(frozen=True)
class NotebookFacts:
    """What the run of the whole notebook showed. `inputs`: what else it depended on, see grade.inputs_of."""

    execution: Execution | None = None
    evidence: Evidence | None = None
    seconds: dict[str, float] = field(default_factory=dict)
    inputs: str = ""


@dataclass(frozen=True)
class AccuracyFacts:
    """How its models did when the judge trained them. `inputs`: as of NotebookFacts."""

    verdicts: tuple[ClassVerdict, ...] = ()
    seconds: dict[str, float] = field(default_factory=dict)
    inputs: str = ""


@dataclass(frozen=True)
class StudyFacts:
    """What the checks of the steps beyond functions said. `inputs`: as of NotebookFacts."""

    outcomes: tuple[Outcome, ...] = ()
    seconds: dict[str, float] = field(default_factory=dict)
    inputs: str = ""


@dataclass(frozen=True)
class Facts:
    """All units of one submission; None where the run does not ask for it. `started`: ISO 8601, UTC."""

    functions: FunctionFacts | None = None
    report: ReportFacts | None = None
    notebook: NotebookFacts | None = None
    accuracy: AccuracyFacts | None = None
    study: StudyFacts | None = None
    tier: str = ""
    tier_number: int = 0
    seed: str = ""
    started: str = ""
    failure: str = ""  # how the grader itself failed

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """Of all checks."""
        return tuple(o for unit in (self.functions, self.study) if unit is not None for o in unit.outcomes)

    @property
    def seconds(self) -> dict[str, float]:
        """By step; what several units tell under one name is added up."""
        found: dict[str, float] = {}
        for unit in (self.functions, self.notebook, self.accuracy, self.study):
            for name, value in () if unit is None else unit.seconds.items():
                found[name] = found.get(name, 0.0) + value
        if "total" in found:
            found["total"] += found.get("notebook", 0.0) + found.get("accuracy", 0.0)
        return found

    def having(self) -> tuple[Unit, ...]:
        """The units that are there."""
        return tuple(unit for unit in UNITS if getattr(self, unit) is not None)


KINDS: Mapping[Unit, Any] = {
    "functions": FunctionFacts,
    "report": ReportFacts,
    "notebook": NotebookFacts,
    "accuracy": AccuracyFacts,
    "study": StudyFacts,
}


def final(unit: Any) -> bool:
    """Whether a unit is worth keeping: not where the grader itself failed at a check."""
    return not any(outcome.status == "error" for outcome in getattr(unit, "outcomes", ()))


def encoded(value: Any) -> bytes:
    """Facts, or one unit of them, as bytes."""
    return msgspec.msgpack.encode(value)


def decoded(data: bytes, kind: type[T]) -> T:
    """Read them back.

    Raises:
        ValueError: they are not of this kind, or damaged.
    """
    try:
        return msgspec.msgpack.decode(data, type=kind)
    except msgspec.MsgspecError as error:
        raise ValueError(f"no {kind.__name__}: {error}") from error
