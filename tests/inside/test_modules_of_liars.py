"""What the student process tells of a module, whatever the module's own methods say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch

from autograder.inside import modules
from autograder.wire import frames


class Liar(torch.nn.Module):
    """A linear layer, a parameter that nothing uses, and methods that tell of nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.layer, self.junk = torch.nn.Linear(2, 2), torch.nn.Parameter(torch.ones(3))

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return x[:, :1], self.layer(x)[:, None]

    def named_parameters(self, *args: Any, **kwargs: Any) -> Iterator[Any]:
        return iter(())

    def named_modules(self, *args: Any, **kwargs: Any) -> Iterator[Any]:
        return iter(())


def test_overridden_methods_are_not_asked() -> None:
    liar = Liar()
    assert [row[0] for row in modules.parameters(liar)] == ["junk", "layer.weight", "layer.bias"]
    assert [(row[0], row[2][:1]) for row in modules.submodules(liar)] == [("", ["Module"]), ("layer", ["Linear"])]


def test_shared_parameters_and_cycles_are_told_once() -> None:
    outer = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Linear(2, 2))
    outer[1].weight = outer[0].weight
    outer[1]._modules["outer"] = outer
    assert [row[0] for row in modules.parameters(outer)] == ["0.weight", "0.bias", "1.bias"]


def test_a_class_that_only_claims_to_be_torchs_is_not() -> None:
    pretended = type("LSTM", (torch.nn.Module,), {"__module__": "torch.nn.modules.rnn"})
    assert modules.torch_bases(pretended()) == ["Module"]
    assert modules.torch_bases(torch.nn.LSTM(1, 1)) == ["LSTM", "RNNBase", "Module"]


def test_influences() -> None:
    liar, x = Liar(), torch.ones(2, 2)
    before = {name: p.clone() for name, p in modules.named(liar)}
    rows = dict(modules.influences(liar, x))
    logits = {name: value[1].data for name, value in rows.items()}
    assert (logits["junk"] == logits[""]).all()
    assert (logits["layer.weight"] != logits[""]).any() and (logits["layer.bias"] != logits[""]).any()
    assert all((p == before[name]).all() for name, p in modules.named(liar))


def test_answers_are_found_and_shaped() -> None:
    three = torch.arange(6.0).view(3, 2)
    for given in (three, (three,), {"other": torch.ones(1), "logits": three}, three[:, None], three.t()):
        assert (modules.answer_of(given, (3, 2)) == three).all()
    assert modules.answer_of("nothing", (3, 2)) == "nothing"


def test_gradients_of_a_tuple() -> None:
    liar = Liar()
    ones = frames.Array("tensor", np.ones((2, 2), np.float32))
    found = modules.gradients(
        liar, torch.zeros(2, 2) + 1, direction=frames.Array("tensor", np.eye(2, dtype=np.float32))
    )
    assert found["junk"] is None and found["layer.bias"] is not None
    stacked = modules.sensitivities(
        liar, torch.ones(2, 2), directions=frames.Array("tensor", np.stack([ones.data, 2 * ones.data]))
    )
    np.testing.assert_allclose(2 * stacked["layer.bias"].data[0], stacked["layer.bias"].data[1])
