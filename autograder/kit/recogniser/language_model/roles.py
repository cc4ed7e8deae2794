"""Which number of a student's GRU is which weight of the equations; find.py finds it out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from autograder.judge.models import expect_scalars
from autograder.kit.comparing import NDArray
from autograder.kit.recogniser.fingerprints import Places, write
from autograder.kit.recogniser.gates import Floats, Weights
from autograder.kit.recogniser.language_model.sizes import Sizes

RESET, UPDATE, CANDIDATE = 0, 1, 2


@dataclass(frozen=True)
class Form:
    """Which of the accepted GRUs it is.

    keeps: z weighs the old state (Cho; torch), not the candidate. after: r acts after the product, r ⊙ (U h + c)
    (torch), not before it, U (r ⊙ h).
    """

    keeps: bool = False
    after: bool = False

    @property
    def cell_type(self) -> str:
        """Its name among the cells."""
        return "GRU" if self.after else "GRU, reset first"

    def weights(self, table: Floats) -> Weights:
        """A layer's weights by gate, input, state, bias and second bias [3, H, I + H + 2], as torch lays them out.

        Only a candidate after the product has a second bias, and what z does not weigh has the opposite sign in torch.
        """
        torchs = table.copy()
        torchs[: UPDATE + 1, :, -1] = 0
        torchs[CANDIDATE, :, -1] *= self.after
        torchs[UPDATE] *= 1 if self.keeps else -1
        rows = torchs.reshape(-1, table.shape[-1])
        inputs = table.shape[-1] - table.shape[1] - 2
        return {
            "weight_ih_l0": rows[:, :inputs],
            "weight_hh_l0": rows[:, inputs:-2],
            "bias_ih_l0": rows[:, -2],
            "bias_hh_l0": rows[:, -1],
        }


@dataclass(frozen=True)
class Roles:
    """Places in the vector of all scalars; a layer's `slots` are places in an [3, H, I + H + 2]: x, h, bias, inner."""

    sizes: Sizes
    scalars: int
    form: Form
    embedding: Places  # [V, E]
    flat: tuple[Places, ...]  # by layer
    slots: tuple[Places, ...]
    output: tuple[Places, Places] | None  # places, and slots in [V, H + 1]; None: the logits are no such layer's

    def layer(self, vector: Floats, number: int) -> Weights:
        """The weights of a layer."""
        width, hidden = self.width(number), self.sizes.hidden_size
        entries = np.zeros(3 * hidden * width)
        np.add.at(entries, self.slots[number], vector[self.flat[number]])
        return self.form.weights(entries.reshape(3, hidden, width))

    def width(self, number: int) -> int:
        return (self.sizes.hidden_size if number else self.sizes.emb_size) + self.sizes.hidden_size + 2

    def output_table(self, vector: Floats) -> Floats:
        """[V, H + 1]: the output layer's weights and bias."""
        shape = (self.sizes.vocab_size, self.sizes.hidden_size + 1)
        table = np.zeros(shape[0] * shape[1])
        if self.output is not None:
            np.add.at(table, self.output[1], vector[self.output[0]])
        return table.reshape(shape)

    def put(self, vector: Floats, number: int, table: Floats) -> None:
        """Write a layer's weights [3, H, I + H + 2].

        Raises:
            Mismatch: as expect_places.
        """
        self._write(vector, self.flat[number], self.slots[number], table)

    def put_output(self, vector: Floats, table: Floats) -> None:
        """Write the output layer's weights and bias [V, H + 1]."""
        if self.output is not None:
            self._write(vector, *self.output, table)

    def _write(self, vector: Floats, places: Places, slots: Places, table: Floats) -> None:
        expect_places(places, len(vector))
        write(vector, places, slots, table)


def expect_places(places: NDArray, scalars: int) -> None:
    """Raises:
    Mismatch: a model of so many scalars does not have these places, which another object of its class has.
    """
    if places.size and places.max() >= scalars:
        expect_scalars(int(places.max()) + 1, scalars)
