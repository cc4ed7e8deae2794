"""Reads a recurrent language model, ids [b, t] to logits [b, t, V]: embedding, recurrent layers, a linear layer.

By the types of its layers, else by what its numbers do, as a classifier of texts that it is at each step.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from autograder.errors import StudentError
from autograder.judge.expect import Mismatch
from autograder.kit import lab as kit
from autograder.kit.comparing import NDArray
from autograder.kit.recogniser.cells import run_layers
from autograder.kit.recogniser.classifier.anatomy import Standard, standard
from autograder.kit.recogniser.classifier.batches import Batch, Spec
from autograder.kit.recogniser.classifier.layout import Layout, find_layout
from autograder.kit.recogniser.classifier.model import Model
from autograder.wire.frames import Array

SOLVES = ("s7.model",)


@dataclass(eq=False)
class AtTheEnd(Model):
    """A language model as a classifier of rows without padding: its logits after the last token."""

    def sense(self, batch: Batch, directions: NDArray) -> NDArray:
        """For each direction [M, B, V], the gradient of sum(last logits × direction) by every scalar [M, scalars]."""
        whole = np.zeros((len(directions), *batch.ids.shape, directions.shape[-1]))
        whole[:, :, -1] = directions
        return self.sensitivities(Array("tensor", batch.ids), directions=whole)


def recognised(lab: kit.Lab, name: str, model: kit.Model, values: Mapping[str, NDArray]) -> Standard | None:
    """The model with these values of its parameters; None if it is neither built of torch's recurrent layers with one
    linear layer behind them, nor, at the sizes that it is judged with, of one layer with a cell of its own that can be
    read. The token of padding is not looked at."""
    known = standard(model.submodules(), dict(values))
    judged = {**model.module.sizes, **lab.context.changes.get(name, {})}
    if known is not None or any(model.sizes[size] != value for size, value in judged.items()):
        return known
    layout: Layout | None = lab.once("layout", name, _layout)
    vector = np.concatenate([values[one].ravel() for one, _, _ in model.parameters]).astype(np.float64)
    if layout is None or layout.places.max(initial=0) >= len(vector):
        return None
    return layout.standard(vector)


def _layout(lab: kit.Lab, name: str) -> Layout | None:
    """Where a cell of its own keeps what; found with the declared sizes."""
    calls = list(lab.student.calls)
    try:
        model = lab.model(name)
        vocab = int(model.sizes["vocab_size"])
        spec = Spec(vocab_size=vocab, output_dim=vocab, pad_index=int(model.sizes["pad"]))
        return find_layout(AtTheEnd(model.object, model.parameters, spec))
    except (StudentError, Mismatch):
        if lab.student.fatal is not None:
            raise
        return None
    finally:
        lab.student.calls[:] = calls


def ways(known: Standard, ids: NDArray) -> Iterator[NDArray]:
    """Logits [b, t, V] for ids: the linear layer on the outputs of the recurrent layers, as they are or activated."""
    outputs, _ = run_layers(known.cell_type, known.recurrent, known.layers, known.bidirectional, known.embedding[ids])
    if outputs[-1].shape[-1] == known.head_weight.shape[1]:
        for states in (outputs[-1], np.maximum(outputs[-1], 0), np.tanh(outputs[-1])):
            yield states @ known.head_weight.T + known.head_bias


def log_probabilities(logits: NDArray) -> NDArray:
    """Logits up to what they all may have in common."""
    top = logits.max(axis=-1, keepdims=True)
    found: NDArray = logits - top - np.log(np.exp(logits - top).sum(axis=-1, keepdims=True))
    return found
