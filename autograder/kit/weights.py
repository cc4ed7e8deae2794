"""Which parameter of a module is which weight of the equations: found by what they do, not by their names.

Every way to lay the declared weights over the parameters, whole or several of one shape joined in one parameter, either
way round, is tried on one input until the equations give what forward gives.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from autograder.judge.models import Parameter
from autograder.kit.case import as_floats
from autograder.kit.comparing import NDArray, close
from autograder.kit.declare import Module
from autograder.kit.lab import Lab
from autograder.kit.types import Sizes, shape_of

MOST = 20_000  # ways that are tried
Joined = tuple[str, ...]  # the weights that one parameter holds, in their order


@dataclass(frozen=True)
class Found:
    """`held`: by parameter, the weights that it holds; `turned`: the parameters that hold them transposed."""

    held: Mapping[str, Joined]
    turned: frozenset[str]

    def read(self, values: Mapping[str, NDArray], module: Module, sizes: Sizes) -> dict[str, NDArray]:
        """The weights of the equations in float64; zeros for optional ones that the module does not have."""
        found = {
            name: np.zeros(shape_of(weight.axes, sizes)) for name, weight in module.weights.items() if weight.optional
        }
        for parameter, names in self.held.items():
            value = values[parameter].astype(np.float64)
            value = value.T if parameter in self.turned else value
            found |= dict(zip(names, np.split(value, len(names)), strict=True))
        return found


def find_weights(lab: Lab, name: str) -> Found | None:
    """Look once for each module; None where no way to read its parameters agrees with the equations.

    Raises:
        StudentError, Mismatch: forward does not work.
    """
    key = ("weights", name)
    if key not in lab.context.known:
        lab.context.known[key] = _find(lab, name)
    found: Found | None = lab.context.known[key]
    return found


def _find(lab: Lab, name: str) -> Found | None:
    rng = np.random.default_rng(41)
    model = lab.model(name)
    module, values = model.module, model.randomise(rng, 0.6)
    case = model.case(rng, batch=2, time=4)
    got = model.answer(case)[0].data
    inputs = as_floats(case)
    assert module.equations is not None
    for found in itertools.islice(ways(model.parameters, module, model.sizes), MOST):
        if close(module.equations(inputs, found.read(values, module, model.sizes), model.sizes), got):
            return found
    return None


def ways(parameters: Sequence[Parameter], module: Module, sizes: Sizes) -> Iterator[Found]:
    """Every way to lay the weights over the parameters: first as torch.nn.Linear has them, then all the other way
    round, then mixed."""
    shapes = {name: shape_of(weight.axes, sizes) for name, weight in module.weights.items()}
    needed = {name for name, weight in module.weights.items() if not weight.optional}
    tables = [name for name, shape, _ in parameters if len(shape) == 2]
    several = itertools.chain.from_iterable(itertools.combinations(tables, n) for n in range(1, len(tables)))
    for turned in dict.fromkeys([(), tuple(tables), *(several if len(tables) <= 6 else ())]):
        for held in _laid(list(parameters), shapes, frozenset(turned)):
            if needed <= {name for names in held.values() for name in names}:
                yield Found(held, frozenset(turned))


def _laid(
    parameters: list[Parameter], free: Mapping[str, tuple[int, ...]], turned: frozenset[str]
) -> Iterator[dict[str, Joined]]:
    """The ways in which all parameters hold weights of `free`."""
    if not parameters:
        yield {}
        return
    (name, shape, _), *rest = parameters
    shape = shape[::-1] if name in turned else shape
    for names in _held(shape, free):
        left = {weight: size for weight, size in free.items() if weight not in names}
        for held in _laid(rest, left, turned):
            yield {name: names, **held}


def _held(shape: tuple[int, ...], free: Mapping[str, tuple[int, ...]]) -> Iterator[Joined]:
    """One weight of this shape, or several of equal shape that make it up when they are joined along the first axis."""
    for part in dict.fromkeys(free.values()):
        if len(part) != len(shape) or part[1:] != shape[1:] or not part or not part[0] or shape[0] % part[0]:
            continue
        equal = [name for name, size in free.items() if size == part]
        yield from itertools.permutations(equal, shape[0] // part[0])
