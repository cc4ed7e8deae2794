"""Typed access to a hand-in of gru_attention, and what the checks need to know about it."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograder.assignments.gru_attention.context import Context
from autograder.assignments.gru_attention.values import everything, first_of, floats, one_array, token_ids, tokens
from autograder.errors import StudentError, StudentException
from autograder.judge import models
from autograder.judge.expect import Mismatch
from autograder.judge.models import kind_of
from autograder.judge.render import show_call
from autograder.kit.case import Case, Named, case_of
from autograder.kit.comparing import NDArray
from autograder.kit.declare import Input
from autograder.kit.recogniser.gates import Floats
from autograder.kit.recogniser.language_model.sizes import Sizes, random_hidden
from autograder.kit.types import of_shape, real
from autograder.student.proxy import Student
from autograder.wire.frames import Array

HUGE = 50_000  # scalars: no parameter of a model of the checks' sizes has so many


@dataclass(frozen=True)
class Lab:
    """A student's hand-in, class by class."""

    student: Student
    context: Context

    def __repr__(self) -> str:
        return "Lab"

    def build(self, name: str, arguments: Sequence[Any]) -> tuple[Any, tuple[models.Parameter, ...]]:
        """A model of a class in eval mode."""
        if name in self.context.lost:
            raise self.student.missing(name, self.context.lost[name])
        built, parameters = self.student.build_model(name, self.handed(name, "__init__", arguments), {})
        built.notes["shown"] = built.notes["title"] = show_call(self.student.calls[-1])
        return built, models.parameters_of(parameters)

    def handed(self, name: str, method: str, values: Sequence[Any]) -> list[Any]:
        """Values in the assignment's order, in the order in which the method has parameters of these names."""
        order = self.context.order.get((name, method), range(len(values)))
        return [values[place] for place in order if place < len(values)]

    def gru(self, sizes: Sizes, vector: NDArray | None = None) -> Gru:
        """`GRU(...)`, with all its parameters overwritten by the scalars of `vector`."""
        model = Gru(*self.build("GRU", sizes.arguments()), self, sizes)
        model.complete(sizes.counts(), tokens(np.zeros((sizes.seq_len, sizes.batch_size))),
                       floats(np.zeros((sizes.num_layers, sizes.batch_size, sizes.hidden_size))))  # fmt: skip
        if vector is not None:
            model.load_vector(vector)
        return model

    def attention(self, n_heads: int, n_units: int, dropout: float = 0.0, vector: NDArray | None = None) -> Attention:
        """`MultiHeadedAttention(...)`, with all its parameters overwritten by the scalars of `vector`."""
        built = self.build("MultiHeadedAttention", [n_heads, n_units, dropout])
        model = Attention(*built, self, n_heads, n_units)
        rows = np.zeros((1, 2, n_units))
        model.complete([4 * n_units * (n_units + 1)], *[floats(rows)] * 3, model.masked(model.all_seen(rows, rows)))
        if vector is not None:
            model.load_vector(vector)
        return model


@dataclass(eq=False)
class Handed(models.Model):
    """A student's module; `registered`: what it knew of its parameters when it was built."""

    lab: Lab
    registered: tuple[models.Parameter, ...] = field(default=(), init=False)

    def complete(self, counts: Collection[int], *args: Any) -> None:
        """Where there are not as many parameters as there should be, look for more, and leave alone what is huge.

        More may stand in plain lists or be made by the first call (with `args`): the constructor's item charges that,
        and what the model computes can be judged all the same.
        """
        self.registered = self.parameters
        if self.scalars in counts:
            return
        try:
            self.object.call("()", *args, grad=False)
        except StudentError:
            if self.lab.student.fatal is not None:
                raise
        self.lab.student.calls.pop()
        found = [p for op in ("parameters", "unregistered") for p in models.parameters_of(self.object.ask(op))]
        self.parameters = tuple(p for p in found if math.prod(p[1]) <= HUGE)

    def count(self) -> int:
        """How many scalars train, of the parameters that the module registered when it was built."""
        return sum(math.prod(shape) for _, shape, trainable in self.registered if trainable)

    def called(self, method: str, values: Sequence[Any], **options: Any) -> Any:
        """What a method returns, as it came: "()" for forward. Under torch.no_grad() where `grad` is False, unless the
        class then fails and works with gradients (hooks, in-place tricks)."""
        known = "forward" if method == "()" else method
        args = self.lab.handed(self.object.name, known, values)
        answer = self._tried(method, args, **options)
        order = self.lab.context.order.get((self.object.name, known))
        if order and options.get("echo") and type(answer) is dict and type(answer.get("args")) is list:
            back = dict(zip(order, answer["args"], strict=False))
            answer["args"] = [back[place] for place in sorted(back)]
        return answer

    def _tried(self, method: str, args: Sequence[Any], *, grad: bool = True, **options: Any) -> Any:
        needs = self.lab.context.grad
        if grad or self.object.name in needs:
            return self.object.call(method, *args, grad=True, **options)
        try:
            return self.object.call(method, *args, grad=False, **options)
        except StudentException as error:
            self.lab.student.calls.pop()
            try:
                answer = self.object.call(method, *args, grad=True, **options)
            except StudentException:
                raise error from None
            needs.add(self.object.name)
            return answer


INPUTS = {
    "inputs": Input("inputs", "time batch", "ids", "vocab_size"),
    "hidden": Input("hidden", "layer batch hidden_size", "state"),
}
ATTENDED = {name: Input(name, "batch time n_units") for name in ("query", "key", "value")}


@dataclass(eq=False)
class Gru(Handed):
    """A student's language model in its process, built for `sizes.seq_len` steps and `sizes.batch_size` rows.

    answer: what generate returned last, as it came.
    """

    sizes: Sizes
    answer: Any = field(default=None, init=False)

    def raw(self, inputs: NDArray, hidden: NDArray, **options: Any) -> Any:
        """What `model(inputs, hidden)` returns, as it came."""
        return self.called("()", [tokens(inputs), self.states(hidden)], **options)

    def states(self, hidden: NDArray) -> Any:
        """A hidden state as this class takes it: one tensor, or a list of layers."""
        return [floats(layer) for layer in hidden] if self.lab.context.hidden_list else floats(hidden)

    def forward(self, inputs: NDArray, hidden: NDArray, seed: int | None = None) -> tuple[Floats, Floats]:
        """Logits [T, B, V] and last states [L, B, H] in float64, for inputs [T, B] and hidden [L, B, H].

        In eval mode under torch.no_grad(), as in an evaluation. Logits in another order of axes are put right: one
        check asks for the order, the others need not.

        Raises:
            Mismatch: not two finite float tensors of these sizes.
        """
        (steps, rows), (logits, states) = inputs.shape, self.pair(inputs, hidden, seed, grad=self.training)
        wanted = (steps, rows, self.sizes.vocab_size)
        if rows != steps and logits.shape == (rows, steps, wanted[2]):
            logits = logits.swapaxes(0, 1)
        elif logits.shape == (steps * rows, wanted[2]):
            logits = logits.reshape(wanted)
        of_shape(logits, wanted, "the logits")
        return logits, of_shape(states, hidden.shape, "the new hidden state")

    def case(self, inputs: NDArray, hidden: NDArray) -> Case:
        """Inputs [T, B] and states [L, B, H] to ask `answers` with."""
        sizes = {"vocab_size": self.sizes.vocab_size, "time": inputs.shape[0], "batch": inputs.shape[1]}
        return case_of(INPUTS, {"inputs": inputs, "hidden": hidden}, sizes)

    def answers(self, cases: Sequence[Case], *, seeds: Sequence[int] = ()) -> Iterator[tuple[Named, ...]]:
        """`forward` of one case after the other: logits and states."""
        for place, case in enumerate(cases):
            seed = seeds[place] if seeds else None
            logits, states = self.forward(case.inputs["inputs"].data, case.inputs["hidden"].data, seed)
            yield Named(logits, ("time", "batch", "vocab_size")), Named(states, ("layer", "batch", "hidden_size"))

    def pair(
        self, inputs: NDArray, hidden: NDArray, seed: int | None = None, grad: bool = True
    ) -> tuple[Floats, Floats]:
        """The first two values that forward returns, of whatever shape; lists of tensors as one tensor.

        `grad`: not under torch.no_grad(). Of one layer, the state may lack the axis of the layers.

        Raises:
            Mismatch: not two finite float tensors.
        """
        logits, states = self.two(self.raw(inputs, hidden, seed=seed, grad=grad))
        return logits, states[None] if states.shape == hidden.shape[1:] and len(hidden) == 1 else states

    def two(self, answer: Any) -> tuple[Floats, Floats]:
        """The first two values of an answer of forward, each as one tensor.

        Raises:
            Mismatch: not two finite float tensors.
        """
        if not isinstance(answer, (tuple, list)) or len(answer) < 2:
            raise Mismatch("forward must return logits and hidden", kind_of(answer), "a tuple of two tensors")
        logits = real(one_array(answer[0]), "the logits")
        return logits, real(one_array(answer[1]), "the new hidden state")

    def sense(self, inputs: NDArray, hidden: NDArray, directions: NDArray, output: int) -> NDArray:
        """Gradients of sum(output × direction) by all scalars [M, scalars]; output 0: logits, 1: states."""
        args = self.lab.handed("GRU", "forward", [tokens(inputs), self.states(hidden)])
        return self.sensitivities(*args, directions=directions, output=output)

    def generate(self, first: NDArray, hidden: NDArray, length: int, seed: int | None = None) -> NDArray:
        """Token ids int64 [length, B]; see values.token_ids for what is taken.

        Raises:
            Mismatch: not token ids of the vocabulary, or not so many.
        """
        self.answer = self.called("generate", [tokens(first), self.states(hidden), length], seed=seed, grad=False)
        return token_ids(self.answer, first, length, self.sizes.vocab_size)

    def random_hidden(self, rng: np.random.Generator) -> NDArray:
        """States to start from, as a GRU may have reached them: within (-1, 1)."""
        return random_hidden(rng, self.sizes)


@dataclass(eq=False)
class Attention(Handed):
    """A student's attention module in its process."""

    n_heads: int
    n_units: int

    def forward(
        self,
        query: NDArray,
        key: NDArray,
        value: NDArray,
        mask: NDArray | None = None,
        seed: int | None = None,
        grad: bool = False,
    ) -> Floats:
        """The output [B, Tq, d] in float64; every key is allowed where no mask is given.

        In eval mode under torch.no_grad() unless `grad`, as in an evaluation.

        Raises:
            Mismatch: not a finite float tensor of the query's shape.
        """
        mask = self.all_seen(query, key) if mask is None else mask
        answer = self.raw(query, key, value, self.masked(mask), seed=seed, grad=grad or self.training)
        return of_shape(real(first_of(answer), "the output"), query.shape, "the output")

    def case(self, query: NDArray, key: NDArray, value: NDArray) -> Case:
        """What `answers` is asked with: all [B, T, d]."""
        sizes = {"batch": query.shape[0], "time": query.shape[1], "n_units": self.n_units}
        return case_of(ATTENDED, {"query": query, "key": key, "value": value}, sizes)

    def answers(self, cases: Sequence[Case], *, seeds: Sequence[int] = ()) -> Iterator[tuple[Named, ...]]:
        """`forward` of one case after the other, where every key may be seen."""
        for place, case in enumerate(cases):
            query, key, value = (case.inputs[name].data for name in ATTENDED)
            output = self.forward(query, key, value, seed=seeds[place] if seeds else None)
            yield (Named(output, ("batch", "time", "n_units")),)

    def raw(self, query: NDArray, key: NDArray, value: NDArray, mask: Array | None, **options: Any) -> Any:
        """What `module(query, key, value, mask)` returns, as it came; `None` for a mask is left out."""
        rest = [] if mask is None else [mask]
        return self.called("()", [floats(query), floats(key), floats(value), *rest], **options)

    def all_seen(self, query: NDArray, key: NDArray) -> NDArray:
        """The mask [B, Tq, Tk] under which this module sees every key, even one that reads masks the other way."""
        mask = everything(query, key)
        return ~mask if self.lab.context.hides else mask

    def masked(self, mask: NDArray, kind: str = "") -> Array:
        """A mask as a tensor of the kind that this module takes."""
        return Array("tensor", mask.astype(kind or self.lab.context.mask_kind))

    def sense(self, inputs: Sequence[NDArray], directions: NDArray) -> NDArray:
        """Gradients of sum(output × direction) by all scalars [M, scalars]."""
        values = [*map(floats, inputs), self.masked(self.all_seen(inputs[0], inputs[1]))]
        args = self.lab.handed("MultiHeadedAttention", "forward", values)
        return self.sensitivities(*args, directions=directions, output=0 if self.lab.context.several else None)
