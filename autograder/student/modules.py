"""What the judge asks of an nn.Module that stays in the student process."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograder.student import encode, wire
from autograder.student.training import TRAINING_OPERATIONS

MAX_SETTINGS = 24


def parameters(module: Any) -> list[list[Any]]:
    """Name, shape and requires_grad of every parameter, each tensor once."""
    return [[name, list(p.shape), bool(p.requires_grad)] for name, p in module.named_parameters()]


def submodules(module: Any) -> list[list[Any]]:
    """Path, type, torch's own base classes and plain settings of the module and all below it."""
    return [[path, wire.type_name(m), torch_bases(m), settings(m)] for path, m in module.named_modules()]


def torch_bases(module: Any) -> list[str]:
    """`["LSTM", "RNNBase", "Module"]`: the classes of torch.nn that it is made of."""
    return [c.__name__ for c in type(module).__mro__ if c.__module__.startswith("torch.nn")]


def settings(module: Any) -> dict[str, Any]:
    """Plain attributes such as hidden_size, p, padding_idx."""
    plain = {k: v for k, v in vars(module).items() if v is None or type(v) in (bool, int, float, str)}
    return dict([(k, v) for k, v in plain.items() if not k.startswith("_")][:MAX_SETTINGS])


def state(module: Any) -> dict[str, Any]:
    """Every parameter's values by name."""
    return {name: encode.describe(p) for name, p in module.named_parameters()}


def load_state(module: Any, values: dict[str, wire.Array]) -> None:
    """Overwrite parameters by name, in place."""
    import torch

    with torch.no_grad():
        for name, parameter in module.named_parameters():
            if name in values:
                parameter.copy_(torch.from_numpy(values[name].data))


def set_mode(module: Any, training: bool) -> bool:
    module.train(training)
    return bool(module.training)


def gradients(module: Any, *args: Any, direction: wire.Array, calls: int = 1) -> dict[str, Any]:
    """d(sum of outputs × direction)/d(parameter) for every parameter; None where no gradient arrived.

    `calls` > 1 sums the outputs of several forward passes on the same inputs before one backward pass.
    """
    import torch

    module.zero_grad(set_to_none=True)
    weight = torch.from_numpy(direction.data)
    loss = sum((module(*args) * weight).sum() for _ in range(calls))
    torch.autograd.backward(loss)
    return {n: None if p.grad is None else encode.describe(p.grad) for n, p in module.named_parameters()}


def sensitivities(module: Any, *args: Any, directions: wire.Array, output: int | None = None) -> dict[str, Any]:
    """For each of `directions`, d(sum of outputs × direction)/d(parameter), stacked; zeros where no gradient arrived.

    `output` picks one of several values that the module returns.
    """
    import torch

    result = module(*args)
    value = result if output is None else result[output]
    named = [(name, p) for name, p in module.named_parameters() if p.requires_grad]
    losses = [(value * direction).sum() for direction in torch.from_numpy(directions.data)]
    rows = [torch.autograd.grad(loss, [p for _, p in named], retain_graph=True, allow_unused=True) for loss in losses]
    columns = zip(*rows, strict=True)
    return {
        name: encode.describe(torch.stack([torch.zeros_like(p) if g is None else g for g in column]))
        for (name, p), column in zip(named, columns, strict=True)
    }


def torch_functions(module: Any, *args: Any) -> list[str]:
    """Names of the functions of torch that one call runs through: `gru` of an nn.GRU, wherever that is hidden."""
    from torch.overrides import TorchFunctionMode

    class Recorder(TorchFunctionMode):  # type: ignore[misc]
        def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            names.add(str(getattr(func, "__name__", "")))
            return func(*args, **(kwargs or {}))

    names: set[str] = set()
    with Recorder():
        module(*args)
    return sorted(names)


MODULE_OPERATIONS: dict[str, Callable[..., Any]] = {
    "parameters": parameters,
    "submodules": submodules,
    "state": state,
    "load_state": load_state,
    "set_mode": set_mode,
    "gradients": gradients,
    "sensitivities": sensitivities,
    "torch_functions": torch_functions,
    **TRAINING_OPERATIONS,
}
