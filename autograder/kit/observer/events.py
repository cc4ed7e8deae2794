"""What the hook in the kernel reported, checked value by value: it comes from the student's process."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import isfinite
from typing import Any

from autograder.evidence import Epoch
from autograder.kit.observer.names import Names

MOST_TRAININGS, MOST_EPOCHS, MOST_FIELDS, MOST_TEXT = 500, 200, 80, 300
_LISTS = {"train_loss": "train_loss", "train_acc": "train_acc", "valid_loss": "valid_loss", "valid_acc": "valid_acc"}


@dataclass(frozen=True)
class Seen:
    """One training as the hook saw it.

    `driver`: name of the notebook's driver that made it, or empty. `settings`: the fields of the object that holds
    them, and over these what was really built; `declared`: the fields alone. `optimizer`: its settings at the first
    step, by torch's names. `rates`: learning rate by step. `steps`: None until it ended. `ended`: it came back, in
    order or with an error.
    """

    driver: str = ""
    kind: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    declared: Mapping[str, Any] = field(default_factory=dict)
    optimizer: Mapping[str, Any] = field(default_factory=dict)
    rates: Mapping[int, float] = field(default_factory=dict)
    vocab_size: int | None = None
    num_params: int | None = None
    epochs: tuple[Epoch, ...] = ()
    test_loss: float | None = None
    test_acc: float | None = None
    steps: int | None = None
    seconds: float | None = None
    error: str = ""
    ended: bool = False

    @property
    def trained(self) -> bool:
        """An optimizer took at least one step."""
        return bool(self.optimizer) or bool(self.steps)


@dataclass(frozen=True)
class CellEvents:
    """What the hook reported of one cell. `steps`: of all optimizers; None if the cell did not come to its end."""

    trainings: tuple[Seen, ...] = ()
    steps: int | None = None


def read_events(events: Iterable[Mapping[str, Any]], names: Names) -> CellEvents:
    """One cell's reports put together; whatever is not as the hook writes it is left out."""
    found: dict[int, Seen] = {}
    steps: int | None = None
    for event in events:
        kind = text(event.get("event")) if isinstance(event, dict) else ""
        number = count(event.get("id")) if kind else None
        if kind == "cell":
            steps = count(event.get("steps"))
        elif kind == "training" and number is not None and len(found) < MOST_TRAININGS:
            found[number] = _begun(event, names)
        elif kind == "model" and number in found:
            found[number] = _described(found[number], event, names)
        elif kind == "end" and number in found:
            found[number] = _ended(found[number], event)
    return CellEvents(tuple(found.values()), steps)


def _begun(event: Mapping[str, Any], names: Names) -> Seen:
    declared = settings(event.get("hparams"))
    driver = text(event.get("driver"))
    said = text(event.get("kind")), *(kind for kind in names.kinds[1:] if kind.lower() in driver.lower())
    return Seen(driver, next((kind for kind in said if kind in names.kinds), ""), settings=declared, declared=declared)


def _described(seen: Seen, event: Mapping[str, Any], names: Names) -> Seen:
    model, optimizer = mapping(event.get("model")), settings(event.get("optimizer"))
    declared = seen.declared or settings(event.get("hparams"))
    built = settings(model.get("built"))
    if name := text(optimizer.get("name")):
        built[names.optimizer] = name.lower()
    rate = share(optimizer.get("initial_lr", optimizer.get("lr")), most=1e6)
    if rate is not None:
        built[names.rate] = rate
    return replace(
        seen,
        kind=_kind(model, names.kinds) or seen.kind,
        settings={**declared, **built},
        declared=declared,
        optimizer=optimizer,
        vocab_size=count(model.get("vocab_size")),
        num_params=count(model.get("num_params")),
    )


def _kind(model: Mapping[str, Any], known: Sequence[str]) -> str:
    """By the recurrent layers that were built; by the class's name where there are none, or both kinds."""
    layers = model.get("layers")
    parts = [text(part) for part in layers[:10]] if isinstance(layers, list) else []
    for words in (parts, [text(model.get("class"))]):
        kinds = {kind for kind in known if any(kind in word.upper() for word in words)}
        if len(kinds) == 1:
            return kinds.pop()
    return ""


def _ended(seen: Seen, event: Mapping[str, Any]) -> Seen:
    result = mapping(event.get("result"))
    rates = {int(key): rate for key, value in mapping(event.get("rates")).items()
             if key.isdecimal() and len(key) < 9 and (rate := share(value, most=1e6)) is not None}  # fmt: skip
    return replace(
        seen,
        rates=rates,
        epochs=_epochs(result),
        test_loss=share(_value(result, "test", "loss"), most=1e6),
        test_acc=share(_value(result, "test", "acc")),
        steps=count(event.get("steps")),
        seconds=share(event.get("seconds"), most=1e7),
        error=text(event.get("error")),
        ended=True,
    )


def _epochs(result: Mapping[str, Any]) -> tuple[Epoch, ...]:
    """From lists with one figure per epoch, under whatever names; without them, none."""
    columns: dict[str, list[Any]] = {}
    for part in ("train", "valid"):
        for quantity in ("loss", "acc"):
            values = _value(result, part, quantity)
            if isinstance(values, list):
                columns[f"{part}_{quantity}"] = values[:MOST_EPOCHS]
    length = max(map(len, columns.values()), default=0)
    rows = [{name: values[i] for name, values in columns.items() if i < len(values)} for i in range(length)]
    return tuple(
        Epoch(**{name: share(value, most=1e6 if "loss" in name else 1.0) for name, value in row.items()})
        for row in rows
    )


def _value(result: Mapping[str, Any], part: str, quantity: str) -> Any:
    """The driver's key for it: `valid_accs`, `val_acc`, `test_accuracy`, …; None where there is none."""
    starts = ("valid", "val") if part == "valid" else (part,)
    for key, value in result.items():
        if key.lower().startswith(starts) and quantity in key.lower():
            return value
    return None


# ---- plain values ----------------------------------------------------------------------------------------------------
def text(value: Any) -> str:
    return value[:MOST_TEXT] if type(value) is str else ""


def count(value: Any) -> int | None:
    return value if type(value) is int and 0 <= value < 10**12 else None


def share(value: Any, most: float = 1.0) -> float | None:
    """A finite number from 0 to `most`; None for anything else."""
    if type(value) not in (int, float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if isfinite(number) and 0 <= number <= most else None


def mapping(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        return {}
    return {key[:MOST_TEXT]: item for key, item in list(value.items())[:MOST_FIELDS] if type(key) is str}


def settings(value: Any) -> dict[str, Any]:
    """Names with numbers, truth values or short texts."""
    plain = {key: text(item) if type(item) is str else item for key, item in mapping(value).items()}
    return {
        key: item
        for key, item in plain.items()
        if type(item) in (bool, str) or count(item) is not None or (type(item) is float and isfinite(item))
    }
