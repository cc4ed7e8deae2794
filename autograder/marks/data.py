"""What people decided, as it counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from autograder.lateness import Extension

PROPOSER = "the grader's proposal"


@dataclass(frozen=True)
class Mark:
    """A person's points for one item, or a proposal."""

    points: float
    comment: str = ""
    by: str = ""
    confirmed: bool = True

    @property
    def counts(self) -> bool:
        """Whether a person stands behind it."""
        return self.confirmed and " ".join(self.by.split()).casefold() != PROPOSER


@dataclass(frozen=True)
class StudentMarks:
    """What a person decided about one submission. `broken_rule`: the rules broken, as sentences; empty for none.
    `handed_in`: goes before the platform's time."""

    marks: Mapping[str, Mark] = field(default_factory=dict)  # by item
    broken_rule: str = ""
    extension: Extension | None = None
    handed_in: datetime | None = None


@dataclass(frozen=True)
class Marks:
    """What all files say, `source`. `everybody` and, by submission, `own`: marks by item, those that count. By
    submission too: `penalties`, sentences; `extensions`; `times` of hand-ins; `proposed`, items with a proposal that
    nobody confirmed."""

    everybody: Mapping[str, Mark] = field(default_factory=dict)
    own: Mapping[str, Mapping[str, Mark]] = field(default_factory=dict)
    penalties: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    source: str = ""
    extensions: Mapping[str, Extension] = field(default_factory=dict)
    times: Mapping[str, datetime] = field(default_factory=dict)
    proposed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def marks_for(self, name: str) -> StudentMarks:
        """What concerns the submission of this name; its own marks go before everybody's."""
        rules = " ".join(self.penalties.get(name, ()))
        marks = {**self.everybody, **self.own.get(name, {})}
        return StudentMarks(marks, rules, self.extensions.get(name), self.times.get(name))

    def without_submission(self, names: Iterable[str]) -> list[str]:
        """The students of the files who are not among `names`: typing errors, or not handed in."""
        return sorted({*self.own, *self.penalties, *self.extensions, *self.times} - set(names))
