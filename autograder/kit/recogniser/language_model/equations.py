"""The language model in numpy float64: embedding, stacked cells and output layer, by the roles of its numbers."""

from __future__ import annotations

import numpy as np

from autograder.judge.models import expect_scalars
from autograder.kit.comparing import NDArray
from autograder.kit.recogniser.cells import run_direction
from autograder.kit.recogniser.gates import Floats
from autograder.kit.recogniser.language_model.roles import Roles

SOLVES = ("gru.forward",)  # kept out of the students' wheel, with what needs it


def evaluate(roles: Roles, vector: NDArray, inputs: NDArray, hidden: NDArray) -> tuple[Floats, Floats]:
    """Logits [T, B, V] and last states [L, B, H] by the equations; logits of zeros where no output layer is known.

    Raises:
        Mismatch: the vector is of a model with other parameters than the one whose roles these are.
    """
    expect_scalars(len(vector), roles.scalars)
    exact = vector.astype(np.float64)
    tops, states = exact[roles.embedding][inputs].swapaxes(0, 1), []
    for number, start in enumerate(hidden.astype(np.float64)):
        tops, _ = run_direction(roles.form.cell_type, roles.layer(exact, number), "l0", tops, start)
        states.append(tops[:, -1])
    table = roles.output_table(exact)
    return tops.swapaxes(0, 1) @ table[:, :-1].T + table[:, -1], np.stack(states)
