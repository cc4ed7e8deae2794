"""What was found of the experiments, as data."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Run:
    """A row of the table. `number` None: nothing tells which experiment it is. Perplexities of the last epoch, and the
    best one; inf: it overflowed or was no number; None: not there, or not to be read."""

    number: int | None
    architecture: str
    optimizer: str
    train: float | None
    valid: float | None
    best: float | None
    bold: bool = False


@dataclass(frozen=True)
class RunTable:
    """The table of all runs. `presented`: for readers, so that order and bold type count."""

    place: str
    rows: tuple[Run, ...]
    presented: bool
    has_best: bool


@dataclass(frozen=True)
class Curve:
    """Perplexities after each epoch of one experiment. `seconds` since the start; empty where no time is told."""

    place: str
    train: tuple[float | None, ...]
    valid: tuple[float | None, ...]
    seconds: tuple[float, ...] = ()


@dataclass(frozen=True)
class NormCurve:
    """Gradient norms over the steps of one model. `rescaled`: they are said to be."""

    place: str
    values: tuple[float, ...]
    rescaled: bool = False


@dataclass(frozen=True)
class Text:
    """A text that a model wrote. `length`: what it is said to have, 0 where nothing is said; `first`: the word that it
    was given, "" where that is not told."""

    tokens: tuple[str, ...]
    length: int = 0
    first: str = ""


@dataclass(frozen=True)
class Exhibits:
    """All of it: curves by experiment; norms by model, each as one or several curves; texts by model.

    `remarks`: one sentence for each file that was not read, and why.
    """

    tables: tuple[RunTable, ...] = ()
    curves: dict[int, Curve] = field(default_factory=dict)
    norms: dict[str, tuple[NormCurve, ...]] = field(default_factory=dict)
    texts: dict[str, tuple[Text, ...]] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()
