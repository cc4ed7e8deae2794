"""Where the hand-ins of the corpus keep their weights: by stem for those that are built otherwise than the base."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

Gate = tuple[torch.Tensor, torch.Tensor, torch.Tensor]


@dataclass(frozen=True)
class GruWeights:
    """Per layer: W, U, b of r, z and candidate. `inner` is the candidate's bias within r * (U h + inner), if r is late.

    `keeps` where z weights the old state.
    """

    embedding: torch.Tensor
    layers: list[dict[str, Gate]]
    out: Any
    inner: list[torch.Tensor] | None = None
    keeps: bool = False


def of_concatenation(linear: Any, width: int) -> Gate:
    """A linear layer of [x; h]."""
    hidden = linear.out_features if linear.in_features != 2 * width else width
    w, u = linear.weight.split([linear.in_features - hidden, hidden], 1)
    return w, u, torch.zeros(linear.out_features) if linear.bias is None else linear.bias


def plain(m: Any) -> GruWeights:
    layers = [
        {gate: of_concatenation(getattr(m, f"w{gate}")[k], m.hidden_size) for gate in "rzh"} for k in range(len(m.wr))
    ]
    return GruWeights(m.embedding.weight, layers, m.out)


def fused_gates(m: Any) -> GruWeights:
    layers = []
    for gates, cand in zip(m.gates, m.cand, strict=True):
        w, u = gates.weight.split([gates.in_features - m.H, m.H], 1)
        halves = zip(w.chunk(2), u.chunk(2), gates.bias.chunk(2), strict=True)
        layers.append({**dict(zip("rz", halves, strict=True)), "h": of_concatenation(cand, m.H)})
    return GruWeights(m.emb.weight, layers, m.decode, keeps=True)


def reset_after(m: Any) -> GruWeights:
    layers, inner = [], []
    for x, h in zip(m.from_input, m.from_state, strict=True):
        ws, us, bx, bh = x.weight.chunk(3), h.weight.chunk(3), x.bias.chunk(3), h.bias.chunk(3)
        biases = (bx[0] + bh[0], bx[1] + bh[1], bx[2])
        layers.append({gate: (ws[i], us[i], biases[i]) for i, gate in enumerate("rzh")})
        inner.append(bh[2])
    return GruWeights(m.encoder.weight, layers, m.decoder, inner, keeps=True)


def six_linears(m: Any) -> GruWeights:
    layers = []
    for k in range(m.num_layers):
        pairs = {gate: (getattr(m, f"W{gate}")[k], getattr(m, f"U{gate}")[k]) for gate in "rzh"}
        layers.append({gate: (w.weight, u.weight, w.bias + u.bias) for gate, (w, u) in pairs.items()})
    return GruWeights(m.embeddings.weight, layers, m.output)


def parameter_matrices(m: Any) -> GruWeights:
    layers = [
        {gate: (w[i].t(), u[i].t(), b[i, 0]) for i, gate in enumerate("rzh")}
        for w, u, b in zip(m.w, m.u, m.b, strict=True)
    ]
    return GruWeights(m.embedding.weight, layers, m.out)


def cells_cloned(m: Any) -> GruWeights:
    names = {"r": "reset", "z": "forget", "h": "memory"}
    layers = [
        {gate: of_concatenation(getattr(cell, name), m.hidden_size) for gate, name in names.items()}
        for cell in m.layers
    ]
    return GruWeights(m.embedding.weight, layers, m.fc)


def one_bias(m: Any) -> GruWeights:
    layers = [
        {gate: (layer["w" + gate].weight, layer["u" + gate].weight, layer["w" + gate].bias) for gate in "rzh"}
        for layer in m.layers
    ]
    return GruWeights(m.emb_layer.weight, layers, m.out_layer)


def methods_in_cells(m: Any) -> GruWeights:
    layers = [{gate: of_concatenation(cell[gate], m.layout[2]) for gate in "rzh"} for cell in m.cells]
    return GruWeights(m.emb.weight, layers, m.out)


GRU: dict[str, Callable[[Any], GruWeights]] = {
    "gru_fused_gates": fused_gates,
    "gru_reset_after": reset_after,
    "gru_six_linears": six_linears,
    "gru_parameter_matrices": parameter_matrices,
    "gru_cells_cloned": cells_cloned,
    "gru_one_bias": one_bias,
    "notebook_methods_in_cells": methods_in_cells,
}

Linear = tuple[torch.Tensor, torch.Tensor]


def four(*linears: Any) -> list[Linear]:
    return [(linear.weight, 0 * linear.weight[0] if linear.bias is None else linear.bias) for linear in linears]


def by_head(lists: Any, out: Any) -> list[Linear]:
    """Query, key and value as lists of linear layers, one for each head."""
    stacked = [(torch.cat([w.weight for w in heads]), torch.cat([w.bias for w in heads])) for heads in lists]
    return [*stacked, *four(out)]


def parameter_tensors(m: Any) -> list[Linear]:
    width = m.b_o.shape[0]
    stacked = [(m.w[i].transpose(1, 2).reshape(width, width), m.b[i].flatten()) for i in range(3)]
    return [*stacked, (m.w_o.reshape(width, width).t(), m.b_o)]


ATTENTION: dict[str, Callable[[Any], list[Linear]]] = {
    "attention_head_loop": lambda m: by_head([[getattr(h, n) for h in m.heads] for n in "qkv"], m.project),
    "attention_fused_projection": lambda m: [
        *zip(m.qkv.weight.chunk(3), m.qkv.bias.chunk(3), strict=True),
        *four(m.proj),
    ],
    "attention_parameter_tensors": parameter_tensors,
    "attention_clones": lambda m: four(*m.linears),
    "script_parts_reordered": lambda m: four(*m.linears),
    "a_heads_shared": lambda m: by_head([m.wq, m.wk, m.wv], m.wo),
    "a_heads_unregistered": lambda m: by_head([m.wq, m.wk, m.wv], m.wo),
}


def gru_weights(stem: str, model: Any) -> GruWeights:
    """The weights of the hand-in's GRU."""
    return GRU.get(stem, plain)(model)


def attention_weights(stem: str, module: Any) -> list[Linear]:
    """Weight and bias of query, key, value and output, all for the heads side by side."""
    read = ATTENTION.get(stem)
    return read(module) if read is not None else four(module.wq, module.wk, module.wv, module.wo)
