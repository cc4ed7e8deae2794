"""What is known of a hand-in while its checks run."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from autograder.errors import StudentError
from autograder.evidence import ClassVerdict

CLASSIFIER, LANGUAGE_MODEL = "RNNClassifier", "RNNLanguageModel"
TRAINERS = {CLASSIFIER: "train_rnn_classifier", LANGUAGE_MODEL: "train_lm"}
GRADED = {
    "clf.predict": TRAINERS[CLASSIFIER],
    "clf.train": TRAINERS[CLASSIFIER],
    "lm.next": TRAINERS[LANGUAGE_MODEL],
    "lm.sequence": TRAINERS[LANGUAGE_MODEL],
}


@dataclass(frozen=True)
class Settings:
    """The rubric's table `[settings]`."""

    incredible: float
    trainings: int


@dataclass
class Context:
    """`lost`: names that can't be had, and the sentence to say. `broken`: items that did not earn full marks so far.
    `lessons`: what the short trainings of one process gave, see lessons.py. `accuracy`: by class, once it was verified.
    `unlearned`: classes whose first lesson taught them nothing; `learned`: those that learned all at once, in whichever
    process. `endless`: how a training function ran out of its time, by name. `printed`: what the submission's trainings
    printed."""

    lost: dict[str, str] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)
    lessons: dict[tuple[Any, ...], Any] = field(default_factory=dict)
    accuracy: dict[str, ClassVerdict] = field(default_factory=dict)
    unlearned: set[str] = field(default_factory=set)
    learned: set[str] = field(default_factory=set)
    endless: dict[str, StudentError] = field(default_factory=dict)
    printed: str = ""
