"""A student's nn.Module behind the wire: its parameters, modes and modules, checked on arrival."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograder.errors import MalformedAnswer
from autograder.judge.expect import Mismatch
from autograder.student.proxy import Object
from autograder.wire import names
from autograder.wire.frames import Array

Parameter = tuple[str, tuple[int, ...], bool]  # name, shape, trainable
MAX_PARAMETERS = 2_000  # tensors, and modules
MAX_SCALARS = 16_000_000
MAX_DIMENSIONS = 8


@dataclass(eq=False)
class Model:
    """A student's model in its process; an assignment adds how it is called."""

    object: Object
    parameters: tuple[Parameter, ...]
    training: bool = field(default=False, init=False)
    _modules: list[Submodule] | None = field(default=None, init=False)

    def train(self, training: bool = True) -> None:
        self.training = training
        self.object.tell("set_mode", training=training)

    @property
    def scalars(self) -> int:
        """How many numbers all parameters hold."""
        return sum(math.prod(shape) for _, shape, _ in self.parameters)

    def count(self) -> int:
        """How many scalars train."""
        return sum(math.prod(shape) for _, shape, trainable in self.parameters if trainable)

    def submodules(self) -> list[Submodule]:
        """The modules inside, as they were when first asked for."""
        if self._modules is None:
            self._modules = [_submodule(row) for row in _rows(self.object.ask("submodules"), 4)]
        return self._modules

    def torch_functions(self, *args: Any) -> list[str]:
        """Names of the functions of torch that a call of the model runs through.

        Raises:
            MalformedAnswer: not a list of names.
        """
        answer = self.object.ask("torch_functions", *args)
        if type(answer) is not list or any(type(name) is not str for name in answer):
            raise MalformedAnswer("the answer is not a list of names")
        return answer

    def state(self) -> dict[str, np.ndarray[Any, Any]]:
        """Parameter values by name."""
        return self._arrays(self.object.ask("state"))

    def _arrays(self, answer: Any) -> dict[str, np.ndarray[Any, Any]]:
        """The arrays of a dict that are as large as the parameters of their names."""
        shapes = {name: shape for name, shape, _ in self.parameters}
        return {name: array for name, array in arrays(answer).items() if array.shape == shapes.get(name)}

    def sensitivities(
        self, *args: Array, directions: np.ndarray[Any, Any], output: int | None = None
    ) -> np.ndarray[Any, Any]:
        """For each direction [M, ...], the gradient of sum(output × direction) by every scalar: float64 [M, scalars].

        Scalars stand in the order of `parameters`; 0 where no gradient arrived.

        Raises:
            Mismatch: they would be more numbers than the judge is willing to hold.
        """
        if len(directions) * self.scalars > MAX_SCALARS:
            raise Mismatch("the model is far too large", f"{self.scalars:,} parameters")
        answer = self.object.ask(
            "sensitivities", *args, directions=Array("tensor", directions.astype(np.float32)), output=output
        )
        found, many = arrays(answer), len(directions)
        columns = []
        for name, shape, _ in self.parameters:
            gradient = found.get(name)
            fits = gradient is not None and gradient.shape == (many, *shape)
            columns.append(gradient.reshape(many, math.prod(shape)) if fits else np.zeros((many, math.prod(shape))))  # type: ignore[union-attr]
        whole = np.concatenate(columns, axis=1) if columns else np.zeros((many, 0))
        return whole.astype(np.float64)

    def load_vector(self, vector: np.ndarray[Any, Any]) -> None:
        """Overwrite all parameters with the scalars of a vector, in the order of `parameters`.

        Raises:
            Mismatch: there are not so many parameters.
        """
        expect_scalars(len(vector), self.scalars)
        ends = np.cumsum([math.prod(shape) for _, shape, _ in self.parameters])
        parts = np.split(vector, ends[:-1]) if len(ends) else []
        self.load({n: part.reshape(shape) for (n, shape, _), part in zip(self.parameters, parts, strict=True)})

    def load(self, values: dict[str, np.ndarray[Any, Any]]) -> None:
        tensors = {name: Array("tensor", np.asarray(value, np.float32)) for name, value in values.items()}
        self.object.tell("load_state", values=tensors)

    def randomise(self, rng: np.random.Generator, scale: float = 0.6) -> dict[str, np.ndarray[Any, Any]]:
        """Give every parameter normal random values, biases too, so that each of them matters; returns them."""
        values = {n: rng.normal(0, scale, shape).astype(np.float32) for n, shape, _ in self.parameters}
        self.load(values)
        return values


def expect_scalars(one: int, other: int) -> None:
    """Raises:
    Mismatch: two objects of a class, built with the same arguments, have so many parameters each, and not the same.
    """
    if one != other:
        raise Mismatch("two models of the same sizes must have equally many parameters", f"{one:,} and {other:,}")


def parameters_of(answer: Any) -> tuple[Parameter, ...]:
    """Raises:
    MalformedAnswer: not a list of parameters.
    Mismatch: more of them than the judge is willing to fill.
    """
    rows = tuple(_parameter(row) for row in _rows(answer, 3))
    scalars = sum(math.prod(max(n, 1) for n in shape) for _, shape, _ in rows)  # an axis of 0 hides no others
    if scalars > MAX_SCALARS:
        raise Mismatch("the model is far too large", f"{scalars:,} parameters", f"at most {MAX_SCALARS:,}")
    return rows


def _parameter(row: list[Any]) -> Parameter:
    name, shape, trainable = row
    if type(name) is not str or type(shape) is not list or type(trainable) is not bool or len(shape) > MAX_DIMENSIONS:
        raise MalformedAnswer("a parameter is not of the wire format")
    if any(type(n) is not int or not 0 <= n < 2**31 for n in shape):
        raise MalformedAnswer("a parameter's shape is not of the wire format")
    return name, tuple(shape), trainable


def _rows(answer: Any, width: int) -> list[list[Any]]:
    """Raises:
    MalformedAnswer: not a list of not too many lists of this width.
    """
    if type(answer) is not list or len(answer) > MAX_PARAMETERS:
        raise MalformedAnswer(f"the answer is not a list of at most {MAX_PARAMETERS:,} parts")
    if any(type(row) is not list or len(row) != width for row in answer):
        raise MalformedAnswer("a part of the answer is not of the wire format")
    return answer


@dataclass(frozen=True)
class Submodule:
    """A module inside a model: `bases` are torch.nn's classes it is made of, nearest first."""

    path: str
    type_name: str
    bases: list[str]
    settings: dict[str, Any]

    def is_a(self, *names: str) -> bool:
        return any(name in self.bases for name in names)


def _submodule(row: list[Any]) -> Submodule:
    path, kind, bases, settings = row
    named = type(bases) is list and all(type(part) is str for part in (path, kind, *bases))
    if not named or type(settings) is not dict:
        raise MalformedAnswer("a module is not of the wire format")
    return Submodule(path, names.type_name(kind), bases, settings)


def arrays(answer: Any) -> dict[str, np.ndarray[Any, Any]]:
    """A dict of arrays of floats that came over the wire; what else is in it is left out."""
    items = answer.items() if type(answer) is dict else ()
    return {k: v.data for k, v in items if type(k) is str and isinstance(v, Array) and v.data.dtype.kind == "f"}


def kind_of(answer: Any) -> str:
    """`a tuple of 3 parts`: what came back, in words."""
    return f"a {type(answer).__name__}" + (f" of {len(answer)} parts" if isinstance(answer, (tuple, list)) else "")
