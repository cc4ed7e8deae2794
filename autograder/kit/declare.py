"""Declarations: what an assignment asks for, as data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from autograder.kit.comparing import NDArray
from autograder.kit.types import Real, Sizes, Type

Draw = Literal["ids", "real", "state", "lengths"]
Weights = Mapping[str, NDArray]
Equations = Callable[[Mapping[str, NDArray], Weights, Sizes], NDArray]


@dataclass(frozen=True)
class Function:
    """A function that an item asks for.

    `args`: the names of its arguments, in their order; what a notebook has in another order is called by name.
    `optional`: further arguments, which have defaults and are handed by name.
    """

    name: str
    args: tuple[str, ...]
    returns: Type
    optional: tuple[str, ...] = ()


@dataclass(frozen=True)
class Input:
    """A tensor that a module's forward takes: its axes by name, and how the judge draws it.

    `draw`: "real", normal numbers; "ids", whole numbers below the size `below`; "state", within (-1, 1); "lengths", how
    many steps of each row are no padding. `pad`: the size that is the id of padding, which no other place then holds.
    """

    name: str
    axes: str
    draw: Draw = "real"
    below: str = ""
    pad: str = ""


@dataclass(frozen=True)
class Weight:
    """A parameter that the equations name, with its axes.

    `optional`: a model may do without; it is then zeros. `parts`: the size that says into how many parts a model may
    cut it along its first axis, "num_heads".
    """

    axes: str
    optional: bool = False
    parts: str = ""


@dataclass(frozen=True)
class Module:
    """A class of torch.nn.Module that an item asks for.

    `sizes`: the constructor's arguments in their order, with small values for the checks, all different where they can
    be. `axes`: further axes, as functions of the sizes. `outputs`: what forward returns, one value or a tuple.
    `weights` and `equations`: forward's first output from its inputs and weights, in float64; the weights are found by
    what they do, not by name. `parameters`: how many scalars train. `optional`: sizes that have defaults and are handed
    by name. `accepted`: sizes that are handed, by name, where a constructor has such an argument. `more`: forward may
    return more behind its outputs, such as a state.
    """

    name: str
    sizes: Mapping[str, float]
    inputs: tuple[Input, ...]
    outputs: tuple[Real, ...]
    axes: Mapping[str, Callable[[Sizes], int]] = field(default_factory=dict)
    weights: Mapping[str, Weight] = field(default_factory=dict)
    equations: Equations | None = None
    parameters: Callable[[Sizes], tuple[int, ...]] | None = None
    dropout: str = ""  # the name of the size that is a dropout rate
    optional: tuple[str, ...] = ()
    accepted: tuple[str, ...] = ()
    more: bool = False

    def all_sizes(self, **changes: float) -> dict[str, float]:
        """Sizes, three rows and five steps, and the axes that follow from them, with changes."""
        sizes = {"batch": 3, "time": 5} | dict(self.sizes) | changes
        return sizes | {name: size(sizes) for name, size in self.axes.items() if name not in changes}


Asked = Function | Module


@dataclass(frozen=True)
class Declaration:
    """An assignment: by item, the function or module that it is about, or several, the most important one first.

    `folder`: of the assignment; its reference/solution.py defines every graded name and those of `given`, which the
    harness defines where a hand-in does not.
    """

    folder: Path
    items: Mapping[str, Asked | tuple[Asked, ...]]
    given: tuple[str, ...] = ()

    def of(self, item: str) -> tuple[Asked, ...]:
        """What an item is about."""
        about = self.items[item]
        return about if isinstance(about, tuple) else (about,)

    def asked(self) -> tuple[Asked, ...]:
        """What all items are about."""
        return tuple(one for item in self.items for one in self.of(item))

    @property
    def graded(self) -> dict[str, str]:
        """Items -> the name of their function or class, of several the first."""
        return {item: self.of(item)[0].name for item in self.items}
