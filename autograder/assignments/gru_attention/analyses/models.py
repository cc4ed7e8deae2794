"""A recurrent language model as the analyses see it: numpy in, numpy out, wherever it runs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from autograder.errors import MalformedAnswer
from autograder.student.proxy import Object, Override
from autograder.wire.frames import Array

Ints = NDArray[np.int64]
Floats = NDArray[np.floating[Any]]

SUPPLIED = "_final_loss_gradients_of_the_judge"
SUPPLY = Override(
    (SUPPLIED,),
    Path(__file__).with_name("gradients.py").read_text(encoding="utf-8") + f"\n\n{SUPPLIED} = final_loss_gradients\n",
)


class Model(Protocol):
    """T steps, B rows, L layers, H features of a state, V words; time is the first axis. Dropout is off."""

    def forward(self, inputs: Ints, hidden: Floats) -> tuple[Floats, Floats]:
        """Logits [T, B, V] and the new states [L, B, H], from tokens [T, B] and states [L, B, H]."""

    def gradients(self, inputs: Ints, targets: Ints, hidden: Floats) -> Floats:
        """Gradients [T, B, H] of the last step's loss; see `gradients.final_loss_gradients`."""


@dataclass(frozen=True)
class TorchModel:
    """A module in this process. `forward` puts it into eval mode."""

    module: Any

    def forward(self, inputs: Ints, hidden: Floats) -> tuple[Floats, Floats]:
        import torch

        self.module.eval()
        with torch.no_grad():
            logits, new = self.module(self._tensor(inputs), self._tensor(hidden))
        return logits.cpu().numpy(), new.cpu().numpy()

    def gradients(self, inputs: Ints, targets: Ints, hidden: Floats) -> Floats:
        from autograder.assignments.gru_attention.analyses.gradients import final_loss_gradients

        tensors = (self._tensor(values) for values in (inputs, targets, hidden))
        answer: Floats = final_loss_gradients(self.module, *tensors)
        return answer

    def _tensor(self, values: Ints | Floats) -> Any:
        import torch

        like = next(self.module.parameters())
        tensor = torch.tensor(values, device=like.device)
        return tensor.to(like.dtype) if tensor.is_floating_point() else tensor


@dataclass(frozen=True, eq=False)
class StudentModel:
    """A submission's model in its own process, in eval mode, as `Student.build_model` makes it.

    Both methods raise a StudentError when the student's code fails or answers with something else.
    """

    object: Object

    def forward(self, inputs: Ints, hidden: Floats) -> tuple[Floats, Floats]:
        answer = self.object.call("()", _sent(inputs), _sent(hidden))
        if type(answer) not in (tuple, list) or len(answer) != 2:
            raise MalformedAnswer("the model does not return logits and hidden")
        logits = _received(answer[0], (*inputs.shape, None))
        return logits, _received(answer[1], hidden.shape)

    def gradients(self, inputs: Ints, targets: Ints, hidden: Floats) -> Floats:
        student = self.object.student
        if SUPPLY not in student.overrides:
            student.override(SUPPLY)
        answer = student.call(SUPPLIED, self.object, _sent(inputs), _sent(targets), _sent(hidden))
        return _received(answer, (*inputs.shape, hidden.shape[2]))


def _sent(values: Ints | Floats) -> Array:
    return Array("tensor", np.ascontiguousarray(values, np.int64 if values.dtype.kind == "i" else np.float32))


def _received(answer: Any, shape: tuple[int | None, ...]) -> Floats:
    """The array, if it is finite and of this shape, None being any length."""
    if not isinstance(answer, Array) or answer.data.dtype.kind != "f" or answer.data.ndim != len(shape):
        raise MalformedAnswer(f"the answer is not a float tensor of {len(shape)} axes")
    if any(wanted not in (None, length) for length, wanted in zip(answer.data.shape, shape, strict=True)):
        raise MalformedAnswer(f"the answer has the shape {list(answer.data.shape)}")
    if not np.isfinite(answer.data).all():
        raise MalformedAnswer("the answer is not finite")
    found: Floats = answer.data
    return found
