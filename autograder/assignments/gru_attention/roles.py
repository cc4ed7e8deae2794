"""Which number of a student's GRU is which weight of the equations; gru_roles.py finds it out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from autograder.assignments.gru_attention.api import Sizes
from autograder.assignments.gru_attention.equations import CANDIDATE, Floats, Form, Layer, run_layers
from autograder.assignments.gru_attention.values import NDArray
from autograder.judge.models import expect_scalars


@dataclass(frozen=True)
class Unknown:
    """The roles could not be found: `reason` ends the sentence "the numbers of the model can't be told apart".

    raised: the model itself failed, or answered with other shapes.
    """

    reason: str
    raised: bool = False


@dataclass(frozen=True)
class Roles:
    """Places in the vector of all scalars; a layer's `slots` are places in an [3, H, I + H + 2]: x, h, bias, inner."""

    sizes: Sizes
    scalars: int
    form: Form
    embedding: NDArray  # [V, E]
    flat: tuple[NDArray, ...]  # by layer
    slots: tuple[NDArray, ...]
    output: tuple[NDArray, NDArray] | None  # places, and slots in [V, H + 1]; None: the logits are no such layer's

    def layer(self, vector: Floats, number: int) -> Layer:
        """The weights of a layer."""
        width, hidden = self.width(number), self.sizes.hidden_size
        entries = np.zeros(3 * hidden * width)
        np.add.at(entries, self.slots[number], vector[self.flat[number]])
        table = entries.reshape(3, hidden, width)
        inputs = width - hidden - 2
        x, h, bias = table[:, :, :inputs], table[:, :, inputs:-2], table[:, :, -2]
        return Layer(x, h, bias, table[CANDIDATE, :, -1])

    def width(self, number: int) -> int:
        return (self.sizes.hidden_size if number else self.sizes.emb_size) + self.sizes.hidden_size + 2

    def evaluate(self, vector: NDArray, inputs: NDArray, hidden: NDArray) -> tuple[Floats, Floats]:
        """Logits [T, B, V] and last states [L, B, H] by the equations; logits of zeros where no output layer is known.

        Raises:
            Mismatch: the vector is of a model with other parameters than the one whose roles these are.
        """
        expect_scalars(len(vector), self.scalars)
        exact = vector.astype(np.float64)
        layers = tuple(self.layer(exact, n) for n in range(len(self.flat)))
        tops, states = run_layers(layers, self.form, exact[self.embedding][inputs], hidden)
        table = self.output_table(exact)
        return tops @ table[:, :-1].T + table[:, -1], states

    def output_table(self, vector: Floats) -> Floats:
        """[V, H + 1]: the output layer's weights and bias."""
        shape = (self.sizes.vocab_size, self.sizes.hidden_size + 1)
        table = np.zeros(shape[0] * shape[1])
        if self.output is not None:
            np.add.at(table, self.output[1], vector[self.output[0]])
        return table.reshape(shape)

    def put(self, vector: Floats, number: int, table: Floats) -> None:
        """Write a layer's weights [3, H, I + H + 2]; what has a role twice gets it once and 0."""
        write(vector, self.flat[number], self.slots[number], table)

    def put_output(self, vector: Floats, table: Floats) -> None:
        """Write the output layer's weights and bias [V, H + 1]."""
        if self.output is not None:
            write(vector, *self.output, table)


def expect_places(places: NDArray, scalars: int) -> None:
    """Raises:
    Mismatch: a model of so many scalars does not have these places, which another object of its class has.
    """
    if places.size and places.max() >= scalars:
        expect_scalars(int(places.max()) + 1, scalars)


def write(vector: Floats, flat: NDArray, slots: NDArray, table: Floats) -> None:
    """Write a table into the places of its slots.

    Raises:
        Mismatch: as expect_places.
    """
    expect_places(flat, len(vector))
    vector[flat] = 0
    found, first = np.unique(slots, return_index=True)
    vector[flat[first]] = table.reshape(-1)[found]
