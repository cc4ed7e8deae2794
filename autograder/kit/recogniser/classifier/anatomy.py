"""What a student's model is made of, found by type and shape, never by attribute name."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograder.judge.models import Submodule
from autograder.kit.recogniser.cells import run_layers
from autograder.kit.recogniser.classifier.batches import Batch, Spec
from autograder.kit.recogniser.classifier.model import Model
from autograder.kit.recogniser.classifier.readings import readings
from autograder.kit.recogniser.gates import GATES, Floats

CELLS = ("LSTMCell", "GRUCell", "RNNCell")
RECURRENT = ("LSTM", "GRU", "RNN", *CELLS)


def expected_count(kind: str, spec: Spec, biases: int = 2, head: int | None = None, *, apart: bool = False) -> int:
    """Trainable scalars: V·E + recurrent layers + head; `biases` vectors per gate, `head` inputs of the head.

    `apart`: each direction is a stack of its own, whose upper layers read the layer below of their direction alone.
    """
    e, h, d, g = spec.embedding_dim, spec.hidden_dim, 2 if spec.bidirectional else 1, GATES[kind]
    total = spec.vocab_size * e
    for layer in range(spec.n_layers):
        total += d * g * h * ((e if layer == 0 else h if apart else d * h) + h + biases)
    return total + ((head if head is not None else d * h) + 1) * spec.output_dim


def accepted_counts(kind: str, spec: Spec) -> dict[int, str]:
    """Every count that a correct model may have, and what that model looks like."""
    counts = {expected_count(kind, spec): "embedding, recurrent layers, linear head"}
    counts.setdefault(expected_count(kind, spec, biases=1), "one bias vector per gate")
    if spec.bidirectional:
        for biases in (2, 1):
            counts.setdefault(expected_count(kind, spec, biases, spec.hidden_dim), "a head of hidden_dim inputs")
    return counts


def counts_both_ways(kind: str, spec: Spec, biases: int) -> set[int]:
    """Every count that a correct bidirectional model may have, with so many bias vectors per gate."""
    widths = (2 * spec.hidden_dim, spec.hidden_dim)
    return {expected_count(kind, spec, biases, width, apart=apart) for width in widths for apart in (False, True)}


@dataclass(frozen=True)
class Standard:
    """A model of one embedding, recurrent layers, and one linear head, as weights in torch's layout.

    `gap`: what its cell lacks, as a clause; empty if nothing.
    """

    cell_type: str
    layers: int
    bidirectional: bool
    hidden: int
    embedding: Floats
    recurrent: dict[str, Floats]
    head_weight: Floats
    head_bias: Floats
    gap: str = ""

    def readings_of(self, batch: Batch) -> dict[str, Floats]:
        """Logits [B, output] for every way to read the recurrent layers' outputs that the head's width allows."""
        found: dict[str, list[Floats]] = {}
        if batch.ids.max() >= len(self.embedding):
            return {}
        for ids, length in zip(batch.ids, batch.length.astype(int), strict=True):
            for name, logits in self.read(self.embedding[ids[:length]]).items():
                found.setdefault(name, []).append(logits)
        return {name: np.stack(rows) for name, rows in found.items() if len(rows) == len(batch.ids)}

    def read(self, inputs: Floats) -> dict[str, Floats]:
        """Logits [..., output] by the way of reading, from embedded sequences [..., T, E] of one length."""
        outputs, cells = run_layers(self.cell_type, self.recurrent, self.layers, self.bidirectional, inputs)
        ways = readings(outputs, self.hidden, cells)
        width = self.head_weight.shape[1]
        return {n: v @ self.head_weight.T + self.head_bias for n, v in ways.items() if v.shape[-1] == width}


@dataclass(frozen=True)
class Parts:
    """Which parameter is what in a model of torch's own layers; `rest`: those behind the recurrent layers.

    `recurrent`: by the names that one nn.LSTM or nn.GRU of so many layers gives them.
    """

    cell_type: str
    layers: int
    bidirectional: bool
    embedding: str
    recurrent: dict[str, str]
    rest: tuple[str, ...]


def parts_of(modules: list[Submodule], state: Collection[str]) -> Parts | None:
    """One embedding and a chain of torch's recurrent modules or cells of one type, by the names of all parameters.

    None for any other build.
    """
    by_path: dict[str, dict[str, str]] = {}
    for name in state:
        path, _, last = name.rpartition(".")
        by_path.setdefault(path, {})[last] = name
    owned = [(m, by_path.get(m.path, {})) for m in modules]
    tables = [names["weight"] for m, names in owned if m.is_a("Embedding") and "weight" in names]
    chain = [(m, names) for m, names in owned if m.is_a(*RECURRENT) and names]
    types = {cell_type_of(m) for m, _ in chain}
    if len(tables) != 1 or len(types) != 1:
        return None
    recurrent: dict[str, str] = {}
    layers = 0
    for module, names in chain:
        cell = module.is_a(*CELLS)
        for name, full in names.items():
            found = re.fullmatch(r"((?:weight|bias)_[ih]h)" + ("()()" if cell else r"_l(\d{1,2})(_reverse)?"), name)
            if found is None:
                return None
            recurrent[f"{found[1]}_l{layers + int(found[2] or 0)}{found[3] or ''}"] = full
        layers = 1 + max(int(key.split("_l")[1].removesuffix("_reverse")) for key in recurrent)
    if any(f"weight_{side}_l{number}" not in recurrent for side in ("ih", "hh") for number in range(layers)):
        return None  # a weight is computed from others
    used = {*tables, *recurrent.values()}
    rest = tuple(name for name in state if name not in used)
    return Parts(types.pop(), layers, any(k.endswith("_reverse") for k in recurrent), tables[0], recurrent, rest)


def cell_type_of(module: Submodule) -> str:
    name = next(base for base in module.bases if base in RECURRENT).removesuffix("Cell")
    return "RNN of relu" if name == "RNN" and module.settings.get("nonlinearity") == "relu" else name


def standard(modules: list[Submodule], state: dict[str, np.ndarray[Any, Any]]) -> Standard | None:
    """Recognise a model of torch's own layers with one linear head; None for other builds (own cells, more layers)."""
    values = {name: array.astype(np.float64) for name, array in state.items()}
    found = parts_of(modules, values)
    if found is None:
        return None
    table = values[found.embedding]
    recurrent = {key: values[name] for key, name in found.recurrent.items()}
    heads = [m.path for m in modules if m.is_a("Linear") and set(found.rest) <= {f"{m.path}.weight", f"{m.path}.bias"}]
    weight = values.get(f"{heads[-1]}.weight") if heads and found.rest else None
    first = recurrent.get("weight_hh_l0")
    if weight is None or table.ndim != 2 or weight.ndim != 2:
        return None
    if first is None or first.ndim != 2 or 0 in first.shape:
        return None
    hidden = first.shape[1]
    bias = values.get(f"{heads[-1]}.bias", np.zeros(len(weight)))
    if not _fits(found, recurrent, hidden, table.shape[1]) or bias.shape != (len(weight),):
        return None
    return Standard(found.cell_type, found.layers, found.bidirectional, hidden, table, recurrent, weight, bias)


def _fits(found: Parts, recurrent: dict[str, Floats], hidden: int, inputs: int) -> bool:
    """Whether all recurrent weights and biases are of the shapes that torch gives them."""
    gates = GATES[found.cell_type] * hidden
    shapes = {name: v.shape for name, v in recurrent.items() if not name.startswith("bias_")}
    biases = {v.shape for name, v in recurrent.items() if name.startswith("bias_")}
    return biases <= {(gates,)} and shapes == _torch_shapes(found.layers, found.bidirectional, gates, hidden, inputs)


def one_layer(found: Parts, values: Mapping[str, np.ndarray[Any, Any]]) -> bool:
    """Whether it is one layer of an LSTM or a GRU, in one direction, on an embedding, all of torch's shapes."""
    table, recurrent = values[found.embedding], {key: values[name] for key, name in found.recurrent.items()}
    first = recurrent["weight_hh_l0"]
    if found.layers != 1 or found.bidirectional or found.cell_type not in ("LSTM", "GRU"):
        return False
    return table.ndim == first.ndim == 2 and _fits(found, recurrent, first.shape[1], table.shape[1])


def _torch_shapes(layers: int, bidirectional: bool, gates: int, hidden: int, inputs: int) -> dict[str, tuple[int, int]]:
    """The weight matrices of torch's recurrent layers."""
    shapes = {}
    for layer in range(layers):
        for suffix in ("", "_reverse") if bidirectional else ("",):
            shapes[f"weight_ih_l{layer}{suffix}"] = (gates, inputs)
            shapes[f"weight_hh_l{layer}{suffix}"] = (gates, hidden)
        inputs = 2 * hidden if bidirectional else hidden
    return shapes


def has_dropout(model: Model, rate: float, *, layers_only: bool = False) -> bool:
    """Whether a Dropout layer carries this rate, or a recurrent layer unless `layers_only`."""
    return any(
        (m.settings.get("p") == rate and any("Dropout" in b for b in m.bases))
        or (m.settings.get("dropout") == rate and not layers_only)
        for m in model.submodules()
    )


def head_names(model: Model, idle: Collection[str] = ()) -> list[str]:
    """The parameters of the linear head: of the last Linear whose output is output_dim wide and that is not idle."""
    heads = [
        m for m in model.submodules() if m.is_a("Linear") and m.settings.get("out_features") == model.spec.output_dim
    ]
    own = [[name for name, _, _ in model.parameters if name.rpartition(".")[0] == m.path] for m in heads]
    return next((names for names in reversed(own) if names and not set(names) <= set(idle)), [])
