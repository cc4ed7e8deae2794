"""Typed access to a LabRNN notebook, and what the checks need to know about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Literal

import numpy as np

from autograder.assignments.labrnn import values
from autograder.assignments.labrnn.containers import CONTAINERS, Row, contain, csv_bytes
from autograder.assignments.labrnn.edition import Edition
from autograder.errors import MalformedAnswer, StudentError, StudentException
from autograder.evidence import ClassVerdict, Evidence
from autograder.judge import models
from autograder.judge.expect import Mismatch
from autograder.judge.models import Submodule, kind_of
from autograder.judge.render import show, show_call
from autograder.student.proxy import Call, Object, Student
from autograder.student.wire import Array, Series

PAD, UNK = "<pad>", "<unk>"


@dataclass
class Manner:
    """How a class's forward wants to be called. The given way is float32 lengths, under torch.no_grad() when testing.

    settled: a call has succeeded, or no other way works either.
    """

    length: Literal["float32", "int64", "list"] = "float32"
    grad: bool = False
    settled: bool = False


OTHER_MANNERS: tuple[tuple[Literal["float32", "int64", "list"], bool], ...] = (
    ("float32", True), ("int64", False), ("list", False), ("int64", True), ("list", True),
)  # fmt: skip


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


@dataclass(frozen=True)
class Batch:
    """`ids` int64 [B, T], right-padded with `pad`; `length` float32 [B]."""

    ids: np.ndarray[Any, Any]
    length: np.ndarray[Any, Any]

    def arguments(self, length: str = "float32") -> tuple[Array, Any]:
        """What forward is called with; `length`: as a tensor of this dtype, or a "list" of int."""
        if length == "list":
            return Array("tensor", self.ids), [int(n) for n in self.length]
        return Array("tensor", self.ids), Array("tensor", self.length.astype(length))

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
    manner: Manner = field(default_factory=Manner)

    def arguments(self, batch: Batch) -> tuple[Array, Any]:
        return batch.arguments(self.manner.length)

    def forward(self, batch: Batch, *, seed: int | None = None, grad: bool = False) -> np.ndarray[Any, Any]:
        """Logits float32 [B, output_dim]; under torch.no_grad() in eval mode unless `grad`, as in an evaluation.

        What the lab's own loop can't tell from logits, or could easily be taken for them, is taken for them here;
        one check asks for the exact type.

        Raises:
            Mismatch: no float tensor of that shape, or not finite.
        """
        self._renew()
        answer = self._settled(batch, seed, grad)
        return as_logits(answer, len(batch.ids), self.spec.output_dim)

    def _call(self, batch: Batch, seed: int | None, grad: bool = False) -> Any:
        return self.object.call("()", *self.arguments(batch), seed=seed, grad=grad or self.training or self.manner.grad)

    def _settled(self, batch: Batch, seed: int | None, grad: bool) -> Any:
        """What a call gives; where the first one under no_grad raises, other manners of calling are tried."""
        known = self.manner
        try:
            answer = self._call(batch, seed, grad)
        except StudentException:
            if known.settled:
                raise
            known.settled = True
            for known.length, known.grad in OTHER_MANNERS:
                try:
                    return self._call(batch, seed, grad)
                except StudentException:
                    continue
            known.length, known.grad = "float32", False
            raise
        known.settled = not grad and not self.training
        return answer

    def forward_each(self, batches: Sequence[Batch], *, seeds: Sequence[int] = ()) -> Iterator[np.ndarray[Any, Any]]:
        """`forward` of one batch after the other, asked all at once; an error shows where its own logits are taken."""
        if self.stateful() or not self.manner.settled:
            for number, batch in enumerate(batches):
                yield self.forward(batch, seed=seeds[number] if seeds else None)
            return
        grad = self.training or self.manner.grad
        answers = self.object.call_each([self.arguments(batch) for batch in batches], seeds=seeds, grad=grad)
        for batch, answer in zip(batches, answers, strict=True):
            yield as_logits(answer, len(batch.ids), self.spec.output_dim)

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
            "gradients", *self.arguments(batch), direction=Array("tensor", direction.astype(np.float32)), calls=calls
        )
        found = self._arrays(answer)
        names = answer if type(answer) is dict else ()
        return {name: found.get(name) for name, _, _ in self.parameters if name in names}

    def sense(self, batch: Batch, directions: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """For each direction [M, B, output], the gradient of sum(logits × direction) by every scalar [M, scalars]."""
        return self.sensitivities(*self.arguments(batch), directions=directions)

    def influences(self, batch: Batch) -> dict[str, float]:
        """By parameter, how far the logits move with it, as a share of their size; at rest they move not at all.

        Raises:
            StudentError, Mismatch: no logits come back.
        """
        answer = self.object.ask("influences", *self.arguments(batch))
        rows = answer if type(answer) is list else []
        if len(rows) != len(self.parameters) + 1 or any(type(row) is not list or len(row) != 2 for row in rows):
            raise MalformedAnswer("the answer is not one row for each parameter")
        found = [as_logits(row[1], len(batch.ids), self.spec.output_dim).astype(np.float64) for row in rows]
        size = max(float(np.abs(found[0]).max()), 1e-6)
        names = [name for name, _, _ in self.parameters]
        return {
            name: float(np.abs(moved - found[0]).max()) / size for name, moved in zip(names, found[1:], strict=True)
        }


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


def as_logits(answer: Any, batch: int, output: int) -> np.ndarray[Any, Any]:
    """As `logits`, also of another float type, of further axes of size 1, transposed, or beside other values.

    Raises:
        Mismatch: nothing like logits is there.
    """
    parts = (
        list(answer.values()) if type(answer) is dict else list(answer) if type(answer) in (tuple, list) else [answer]
    )
    for part in parts[:16]:
        if not isinstance(part, Array) or part.data.dtype.kind != "f" or part.data.size != batch * output:
            continue
        data, shape = part.data, tuple(n for n in part.data.shape if n != 1)
        wanted = tuple(n for n in (batch, output) if n != 1)
        if part.data.shape == (output, batch) != (batch, output):
            return logits(Array("tensor", single(data.T)), batch, output)
        if part.data.ndim >= 2 and shape == wanted:
            return logits(Array("tensor", single(data.reshape(batch, output))), batch, output)
    return logits(answer, batch, output)


def single(data: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """As float32; what is too large for that becomes infinite."""
    with np.errstate(over="ignore"):
        return data.astype(np.float32)


__all__ = ["Batch", "Call", "Context", "LabRNN", "Model", "Row", "Spec", "Submodule"]
