"""What is taken for logits, other ways to call a forward, and arguments in another order."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from notebooks import loaded, submission

from autograder.assignments.labrnn.api import Context, LabRNN
from autograder.assignments.labrnn.edition import Edition, another_order
from autograder.errors import StudentException
from autograder.judge.expect import Mismatch
from autograder.kit.recogniser.classifier.batches import Spec, batch_of
from autograder.kit.recogniser.classifier.model import as_logits
from autograder.wire.frames import Array

LOGITS = np.arange(6, dtype=np.float32).reshape(3, 2)


def tensor(data: Any) -> Array:
    return Array("tensor", data)


@pytest.mark.parametrize(
    "answer",
    [tensor(LOGITS), tensor(LOGITS.astype(np.float64)), tensor(LOGITS[:, None]), tensor(LOGITS[..., None]),
     tensor(LOGITS.T.copy()), (tensor(LOGITS), tensor(LOGITS[:1])), [None, tensor(LOGITS)], {"logits": tensor(LOGITS)}],
    ids=["as asked", "float64", "an axis inside", "an axis at the end", "transposed", "a tuple", "a list", "a dict"],
)  # fmt: skip
def test_what_is_taken_for_logits(answer: Any) -> None:
    found = as_logits(answer, 3, 2)
    assert found.dtype == np.float32 and (found == LOGITS).all()


@pytest.mark.parametrize(
    "answer",
    [None, 5, (), tensor(LOGITS.astype(np.int64)), tensor(LOGITS.reshape(-1)), tensor(LOGITS[:2]), [[0.0] * 2] * 3,
     tensor(np.full((3, 2), 1e300)), tensor(LOGITS + np.nan)],
    ids=["none", "a number", "nothing", "integers", "flat", "too few", "lists", "too large", "not a number"],
)  # fmt: skip
def test_what_is_not(answer: Any) -> None:
    with pytest.raises(Mismatch):
        as_logits(answer, 3, 2)


FORWARD = """
import torch
from torch import nn

class LSTM(nn.Module):
    def __init__(self, *arguments):
        super().__init__()
        self.layer = nn.Linear(1, 2)

    def forward(self, ids, length):
        x = self.layer(length_of(ids, length))
        return x

def length_of(ids, length):
    {body}
"""
BODIES = {
    "as asked": ("return length[:, None]", ("float32", False)),
    "integers": ("return torch.stack([ids[i, : length[i].item()].sum() for i in range(len(ids))])[:, None].float()",
                 ("int64", False)),
    "a list": ("return torch.tensor([len(list(range(n))) for n in length + []])[:, None].float()", ("list", False)),
    # the student process tries it before anybody here knows
    "gradients": ("assert torch.is_grad_enabled()\n    return length[:, None]", ("float32", False)),
}  # fmt: skip


@pytest.mark.parametrize("name", BODIES)
def test_other_manners_of_calling_are_tried(name: str) -> None:
    body, wanted = BODIES[name]
    student = loaded(submission(FORWARD.format(body=body)))
    student.begin_item()
    student.begin_check()
    lab = LabRNN(student, Context(Edition()))
    model = lab.model("LSTM", Spec())
    batch = batch_of(np.random.default_rng(0), [3, 2], Spec())
    assert model.forward(batch).shape == (2, 2)
    assert (model.manner.length, model.manner.grad, model.manner.settled) == (*wanted, True)
    assert all(logits.shape == (2, 2) for logits in lab.model("LSTM", Spec()).forward_each([batch, batch]))


def test_what_never_works_raises_its_first_error() -> None:
    student = loaded(submission(FORWARD.format(body="raise ValueError(str(length.dtype))")))
    student.begin_item()
    student.begin_check()
    model = LabRNN(student, Context(Edition())).model("LSTM", Spec())
    with pytest.raises(StudentException, match=r"torch\.float32"):
        model.forward(batch_of(np.random.default_rng(0), [3, 2], Spec()))
    assert (model.manner.length, model.manner.grad, model.manner.settled) == ("float32", False, True)


def test_names_in_another_order() -> None:
    given = ["a", "b", "c"]
    for parameters, wanted in (
        (["a", "b", "c"], False), (["b", "a", "c"], True), (["b", "a", "c", "**more"], True), (["b", "a"], False),
        (["x", "b", "c"], False), ([], False), (["*all"], False), (["extra", "a", "b", "c"], False),
    ):  # fmt: skip
        assert another_order({"LSTM": {"parameters": parameters}}, "LSTM", given) == wanted, parameters
    assert not another_order({}, "LSTM", given)
