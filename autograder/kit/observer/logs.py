"""Finds trainings in printed text: the driver's log lines, and what other drivers print in similar words.

    Length of vocabulary is 56729                      The model has 98,131 trainable parameters
    epoch: 1                                           Epoch 2/5 | train loss 0.69 | val acc 50.2%
    train_loss: 0.693, train_acc: 0.504                test_loss: 0.694, test_acc: 0.500

The text is the student's: it is read line by line in linear time and never believed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from math import isfinite

from autograder.evidence import Epoch

MOST_CHARS, MOST_LINE, MOST_RUNS, MOST_EPOCHS = 1_000_000, 1_000, 1_000, 200
FIRST_QUOTED, LAST_QUOTED, QUOTED = 3, 5, 160  # lines of one training, from both its ends; characters of one line
ROUNDED = 0.00051  # how far apart the same figure may be that was printed twice, in three decimals or more
Figure = tuple[str, str, float]  # part (train, valid, test), quantity (loss, acc), value

_NUMBER = r"\d{1,12}(?:\.\d{0,25})?(?:e[-+]?\d{1,3})?"
_TOKEN = re.compile(
    r"(?P<train>(?<![a-z])(?:training|train|trn)(?![b-km-z]))"
    r"|(?P<valid>(?<![a-z])(?:validation|valid|val|dev)(?![b-km-z]))"
    r"|(?P<test>(?<![a-z])(?:testing|test)(?![b-km-z]))"
    r"|(?P<loss>loss(?:es)?(?![a-z]))|(?P<acc>(?:accuracy|accs|acc)(?![a-z]))"
    rf"|(?P<number>(?<![\w.])-?{_NUMBER}(?P<percent>\s?%)?)"
    r"|(?P<filler>(?<![a-z])(?:is|was|of|the|on|set|mean|avg|average|score|final)(?![a-z]))"
    r"|(?P<other>(?<![a-z])(?:best|lowest|highest|min|minimum|max|maximum|previous|prev|last|old|target|goal|baseline)"
    r"(?![a-z]))"
    r"|(?P<word>[a-z]+)"
)
_EPOCH = re.compile(r"(?<![a-z])epoch\W{0,4}(\d{1,6})(?!\d)")
_BEST = re.compile(r"(?:best|lowest|at|from|of|after)\W{1,3}epoch")
_VOCAB = re.compile(r"vocab")
_SIZE = re.compile(r"(?:length|size|len|words|tokens|vocab)\D{0,40}?(\d[\d,_]{0,15})")
_PARAMETERS = re.compile(
    r"(\d[\d,_ ]{0,20}\d)\s*(?:total |trainable |model |learnable )*parameters"
    r"|(?<![a-z])param(?:eter)?s?(?:[ _]count)?(?: is| are)?\W{1,20}(\d[\d,_]{0,20})"
)
_NO_COUNT = re.compile(
    r"hyper|hparam|best|param\w{0,6}[ _-]{0,3}(?:set|grid|comb|config|search|group|no\b)|config|trial|params? ?/"
)
_LEAST_PARAMETERS = 100  # of a model of words; smaller numbers count something else
_BAR = re.compile(r"\d%\||it/s|s/it|\d/\d+ \[")
_LISTED = ("{", "['", '["', "[{", "'", '"')  # a dict or a list that was printed: figures once more
_RELEVANT = ("loss", "acc", "epoch", "param", "vocab")


@dataclass(frozen=True)
class Logged:
    """One training as its output tells it. Accuracies are shares; None where nothing was printed.

    `lines`: those of the output that it was read from, as they stand there, the first and the last few of them.
    """

    vocab_size: int | None = None
    num_params: int | None = None
    epochs: tuple[Epoch, ...] = ()
    test_loss: float | None = None
    test_acc: float | None = None
    lines: tuple[str, ...] = ()

    @property
    def trains(self) -> bool:
        """Whether it tells of training, not of a test or a validation alone, which may be of a model that was there."""
        return any(epoch.train_loss is not None or epoch.train_acc is not None for epoch in self.epochs) or bool(
            self.num_params is not None and self.epochs
        )


@dataclass
class _Reader:
    """The runs so far, and where in the last one the text is. `closed`: its test figures were printed."""

    runs: list[Logged] = field(default_factory=list)
    vocab_size: int | None = None
    epoch: int | None = None  # number printed last, until figures come
    last_epoch: int | None = None  # number of the last epoch with figures
    closed: bool = True

    def start(self, num_params: int | None = None) -> None:
        self.runs.append(Logged(self.vocab_size, num_params))
        self.last_epoch, self.closed = None, False

    def change(self, **changes: object) -> None:
        self.runs[-1] = replace(self.runs[-1], **changes)  # type: ignore[arg-type]

    def quote(self, line: str) -> None:
        lines = (*self.runs[-1].lines, line[:QUOTED])
        room = len(lines) <= FIRST_QUOTED + LAST_QUOTED
        self.change(lines=lines if room else (*lines[:FIRST_QUOTED], *lines[-LAST_QUOTED:]))


def read_logs(text: str) -> tuple[Logged, ...]:
    """The trainings that the text tells of, in its order, models of which nothing but the size is said among them; at
    most MOST_RUNS. What is told twice stands here twice: see repeats.py."""
    reader = _Reader()
    for line in text[:MOST_CHARS].replace("\r", "\n").split("\n"):
        shown = line[:MOST_LINE].strip()
        line = shown.lower()
        if any(word in line for word in _RELEVANT) and not _BAR.search(line):
            before = reader.runs[-1] if reader.runs else None
            (_read_listed if line.startswith(_LISTED) else _read_line)(reader, line)
            if reader.runs and reader.runs[-1] is not before:
                reader.quote(shown)
        if len(reader.runs) >= MOST_RUNS:
            break
    return tuple(run for run in reader.runs if run.num_params is not None or run.epochs or run.test_acc is not None)


def _read_line(reader: _Reader, line: str) -> None:
    if _VOCAB.search(line) and (size := _integer(_SIZE.search(line))) is not None:
        reader.vocab_size = size
        if not reader.closed and reader.runs[-1].epochs:
            reader.closed = True
        elif not reader.closed:
            reader.change(vocab_size=size)
    if (count := _parameters(line)) is not None:
        if reader.closed or reader.runs[-1].epochs or reader.runs[-1].num_params is not None:
            reader.start(count)
        else:
            reader.change(num_params=count)
    number = _EPOCH.search(line)
    if number is not None and not _BEST.search(line):
        reader.epoch = int(number[1])
    found = list(_figures(line))
    _add_epoch(reader, [figure for figure in found if figure[0] != "test"])
    _add_test(reader, [figure for figure in found if figure[0] == "test"])


def _add_epoch(reader: _Reader, found: list[Figure]) -> None:
    """Figures of training and validation: of the same epoch, of the next one, or of a new training's first."""
    if not found:
        return
    names = [f"{part}_{quantity}" for part, quantity, _ in found]
    figures = {name: value for name, (_, _, value) in zip(names, found, strict=True)}
    number, last = reader.epoch, reader.last_epoch
    if number in (None, last) and reader.runs and reader.runs[-1].epochs and agree(reader.runs[-1].epochs[-1], figures):
        reader.epoch = None  # said twice: printed and logged, or once more where the weights are saved
        return
    repeats = bool(reader.runs and reader.runs[-1].epochs) and any(
        getattr(reader.runs[-1].epochs[-1], name) is not None for name in names
    )
    goes_on = number is not None and last is not None and number == last + 1
    starts_over = number is not None and last is not None and (number < last or (number == last and repeats))
    if starts_over or (reader.closed and not goes_on):
        reader.start()
    elif goes_on:
        reader.closed = False  # tested after every epoch
    epochs = reader.runs[-1].epochs
    current = epochs[-1] if epochs else Epoch()
    new = not epochs or goes_on or repeats
    if new and len(epochs) < MOST_EPOCHS:
        reader.change(epochs=(*epochs, replace(Epoch(), **figures)))
    elif not new:
        reader.change(epochs=(*epochs[:-1], replace(current, **figures)))
    if new:
        reader.last_epoch = reader.epoch if reader.epoch is not None else reader.last_epoch
    reader.epoch = None


def _add_test(reader: _Reader, found: list[Figure]) -> None:
    """Test figures end a training. Alone, they are one only if loss and accuracy stand together."""
    figures = {f"test_{quantity}": value for _, quantity, value in found}
    if not figures:
        return
    if reader.closed and reader.runs and agree(reader.runs[-1], figures):
        return
    if reader.closed and reader.runs and not any(getattr(reader.runs[-1], name) is not None for name in figures):
        reader.change(**figures)  # loss and accuracy on lines of their own
        return
    if reader.closed:
        if len(figures) < 2:
            return
        reader.start()
    reader.change(**figures)
    reader.closed = True


def _read_listed(reader: _Reader, line: str) -> None:
    """A printed result repeats the last training; all it adds is more decimals."""
    figures = {f"test_{quantity}": value for part, quantity, value in _figures(line) if part == "test"}
    if "test_acc" not in figures:
        return
    if not reader.runs:
        reader.start(_integer(re.search(r"num_params\W{1,9}(\d{3,15})", line)))
        reader.change(**figures)
        reader.closed = True
    elif agree(reader.runs[-1], figures):
        reader.change(**figures)


def agree(known: Logged | Epoch, figures: Mapping[str, float]) -> bool:
    """Whether all the figures are known, up to three decimals."""
    values = {name: getattr(known, name) for name in figures}
    return all(value is not None and abs(value - figures[name]) < ROUNDED for name, value in values.items())


def _parameters(line: str) -> int | None:
    """The size of a model that a line tells; not that of a grid, nor the number of a set of hyper-parameters."""
    if "param" not in line or _NO_COUNT.search(line):
        return None
    count = _integer(_PARAMETERS.search(line))
    return count if count is not None and count >= _LEAST_PARAMETERS else None


def _figures(line: str) -> Iterator[Figure]:
    """Every number of a line that follows a part and a quantity: `train_loss: 0.69`, `val loss/acc 0.69/50.2%`."""
    part, waiting, other = "", list[str](), False
    for token in _TOKEN.finditer(line):
        kind = token.lastgroup
        if kind in ("train", "valid", "test"):
            part, waiting = "" if other else kind, []
        elif kind == "other":  # the best so far, the last one: said again
            other, waiting = True, []
        elif kind in ("loss", "acc"):
            waiting.append(kind)
        elif kind in ("number", "percent") and waiting:
            quantity = waiting.pop(0)
            value = _value(token, quantity)
            other = other and bool(waiting)
            if part and value is not None:
                yield part, quantity, value
        elif kind == "word":
            waiting = []


def _value(token: re.Match[str], quantity: str) -> float | None:
    """A loss in nats or a share; None for what can't be either."""
    text = token["number"].rstrip("% ")
    number = float(text)
    if not isfinite(number) or number < 0:
        return None
    if quantity == "loss":
        return number if number < 1e6 else None
    percent = token["percent"] is not None or number > 1
    if number > 100 or (percent and token["percent"] is None and "." not in text):
        return None
    return number / 100 if percent else number


def _integer(match: re.Match[str] | None) -> int | None:
    digits = re.sub(r"\D", "", next((group for group in match.groups() if group), "")) if match is not None else ""
    return int(digits) if 0 < len(digits) <= 15 else None
