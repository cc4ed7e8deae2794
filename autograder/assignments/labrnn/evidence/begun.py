"""Whether a part of Lab 2 was begun: trainings of its own kind, wherever they stand, or a cell that was to make them.

(a) and (b) ask for adaptive optimizers with the sizes as given, (c) to (e) vary one size, (f) several together in more
than one configuration, (g) reads both ways. What a training is decides, not its heading alone: under one heading there
may be the trainings of three parts, and another part's trainings under a wrong one. A base of the student's own, such
as a larger embedding everywhere, is known by two trainings that differ in one thing only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations, islice
from typing import Any

from autograder.assignments.labrnn.evidence.settings import SIZES, changed, optimizer
from autograder.evidence import Evidence, Training
from autograder.kit.observer.constants import same
from autograder.kit.observer.trainings import NO_STEPS

SIZE_OF = {"lab2.c": "N_LAYERS", "lab2.d": "HIDDEN_DIM", "lab2.e": "EMBEDDING_DIM"}
KIND_OF = {"lab2.a": "LSTM", "lab2.b": "GRU"}
_SET = re.compile(
    r"(?<![\w.])(?!self\b)\w{1,60}\.(N_LAYERS|HIDDEN_DIM|EMBEDDING_DIM|BIDIRECTIONAL|OPTIM)\s{0,9}=(?!=)"
    r"|[\"'](N_LAYERS|HIDDEN_DIM|EMBEDDING_DIM|BIDIRECTIONAL|OPTIM)[\"']\s{0,9}[:,]"
    r"|[(,]\s{0,99}(N_LAYERS|HIDDEN_DIM|EMBEDDING_DIM|BIDIRECTIONAL|OPTIM)\s{0,9}=(?!=)"
)
_ADAPTIVE = re.compile(r"(?i)[\"'](?:adagrad|rmsprop|adam\w{0,4})[\"']")
_MOST = 200_000  # characters of a cell
_MOST_COMPARED = 80


def begun(part: str, evidence: Evidence) -> bool:
    """Whether our run saw trainings of the part's kind take their first step, whatever became of them."""
    seen = [t for t in evidence.trainings if t.standing == "observed" and t.error != NO_STEPS]
    if any(t.section == part and not _clear(t) for t in seen):
        return True  # the hook could not read what was trained: the heading decides
    if part in KIND_OF:
        return _optimizers(part, [t for t in seen if t.kind == KIND_OF[part]], evidence.own)
    if part in SIZE_OF:
        return _one_size(part, seen, evidence.own)
    if part == "lab2.f":
        return _several(seen, evidence.own)
    return any(t.settings.get("BIDIRECTIONAL") is True for t in seen)


def _clear(training: Training) -> bool:
    return bool(training.kind) and all(name in training.settings for name in (*SIZES, "OPTIM"))


def _adaptive(training: Training) -> bool:
    return optimizer(training.settings) not in ("", "sgd")


def _optimizers(part: str, trainings: Sequence[Training], own: Mapping[str, Any]) -> bool:
    """With the sizes as given, under the part's heading, or beside one that differs in its optimizer alone."""
    adaptive = [t for t in trainings if _adaptive(t) and t.settings.get("BIDIRECTIONAL") is not True]
    if any(t.section == part or not _sizes(t, own) for t in adaptive):
        return True
    return any(_differ(one, other) == {"OPTIM"} for one, other in _pairs(adaptive))


def _one_size(part: str, trainings: Sequence[Training], own: Mapping[str, Any]) -> bool:
    """That size alone is another one, or under the part's heading it is, or two trainings differ in it alone."""
    name = SIZE_OF[part]
    if any(_sizes(t, own) == {name} or (t.section == part and name in _sizes(t, own)) for t in trainings):
        return True
    pairs = _pairs([t for t in trainings if _clear(t)])
    return any(_differ(one, other) in ({name}, {name, "OPTIM"}) for one, other in pairs)


def _pairs(trainings: Iterable[Training]) -> Iterator[tuple[Training, Training]]:
    """Every two configurations, of the first few: whoever makes hundreds has made what the parts ask for."""
    names = (*SIZES, "BIDIRECTIONAL", "OPTIM")
    different = {repr([t.kind, *(t.settings.get(name) for name in names)]): t for t in trainings}
    return combinations(islice(different.values(), _MOST_COMPARED), 2)


def _several(trainings: Sequence[Training], own: Mapping[str, Any]) -> bool:
    """Configurations in which at least two sizes are others: two of them, or one beside another under the heading."""
    together = [t for t in trainings if len(_sizes(t, own)) > 1]
    headed = [t for t in trainings if t.section == "lab2.f"]
    several = len(_configurations(together)) > 1
    return several or (any(t in together for t in headed) and len(_configurations(headed)) > 1)


def _configurations(trainings: Iterable[Training]) -> set[str]:
    names = ("BIDIRECTIONAL", "OPTIM", "LR", "DROPOUT_RATE")
    return {repr([t.kind, *(t.settings.get(name) for name in (*SIZES, *names))]) for t in trainings}


def _sizes(training: Training, own: Mapping[str, Any]) -> set[str]:
    """The sizes that are others than the notebook's own HyperParams gives."""
    return set(SIZES) & changed(training.settings, own).keys()


def _differ(one: Training, other: Training) -> set[str]:
    """In which of sizes, directions and optimizer; the class counts too."""
    names = {n for n in (*SIZES, "BIDIRECTIONAL", "OPTIM") if not same(one.settings.get(n), other.settings.get(n))}
    return names | ({"kind"} if one.kind != other.kind else set())


def named(source: str) -> tuple[str, ...]:
    """The parts whose kind of training a cell's text sets up, as far as it says so; it need not be Python."""
    text = source[:_MOST]
    fields = {name for match in _SET.finditer(text) for name in match.groups() if name}
    parts = {part for part, name in SIZE_OF.items() if name in fields}
    if len(parts) > 1:
        parts.add("lab2.f")
    if "BIDIRECTIONAL" in fields and "True" in text:
        parts.add("lab2.g")
    if "OPTIM" in fields and _ADAPTIVE.search(text):
        parts.add("lab2.b" if "gru" in text.lower() else "lab2.a")
    return tuple(sorted(parts))
