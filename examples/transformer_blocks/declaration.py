"""What transformer_blocks asks for: five modules with the equations they follow, and three functions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from autograder.kit.declare import Declaration, Function, Input, Module, Weight
from autograder.kit.types import Integer, ListOf, Number, Real, TupleOf


def linear(inputs: Any, w: Any, sizes: Any) -> Any:
    return inputs["x"] @ w["weight"].T


def rms_norm(inputs: Any, w: Any, sizes: Any) -> Any:
    x = inputs["x"]
    return x / np.sqrt((x**2).mean(-1, keepdims=True) + sizes["eps"]) * w["gain"]


def swiglu(inputs: Any, w: Any, sizes: Any) -> Any:
    gate = inputs["x"] @ w["gate"].T
    return (gate / (1 + np.exp(-gate)) * (inputs["x"] @ w["up"].T)) @ w["down"].T


def turned(x: Any, positions: Any, base: float) -> Any:
    """Neighbouring numbers of the last axis as complex numbers, turned by their position's angles."""
    pairs = x[..., ::2] + 1j * x[..., 1::2]
    pairs = pairs * np.exp(1j * np.outer(positions, base ** (-np.arange(0, x.shape[-1], 2) / x.shape[-1])))
    return np.stack([pairs.real, pairs.imag], -1).reshape(x.shape)


def rotary(inputs: Any, w: Any, sizes: Any) -> Any:
    return turned(inputs["x"], inputs["positions"], sizes["base"])


def attention(inputs: Any, w: Any, sizes: Any) -> Any:
    x, heads = inputs["x"], int(sizes["num_heads"])
    batch, time, width = x.shape
    q, k, v = ((x @ w[n].T).reshape(batch, time, heads, -1).swapaxes(1, 2) for n in ("query", "key", "value"))
    q, k = (turned(part, np.arange(time), sizes["base"]) for part in (q, k))
    shares = np.tril(np.exp(q @ k.swapaxes(-1, -2) / np.sqrt(width // heads)))
    return (shares / shares.sum(-1, keepdims=True) @ v).swapaxes(1, 2).reshape(x.shape) @ w["out"].T


X, Y, SQUARE = Input("x", "batch time d_model"), Real("batch time d_model"), "d_model d_model"
LINEAR = Module(
    "Linear", {"d_in": 5, "d_out": 3}, (Input("x", "batch time d_in"),), (Real("batch time d_out"),),
    weights={"weight": Weight("d_out d_in")}, equations=linear,
    parameters=lambda sizes: (int(sizes["d_in"] * sizes["d_out"]),),
)  # fmt: skip
NORM = Module(
    "RMSNorm", {"d_model": 6, "eps": 0.1}, (X,), (Y,), weights={"gain": Weight("d_model")}, equations=rms_norm
)
SWIGLU = Module(
    "SwiGLU", {"d_model": 4, "d_ff": 6}, (X,), (Y,), equations=swiglu,
    weights={"gate": Weight("d_ff d_model"), "up": Weight("d_ff d_model"), "down": Weight("d_model d_ff")},
    parameters=lambda sizes: (3 * int(sizes["d_model"] * sizes["d_ff"]),),
)  # fmt: skip
ROTARY = Module(
    "RotaryEmbedding", {"d_head": 6, "max_len": 11, "base": 50.0},
    (Input("x", "batch time d_head"), Input("positions", "time", "ids", "max_len")),
    (Real("batch time d_head"),), equations=rotary,
)  # fmt: skip
ATTENTION = Module(
    "CausalSelfAttention", {"d_model": 8, "num_heads": 2, "max_len": 12, "base": 50.0}, (X,), (Y,), equations=attention,
    weights={n: Weight(SQUARE, parts="num_heads") for n in ("query", "key", "value")} | {"out": Weight(SQUARE)},
    parameters=lambda sizes: (4 * int(sizes["d_model"]) ** 2,),
)  # fmt: skip
CROSS_ENTROPY = Function("cross_entropy", ("logits", "targets"), Number())
ADAMW = Function(
    "adamw_step", ("weight", "gradient", "m", "v", "step", "lr", "betas", "eps", "decay"), TupleOf((Real(),) * 3)
)
ENCODE = Function("bpe_encode", ("text", "merges"), ListOf(Integer()))
DECLARATION = Declaration(
    Path(__file__).parent,
    {
        "linear": LINEAR, "norm": NORM, "swiglu": SWIGLU, "rotary": ROTARY, "attention": ATTENTION,
        "loss": CROSS_ENTROPY, "adamw": ADAMW, "encode": ENCODE,
    },
)  # fmt: skip
