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
        given = self.draws[name]
        if given.draw == "ids":
            data[index] = _next_ids(data[index], int(self.sizes[given.below]), self._pad(given))
        else:
            data[index] = -2 * data[index] + 0.5
        return self.replaced(**{name: data})

    def swapped(self, name: str, axis: str, one: int, other: int) -> Case:
        """With two places of an axis of one input exchanged."""
        places = list(range(int(self.sizes[axis])))
        places[one], places[other] = other, one
        return self.replaced(**{name: self.inputs[name].take(axis, places).data})

    def cut(self, lengths: Sequence[int]) -> Case:
        """Rows of these lengths: what comes after them is padding, and an input of lengths says so."""
        found = {}
        for name, given in self.draws.items():
            if given.draw == "lengths":
                found[name] = np.array(lengths, np.int64)
            elif given.pad:
                inside = np.arange(int(self.sizes["time"])) < np.array(lengths)[:, None]
                found[name] = np.where(inside, self.inputs[name].data, self._pad(given))
        return self.replaced(**found)

    def padded(self, columns: int) -> Case:
        """With so many more steps of padding on the right; declared as "batch time"."""
        wider = {
            name: np.pad(self.inputs[name].data, ((0, 0), (0, columns)), constant_values=self._pad(given))
            for name, given in self.draws.items()
            if given.pad
        }
        return replace(self.replaced(**wider), sizes={**self.sizes, "time": int(self.sizes["time"]) + columns})

    def _pad(self, given: Input) -> int:
        return int(self.sizes[given.pad]) if given.pad else -1

    def along(self, axis: str) -> list[str]:
        """The inputs that have this axis."""
        return [name for name, value in self.inputs.items() if value.has(axis)]


def draw(module: Module, rng: np.random.Generator, sizes: Sizes) -> Case:
    """Inputs of these sizes; neighbours along an axis differ, so that exchanging them changes something."""
    arrays = {given.name: _drawn(given, rng, sizes) for given in module.inputs}
    return case_of({given.name: given for given in module.inputs}, arrays, sizes)


def case_of(draws: Mapping[str, Input], arrays: Mapping[str, NDArray], sizes: Sizes) -> Case:
    """These arrays as the inputs that were declared, by name."""
    return Case({name: Named(arrays[name], tuple(given.axes.split())) for name, given in draws.items()}, draws, sizes)


def _drawn(given: Input, rng: np.random.Generator, sizes: Sizes) -> NDArray:
    shape = shape_of(given.axes, sizes)
    if given.draw == "real":
        return rng.normal(size=shape).astype(np.float32)
    if given.draw == "state":
        return rng.uniform(-0.9, 0.9, shape).astype(np.float32)
    if given.draw == "lengths":
        return np.full(shape, int(sizes["time"]))
    below = int(sizes[given.below]) - bool(given.pad)
    steps = rng.integers(1, max(below, 2), shape)  # never 0: a step from one token to another one
    ids = np.cumsum(steps, axis=-1) % below if shape else steps % below
    return ids + (ids >= int(sizes[given.pad])) if given.pad else ids


def _next_ids(ids: NDArray, below: int, pad: int) -> NDArray:
    """Other ids, and none of padding."""
    after = (ids + 1) % below
    return np.where(after == pad, (after + 1) % below, after)


def as_floats(case: Case) -> dict[str, NDArray]:
    """Its inputs for equations: real numbers in float64, ids and lengths as they are."""
    return {
        name: value.data if case.draws[name].draw in ("ids", "lengths") else value.data.astype(np.float64)
        for name, value in case.inputs.items()
    }
