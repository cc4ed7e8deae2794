"""A student's recurrent classifier in its process: how it is called, and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from autograder.errors import MalformedAnswer, StudentException
from autograder.judge import models
from autograder.judge.expect import Mismatch
from autograder.judge.models import kind_of
from autograder.kit.case import Named
from autograder.kit.recogniser.classifier.batches import Batch, Spec
from autograder.student.proxy import Object
from autograder.wire.frames import Array


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


@dataclass(eq=False)
class Model(models.Model):
    """A student's recurrent classifier in its process.

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

        What a training loop can't tell from logits, or could easily be taken for them, is taken for them here;
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

    def answers(self, cases: Sequence[Batch], *, seeds: Sequence[int] = ()) -> Iterator[tuple[Named, ...]]:
        """The same as properties of modules take it."""
        for found in self.forward_each(cases, seeds=seeds):
            yield (Named(found, ("batch", "class")),)

    def _renew(self) -> None:
        """Go on with a new object of the same weights, where need be."""
        other = self.fresh() if self.stateful() else None
        if other is not None:
            weights = self.state()
            self.object = other
            self.load(weights)
            self.train(self.training)

    def gradients(
        self, case: Batch, direction: np.ndarray[Any, Any], calls: int = 1
    ) -> dict[str, np.ndarray[Any, Any] | None]:
        """Gradient of sum(logits × direction) by parameter name; None where none arrived."""
        answer = self.object.ask(
            "gradients", *self.arguments(case), direction=Array("tensor", direction.astype(np.float32)), calls=calls
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
