"""Which parameter of a module is which weight of the equations: found by what they do, not by their names.

Every way to lay the declared weights over the parameters is tried on one input until the equations give what forward
gives: whole, several joined in one parameter, joined head by head, or one parameter for each head; either way round.
"""

from __future__ import annotations

import itertools
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from autograder.judge.expect import NeedsPerson
from autograder.judge.models import Parameter
from autograder.kit.case import as_floats
from autograder.kit.comparing import NDArray, close, expect_close
from autograder.kit.declare import Module, Weight
from autograder.kit.lab import SCALE, Lab, Model
from autograder.kit.types import Sizes, shape_of

MOST = 20_000  # ways that are tried
STEPS = 100_000  # of the search for them
Piece = tuple[str, int]  # a weight, and which of its parts
Shape = tuple[int, ...]
T = TypeVar("T")
H = TypeVar("H", bound=Hashable)


class TooLong(Exception):
    """There are too many ways to look through them all."""


@dataclass(frozen=True)
class Block:
    """A parameter, or where it has three axes one place of the first."""

    parameter: str
    shape: Shape
    place: int | None = None

    def of(self, values: Mapping[str, NDArray]) -> NDArray:
        """Its values in float64."""
        whole = values[self.parameter].astype(np.float64)
        return whole if self.place is None else whole[self.place]


@dataclass(frozen=True)
class Found:
    """`held`: by block, the pieces that it holds, one below the other; `turned`: blocks that hold them transposed."""

    held: Mapping[Block, tuple[Piece, ...]]
    turned: frozenset[Block]

    def read(self, values: Mapping[str, NDArray], module: Module, sizes: Sizes) -> dict[str, NDArray]:
        """The weights of the equations in float64; zeros for optional ones that the module does not have."""
        pieces: dict[Piece, NDArray] = {}
        for block, names in self.held.items():
            value = block.of(values).T if block in self.turned else block.of(values)
            pieces |= dict(zip(names, np.split(value, len(names)), strict=True))
        found = {}
        for name, weight in module.weights.items():
            own = [pieces[name, part] for part in range(parts_of(weight, sizes)) if (name, part) in pieces]
            found[name] = np.concatenate(own) if own else np.zeros(shape_of(weight.axes, sizes))
        return found


def find_weights(lab: Lab, name: str) -> Found | None:
    """Look once for each module; None where no way to read its parameters agrees with the equations.

    Raises:
        StudentError, Mismatch: forward does not work, or gives something else than the nearest of these ways.
        NeedsPerson: there are as many numbers as there should be, but laid out in a way that is not known here.
    """
    return lab.once("weights", name, _find)


def _find(lab: Lab, name: str) -> Found | None:
    rng = np.random.default_rng(41)
    model = lab.model(name)
    module, values = model.module, model.randomise(rng, SCALE)
    case = model.case(rng, batch=2, time=4)
    got = model.answer(case)[0].data
    inputs = as_floats(case)
    assert module.equations is not None
    unreadable = NeedsPerson(
        f"{name} lays its weights out in a way that the judge can't read: does forward follow the equations?"
    )
    tried, nearest = 0, (np.inf, np.zeros(0))
    try:
        for found in ways(model.parameters, module, model.sizes):
            tried += 1
            if tried > MOST:
                raise unreadable
            wanted = module.equations(inputs, found.read(values, module, model.sizes), case.sizes)
            if close(wanted, got):
                return found
            away = float(np.abs(wanted - got).max()) if wanted.shape == got.shape else np.inf
            nearest = min(nearest, (away, wanted), key=lambda pair: pair[0])
    except TooLong:
        raise unreadable from None
    if not tried and as_many(model):
        raise unreadable
    if nearest[1].size:
        expect_close(got, nearest[1], "forward does not follow the equations, whichever parameter is which weight")
    return None


def as_many(model: Model) -> bool:
    """Whether the parameters are as many numbers as the weights of the equations, with or without the optional ones."""
    numbers = {name: int(np.prod(shape_of(w.axes, model.sizes))) for name, w in model.module.weights.items()}
    least = sum(numbers[name] for name, weight in model.module.weights.items() if not weight.optional)
    return least <= model.scalars <= sum(numbers.values())


def ways(parameters: Sequence[Parameter], module: Module, sizes: Sizes) -> Iterator[Found]:
    """Every way to lay the weights over the parameters.

    Raises:
        TooLong: there are too many to look through.
    """
    kinds = {name: (shape_of(weight.axes, sizes), parts_of(weight, sizes)) for name, weight in module.weights.items()}
    pieces = frozenset((name, part) for name, (_, parts) in kinds.items() for part in range(parts))
    blocks = list(itertools.islice(blocks_of(parameters), len(pieces) + 1))
    if len(blocks) > len(pieces):  # each has to hold one
        return
    steps = iter(range(STEPS))
    for turned in turnings(blocks):
        for held in _laid(blocks, kinds, pieces, turned, steps):
            used = {piece for names in held.values() for piece in names}
            without, having = {name for name, _ in pieces - used}, {name for name, _ in used}
            if not without & having and all(module.weights[name].optional for name in without):
                yield Found(held, turned)


def blocks_of(parameters: Sequence[Parameter]) -> Iterator[Block]:
    """The parameters, those with three axes place by place."""
    for name, shape, _ in parameters:
        if len(shape) == 3:
            yield from (Block(name, shape[1:], place) for place in range(shape[0]))
        else:
            yield Block(name, shape)


def turnings(blocks: Sequence[Block]) -> Iterator[frozenset[Block]]:
    """Which blocks may be the other way round than torch.nn.Linear has them: none, all, those of some shapes, and where
    the parameters are few those of some parameters."""
    tables = [block for block in blocks if len(block.shape) == 2]
    shapes, names = {block.shape for block in tables}, {block.parameter for block in tables}
    of_shapes = (frozenset(b for b in tables if b.shape in chosen) for chosen in subsets(sorted(shapes)))
    of_names = (frozenset(b for b in tables if b.parameter in some) for some in subsets(sorted(names)))
    few = of_names if len(names) <= 6 else ()
    yield from unique(itertools.chain([frozenset[Block](), frozenset(tables)], of_shapes, few))


def subsets(values: Sequence[T]) -> Iterator[tuple[T, ...]]:
    """All subsets, the small ones first."""
    return itertools.chain.from_iterable(itertools.combinations(values, n) for n in range(len(values) + 1))


def unique(values: Iterable[H]) -> Iterator[H]:
    """Each of them once, as they come."""
    seen = set[H]()
    for value in values:
        if value not in seen:
            seen.add(value)
            yield value


def parts_of(weight: Weight, sizes: Sizes) -> int:
    """Into how many parts its rows may fall."""
    return int(sizes[weight.parts]) if weight.parts else 1


Free = Mapping[str, tuple[Shape, int]]  # by weight: its shape and number of parts


def _laid(
    blocks: list[Block], weights: Free, free: frozenset[Piece], turned: frozenset[Block], steps: Iterator[int]
) -> Iterator[dict[Block, tuple[Piece, ...]]]:
    """The ways in which all blocks hold pieces of `free`; looking for them takes one of `steps` after the other."""
    _take(steps)
    if not blocks:
        yield {}
        return
    first, *rest = blocks
    for names in unique(_held(first.shape[::-1] if first in turned else first.shape, weights, free)):
        for held in _laid(rest, weights, free - set(names), turned, steps):
            yield {first: names, **held}


def _take(steps: Iterator[int]) -> None:
    if next(steps, None) is None:
        raise TooLong


def _held(shape: Shape, weights: Free, free: frozenset[Piece]) -> Iterator[tuple[Piece, ...]]:
    """Pieces that make up a block of this shape: whole weights of one shape, one after the other or part by part; or
    the next part of one weight or of several."""
    for (whole, parts), equal in _by_shape(weights).items():
        if len(whole) != len(shape) or whole[1:] != shape[1:] or not whole or not whole[0] or not shape[0]:
            continue
        untouched = [name for name in equal if all((name, part) in free for part in range(parts))]
        if not shape[0] % whole[0]:
            for names in itertools.permutations(untouched, shape[0] // whole[0]):
                yield tuple((name, part) for name in names for part in range(parts))
                yield tuple((name, part) for part in range(parts) for name in names)
        rows = whole[0] // parts
        if parts > 1 and not shape[0] % rows:
            for part in range(parts):
                next_ones = [n for n in equal if (n, part) in free and (part == 0 or (n, part - 1) not in free)]
                yield from (
                    tuple((name, part) for name in names)
                    for names in itertools.permutations(next_ones, shape[0] // rows)
                )


def _by_shape(weights: Free) -> dict[tuple[Shape, int], list[str]]:
    found: dict[tuple[Shape, int], list[str]] = {}
    for name, kind in weights.items():
        found.setdefault(kind, []).append(name)
    return found
