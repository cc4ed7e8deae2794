"""What `make_batches` and `make_lm_batches` return, read off what came over the wire."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from autograder.judge.expect import Mismatch
from autograder.judge.models import kind_of
from autograder.kit.comparing import NDArray
from autograder.kit.types import Sizes
from autograder.wire.frames import Array, Series


@dataclass(frozen=True)
class Batches:
    """A list of pairs of integer tensors; `shapes`: how many axes each of the two has."""

    shapes: tuple[int, int] = (2, 1)

    def read(self, answer: Any, sizes: Sizes, what: str) -> list[tuple[NDArray, NDArray]]:
        """The pairs as int64.

        Raises:
            Mismatch: it is something else.
        """
        batches = answer.values if isinstance(answer, Series) else answer
        if not isinstance(batches, (list, tuple)):
            raise Mismatch(f"{what} must return a list of batches", kind_of(answer), "a list of pairs of tensors")
        return [self._pair(batch, f"batch {n}") for n, batch in enumerate(batches)]

    def _pair(self, batch: Any, what: str) -> tuple[NDArray, NDArray]:
        if not isinstance(batch, (list, tuple)) or len(batch) != 2:
            raise Mismatch(f"{what} must be a pair of tensors", kind_of(batch), "(tensor, tensor)")
        first, second = (self._whole(part, axes, what) for part, axes in zip(batch, self.shapes, strict=True))
        return first, second

    def _whole(self, part: Any, axes: int, what: str) -> NDArray:
        if not isinstance(part, Array) or part.data.dtype.kind not in "iu":
            shown = f"a tensor of {part.data.dtype}" if isinstance(part, Array) else kind_of(part)
            raise Mismatch(f"{what} must hold tensors of integers", shown, "int64 tensors")
        if part.data.ndim != axes:
            raise Mismatch(f"a tensor of {what} has another shape", f"{list(part.data.shape)}", f"{axes} axes")
        array: NDArray = part.data.astype("int64")
        return array
