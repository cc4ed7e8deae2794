"""What is known of a hand-in of sequence_tasks while its checks run."""

from __future__ import annotations

from dataclasses import dataclass, field

from autograder.evidence import ClassVerdict
from autograder.judge.reach import Code
from autograder.kit import lab


@dataclass
class Context(lab.Context):
    """As the kit's. `code`: the hand-in's text, read; `accuracy`: verdicts of trainings, by what was trained."""

    code: Code = field(default_factory=Code)
    accuracy: dict[str, ClassVerdict] = field(default_factory=dict)
