"""Modules that the tests of properties declare, each with right hand-ins in several styles."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent
from typing import Any

import numpy as np

from autograder.kit.declare import Declaration, Function, Input, Module, Weight
from autograder.kit.lab import Context, Lab
from autograder.kit.types import Real, Sizes
from autograder.records import Cell
from autograder.sandbox.inprocess import InProcess
from autograder.student.proxy import Student
from autograder.wire.limits import Limits

HEAD = "import math\nimport torch\nfrom torch import nn\nimport torch.nn.functional as F\n"
Arrays = Mapping[str, Any]


def lab_of(asked: Module | Function, source: str, **context: Any) -> Lab:
    """A hand-in of one cell, loaded in this process."""
    student = Student(InProcess(), (Cell(1, HEAD + dedent(source)),), Limits())
    student.load()
    student.begin_check()
    return Lab(student, Context(Declaration(Path(), {"one": asked}), **context))


# ---- attention -------------------------------------------------------------------------------------------------------
def attention(inputs: Arrays, w: Arrays, sizes: Sizes) -> Any:
    heads = int(sizes["num_heads"])
    x = inputs["x"]
    batch, time, width = x.shape
    q, k, v = (
        (x @ w[name].T).reshape(batch, time, heads, width // heads).swapaxes(1, 2) for name in ("wq", "wk", "wv")
    )
    scores = q @ k.swapaxes(-1, -2) / np.sqrt(width // heads)
    scores = np.where(np.tril(np.ones((time, time), bool)), np.exp(scores), 0)
    mixed = scores / scores.sum(-1, keepdims=True) @ v
    return mixed.swapaxes(1, 2).reshape(x.shape) @ w["wo"].T


ATTENTION = Module(
    "Attn",
    {"d_model": 8, "num_heads": 2, "p": 0.0},
    (Input("x", "batch time d_model"),),
    (Real("batch time d_model"),),
    weights={name: Weight("d_model d_model", parts="num_heads") for name in ("wq", "wk", "wv")}
    | {"wo": Weight("d_model d_model")},
    equations=attention,
    parameters=lambda sizes: (4 * int(sizes["d_model"]) ** 2,),
    dropout="p",
)

SEPARATE = """
class Attn(nn.Module):
    def __init__(self, d_model, num_heads, p):
        super().__init__()
        self.h, self.drop = num_heads, nn.Dropout(p)
        self.wq, self.wk, self.wv, self.wo = (nn.Linear(d_model, d_model, bias=False) for _ in range(4))

    def split(self, x):
        return x.view(*x.shape[:2], self.h, -1).transpose(1, 2)

    def forward(self, x):
        q, k, v = self.split(self.wq(x)), self.split(self.wk(x)), self.split(self.wv(x))
        scores = q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])
        later = torch.ones(x.shape[1], x.shape[1], dtype=torch.bool).triu(1)
        weights = self.drop(scores.masked_fill(later, -math.inf).softmax(-1))
        return self.wo((weights @ v).transpose(1, 2).flatten(2))
"""
FUSED_TURNED = """
class Attn(nn.Module):
    def __init__(self, d_model, num_heads, p):
        super().__init__()
        self.h, self.p = num_heads, p
        self.kqv = nn.Parameter(torch.randn(d_model, 3 * d_model) * 0.1)
        self.out = nn.Parameter(torch.randn(d_model, d_model) * 0.1)

    def forward(self, x):
        k, q, v = [t.unflatten(-1, (self.h, -1)).transpose(1, 2) for t in (x @ self.kqv).chunk(3, -1)]
        weights = F.dropout(F.scaled_dot_product_attention(q, k, v, is_causal=True), self.p, self.training)
        return weights.transpose(1, 2).flatten(2) @ self.out
"""
HEAD_BY_HEAD = """
class Attn(nn.Module):
    def __init__(self, d_model, num_heads, p):
        super().__init__()
        self.h, self.p = num_heads, p
        self.qkv = nn.Linear(d_model, 3 * d_model, bias=False)
        self.out = nn.Linear(d_model, d_model, bias=False)

    def forward(self, x):
        q, k, v = self.qkv(x).unflatten(-1, (self.h, -1)).transpose(1, 2).chunk(3, -1)
        mixed = F.dropout(F.scaled_dot_product_attention(q, k, v, is_causal=True), self.p, self.training)
        return self.out(mixed.transpose(1, 2).flatten(2))
"""
A_MODULE_A_HEAD = """
class Head(nn.Module):
    def __init__(self, d_model, size):
        super().__init__()
        self.key, self.query, self.value = (nn.Linear(d_model, size, bias=False) for _ in range(3))

    def forward(self, x):
        return F.scaled_dot_product_attention(self.query(x), self.key(x), self.value(x), is_causal=True)

class Attn(nn.Module):
    def __init__(self, d_model, num_heads, p):
        super().__init__()
        self.heads = nn.ModuleList(Head(d_model, d_model // num_heads) for _ in range(num_heads))
        self.proj, self.drop = nn.Linear(d_model, d_model, bias=False), nn.Dropout(p)

    def forward(self, x):
        return self.proj(self.drop(torch.cat([head(x) for head in self.heads], -1)))
"""
STACKED_HEADS = """
class Attn(nn.Module):
    def __init__(self, d_model, num_heads, p):
        super().__init__()
        self.q, self.k, self.v = (nn.Parameter(torch.randn(num_heads, d_model, d_model // num_heads)) for _ in range(3))
        self.out, self.drop = nn.Linear(d_model, d_model, bias=False), nn.Dropout(p)

    def forward(self, x):
        q, k, v = (torch.einsum("btd,hdk->bhtk", x, w) for w in (self.q, self.k, self.v))
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.drop(mixed.transpose(1, 2).flatten(2)) @ self.out.weight.T
"""
STYLES = {
    "separate": SEPARATE,
    "fused and turned": FUSED_TURNED,
    "joined head by head": HEAD_BY_HEAD,
    "a module for each head": A_MODULE_A_HEAD,
    "heads stacked": STACKED_HEADS,
}


# ---- a recurrence ----------------------------------------------------------------------------------------------------
def recurrence(inputs: Arrays, w: Arrays, sizes: Sizes) -> Any:
    state, outputs = inputs["h"], []
    for step in range(inputs["ids"].shape[1]):
        state = np.tanh(w["embedding"][inputs["ids"][:, step]] @ w["wx"].T + state @ w["wh"].T + w["b"] + w["b2"])
        outputs.append(state @ w["out"].T)
    return np.stack(outputs, 1)


def recurrence_size(sizes: Sizes) -> tuple[int, ...]:
    vocab, emb, hidden = (int(sizes[name]) for name in ("vocab", "emb", "hidden"))
    least = vocab * emb + hidden * emb + hidden * hidden + hidden + vocab * hidden
    return (least, least + hidden)


RECURRENCE = Module(
    "Rnn",
    {"vocab": 7, "emb": 4, "hidden": 6},
    (Input("ids", "batch time", "ids", "vocab"), Input("h", "batch hidden", "state")),
    (Real("batch time vocab"), Real("batch hidden")),
    weights={
        "embedding": Weight("vocab emb"),
        "wx": Weight("hidden emb"),
        "wh": Weight("hidden hidden"),
        "b": Weight("hidden"),
        "b2": Weight("hidden", optional=True),
        "out": Weight("vocab hidden"),
    },
    equations=recurrence,
    parameters=recurrence_size,
)
RNN = """
class Rnn(nn.Module):
    def __init__(self, vocab, emb, hidden):
        super().__init__()
        self.table, self.rnn = nn.Embedding(vocab, emb), nn.RNN(emb, hidden, batch_first=True)
        self.out = nn.Linear(hidden, vocab, bias=False)

    def forward(self, ids, h):
        states, last = self.rnn(self.table(ids), h[None])
        return self.out(states), last[0]
"""
RNN_BY_HAND = """
class Rnn(nn.Module):
    def __init__(self, vocab, emb, hidden):
        super().__init__()
        self.table = nn.Parameter(torch.randn(vocab, emb))
        self.x, self.h = nn.Parameter(torch.randn(emb, hidden)), nn.Linear(hidden, hidden)
        self.out = nn.Parameter(torch.randn(hidden, vocab))
        for weight in self.parameters():
            nn.init.uniform_(weight, -(hidden ** -0.5), hidden ** -0.5)

    def forward(self, ids, h):
        outputs = []
        for step in range(ids.shape[1]):
            h = torch.tanh(self.table[ids[:, step]] @ self.x + self.h(h))
            outputs.append(h @ self.out)
        return torch.stack(outputs, 1), h
"""


# ---- a module without weights ----------------------------------------------------------------------------------------
TURN = Module(
    "Turn",
    {"width": 4, "longest": 9},
    (Input("x", "batch time width"), Input("places", "time", "ids", "longest")),
    (Real("batch time width"),),
    equations=lambda inputs, weights, sizes: inputs["x"] * (1.0 + inputs["places"][:, None]),
)
TURNS = """
class Turn(nn.Module):
    def __init__(self, width, longest):
        super().__init__()
        self.register_buffer("factors", 1.0 + torch.arange(longest))

    def forward(self, x, places):
        return x * self.factors[places][:, None]
"""
