"""What the judge is told of a module: parameters wherever they are, and the functions of torch that a call uses."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from autograder.inside import modules
from autograder.inside.modules import drop_in_training_only, load_state, parameters, sensitivities, unregistered
from autograder.inside.operators import operators, torch_functions
from autograder.wire import operations
from autograder.wire.frames import Array


class Lists(nn.Module):
    """Layers in a list, a tensor in a dict, a module in a tuple, and one registered layer that is listed too."""

    def __init__(self) -> None:
        super().__init__()
        self.known = nn.Linear(2, 3)
        self.layers = [nn.Linear(3, 3, bias=False), self.known]
        self.more = {"scale": torch.ones(3, requires_grad=True), "name": "x"}
        self.nested = ([nn.Linear(3, 1, bias=False)],)
        self.constant = torch.ones(3)

    def forward(self, x: torch.Tensor) -> Any:
        y = self.layers[0](self.known(x)) * self.more["scale"]
        return y, [self.nested[0][0](y), y[:, :1]]


def names(rows: list[list[Any]]) -> list[str]:
    return [str(row[0]) for row in rows]


def test_parameters_in_containers_are_found_once() -> None:
    model = Lists()
    assert names(parameters(model)) == ["known.weight", "known.bias"]
    assert names(unregistered(model)) == ["layers[0].weight", "more[scale]", "nested[0][0].weight"]


def test_they_are_overwritten_and_looked_at() -> None:
    model = Lists()
    load_state(model, {"more[scale]": Array("tensor", np.full(3, 2, np.float32))})
    assert model.more["scale"].tolist() == [2, 2, 2]  # type: ignore[union-attr]
    ones = Array("tensor", np.ones((2, 2, 4, 1), np.float32))
    found = sensitivities(model, torch.ones(4, 2), directions=ones, output=1)
    assert {"known.weight", "layers[0].weight", "more[scale]", "nested[0][0].weight"} <= found.keys()
    assert "nested[0][0].weight" not in sensitivities(
        model, torch.ones(4, 2), directions=Array("tensor", np.ones((1, 4, 3), np.float32)), output=0
    )


def test_own_accounts_of_parameters_are_not_asked() -> None:
    class Liar(nn.Linear):
        def named_parameters(self, *args: Any, **kwargs: Any) -> Any:
            return iter([("made_up", nn.Parameter(torch.zeros(9)))])

    assert names(parameters(Liar(2, 3))) == ["weight", "bias"]


def test_lazy_parameters_are_told_when_they_have_a_shape() -> None:
    layer = nn.LazyLinear(3)
    assert parameters(layer) == []
    layer(torch.ones(1, 2))
    assert [row[1] for row in parameters(layer)] == [[3, 2], [3]]


@pytest.mark.parametrize(
    ("module", "shape", "name"),
    [
        (nn.GRUCell(3, 4), (2, 3), "gru_cell"),
        (nn.GRU(3, 4), (5, 2, 3), "gru"),
        (nn.TransformerEncoderLayer(4, 2).eval(), (5, 2, 4), "scaled_dot_product_attention"),
    ],
    ids=["cell", "layer", "transformer"],
)
def test_functions_are_seen(module: Any, shape: tuple[int, ...], name: str) -> None:
    assert name in torch_functions(module, torch.zeros(shape))


@pytest.mark.filterwarnings("ignore:.*jit.script:DeprecationWarning")
def test_functions_are_seen_in_compiled_code() -> None:
    assert "gru_cell" in torch_functions(torch.jit.script(nn.GRUCell(3, 4)), torch.zeros(2, 3))


def test_functions_are_seen_with_dispatch_switched_off() -> None:
    cell = nn.GRUCell(3, 4)

    def hidden(x: torch.Tensor) -> Any:
        with torch._C.DisableTorchFunction():
            return torch.ops.aten.gru_cell(x, torch.zeros(2, 4), *cell.parameters())

    assert "gru_cell" in torch_functions(hidden, torch.zeros(2, 3))


def test_what_fails_leaves_the_profiler_off() -> None:
    with pytest.raises(ZeroDivisionError):
        operators(lambda: 1 / 0)
    assert "add" in operators(lambda: torch.ones(1) + 1)


def test_threads_are_not_seen() -> None:
    """Which is why the text is read too."""

    def elsewhere(x: torch.Tensor) -> None:
        worker = threading.Thread(target=nn.GRUCell(3, 4), args=(x,))
        worker.start()
        worker.join()

    assert "gru_cell" not in torch_functions(elsewhere, torch.zeros(2, 3))


class Drops(nn.Module):
    """Dropout in three ways, each of them on in eval mode too."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return nn.functional.dropout(torch.dropout(nn.Dropout(0.5)(x), 0.5, True), p=0.5)


def test_dropout_is_switched_off_in_eval_mode_alone() -> None:
    model, x = Drops().eval(), torch.ones(8, 8)
    assert not torch.equal(model(x), x)
    assert drop_in_training_only(model) and torch.equal(model(x), x)
    assert not torch.equal(model.train()(x), x)


def test_both_sides_name_the_same_operations() -> None:
    assert modules.MODULE_OPERATIONS.keys() == operations.MODULE_OPERATIONS
