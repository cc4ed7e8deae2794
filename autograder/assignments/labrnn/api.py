"""Typed access to a LabRNN notebook, and what the checks need to know about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from autograder.assignments.labrnn.containers import PAD, UNK, Reading, Row
from autograder.assignments.labrnn.corpus import File
from autograder.assignments.labrnn.data import Data
from autograder.assignments.labrnn.edition import Edition
from autograder.assignments.labrnn.model import Batch, Manner, Model, Spec, as_logits, logits
from autograder.assignments.labrnn.splits import Split
from autograder.evidence import ClassVerdict, Evidence
from autograder.judge import models
from autograder.judge.models import Submodule
from autograder.judge.render import show_call
from autograder.student.proxy import Call, Object, Student


@dataclass(repr=False)
class Context:
    """What is known about a submission while its checks run.

    `broken`: items that did not earn full marks so far; `container`: how x and y are handed to `IMDB`.
    """

    edition: Edition
    take_bidirectional: frozenset[str] = frozenset(("LSTM", "GRU"))  # classes whose constructor has the argument
    lost: dict[str, str] = field(default_factory=dict)  # names that can't be had, and the sentence to say
    broken: set[str] = field(default_factory=set)
    split: Any = None  # what `load_imdb` gave for `split_file`, once for the several checks that look at it
    split_file: File | None = None
    split_read: Split | None = None  # the same as the six parts that it is, once it could be read as them
    models: dict[tuple[Student, int, str, Spec], Model] = field(default_factory=dict)  # see LabRNN.same_model
    new_models: dict[tuple[Student, int, str, Spec], Model] = field(default_factory=dict)  # see LabRNN.new_model
    hparams: dict[tuple[Student, int], Object] = field(default_factory=dict)  # see LabRNN._same_hparams
    stateful: set[str] = field(default_factory=set)  # classes whose objects remember earlier calls
    drop_always: set[str] = field(default_factory=set)  # classes whose dropout acts in eval mode too, which costs once
    by_keyword: frozenset[str] = frozenset()  # classes whose constructor has all names, and not in the given order
    manners: dict[str, Manner] = field(default_factory=dict)  # by class, how its forward wants to be called
    idle: dict[str, frozenset[str]] = field(
        default_factory=dict
    )  # by class, parameters that never matter: recognise.py
    plain: dict[str, bool] = field(default_factory=dict)  # by class, whether it holds torch's layers and nothing else
    layouts: dict[tuple[str, Spec], Any] = field(default_factory=dict)  # where its own cell keeps what: recognise.py
    lives: dict[str, Any] = field(default_factory=dict)  # by class, what is known of its forward pass: see alive.py
    sizes: dict[str, Spec] = field(default_factory=dict)  # by class, what its forward is judged with
    counts: dict[tuple[str, Spec], int] = field(default_factory=dict)  # parameters of models built so far
    evidence: Evidence | None = None  # of the whole notebook, once it was run
    accuracy: dict[str, ClassVerdict] = field(default_factory=dict)  # by class, once it was verified
    container: str | None = None
    reading: Reading | None = None  # how the rows are handed to `IMDB`, labels included
    corpus_container: str | None = None
    parameters: Mapping[str, Sequence[str]] = field(default_factory=dict)  # of the notebook's functions and classes


@dataclass(frozen=True, repr=False)  # hypothesis would print all of it
class LabRNN(Data):
    """A student's notebook: its data functions, as Data calls them, and its models."""

    student: Student
    context: Context

    def __repr__(self) -> str:
        return "LabRNN"

    # ---- models --------------------------------------------------------------------------------------------------
    def model(self, class_name: str, spec: Spec, **kwargs: Any) -> Model:
        """`LSTM(...)` or `GRU(...)`, arguments by position, in eval mode."""
        model = self.model_as_it_is(class_name, spec, **kwargs)
        if class_name in self.context.drop_always:
            model.object.tell("drop_in_training_only")
        return model

    def model_as_it_is(self, class_name: str, spec: Spec, **kwargs: Any) -> Model:
        """As `model`, with dropout in eval mode where the class has it."""
        arguments = [spec.vocab_size, spec.embedding_dim, spec.hidden_dim, spec.output_dim, spec.n_layers,
                     spec.dropout_rate, spec.pad_index]  # fmt: skip
        if spec.bidirectional or class_name in self.context.take_bidirectional:
            arguments.append(spec.bidirectional)
        if class_name in self.context.by_keyword:
            names = [f.name for f in fields(Spec)]
            kwargs, arguments = dict(zip(names, arguments, strict=False)) | kwargs, []
        built, parameters = self.student.build_model(class_name, arguments, kwargs)
        built.notes["shown"] = built.notes["title"] = show_call(self.student.calls[-1])

        def stateful() -> bool:
            return class_name in self.context.stateful

        def fresh() -> Object:
            return self.model(class_name, spec, **kwargs).object

        manner = self.context.manners.setdefault(class_name, Manner())
        return Model(built, models.parameters_of(parameters), spec, stateful, fresh, manner)

    def without_dropout(self, class_name: str) -> None:
        """From now on models of this class drop nothing in eval mode, and what was found out before is forgotten."""
        self.context.drop_always.add(class_name)
        for models_known in (self.context.models, self.context.new_models):
            for key in [key for key in models_known if key[2] == class_name]:
                del models_known[key]
        self.context.idle.pop(class_name, None)
        for layout in [layout for layout in self.context.layouts if layout[0] == class_name]:
            del self.context.layouts[layout]

    def same_model(self, class_name: str, spec: Spec) -> Model:
        """As `model`, but built only once per process: for checks that give it new weights anyway."""
        model = self._once(self.context.models, class_name, spec)
        if model.training:
            model.train(False)
        return model

    def new_model(self, class_name: str, spec: Spec) -> Model:
        """As `model`, but built only once per process: for checks that look at it and change nothing of it."""
        return self._once(self.context.new_models, class_name, spec)

    def _once(self, known: dict[tuple[Student, int, str, Spec], Model], class_name: str, spec: Spec) -> Model:
        key = (self.student, self.student.generation, class_name, spec)
        if key not in known:
            known[key] = self.model(class_name, spec)
        return known[key]


__all__ = [
    "PAD",
    "UNK",
    "Batch",
    "Call",
    "Context",
    "LabRNN",
    "Model",
    "Row",
    "Spec",
    "Submodule",
    "as_logits",
    "logits",
]
