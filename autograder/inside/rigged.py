"""A rigged run of a notebook's training driver, in the student process: everything is the notebook's own but the data
that `load_imdb` returns and what its models answer.

Every review spells its row's number, so that a model knows which row it is asked about through any vocabulary. It
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
MODELS = ("LSTM", "GRU")
PREDICT = "predict_sentiment"


class Rig:
    """What the models are to answer, and what was asked of them.

    labels[row]: 0 or 1. parts[row]: "training", "validation" or "test". losses[row][epoch]; epoch 0 is that of weights
    that no training led to, and all later ones than the last are the last.
    """

    def __init__(self, labels: Sequence[int], parts: Sequence[str], losses: Sequence[Sequence[float]]) -> None:
        self.labels, self.parts, self.losses = labels, parts, losses
        self.epochs: dict[bytes, int] = {}  # weights -> epoch
        self.trained = False  # since the last new weights were seen

    def forward(self, model: Any, *args: Any, **kwargs: Any) -> Any:
        """Logits float32 [B, 2] for the reviews in the first argument that holds token ids [B, T]."""
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
        """The number that a review spells: a word, then BITS words that are that one (0) or not (1), then as many that
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
    lookup: Callable[[str], Any],
    namespace: dict[str, Any],
    driver: str,
    model_type: str,
    settings: Mapping[str, Any],
    data: Sequence[Any],
    script: Mapping[str, Any],
) -> dict[str, Any]:
    """Call `driver(hparams, model_type)` with `settings` in hparams and `data` in place of what load_imdb returns.

    The notebook's `load_imdb` is gone afterwards. Returns what the driver returned and printed.
    """
    rig = Rig(script["labels"], script["parts"], script["losses"])
    function, hparams = lookup(driver), lookup("HyperParams")()
    for name, value in settings.items():
        setattr(hparams, name, value)
    printed = io.StringIO()
    with contextlib.ExitStack() as stack:
        stack.enter_context(without_gpu())
        stack.enter_context(elsewhere())
        stack.enter_context(as_they_are())
        stack.enter_context(contextlib.redirect_stdout(printed))
        namespace["load_imdb"] = lambda *args, **kwargs: tuple(data)
        namespace[PREDICT] = predicting(namespace.get(PREDICT))
        for name in MODELS:
            kind = namespace.get(name)
            if isinstance(kind, type):
                stack.enter_context(changed(kind, "forward", lambda model, *a, **k: rig.forward(model, *a, **k)))
        value = function(*arguments(function, hparams, model_type))
    return {"value": encode.describe(value), "printed": printed.getvalue()[-MAX_PRINTED:]}


def predicting(function: Any) -> Callable[..., Any]:
    """The template's `predict_sentiment` is broken in some editions, and a word that is said here is in no vocabulary:
    where it fails, it says "negative, 0.5"."""

    def predict(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except Exception:  # of any kind: it is no part of the driver's work
            return 0, 0.5

    return predict


def arguments(function: Any, hparams: Any, model_type: str) -> tuple[Any, ...]:
    """Both arguments, or hparams alone if it takes no more."""
    try:
        inspect.signature(function).bind(hparams, model_type)
    except (TypeError, ValueError):
        return (hparams,)
    return hparams, model_type


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
