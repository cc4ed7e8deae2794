"""What a student's model is made of, found by type and shape, never by attribute name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from autograder.assignments.labrnn.api import Batch, Model, Spec, Submodule
from autograder.assignments.labrnn.equations import Floats, readings, run_layers

GATES = {"LSTM": 4, "GRU": 3}
RECURRENT = ("LSTM", "GRU", "RNN", "LSTMCell", "GRUCell", "RNNCell")


def expected_count(kind: str, spec: Spec, biases: int = 2, head: int | None = None) -> int:
    """Trainable scalars: V·E + recurrent layers + head; `biases` vectors per gate, `head` inputs of the head."""
    e, h, d, g = spec.embedding_dim, spec.hidden_dim, 2 if spec.bidirectional else 1, GATES[kind]
    total = spec.vocab_size * e
    for layer in range(spec.n_layers):
        total += d * g * h * ((e if layer == 0 else d * h) + h + biases)
    return total + ((head if head is not None else d * h) + 1) * spec.output_dim


def accepted_counts(kind: str, spec: Spec) -> dict[int, str]:
    """Every count that a correct model may have, and what that model looks like."""
    counts = {expected_count(kind, spec): "embedding, recurrent layers, linear head"}
    counts.setdefault(expected_count(kind, spec, biases=1), "one bias vector per gate")
    if spec.bidirectional:
        for biases in (2, 1):
            counts.setdefault(expected_count(kind, spec, biases, spec.hidden_dim), "a head of hidden_dim inputs")
    return counts


@dataclass(frozen=True)
class Standard:
    """A model of exactly one embedding, torch's own recurrent layers, and one linear head, as its weights."""

    cell_type: str
    layers: int
    bidirectional: bool
    hidden: int
    embedding: Floats
    recurrent: dict[str, Floats]
    head_weight: Floats
    head_bias: Floats

    def readings_of(self, batch: Batch) -> dict[str, Floats]:
        """Logits [B, output] for every way to read the recurrent layers' outputs that the head's width allows."""
        found: dict[str, list[Floats]] = {}
        if batch.ids.max() >= len(self.embedding):
            return {}
        for ids, length in zip(batch.ids, batch.length.astype(int), strict=True):
            inputs = self.embedding[ids[:length]]
            outputs = run_layers(self.cell_type, self.recurrent, self.layers, self.bidirectional, inputs)
            for name, vector in readings(outputs, self.hidden).items():
                if len(vector) == self.head_weight.shape[1]:
                    found.setdefault(name, []).append(self.head_weight @ vector + self.head_bias)
        return {name: np.stack(rows) for name, rows in found.items() if len(rows) == len(batch.ids)}


def standard(modules: list[Submodule], state: dict[str, np.ndarray[Any, Any]]) -> Standard | None:
    """Recognise a standard model; None for any other build (own cells, several stacks, extra layers).

    Modules without parameters don't count: a Linear of no width must not hide the others.
    """
    values = {name: array.astype(np.float64) for name, array in state.items()}
    owned = [m for m in modules if any(name.startswith(f"{m.path}.") for name in values)]
    embeddings = [m for m in owned if m.is_a("Embedding")]
    recurrents = [m for m in owned if m.is_a("LSTM", "GRU")]
    heads = [m for m in owned if m.is_a("Linear")]
    if [len(embeddings), len(recurrents), len(heads)] != [1, 1, 1]:
        return None
    rnn, head, embedding = recurrents[0], heads[0], embeddings[0]
    known = tuple(f"{m.path}." for m in (rnn, head, embedding))
    recurrent = {name.removeprefix(known[0]): v for name, v in values.items() if name.startswith(known[0])}
    table, weight = values.get(f"{known[2]}weight"), values.get(f"{known[1]}weight")
    if table is None or weight is None or table.ndim != 2 or weight.ndim != 2:
        return None
    first = recurrent.get("weight_hh_l0")
    if first is None or first.ndim != 2 or 0 in first.shape or any(not name.startswith(known) for name in values):
        return None
    kind = "LSTM" if rnn.is_a("LSTM") else "GRU"
    layers = sum(name.startswith("weight_hh_") and not name.endswith("_reverse") for name in recurrent)
    bidirectional = any(name.endswith("_reverse") for name in recurrent)
    hidden, gates = first.shape[1], GATES[kind] * first.shape[1]
    bias = values.get(f"{known[1]}bias", np.zeros(len(weight)))
    shapes = {name: v.shape for name, v in recurrent.items() if not name.startswith("bias_")}
    biases = {v.shape for name, v in recurrent.items() if name.startswith("bias_")}
    expected = _torch_shapes(layers, bidirectional, gates, hidden, table.shape[1])
    if shapes != expected or not biases <= {(gates,)} or bias.shape != (len(weight),):
        return None
    return Standard(kind, layers, bidirectional, hidden, table, recurrent, weight, bias)


def _torch_shapes(layers: int, bidirectional: bool, gates: int, hidden: int, inputs: int) -> dict[str, tuple[int, int]]:
    """The weight matrices of torch's recurrent layers."""
    shapes = {}
    for layer in range(layers):
        for suffix in ("", "_reverse") if bidirectional else ("",):
            shapes[f"weight_ih_l{layer}{suffix}"] = (gates, inputs)
            shapes[f"weight_hh_l{layer}{suffix}"] = (gates, hidden)
        inputs = 2 * hidden if bidirectional else hidden
    return shapes


def orthogonal(matrix: np.ndarray[Any, Any], atol: float) -> bool:
    """Whether its columns are orthonormal; False for what is no matrix."""
    if matrix.ndim != 2 or matrix.shape[0] < matrix.shape[1]:  # also spares products of a million columns
        return False
    return np.allclose(matrix.T @ matrix, np.eye(matrix.shape[1]), atol=atol)


def has_dropout(model: Model, rate: float) -> bool:
    """Whether a Dropout layer or a recurrent layer carries this rate."""
    return any(
        (m.settings.get("p") == rate and any("Dropout" in b for b in m.bases)) or m.settings.get("dropout") == rate
        for m in model.submodules()
    )


def head_names(model: Model) -> list[str]:
    """The parameters of the linear head: of the last Linear whose output is output_dim wide."""
    heads = [
        m for m in model.submodules() if m.is_a("Linear") and m.settings.get("out_features") == model.spec.output_dim
    ]
    if not heads:
        return []
    prefix = f"{heads[-1].path}."
    return [name for name, _, _ in model.parameters if name.startswith(prefix)]
