"""Makes next-word predictors of a hand-in's modules in the student process, and asks them for what comes next.

A predictor takes ids [B, T] and gives logits [B, T, V], so that kit/inside/training.py can train it. It is the judge's,
but the student's code may tamper with it as with all that is here; it gains nothing: the words that are asked for never
get here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from autograder.inside import encode


class Recurrent(nn.Module):  # type: ignore[misc]
    """A recurrent language model `model(inputs [T, B], hidden [L, B, H])`, every sequence from a state of zeros.

    hidden_list: the state is handed over as a list of layers. swapped: hidden comes first.
    """

    def __init__(self, model: Any, layers: int, hidden: int, hidden_list: bool, swapped: bool) -> None:
        super().__init__()
        self.model = model
        self.layers, self.hidden, self.hidden_list, self.swapped = layers, hidden, hidden_list, swapped

    def forward(self, ids: Any) -> Any:
        state: Any = torch.zeros(self.layers, ids.shape[0], self.hidden)
        given = [ids.T.contiguous(), list(state) if self.hidden_list else state]
        logits = self.model(*reversed(given) if self.swapped else given)[0]
        if isinstance(logits, (list, tuple)):
            logits = torch.stack(tuple(logits))
        return logits.reshape(ids.shape[1], ids.shape[0], -1).transpose(0, 1)


class Transformer(nn.Module):  # type: ignore[misc]
    """Embedded words and places, blocks of attention and of two linear layers, each added to what goes in, and logits.

    attentions: one for each block, `attention(query, key, value, mask [B, T, T])`. order: of these arguments, as
    places. mask: the type of the masks. hides: they say what is hidden, not what may be seen.
    """

    def __init__(
        self, attentions: list[Any], vocab: int, width: int, length: int, order: list[int], mask: str, hides: bool
    ) -> None:
        super().__init__()
        self.words, self.places = nn.Embedding(vocab, width), nn.Embedding(length, width)
        self.attentions = nn.ModuleList(attentions)
        self.before = nn.ModuleList(nn.LayerNorm(width) for _ in attentions)
        self.between = nn.ModuleList(nn.LayerNorm(width) for _ in attentions)
        self.steps = nn.ModuleList(
            nn.Sequential(nn.Linear(width, 2 * width), nn.ReLU(), nn.Linear(2 * width, width)) for _ in attentions
        )
        self.last, self.out = nn.LayerNorm(width), nn.Linear(width, vocab)
        self.order, self.mask, self.hides = order, getattr(torch, mask), hides

    def forward(self, ids: Any) -> Any:
        rows, length = ids.shape
        seen = torch.ones(length, length, dtype=torch.bool).tril()
        mask = (~seen if self.hides else seen).to(self.mask).expand(rows, length, length).contiguous()
        x = self.words(ids) + self.places.weight[:length]
        for attention, before, between, step in zip(
            self.attentions, self.before, self.between, self.steps, strict=True
        ):
            y = before(x)
            given = [y, y, y, mask]
            answer = attention(*(given[place] for place in self.order))
            x = x + (answer[0] if isinstance(answer, (list, tuple)) else answer)
            x = x + step(between(x))
        return self.out(self.last(x))


def recurrent(server: Any, target: Any, args: Any, **options: Any) -> Any:
    """A handle to the predictor of a recurrent model, and its parameters."""
    return kept(server, Recurrent(server.lookup(target), **options))


def transformer(server: Any, target: Any, args: Any, seed: int, **options: Any) -> Any:
    """A handle to the predictor of these attention modules, and its parameters; its own are drawn by the seed."""
    torch.manual_seed(seed)
    return kept(server, Transformer([server.lookup(target), *server.revived(args)], **options))


def kept(server: Any, model: Any) -> Any:
    rows = [[name, list(p.shape), bool(p.requires_grad)] for name, p in model.named_parameters()]
    return [server.keep(model.eval()), rows]


def scores(server: Any, target: Any, args: Any, rows: int) -> Any:
    """Logits [rows, T, V] of the first rows of one batch [B, T], in evaluation mode."""
    return server.retrying(lambda: encode.describe(in_eval(server.lookup(target), server.revived(args)[0])[:rows]))


def after(server: Any, target: Any, args: Any, batch: int) -> Any:
    """Logits [n, V] behind the places `ends` [n] of ids [n, T], n a multiple of `batch`, so many rows at once."""

    def asked() -> Any:
        model, (ids, ends) = server.lookup(target), server.revived(args)
        parts = [
            in_eval(model, some)[torch.arange(len(some)), end]
            for some, end in zip(ids.split(batch), ends.split(batch), strict=True)
        ]
        return encode.describe(torch.cat(parts))

    return server.retrying(asked)


def in_eval(model: Any, ids: Any) -> Any:
    """Logits of a batch, with gradients only where the model can't do without, as server.call allows for."""
    model.eval()
    try:
        with torch.no_grad():
            return model(ids.long()).detach()
    except RuntimeError:
        return model(ids.long()).detach()


OPERATIONS: dict[str, Callable[..., Any]] = {
    "recurrent": recurrent,
    "transformer": transformer,
    "scores": scores,
    "after": after,
}
