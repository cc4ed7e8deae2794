"""Typed access to a LabRNN notebook, and what the checks need to know about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from autograder.assignments.labrnn import values
from autograder.assignments.labrnn.containers import CONTAINERS, Row, contain, csv_bytes
from autograder.assignments.labrnn.edition import Edition
from autograder.assignments.labrnn.model import Batch, Manner, Model, Spec, as_logits, logits
from autograder.errors import StudentError, StudentException
from autograder.evidence import ClassVerdict, Evidence
from autograder.judge import models
from autograder.judge.expect import Mismatch
from autograder.judge.models import Submodule
from autograder.judge.render import show, show_call
from autograder.student.proxy import Call, Object, Student
from autograder.student.wire import Series

PAD, UNK = "<pad>", "<unk>"


@dataclass(repr=False)
class Context:
    """What is known about a submission while its checks run.

    `broken`: items that did not earn full marks so far; `container`: how x and y are handed to `IMDB`.
    """

    edition: Edition
    take_bidirectional: frozenset[str] = frozenset(("LSTM", "GRU"))  # classes whose constructor has the argument
    lost: dict[str, str] = field(default_factory=dict)  # names in cells that failed to load, and the sentence to say
    broken: set[str] = field(default_factory=set)
    split: Any = None  # what `load_imdb` gave for `split_rows`, once for the several checks that look at it
    split_rows: tuple[Row, ...] = ()
    models: dict[tuple[Student, int, str, Spec], Model] = field(default_factory=dict)  # see LabRNN.same_model
    new_models: dict[tuple[Student, int, str, Spec], Model] = field(default_factory=dict)  # see LabRNN.new_model
    hparams: dict[tuple[Student, int], Object] = field(default_factory=dict)  # see LabRNN._same_hparams
    stateful: set[str] = field(default_factory=set)  # classes whose objects remember earlier calls
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
    corpus_container: str | None = None


@dataclass(frozen=True, repr=False)  # hypothesis would print all of it
class LabRNN:
    """A student's notebook, function by function."""

    student: Student
    context: Context

    def __repr__(self) -> str:
        return "LabRNN"

    # ---- data ----------------------------------------------------------------------------------------------------
    def load_imdb(self, rows: Sequence[Row], *, anywhere: bool = True, seed: int | None = None) -> Any:
        """`load_imdb(base_csv)` on a CSV file with these rows, as it came back.

        anywhere: also serve the file to code that opens a CSV of another name.
        """
        path = self.student.write_file("grading/reviews.csv", csv_bytes(rows))
        self.student.csv_fallback(path if anywhere else None)
        try:
            return self.student.call("load_imdb", path, seed=seed, tidy=True)
        finally:
            if self.student.fatal is None:
                self.student.csv_fallback(None)

    def hparams(self, **changes: Any) -> Object:
        """A `HyperParams()` of the notebook's with some fields changed."""
        hparams: Object = self.student.call("HyperParams", keep=True)
        for name, value in changes.items():
            hparams.set(name, value)
        shown = ", ".join(f"{k}={show(v)}" for k, v in changes.items())
        hparams.notes["shown"] = f"(vars(h := HyperParams()).update({shown}) or h)" if changes else "HyperParams()"
        return hparams

    def _same_hparams(self) -> Object:
        """An unchanged `HyperParams()`, made only once per process."""
        key = (self.student, self.student.generation)
        if key not in self.context.hparams:
            self.context.hparams[key] = self.hparams()
        return self.context.hparams[key]

    def build_vocab(
        self, reviews: list[str], min_freq: int | None = None, hparams: Object | None = None
    ) -> dict[str, int]:
        """`build_vocab(reviews, min_freq, hparams)` as a plain dict; without `hparams` where the edition has none."""
        options: dict[str, Any] = {} if min_freq is None else {"min_freq": min_freq}
        if self.context.edition.hparams:
            options["hparams"] = hparams if hparams is not None else self._same_hparams()
        return values.vocabulary(self.student.call("build_vocab", self._corpus(reviews, options), **options))

    def _corpus(self, reviews: list[str], options: dict[str, Any]) -> Any:
        """The reviews in the container that this `build_vocab` can read: a list, else what its `load_imdb` returns."""
        if self.context.corpus_container is None:
            self.context.corpus_container = "list"
            for name in CONTAINERS:
                try:
                    self.student.call("build_vocab", contain(["kabab dobak", "dobak"], name), **options)
                except StudentException:
                    continue
                self.context.corpus_container = name
                break
            self.student.calls.clear()
        return contain(reviews, self.context.corpus_container)

    def tokenize(self, vocab: dict[str, int], review: str) -> list[int]:
        """`tokenize(vocab, review)` as a list of integers."""
        return values.tokens(self.student.call("tokenize", vocab, review))

    def dataset(
        self, rows: Sequence[Row], vocab: dict[str, int], max_length: int | None = None, container: str | None = None
    ) -> Object:
        """`IMDB(x, y, vocab, max_length)` on these rows, in the container that suits this notebook."""
        name = container or self._container()
        x, y = (contain([row[k] for row in rows], name) for k in (0, 1))
        options: dict[str, Any] = {} if max_length is None else {"max_length": max_length}
        dataset: Object = self.student.call("IMDB", x, y, vocab, keep=True, **options)
        dataset.notes["shown"] = dataset.notes["title"] = show_call(self.student.calls[-1])
        return dataset

    def _container(self) -> str:
        """What the notebook's own `load_imdb` returns if its `IMDB` reads that, else the first that it reads."""
        if self.context.container is None:
            candidates = dict.fromkeys([*self._own_container(), *CONTAINERS])
            working = (name for name in candidates if self._reads(name))
            self.context.container = next(working, "list")
            self.student.calls.clear()
        return self.context.container

    def _own_container(self) -> list[str]:
        rows = [(f"kabab number{i}", "positive" if i % 2 else "negative") for i in range(40)]
        try:
            part = self.load_imdb(rows)[0]
        except (StudentError, Mismatch, TypeError, IndexError, KeyError):
            return []  # lab1.a says what is wrong with it; here any container will do
        if isinstance(part, Series):
            return ["pandas.Series" if part.index is not None else "numpy.ndarray"]
        return ["list"]

    def _reads(self, container: str) -> bool:
        """Whether `IMDB` gives the same, plausible answer twice for every row in this container."""
        rows = [("kabab dobak", "positive"), ("dobak", "negative"), ("kabab", "positive")]
        try:
            dataset = self.dataset(rows, {PAD: 0, UNK: 1, "kabab": 2, "dobak": 3}, 256, container)
            first = [dataset.call("[]", i) for i in range(len(rows))]
            again = [dataset.call("[]", i) for i in range(len(rows))]
        except StudentException:
            return False
        return all(isinstance(v, dict) for v in first) and repr(first) == repr(again)

    # ---- models --------------------------------------------------------------------------------------------------
    def model(self, class_name: str, spec: Spec, **kwargs: Any) -> Model:
        """`LSTM(...)` or `GRU(...)`, arguments by position, in eval mode."""
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


__all__ = ["Batch", "Call", "Context", "LabRNN", "Model", "Row", "Spec", "Submodule", "as_logits", "logits"]
