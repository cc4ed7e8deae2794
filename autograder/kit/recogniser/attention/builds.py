"""What the recogniser asks of a student's attention module, and how it gets one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from autograder.kit.comparing import NDArray
from autograder.kit.recogniser.gates import Floats
from autograder.kit.recogniser.language_model.builds import Remembers
from autograder.student.proxy import Student


class Attention(Protocol):
    """A module in its process."""

    n_heads: int
    n_units: int

    @property
    def scalars(self) -> int: ...

    def load_vector(self, vector: NDArray) -> None: ...

    def forward(self, query: NDArray, key: NDArray, value: NDArray, *, seed: int | None = None) -> Floats:
        """The output [B, Tq, d] in float64, where every key may be seen."""
        ...

    def sense(self, inputs: Sequence[NDArray], directions: NDArray) -> NDArray:
        """Gradients of sum(output × direction) by all scalars [M, scalars]."""
        ...


class Attentions(Protocol):
    """A hand-in whose attention can be built with any sizes."""

    @property
    def student(self) -> Student: ...

    @property
    def context(self) -> Remembers: ...

    def attention(self, n_heads: int, n_units: int) -> Attention: ...
