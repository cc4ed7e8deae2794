"""The logits of classifiers that pool over time, for a module's own weights, by the judge's own equations.

    logits = W max over time (ReLU(core(embedding))) + b

Torch's recurrent layers are read by type, linear ones by shape; where the core is a layer that the submission defines
too, it is asked of that class with the same weights, so that a mistake of the layer is charged there alone.
Such a class has the sizes vocab_size, emb, hidden and num_classes.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping

import numpy as np

from autograder.errors import StudentError
from autograder.judge.expect import Mismatch
from autograder.kit.comparing import NDArray
from autograder.kit.lab import Lab, Model
from autograder.kit.recogniser.cells import run_layers
from autograder.kit.recogniser.classifier.anatomy import standard
from autograder.kit.types import of_shape, parts_of, real
from autograder.wire.frames import Array

SOLVES = ("s2", "s3", "s4")  # kept out of the students' wheel, with what needs it
State = Mapping[str, NDArray]


def readings(lab: Lab, model: Model, ids: NDArray, own: str = "") -> Iterator[tuple[str, NDArray]]:
    """Logits [b, num_classes] for ids [b, t], by the kind of core; none where the weights can't be told apart.

    Where the same weights can be read in several ways, all of them. `own`: the submission's class that the core is, a
    layer (insize, outsize, hsize) called with inputs and a state.
    """
    values = model.state()
    state = {name: value.astype(np.float64) for name, value in values.items()}
    torchs = None if own else standard(model.submodules(), values)
    if torchs is not None and ids.max() < len(torchs.embedding):
        inputs = torchs.embedding[ids]
        outputs, _ = run_layers(torchs.cell_type, torchs.recurrent, torchs.layers, torchs.bidirectional, inputs)
        if outputs[-1].shape[-1] == torchs.head_weight.shape[1]:
            yield torchs.cell_type, headed(outputs[-1], torchs.head_weight, torchs.head_bias)
    for table, head, bias, rest in outside(state, model.sizes):
        if own:
            for features in of_layer(lab, own, model, rest, table[ids]):
                yield own, headed(features, head, bias)
            continue
        for weight, shift in linear(rest, table.shape[1], head.shape[1]):
            yield "MLP", headed(table[ids] @ weight.T + shift, head, bias)


def headed(features: NDArray, head: NDArray, bias: NDArray) -> NDArray:
    """ReLU, the maximum over time and the last layer, on features [b, t, hidden]."""
    logits: NDArray = np.maximum(features, 0).max(axis=1) @ head.T + bias
    return logits


def outside(state: State, sizes: Mapping[str, float]) -> Iterator[tuple[NDArray, NDArray, NDArray, dict[str, NDArray]]]:
    """Embedding [V, emb], last layer [classes, hidden], its bias, and what is left, in every way that shapes allow."""
    vocab, emb, hidden, classes = (int(sizes[name]) for name in ("vocab_size", "emb", "hidden", "num_classes"))
    for (one, table), (two, head) in itertools.product(shaped(state, (vocab, emb)), shaped(state, (classes, hidden))):
        rest = {name: value for name, value in state.items() if name not in (one, two)}
        biases = [name for name, value in rest.items() if value.shape == (classes,)]
        for name in biases or [""]:
            bias = rest.get(name, np.zeros(classes))
            yield table, head, bias, {other: value for other, value in rest.items() if other != name}


def shaped(state: State, shape: tuple[int, int]) -> Iterator[tuple[str, NDArray]]:
    """Matrices of this shape, axes of size 1 left out, either way round."""
    for name, value in state.items():
        matrix = value.reshape([n for n in value.shape if n != 1]) if value.ndim > 2 else value
        if matrix.shape == shape:
            yield name, matrix
        if matrix.shape == shape[::-1]:
            yield name, matrix.T


def linear(rest: State, emb: int, hidden: int) -> Iterator[tuple[NDArray, NDArray]]:
    """The weight [hidden, emb] and the bias [hidden] of one linear layer, where nothing else is left."""
    for name, weight in shaped(rest, (hidden, emb)):
        others = [value for other, value in rest.items() if other != name]
        if all(value.shape == (hidden,) for value in others) and len(others) <= 1:
            yield weight, others[0] if others else np.zeros(hidden)


def of_layer(lab: Lab, own: str, model: Model, rest: State, inputs: NDArray) -> Iterator[NDArray]:
    """What the submission's own layer gives for inputs [b, t, emb] with the weights that are left, from a state of
    zeros and from a first state of its own; nothing where they are not those of such a layer."""
    width, hidden = int(model.sizes["emb"]), int(model.sizes["hidden"])
    try:
        layer = lab.model(own, insize=width, outsize=hidden, hsize=hidden)
        values = own_weights(layer, rest)
        if values is None:
            return
        layer.load(values)
        given = [inputs.astype(np.float32), np.zeros((len(inputs), hidden), np.float32)]
        for some in (given, given[:1]):
            answer = parts_of(layer.object.call("()", *(Array("tensor", one) for one in some)))
            outputs = answer[0] if isinstance(answer, (tuple, list)) and answer else answer
            yield of_shape(real(outputs, "y"), (*inputs.shape[:2], hidden), "y")
    except (StudentError, Mismatch):
        if lab.student.fatal is not None:
            raise


def own_weights(layer: Model, rest: State) -> dict[str, NDArray] | None:
    """The layer's parameters by its own names, which stand in `rest` behind one prefix; nothing else does."""
    shapes = {name: shape for name, shape, _ in layer.parameters}
    for prefix in {name.removesuffix(next(iter(shapes), "")) for name in rest}:
        found = {name: rest[prefix + name] for name in shapes if prefix + name in rest}
        if len(found) == len(shapes) == len(rest) and all(found[n].shape == shape for n, shape in shapes.items()):
            return found
    return None
