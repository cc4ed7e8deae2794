"""What each number of a student's attention module does, found by behaviour, as in language_model/find.py.

Of two inputs everything is given and of the third one feature j only: what then counts for this j alone is column j of
that input's projection. What counts for one feature of the output alone is the output projection's. The order inside
the projections (which is free as long as it is the same for all) is the order in which the numbers stand.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from autograder.errors import StudentError
from autograder.judge.expect import Mismatch
from autograder.judge.models import expect_scalars
from autograder.kit.comparing import NDArray
from autograder.kit.recogniser.attention.builds import Attention, Attentions
from autograder.kit.recogniser.attention.equations import Projections, attend
from autograder.kit.recogniser.gates import Floats
from autograder.kit.recogniser.unknown import Unknown

LENGTH = 3
NAMES = ("query", "key", "value", "output")


@dataclass(frozen=True)
class AttentionRoles:
    """Places in the vector of all scalars: weights [d, d] and biases [d] of query, key, value, output; -1 for none.

    Of the output's bias [k, d]: k numbers that are added up.
    """

    n_heads: int
    scalars: int
    weights: tuple[NDArray, ...]
    biases: tuple[NDArray, ...]
    interleaved: bool = False

    def projections(self, vector: NDArray) -> Projections:
        padded = np.append(vector.astype(np.float64), 0.0)
        w = [padded[places] for places in self.weights]
        b = [padded[places] if places.ndim == 1 else padded[places].sum(axis=0) for places in self.biases]
        return Projections((w[0], w[1], w[2], w[3]), (b[0], b[1], b[2], b[3]), self.interleaved)

    def evaluate(
        self, vector: NDArray, inputs: tuple[NDArray, NDArray, NDArray], mask: NDArray, scale: float | None = None
    ) -> Floats:
        """The output by the equations.

        Raises:
            Mismatch: the vector is of a model with other parameters than the one whose roles these are.
        """
        expect_scalars(len(vector), self.scalars)
        return attend(self.projections(vector), self.n_heads, inputs, mask, scale)


def find_attention_roles(lab: Attentions, n_heads: int, n_units: int) -> AttentionRoles | Unknown:
    """Find them once for each size."""
    key = ("attention", n_heads, n_units)
    if key not in lab.context.roles:
        try:
            found = _find(lab.attention(n_heads, n_units))
        except (StudentError, Mismatch) as error:
            if lab.student.fatal is not None:
                raise
            found = Unknown(str(error), raised=True)
        lab.context.roles[key] = found
        lab.student.calls.clear()
    result: AttentionRoles | Unknown = lab.context.roles[key]
    return result


def _find(model: Attention) -> AttentionRoles | Unknown:
    rng, width = np.random.default_rng(21), model.n_units
    vector = rng.normal(0, 0.4, model.scalars).astype(np.float32)
    model.load_vector(vector)
    inputs, directions = probes(rng, width)
    prints = model.sense(inputs, directions)
    sizes = np.abs(prints)
    prints[:, sizes.max(axis=0) < 1e-5 * sizes.max()] = 0  # the key's bias, which cancels in the softmax up to rounding
    acts = np.abs(prints) > 1e-6 * sizes.max()
    blocks = (prints[: 4 * width] != 0).reshape(4, width, -1)  # query, key, value, output: which features count
    alone = blocks.sum(axis=1) == 1
    sums = directions[3 * width : 4 * width].sum(axis=(1, 2, 3))
    exact = np.abs(prints[3 * width : 4 * width] - sums[:, None]) < 1e-4
    weights, biases = [], [np.full(width, -1)] * 4
    output_bias = alone[3] & (exact & blocks[3]).any(axis=0)
    for block, name in enumerate(NAMES):
        own = alone[block] & ~(output_bias if block == 3 else False)
        places = [np.flatnonzero(own & blocks[block, feature]) for feature in range(width)]
        many = {len(p) for p in places}
        if many not in ({width}, {width // model.n_heads}) or (block == 3 and many != {width}):
            return Unknown(f"the weights of the {name} projection are not {width} by {width} numbers")
        table = np.stack(places, axis=0 if block == 3 else 1)
        weights.append(np.tile(table, (width // len(table), 1)))  # heads may share one projection
    full = (acts[: 4 * width].mean(axis=0) > 0.8) & ~alone.any(axis=0)
    groups = {0: full & ~acts[-1], 2: full & acts[-1]}
    for block, where in groups.items():
        if where.sum() in (width, width // model.n_heads):
            biases[block] = np.tile(np.flatnonzero(where), width // int(where.sum()))
    last = [np.flatnonzero(output_bias & blocks[3, feature]) for feature in range(width)]
    if len({len(places) for places in last}) == 1 and last[0].size:
        biases[3] = np.stack(last, axis=1)  # several that do the same are added up
    return _with_layout(model, AttentionRoles(model.n_heads, model.scalars, tuple(weights), tuple(biases)), vector)


def probes(rng: np.random.Generator, width: int) -> tuple[list[NDArray], NDArray]:
    """Rows of a batch: 3 d with one feature of one input, one with all, one with a constant value; and directions."""
    rows = 3 * width + 2
    inputs = [rng.normal(size=(rows, LENGTH, width)).astype(np.float32) for _ in range(3)]
    for block in range(3):
        for feature in range(width):
            inputs[block][block * width + feature][:, np.arange(width) != feature] = 0
    inputs[2][-1] = inputs[2][-1][:1]
    directions = np.zeros((4 * width + 1, rows, LENGTH, width), np.float32)
    random = rng.normal(size=(*directions.shape[2:], len(directions))).astype(np.float32)
    for number in range(3 * width):
        directions[number, number] = random[..., number]
    for feature in range(width):
        directions[3 * width + feature, 3 * width, :, feature] = random[:, feature, 3 * width + feature]
    directions[-1, -1] = random[..., -1]
    return inputs, directions


def _with_layout(model: Attention, roles: AttentionRoles, vector: NDArray) -> AttentionRoles:
    """Heads of neighbouring features, unless the other order is the one that explains the output."""
    rng = np.random.default_rng(22)
    query, key, value = (rng.normal(size=(2, LENGTH, model.n_units)).astype(np.float32) for _ in range(3))
    got, mask = model.forward(query, key, value), np.ones((2, LENGTH, LENGTH), bool)
    other = AttentionRoles(roles.n_heads, roles.scalars, roles.weights, roles.biases, interleaved=True)
    fits = np.allclose(other.evaluate(vector, (query, key, value), mask), got, rtol=1e-3, atol=1e-4)
    return other if fits and model.n_heads > 1 else roles
