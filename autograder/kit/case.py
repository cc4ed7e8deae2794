"""Inputs and outputs of a module as arrays with named axes, and what properties do with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from autograder.kit.comparing import NDArray
from autograder.kit.declare import Input, Module
from autograder.kit.types import Sizes, shape_of


@dataclass(frozen=True, eq=False)
class Named:
    """An array with named axes."""

    data: NDArray
    axes: tuple[str, ...]

    def has(self, axis: str) -> bool:
        """Whether it has this axis."""
        return axis in self.axes

    def take(self, axis: str, places: Sequence[int]) -> Named:
        """These places of an axis, in this order; itself where it lacks the axis."""
        return Named(self.data.take(list(places), self.axes.index(axis)), self.axes) if self.has(axis) else self

    def at(self, **places: int) -> tuple[int | slice, ...]:
        """The index of these places in the array."""
        return tuple(places.get(axis, slice(None)) for axis in self.axes)


@dataclass(frozen=True, eq=False)
class Case:
    """What forward is called with: its inputs by name, in their order, and the sizes that they were drawn for."""

    inputs: Mapping[str, Named]
    draws: Mapping[str, Input]
    sizes: Sizes

    def take(self, axis: str, places: Sequence[int]) -> Case:
        """These places of an axis of every input."""
        inputs = {name: value.take(axis, places) for name, value in self.inputs.items()}
        return replace(self, inputs=inputs, sizes={**self.sizes, axis: len(places)})

    def replaced(self, **arrays: NDArray) -> Case:
        """With other arrays for some inputs."""
        changed = {name: Named(data, self.inputs[name].axes) for name, data in arrays.items()}
        return replace(self, inputs={**self.inputs, **changed})

    def changed(self, name: str, **places: int) -> Case:
        """With other values of one input at these places: another token, or numbers of the other sign and larger."""
        value = self.inputs[name]
        data, index = value.data.copy(), value.at(**places)
        if self.draws[name].draw == "ids":
            data[index] = (data[index] + 1) % int(self.sizes[self.draws[name].below])
        else:
            data[index] = -2 * data[index] + 0.5
        return self.replaced(**{name: data})

    def swapped(self, name: str, axis: str, one: int, other: int) -> Case:
        """With two places of an axis of one input exchanged."""
        places = list(range(int(self.sizes[axis])))
        places[one], places[other] = other, one
        return self.replaced(**{name: self.inputs[name].take(axis, places).data})

    def along(self, axis: str) -> list[str]:
        """The inputs that have this axis."""
        return [name for name, value in self.inputs.items() if value.has(axis)]


def draw(module: Module, rng: np.random.Generator, sizes: Sizes) -> Case:
    """Inputs of these sizes; neighbours along an axis differ, so that exchanging them changes something."""
    inputs = {given.name: Named(_drawn(given, rng, sizes), tuple(given.axes.split())) for given in module.inputs}
    return Case(inputs, {given.name: given for given in module.inputs}, sizes)


def _drawn(given: Input, rng: np.random.Generator, sizes: Sizes) -> NDArray:
    shape = shape_of(given.axes, sizes)
    if given.draw == "real":
        return rng.normal(size=shape).astype(np.float32)
    if given.draw == "state":
        return rng.uniform(-0.9, 0.9, shape).astype(np.float32)
    below = int(sizes[given.below])
    steps = rng.integers(1, max(below, 2), shape)  # never 0: a step from one token to another one
    return np.cumsum(steps, axis=-1) % below if shape else steps % below


def as_floats(case: Case) -> dict[str, NDArray]:
    """Its inputs for equations: real numbers in float64, ids as they are."""
    return {
        name: value.data if case.draws[name].draw == "ids" else value.data.astype(np.float64)
        for name, value in case.inputs.items()
    }
