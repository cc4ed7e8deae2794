"""Typed access to a LabRNN notebook, and what the checks need to know about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograder.assignments.labrnn import values
from autograder.assignments.labrnn.containers import CONTAINERS, Row, contain, csv_bytes
from autograder.assignments.labrnn.edition import Edition
from autograder.errors import StudentError, StudentException
from autograder.evidence import ClassVerdict, Evidence
from autograder.judge import models
from autograder.judge.expect import Mismatch
from autograder.judge.models import Submodule, kind_of
from autograder.judge.render import show_call
from autograder.student.proxy import Call, Object, Student
from autograder.student.wire import Array, Series

PAD, UNK = "<pad>", "<unk>"


@dataclass(repr=False)
class Context:
    """What is known about a submission while its checks run.

    `broken`: items that did not earn full marks so far; `container`: how x and y are handed to `IMDB`.
    """

    edition: Edition
    take_bidirectional: frozenset[str] = frozenset(("LSTM", "GRU"))  # classes whose constructor has the argument
    lost: dict[str, str] = field(default_factory=dict)  # names that can't be had, and the sentence to say
    broken: set[str] = field(default_factory=set)
    split: Any = None  # what `load_imdb` gave for `split_rows`, once for the several checks that look at it
    split_rows: tuple[Row, ...] = ()
    models: dict[tuple[Student, int, str, Spec], Model] = field(default_factory=dict)  # see LabRNN.same_model
    new_models: dict[tuple[Student, int, str, Spec], Model] = field(default_factory=dict)  # see LabRNN.new_model
    hparams: dict[tuple[Student, int], Object] = field(default_factory=dict)  # see LabRNN._same_hparams
    stateful: set[str] = field(default_factory=set)  # classes whose objects remember earlier calls
    counts: dict[tuple[str, Spec], int] = field(default_factory=dict)  # parameters of models built so far
    evidence: Evidence | None = None  # of the whole notebook, once it was run
    accuracy: dict[str, ClassVerdict] = field(default_factory=dict)  # by class, once it was verified
    container: str | None = None
    corpus_container: str | None = None


@dataclass(frozen=True)
class Spec:
    """The constructor's arguments of `LSTM` and `GRU`, in their order."""

    vocab_size: int = 11
    embedding_dim: int = 4
    hidden_dim: int = 4
    output_dim: int = 2
    n_layers: int = 1
    dropout_rate: float = 0.0
    pad_index: int = 0
    bidirectional: bool = False


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
            return self.student.call("load_imdb", path, seed=seed)
        finally:
            if self.student.fatal is None:
                self.student.csv_fallback(None)

    def hparams(self, **changes: Any) -> Object:
        """A `HyperParams()` of the notebook's with some fields changed."""
        hparams: Object = self.student.call("HyperParams", keep=True)
        for name, value in changes.items():
            hparams.set(name, value)
        shown = ", ".join(f"{k}={v!r}" for k, v in changes.items())
        hparams.notes["shown"] = f"HyperParams({shown})"
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
        dataset.notes["shown"] = show_call(self.student.calls[-1])
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
        built, parameters = self.student.build_model(class_name, arguments, kwargs)
        built.notes["shown"] = built.notes["title"] = show_call(self.student.calls[-1])

        def stateful() -> bool:
            return class_name in self.context.stateful

        def fresh() -> Object:
            return self.model(class_name, spec, **kwargs).object

        return Model(built, models.parameters_of(parameters), spec, stateful, fresh)

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


@dataclass(frozen=True)
class Batch:
    """`ids` int64 [B, T], right-padded with `pad`; `length` float32 [B]."""

    ids: np.ndarray[Any, Any]
    length: np.ndarray[Any, Any]

    def arguments(self) -> tuple[Array, Array]:
        return Array("tensor", self.ids), Array("tensor", self.length)

    def rows(self, order: Sequence[int]) -> Batch:
        """Some rows, in this order, at the same width."""
        return Batch(self.ids[list(order)], self.length[list(order)])

    def single_rows(self) -> list[Batch]:
        """Each row as a batch of its own, without padding."""
        return [self.rows([row]).trimmed() for row in range(len(self.ids))]

    def trimmed(self) -> Batch:
        """The same rows without the padding that no row needs (what `collate` would make of them)."""
        return Batch(self.ids[:, : int(self.length.max())], self.length)

    def padded(self, columns: int, pad: int) -> Batch:
        """The same rows with more padding on the right."""
        extra = np.full((len(self.ids), columns), pad, np.int64)
        return Batch(np.concatenate([self.ids, extra], axis=1), self.length)


@dataclass(eq=False)
class Model(models.Model):
    """A student's `LSTM` or `GRU` in its process.

    `stateful`: whether objects of this class remember earlier calls and have paid for it already; then every forward
    pass is made by another object, which `fresh` gives.
    """

    spec: Spec
    stateful: Callable[[], bool] = lambda: False
    fresh: Callable[[], Object | None] = lambda: None

    def forward(self, batch: Batch, *, seed: int | None = None, grad: bool = False) -> np.ndarray[Any, Any]:
        """Logits float32 [B, output_dim]; under torch.no_grad() in eval mode unless `grad`, as in an evaluation.

        Raises:
            Mismatch: not a float tensor of that shape, or not finite.
        """
        self._renew()
        answer = self.object.call("()", *batch.arguments(), seed=seed, grad=grad or self.training)
        return logits(answer, len(batch.ids), self.spec.output_dim)

    def forward_each(self, batches: Sequence[Batch], *, seeds: Sequence[int] = ()) -> Iterator[np.ndarray[Any, Any]]:
        """`forward` of one batch after the other, asked all at once; an error shows where its own logits are taken."""
        if self.stateful():
            for number, batch in enumerate(batches):
                yield self.forward(batch, seed=seeds[number] if seeds else None)
            return
        answers = self.object.call_each([batch.arguments() for batch in batches], seeds=seeds, grad=self.training)
        for batch, answer in zip(batches, answers, strict=True):
            yield logits(answer, len(batch.ids), self.spec.output_dim)

    def _renew(self) -> None:
        """Go on with a new object of the same weights, where need be."""
        other = self.fresh() if self.stateful() else None
        if other is not None:
            weights = self.state()
            self.object = other
            self.load(weights)
            self.train(self.training)

    def gradients(
        self, batch: Batch, direction: np.ndarray[Any, Any], calls: int = 1
    ) -> dict[str, np.ndarray[Any, Any] | None]:
        """Gradient of sum(logits × direction) by parameter name; None where none arrived."""
        answer = self.object.ask(
            "gradients", *batch.arguments(), direction=Array("tensor", direction.astype(np.float32)), calls=calls
        )
        found = self._arrays(answer)
        names = answer if type(answer) is dict else ()
        return {name: found.get(name) for name, _, _ in self.parameters if name in names}


def logits(answer: Any, batch: int, output: int) -> np.ndarray[Any, Any]:
    """The model's answer as an array.

    Raises:
        Mismatch: not a finite float32 tensor of shape [batch, output].
    """
    expected = f"a float32 tensor of shape [{batch}, {output}]"
    if not isinstance(answer, Array):
        raise Mismatch("forward must return one tensor of logits", got=kind_of(answer), expected=expected)
    data = answer.data
    if data.shape != (batch, output) or data.dtype != np.float32:
        raise Mismatch(
            "forward must return logits [batch, output_dim]", f"shape {list(data.shape)}, {data.dtype}", expected
        )
    if not np.isfinite(data).all():
        raise Mismatch("forward must return finite logits", "NaN or infinity", expected)
    return data


__all__ = ["Batch", "Call", "Context", "LabRNN", "Model", "Row", "Spec", "Submodule"]
