"""Which trainings each part of the assignment asks for, and which of them a notebook made in our run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from autograder.assignments.labrnn.evidence.settings import ADAPTIVE, SIZES, changed, optimizer, part_of, template
from autograder.evidence import Evidence, Training
from autograder.kit.observer.constants import same

SHOWN = {"adagrad": "Adagrad", "rmsprop": "RMSprop", "adam": "Adam", "sgd": "SGD"}
VARIED = {
    "lab2.c": ("N_LAYERS", "number of layers"),
    "lab2.d": ("HIDDEN_DIM", "hidden size"),
    "lab2.e": ("EMBEDDING_DIM", "embedding size"),
}
_KINDS = {"lab1.f": "LSTM", "lab1.h": "GRU", "lab2.a": "LSTM", "lab2.b": "GRU"}


@dataclass(frozen=True)
class Wanted:
    """One training that a part asks for, in words, and whether it was made."""

    words: str
    made: bool


def wanted(part: str, evidence: Evidence) -> tuple[Wanted, ...]:
    """What the part asks for. A training counts where its headings or its settings put it, and only if it ended well.

    A training under the part's heading whose settings the hook could not read stands in for one that was not found.
    """
    ended = [t for t in evidence.trainings if t.standing == "observed" and t.complete]
    own = [t for t in ended if _belongs(part, t, evidence)]
    unclear = sum(t.section == part and not _clear(t) for t in own)
    found: list[Wanted] = []
    for one in _found(part, own, ended, evidence.own):
        stands_in = not one.made and unclear > 0
        unclear -= stands_in
        found.append(Wanted(one.words, one.made or stands_in))
    return tuple(found)


def _belongs(part: str, training: Training, evidence: Evidence) -> bool:
    return part in (training.section, part_of(training.kind, training.settings, evidence.own))


def _found(part: str, own: Sequence[Training], ended: Sequence[Training], base: Mapping[str, Any]) -> Iterator[Wanted]:
    """`own`: trainings of this part; `ended`: all; `base`: what the notebook's own HyperParams has changed."""
    if part in _KINDS:
        kind = _KINDS[part]
        names = {optimizer(t.settings) for t in own if t.kind == kind}
        for name in ("sgd",) if part.startswith("lab1") else ADAPTIVE:
            yield Wanted(f"the {kind} with {SHOWN[name]}", name in names)
    elif part in VARIED:
        field, words = VARIED[part]
        usual = {**template(), **base}[field]
        values = {t.settings[field] for t in own if field in t.settings} - {usual}
        yield Wanted(f"another {words} than {usual}", len(values) > 0)
        yield Wanted(f"a second new {words}", len(values) > 1)
    elif part == "lab2.f":
        sizes = [sum(name in SIZES for name in changed(t.settings, base)) for t in own]
        yield Wanted("two of layers, hidden size and embedding changed together", max(sizes, default=0) > 1)
    else:
        both = [t for t in own if t.settings.get("BIDIRECTIONAL") is True]
        yield Wanted("a bidirectional model", bool(both))
        yield Wanted("the same model in one direction", any(_twins(one, other) for one in both for other in ended))


def _clear(training: Training) -> bool:
    return bool(training.kind) and all(name in training.settings for name in (*SIZES, "OPTIM"))


def _twins(both: Training, one: Training) -> bool:
    """The same class, sizes and optimizer, but read in one direction."""
    if one.settings.get("BIDIRECTIONAL") is True or both.kind != one.kind:
        return False
    return all(same(both.settings.get(name), one.settings.get(name)) for name in (*SIZES, "OPTIM"))


# ---- words for the report --------------------------------------------------------------------------------------------
def made(part: str, evidence: Evidence) -> str:
    """The trainings of this part, for a message: how each ended; else which cells failed."""
    own = [t for t in evidence.trainings if t.standing == "observed" and _belongs(part, t, evidence)]
    told = [f"{describe(t)} in cell {t.cell}" + (f" ({t.error:.120})" if t.error else "") for t in own]
    if not told:
        own_cells = [cell for cell in evidence.failed if part in evidence.tried.get(cell, ())]
        cells = own_cells or [cell for cell in evidence.failed if evidence.tried.get(cell) == ()]
        told = [f"no training; cell {cell} failed: {evidence.failed[cell]:.120}" for cell in cells[:2]]
    return "; ".join(told[:8]) + (f"; and {len(told) - 8} more" if len(told) > 8 else "") or "no training"


def describe(training: Training) -> str:
    """`LSTM, adam, N_LAYERS 2`: the class, the optimizer, and the sizes that were changed."""
    sizes = [
        f"{name} {value}" for name, value in changed(training.settings).items() if name in (*SIZES, "BIDIRECTIONAL")
    ]
    return ", ".join([training.kind or "a model", optimizer(training.settings) or "unknown optimizer", *sizes])


def unseen(part: str, evidence: Evidence) -> str:
    """Why the part's trainings could not be seen although the stored outputs show some; empty where that is not so.

    Our run had no time for their cell, or lacked a library that the notebook needs.
    """
    lacks = any(error.startswith("ModuleNotFoundError") for error in evidence.failed.values())
    late = {cell for cell in evidence.failed if evidence.cut and cell > min(evidence.cut)}  # for want of what was cut
    lost = {*evidence.cut, *late, *(evidence.failed if lacks else ())}
    claims = [t for t in evidence.trainings if t.standing == "claimed" and t.cell in lost and t.section in (part, "")]
    claims = [t for t in claims if t.test_acc is not None and (t.epochs or t.num_params is not None)]
    if not claims:
        return ""
    cells = ", ".join(str(cell) for cell in sorted({t.cell for t in claims}))
    reason = "lacked a library for" if lacks else "had no time for"
    return f"our run {reason} cell {cells}, whose stored output shows {len(claims)} trainings; a person may look"
