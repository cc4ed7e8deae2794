"""Each training once that a text tells of twice: printed and logged, line by line or in blocks, or in a table at last.

Identical figures are one training here, even where it was really made again: that accuses nobody.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import astuple, replace

from autograder.evidence import Epoch
from autograder.kit.observer.logs import ROUNDED, Logged, agree

NEAR = 3  # trainings back, of which a text may still be telling: outputs of two streams come in turns
LONGEST = 20  # epochs that are compared at every place


def distinct(runs: Iterable[Logged]) -> tuple[Logged, ...]:
    """Each training once, with all that is known of it; none of which no figure is told."""
    kept: list[Logged] = []
    known: dict[Hashable, int] = {}
    tested: set[tuple[float, float]] = set()
    for run in runs:
        summary = not run.epochs and run.test_loss is not None and run.test_acc is not None
        if not run.epochs and run.test_acc is None:
            continue
        if summary and near(tested, run.test_loss or 0.0, run.test_acc or 0.0):
            continue
        place = known.get(key(run))
        if place is not None and not one(kept[place], run):
            place = None
        elif place is None:
            recent = range(max(0, len(kept) - NEAR), len(kept))
            place = next((k for k in reversed(recent) if one(kept[k], run)), None)
        if place is None:
            place = len(kept)
            kept.append(run)
        else:
            kept[place] = together(kept[place], run)
        known[key(run)] = place
        if run.test_loss is not None and run.test_acc is not None:
            tested.add((round(run.test_loss, 3), round(run.test_acc, 3)))
    return tuple(kept)


def near(tested: set[tuple[float, float]], loss: float, acc: float) -> bool:
    """Whether such test figures were told already, up to three decimals."""
    losses, accs = ([round(value + step, 3) for step in (-ROUNDED, 0, ROUNDED)] for value in (loss, acc))
    return any((one_loss, one_acc) in tested for one_loss in losses for one_acc in accs)


def key(run: Logged) -> Hashable:
    """What two trainings must differ in to be two, in three decimals; one without epochs is no other."""
    if not run.epochs:
        return object()
    rounded = tuple(tuple(None if v is None else round(v, 3) for v in astuple(epoch)) for epoch in run.epochs)
    return rounded, run.num_params


def one(first: Logged, second: Logged) -> bool:
    """Whether the epochs of one stand in the other's, and nothing that both tell differs."""
    for name in ("num_params", "test_loss", "test_acc"):
        a, b = getattr(first, name), getattr(second, name)
        if a is not None and b is not None and abs(a - b) >= ROUNDED:
            return False
    shorter, longer = sorted((first.epochs, second.epochs), key=len)
    return bool(shorter) and stands_in(shorter, longer)


def stands_in(part: Sequence[Epoch], whole: Sequence[Epoch]) -> bool:
    """Whether `whole` holds `part` in one piece."""
    last = len(whole) - len(part)
    starts = range(last + 1) if len(whole) <= LONGEST else (0, last)
    return any(all(same(a, b) for a, b in zip(part, whole[s:], strict=False)) for s in starts)


def same(first: Epoch, second: Epoch) -> bool:
    """Whether what both tell is the same, and they tell of the same things at all."""
    told = {name: value for name, value in vars(first).items() if value is not None}
    both = {name: value for name, value in told.items() if getattr(second, name) is not None}
    return bool(both) and agree(second, both)


def together(first: Logged, second: Logged) -> Logged:
    """What both tell: the longer list of epochs, and every figure that one of them has."""
    longer, other = (first, second) if len(first.epochs) >= len(second.epochs) else (second, first)
    names = ("vocab_size", "num_params", "test_loss", "test_acc")
    missing = {name: getattr(other, name) for name in names if getattr(longer, name) is None}
    return replace(longer, **missing, lines=first.lines if first.epochs == longer.epochs else longer.lines)
