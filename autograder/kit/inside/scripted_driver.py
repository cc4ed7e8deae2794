"""A scripted run of a notebook's training driver, in the student process: everything is the notebook's own but the data
that it loads and what its models answer.

Every text spells its row's number, so that a model knows which row it is asked about through any vocabulary. It
answers with logits whose cross-entropy is the loss that the script has for this row and for the epoch whose weights
the model holds. The weights are real and move by real optimiser steps, so whatever keeps and brings back weights
(files, copies, whole models) works as it does in earnest, and the epoch is known by the weights alone.
"""

from __future__ import annotations

import contextlib
import hashlib
import inspect
import io
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from autograder.inside import encode, no_gpu
from autograder.inside.elsewhere import elsewhere

BITS = 8
MAX_PRINTED = 20_000


class Script:
    """What the models are to answer, and what was asked of them.

    labels[row]: 0 or 1. parts[row]: "training", "validation" or "test". losses[row][epoch]; epoch 0 is that of weights
    that no training led to, and all later ones than the last are the last.
    """

    def __init__(self, labels: Sequence[int], parts: Sequence[str], losses: Sequence[Sequence[float]]) -> None:
        self.labels, self.parts, self.losses = labels, parts, losses
        self.epochs: dict[bytes, int] = {}  # weights -> epoch
        self.trained = False  # since the last new weights were seen

    def forward(self, model: Any, *args: Any, **kwargs: Any) -> Any:
        """Logits float32 [B, 2] for the texts in the first argument that holds token ids [B, T]."""
        import torch

        tensors = [a for a in (*args, *kwargs.values()) if isinstance(a, torch.Tensor) and a.dim() == 2]
        if not tensors:
            raise TypeError("forward was not given token ids [batch, time]")
        ids = tensors[0]
        rows, turned = ([self.row_of(tokens) for tokens in side.tolist()] for side in (ids, ids.T))
        if all(row is None for row in rows) and any(row is not None for row in turned):  # time first
            rows = turned
        seen = {self.parts[row] for row in rows if row is not None}
        if "training" in seen and torch.is_grad_enabled():
            self.trained = True
        epoch = self.epoch_of(model) if seen - {"training"} else 0
        # No number, but a gradient, so that every step of the optimiser moves every weight.
        push = sum((p - p.detach()).sum() for p in model.parameters() if p.requires_grad)
        logits = []
        for row in rows:
            margin = 0.0 if row is None else self.margin(row, epoch)
            sides = [-margin / 2, margin / 2]
            logits.append(torch.tensor(sides if row is None or self.labels[row] else sides[::-1]))
        true = torch.tensor([0 if row is None else self.labels[row] for row in rows])
        return torch.stack(logits) + torch.nn.functional.one_hot(true, 2) * push

    def row_of(self, tokens: Sequence[int]) -> int | None:
        """The number that a text spells: a word, then BITS words that are that one (0) or not (1), then as many that
        say the opposite."""
        bits = [int(token != tokens[0]) for token in tokens[1 : 1 + 2 * BITS]]
        if len(bits) < 2 * BITS or any(a == b for a, b in zip(bits[:BITS], bits[BITS:], strict=True)):
            return None
        row = sum(bit << place for place, bit in enumerate(bits[:BITS]))
        return row if row < len(self.parts) else None

    def epoch_of(self, model: Any) -> int:
        """Which epoch left these weights: a number from 1, or 0 if none did."""
        weights = hashlib.sha256()
        for parameter in model.parameters():
            weights.update(parameter.detach().cpu().numpy().tobytes())
        key = weights.digest()
        if key not in self.epochs and self.trained:
            self.epochs[key], self.trained = len(self.epochs) + 1, False
        return self.epochs.get(key, 0)

    def margin(self, row: int, epoch: int) -> float:
        """By how much the right class's logit exceeds the other: its cross-entropy is then the script's loss."""
        losses = self.losses[row]
        return -math.log(math.expm1(losses[min(epoch, len(losses) - 1)]))


def run(
    server: Any,
    names: Mapping[str, Any],
    settings: Mapping[str, Any],
    more: Sequence[Any],
    data: Sequence[Any],
    script: Mapping[str, Any],
) -> dict[str, Any]:
    """Call the notebook's driver under a script; what it returned and printed.

    `names` in the notebook: `driver`; `settings`, a class whose object is its first argument; `load`, which returns the
    data; `models`, the classes that answer by the script; `optional`, functions that the driver may call and that no
    word of the script suits, each with what it says instead where it fails. `settings`: attributes of the first
    argument; `more`: further arguments, left out where the driver takes only one. The notebook's `load` is gone
    afterwards.
    """
    parts = server.revived(data)
    answer: dict[str, Any] = server.retrying(lambda: call(server, names, settings, more, parts, script))
    return answer


def call(
    server: Any, names: Mapping[str, Any], settings: Mapping[str, Any], more: Sequence[Any], data: Sequence[Any],
    script: Mapping[str, Any],
) -> dict[str, Any]:  # fmt: skip
    """One attempt of `run`, with the data as it is to be returned."""
    followed = Script(script["labels"], script["parts"], script["losses"])
    namespace, function = server.workspace.namespace, server.lookup(names["driver"])
    first = server.lookup(names["settings"])()
    for name, value in settings.items():
        setattr(first, name, value)
    printed = io.StringIO()
    with contextlib.ExitStack() as stack:
        stack.enter_context(without_gpu())
        stack.enter_context(elsewhere())
        stack.enter_context(as_they_are())
        stack.enter_context(contextlib.redirect_stdout(printed))
        namespace[names["load"]] = lambda *args, **kwargs: tuple(data)
        for name, said in names["optional"].items():
            namespace[name] = forgiving(namespace.get(name), said)
        for name in names["models"]:
            kind = namespace.get(name)
            if isinstance(kind, type):
                stack.enter_context(changed(kind, "forward", lambda model, *a, **k: followed.forward(model, *a, **k)))
        value = function(*arguments(function, first, more))
    return {"value": encode.describe(value), "printed": printed.getvalue()[-MAX_PRINTED:]}


def forgiving(function: Any, said: Sequence[Any]) -> Callable[..., Any]:
    """A function that is no part of the driver's work: where it fails, it says `said`."""

    def tried(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except Exception:  # of any kind
            return tuple(said)

    return tried


def arguments(function: Any, first: Any, more: Sequence[Any]) -> tuple[Any, ...]:
    """All arguments, or the first alone if it takes no more."""
    try:
        inspect.signature(function).bind(first, *more)
    except (TypeError, ValueError):
        return (first,)
    return first, *more


@contextlib.contextmanager
def changed(owner: Any, name: str, value: Any) -> Iterator[None]:
    """An attribute has another value for a while."""
    own = name in vars(owner)
    before = vars(owner).get(name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, before) if own else delattr(owner, name)


@contextlib.contextmanager
def as_they_are() -> Iterator[None]:
    """Models are not compiled, traced or scripted: their scripted answers are no code that a compiler could read."""
    import torch

    def same(model: Any = None, *args: Any, **kwargs: Any) -> Any:
        return model if model is not None else lambda function: function

    with changed(torch, "compile", same), changed(torch.jit, "script", same), changed(torch.jit, "trace", same):
        yield


@contextlib.contextmanager
def without_gpu() -> Iterator[None]:
    """What asks for a GPU gets the CPU; batches are made in this process."""
    import torch

    def alone(loader: Any) -> Any:
        loader.num_workers, loader.timeout, loader.pin_memory = 0, 0, False
        return iterate(loader)

    iterate = torch.utils.data.DataLoader.__iter__
    owners = (torch, torch.cuda, torch.Tensor, torch.nn.Module)
    before = [dict(vars(owner)) for owner in owners]
    try:
        no_gpu.install(lambda: None)
        with changed(torch.utils.data.DataLoader, "__iter__", alone):
            yield
    finally:
        for owner, own in zip(owners, before, strict=True):
            for name in [name for name, value in vars(owner).items() if own.get(name) is not value]:
                setattr(owner, name, own[name]) if name in own else delattr(owner, name)


OPERATIONS: dict[str, Callable[..., Any]] = {"run": run}
