"""Typed access to a LabRNN notebook, and what the checks need to know about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from autograder.assignments.labrnn.data import Data
from autograder.assignments.labrnn.edition import Edition
from autograder.evidence import ClassVerdict, Evidence
from autograder.kit.recogniser.classifier.batches import Spec
from autograder.kit.recogniser.classifier.builds import Classifiers, Known
from autograder.kit.text_classification.containers import Reading
from autograder.kit.text_classification.corpus import File
from autograder.kit.text_classification.splits import Split
from autograder.student.proxy import Object, Student

REAL = Spec(vocab_size=500, embedding_dim=1, hidden_dim=100, output_dim=2)


@dataclass(repr=False)
class Context(Known):
    """What is known about a submission while its checks run.

    `broken`: items that did not earn full marks so far; `container`: how x and y are handed to `IMDB`.
    """

    edition: Edition
    lost: dict[str, str] = field(default_factory=dict)  # names that can't be had, and the sentence to say
    broken: set[str] = field(default_factory=set)
    take_bidirectional: frozenset[str] = field(default=frozenset(("LSTM", "GRU")), kw_only=True)
    split: Any = None  # what `load_imdb` gave for `split_file`, once for the several checks that look at it
    split_file: File | None = None
    split_read: Split | None = None  # the same as the six parts that it is, once it could be read as them
    hparams: dict[tuple[Student, int], Object] = field(default_factory=dict)  # see LabRNN._same_hparams
    evidence: Evidence | None = None  # of the whole notebook, once it was run
    accuracy: dict[str, ClassVerdict] = field(default_factory=dict)  # by class, once it was verified
    container: str | None = None
    reading: Reading | None = None  # how the rows are handed to `IMDB`, labels included
    corpus_container: str | None = None
    parameters: Mapping[str, Sequence[str]] = field(default_factory=dict)  # of the notebook's functions and classes


@dataclass(frozen=True, repr=False)  # hypothesis would print all of it
class LabRNN(Data, Classifiers):
    """A student's notebook: its data functions, as Data calls them, and its models."""

    student: Student
    context: Context
    real: Spec = field(default=REAL, init=False)

    def __repr__(self) -> str:
        return "LabRNN"

    @property
    def two_ways(self) -> bool:
        return self.context.edition.bidirectional
