"""What is to be done about each hand-in of a class, and how it came out. Plain data, and small questions about it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from autograder.errors import ConfigError
from autograder.facts import Unit
from autograder.gradebook.keys import Key, content_hash
from autograder.gradebook.snapshot import Scored
from autograder.gradebook.tables import Submission
from autograder.grades import HandIn
from autograder.lateness import Lateness
from autograder.records import Report
from autograder.runners.local import Result

RESULTS = "results.json"
UNCHANGED = ("assignment", "name", "content", "platform", "key", "handed_in", "late", "owners", "refused")


@dataclass(frozen=True)
class Wish:
    """What somebody asked of a class run. `force`: grade again what is known; `allow_lower`: published points may
    fall; `preview`: nothing is written but facts; `item`: what a preview is about, or the beginning of several."""

    force: bool = False
    allow_lower: bool = False
    preview: bool = False
    item: str = ""


@dataclass(frozen=True)
class Plan:
    """What is to be done about one hand-in. `known`: units that are there, by number; `inputs`: what its points depend
    on once all units are."""

    hand_in: HandIn
    submission: int
    keys: Mapping[Unit, Key]
    known: dict[Unit, int]
    late: Lateness
    refused: bool = False  # by what is known of it

    @property
    def complete(self) -> bool:
        """Whether nothing needs to run."""
        return bool(self.hand_in.refused) or self.refused or set(self.known) == set(self.keys)


@dataclass(frozen=True)
class Done:
    """How one submission came out. `how`: `cached` (nothing had to be done), `rescored` (points, not facts, were made
    anew), `graded`, `held` (published points would have fallen: `result.fallen`), or `preview` (they were not kept)."""

    how: str
    result: Result


@dataclass(frozen=True)
class Rescored:
    """Points that were made anew from known facts, before they are written. `same`: the scoring that they equal."""

    plan: Plan
    report: Report
    result: Result
    same: Scored | None

    @property
    def writes(self) -> bool:
        """Whether there are files to write."""
        return self.result.job.write and not self.result.fallen


def as_read(hand_in: HandIn) -> tuple[HandIn, str]:
    """The hand-in and the hash of its content; one that can't be read is refused, and keeps nobody else waiting."""
    if not os.path.lexists(hand_in.path):
        return hand_in, ""
    try:
        return hand_in, content_hash(hand_in.path)
    except ConfigError as error:
        return replace(hand_in, refused=hand_in.refused or str(error)), ""


def unchanged(there: Submission, row: Mapping[str, Any]) -> bool:
    """Whether a hand-in is as the gradebook has it: what may be elsewhere in every run is no change."""
    return all(getattr(there, name) == row[name] for name in UNCHANGED)


def written(results: Path, at: datetime) -> bool:
    """Whether the file is there and not younger than the scoring that it should be of: a run that was ended between the
    two leaves one that is."""
    try:
        return results.stat().st_mtime <= at.timestamp()
    except OSError:
        return False


def stamp(results: Path, at: datetime) -> None:
    """Give the file the time of the scoring that it is of."""
    moment = at.timestamp()
    os.utime(results, (moment, moment))
