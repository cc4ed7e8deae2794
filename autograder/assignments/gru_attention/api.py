"""Typed access to a hand-in of gru_attention, and what the checks need to know about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from autograder.assignments.gru_attention.equations import Floats
from autograder.errors import MissingName
from autograder.judge import models
from autograder.judge.expect import Mismatch
from autograder.judge.models import kind_of
from autograder.judge.render import show_call
from autograder.student.proxy import Student
from autograder.student.wire import Array

NDArray = np.ndarray[Any, Any]
GRADED = {"gru.init": "GRU", "gru.forward": "GRU", "gru.generate": "GRU", "attention.forward": "MultiHeadedAttention"}


@dataclass(frozen=True)
class Sizes:
    """The constructor's arguments of `GRU`, in their order.

    Embedding, state and vocabulary are equally large, so that a constructor that confuses them, which has an item of
    its own, does not cost `forward` too.
    """

    emb_size: int = 5
    hidden_size: int = 5
    seq_len: int = 4
    batch_size: int = 3
    vocab_size: int = 5
    num_layers: int = 2
    dp_keep_prob: float = 1.0

    def arguments(self) -> list[Any]:
        return [self.emb_size, self.hidden_size, self.seq_len, self.batch_size, self.vocab_size, self.num_layers,
                self.dp_keep_prob]  # fmt: skip


@dataclass
class Context:
    """What is known about a submission while its checks run; `broken`: items that did not earn full marks so far."""

    lost: dict[str, str] = field(default_factory=dict)  # names that can't be had, and the sentence to say
    broken: set[str] = field(default_factory=set)
    counts: dict[Sizes, int] = field(default_factory=dict)  # parameters of models built so far
    roles: dict[Any, Any] = field(default_factory=dict)  # what the numbers of a model do, by sizes
    mask_kind: str = "bool"  # of the masks that this attention takes
    several: bool = False  # whether its forward returns more than the output


@dataclass(frozen=True)
class Lab:
    """A student's hand-in, class by class."""

    student: Student
    context: Context

    def __repr__(self) -> str:
        return "Lab"

    def build(self, name: str, arguments: Sequence[Any]) -> tuple[Any, tuple[models.Parameter, ...]]:
        """A model of a class, arguments by position, in eval mode."""
        if name in self.context.lost:
            raise MissingName(self.context.lost[name])
        built, parameters = self.student.build_model(name, arguments, {})
        built.notes["shown"] = show_call(self.student.calls[-1])
        return built, models.parameters_of(parameters)

    def gru(self, sizes: Sizes, vector: NDArray | None = None) -> Gru:
        """`GRU(...)`, with all its parameters overwritten by the scalars of `vector`."""
        model = Gru(*self.build("GRU", sizes.arguments()), sizes)
        if vector is not None:
            model.load_vector(vector)
        return model

    def attention(self, n_heads: int, n_units: int, dropout: float = 0.0, vector: NDArray | None = None) -> Attention:
        """`MultiHeadedAttention(...)`, with all its parameters overwritten by the scalars of `vector`."""
        built = self.build("MultiHeadedAttention", [n_heads, n_units, dropout])
        model = Attention(*built, n_heads, n_units, self.context)
        if vector is not None:
            model.load_vector(vector)
        return model


@dataclass(eq=False)
class Gru(models.Model):
    """A student's language model in its process, built for `sizes.seq_len` steps and `sizes.batch_size` rows."""

    sizes: Sizes

    def raw(self, inputs: NDArray, hidden: NDArray, **options: Any) -> Any:
        """What `model(inputs, hidden)` returns, as it came."""
        return self.object.call("()", tokens(inputs), floats(hidden), **options)

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
        fits(logits, wanted, "the logits")
        return logits, fits(states, hidden.shape, "the new hidden state")

    def pair(
        self, inputs: NDArray, hidden: NDArray, seed: int | None = None, grad: bool = True
    ) -> tuple[Floats, Floats]:
        """The first two values that forward returns, of whatever shape. `grad`: not under torch.no_grad().

        Raises:
            Mismatch: not two finite float tensors.
        """
        answer = self.raw(inputs, hidden, seed=seed, grad=grad)
        if not isinstance(answer, (tuple, list)) or len(answer) < 2:
            raise Mismatch("forward must return logits and hidden", kind_of(answer), "a tuple of two tensors")
        return real(answer[0], "the logits"), real(answer[1], "the new hidden state")

    def sense(self, inputs: NDArray, hidden: NDArray, directions: NDArray, output: int) -> NDArray:
        """Gradients of sum(output × direction) by all scalars [M, scalars]; output 0: logits, 1: states."""
        return self.sensitivities(tokens(inputs), floats(hidden), directions=directions, output=output)

    def generate(self, first: NDArray, hidden: NDArray, length: int, seed: int | None = None) -> NDArray:
        """Token ids int64 [length, B].

        Raises:
            Mismatch: not a tensor of integers of that shape, or not tokens of the vocabulary.
        """
        answer = self.object.call("generate", tokens(first), floats(hidden), length, seed=seed)
        if not isinstance(answer, Array) or answer.data.dtype.kind not in "iu":
            shown = f"{answer.data.dtype}" if isinstance(answer, Array) else kind_of(answer)
            raise Mismatch("generate must return one tensor of token ids", shown, "a tensor of int64")
        fits(answer.data, (length, len(first)), "the tokens")
        if ((answer.data < 0) | (answer.data >= self.sizes.vocab_size)).any():
            raise Mismatch("generate must return tokens of the vocabulary", f"up to {answer.data.max()}")
        return answer.data.astype(np.int64)

    def random_hidden(self, rng: np.random.Generator) -> NDArray:
        """States to start from, as a GRU may have reached them: within (-1, 1)."""
        return random_hidden(rng, self.sizes)


@dataclass(eq=False)
class Attention(models.Model):
    """A student's attention module in its process."""

    n_heads: int
    n_units: int
    context: Context

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
        mask = everything(query, key) if mask is None else mask
        answer = self.raw(query, key, value, self.masked(mask), seed=seed, grad=grad or self.training)
        return fits(real(first_of(answer), "the output"), query.shape, "the output")

    def raw(self, query: NDArray, key: NDArray, value: NDArray, mask: Array | None, **options: Any) -> Any:
        """What `module(query, key, value, mask)` returns, as it came; `None` for a mask is left out."""
        rest = () if mask is None else (mask,)
        return self.object.call("()", floats(query), floats(key), floats(value), *rest, **options)

    def masked(self, mask: NDArray, kind: str = "") -> Array:
        """A mask as a tensor of the kind that this module takes."""
        return Array("tensor", mask.astype(kind or self.context.mask_kind))

    def sense(self, inputs: Sequence[NDArray], directions: NDArray) -> NDArray:
        """Gradients of sum(output × direction) by all scalars [M, scalars]."""
        mask = self.masked(everything(*inputs[:2]))
        output = 0 if self.context.several else None
        return self.sensitivities(*map(floats, inputs), mask, directions=directions, output=output)


def first_of(answer: Any) -> Any:
    """The output where more came back: one check asks for one value, the others take the first."""
    return answer[0] if isinstance(answer, (tuple, list)) and answer else answer


def everything(query: NDArray, key: NDArray) -> NDArray:
    """The mask [B, Tq, Tk] that allows all."""
    return np.ones((len(query), query.shape[1], key.shape[1]), bool)


def tokens(ids: NDArray) -> Array:
    return Array("tensor", np.asarray(ids, np.int64))


def floats(values: NDArray) -> Array:
    return Array("tensor", np.asarray(values, np.float32))


def real(answer: Any, what: str) -> Floats:
    """Raises:
    Mismatch: not a tensor of finite floats.
    """
    if not isinstance(answer, Array) or answer.data.dtype.kind != "f":
        shown = f"a tensor of {answer.data.dtype}" if isinstance(answer, Array) else kind_of(answer)
        raise Mismatch(f"{what} must be a float tensor", shown, "a float32 tensor")
    if not np.isfinite(answer.data).all():
        raise Mismatch(f"{what} must be finite", "NaN or infinity")
    return answer.data.astype(np.float64)


def fits(array: NDArray, shape: tuple[int, ...], what: str) -> NDArray:
    """Raises:
    Mismatch: the array has another shape.
    """
    if array.shape != shape:
        raise Mismatch(f"{what} must have the shape {list(shape)}", f"shape {list(array.shape)}", f"{list(shape)}")
    return array


def random_hidden(rng: np.random.Generator, sizes: Sizes) -> NDArray:
    return rng.uniform(-0.9, 0.9, (sizes.num_layers, sizes.batch_size, sizes.hidden_size)).astype(np.float32)


def random_tokens(rng: np.random.Generator, sizes: Sizes) -> NDArray:
    """Tokens [T, B] of which no two neighbours are equal."""
    start = rng.integers(0, sizes.vocab_size, (1, sizes.batch_size))
    moves = rng.integers(1, sizes.vocab_size, (sizes.seq_len - 1, sizes.batch_size))
    return np.concatenate([start, start + moves.cumsum(axis=0)]) % sizes.vocab_size


__all__ = ["Attention", "Context", "Gru", "Lab", "Sizes", "everything", "random_hidden", "random_tokens", "replace"]
