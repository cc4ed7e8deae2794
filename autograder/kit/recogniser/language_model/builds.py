"""What the recogniser asks of a student's language model, and how it gets one."""

from __future__ import annotations

from typing import Any, Protocol

from autograder.judge.models import Parameter
from autograder.kit.comparing import NDArray
from autograder.kit.recogniser.gates import Floats
from autograder.kit.recogniser.language_model.sizes import Sizes
from autograder.student.proxy import Student


class LanguageModel(Protocol):
    """A model in its process, built for `sizes.seq_len` steps and `sizes.batch_size` rows."""

    sizes: Sizes
    parameters: tuple[Parameter, ...]

    @property
    def scalars(self) -> int: ...

    def load_vector(self, vector: NDArray) -> None: ...

    def train(self, training: bool = True) -> None: ...

    def forward(self, inputs: NDArray, hidden: NDArray, seed: int | None = None) -> tuple[Floats, Floats]:
        """Logits [T, B, V] and last states [L, B, H] in float64, for inputs [T, B] and hidden [L, B, H]."""
        ...

    def pair(
        self, inputs: NDArray, hidden: NDArray, seed: int | None = None, grad: bool = True
    ) -> tuple[Floats, Floats]:
        """The same, of whatever shape."""
        ...

    def sense(self, inputs: NDArray, hidden: NDArray, directions: NDArray, output: int) -> NDArray:
        """Gradients of sum(output × direction) by all scalars [M, scalars]; output 0: logits, 1: states."""
        ...


class Remembers(Protocol):
    """`roles`: what the numbers of a model do, by what was asked."""

    roles: dict[Any, Any]


class LanguageModels(Protocol):
    """A hand-in whose language model can be built with any sizes."""

    @property
    def student(self) -> Student: ...

    @property
    def context(self) -> Remembers: ...

    def gru(self, sizes: Sizes) -> LanguageModel: ...
