"""What the judge asks of an nn.Module that stays in the student process."""

from __future__ import annotations

import contextlib
import math
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from autograder.inside import encode
from autograder.inside.operators import torch_functions
from autograder.inside.unregistered import in_containers
from autograder.wire import frames

MAX_SETTINGS = 24


def walk(module: Any, path: str = "", seen: set[int] | None = None) -> Iterator[tuple[str, Any]]:
    """Path and module of the module and all below it, each once; methods that the notebook overrides are not asked."""
    seen = set() if seen is None else seen
    if id(module) in seen:
        return
    seen.add(id(module))
    yield path, module
    for name, child in dict(vars(module).get("_modules") or {}).items():
        if child is not None:
            yield from walk(child, f"{path}.{name}" if path else name, seen)


def named(module: Any) -> Iterator[tuple[str, Any]]:
    """Name and tensor of every parameter, each tensor once; lazy ones when they have a shape."""
    from torch.nn.parameter import is_lazy

    seen: set[int] = set()
    for path, part in walk(module):
        own = vars(part).get("_parameters")
        if own is None:  # a scripted module keeps them elsewhere
            own = dict(part.named_parameters(recurse=False))
        for name, parameter in own.items():
            if parameter is not None and id(parameter) not in seen and not is_lazy(parameter):
                seen.add(id(parameter))
                yield f"{path}.{name}" if path else name, parameter


def parameters(module: Any) -> list[list[Any]]:
    """Name, shape and requires_grad of every parameter, each tensor once."""
    return [[name, list(p.shape), bool(p.requires_grad)] for name, p in named(module)]


def unregistered(module: Any) -> list[list[Any]]:
    """The same of parameters in plain lists, tuples and dicts, where torch does not look for them."""
    return [[name, list(p.shape), bool(p.requires_grad)] for name, p in in_containers(walk, named, module)]


def everything(module: Any) -> list[tuple[str, Any]]:
    """Name and tensor of all parameters: the registered ones, then those in containers."""
    return [*named(module), *in_containers(walk, named, module)]


def submodules(module: Any) -> list[list[Any]]:
    """Path, type, torch's own base classes and plain settings of the module and all below it."""
    return [[path, frames.type_name(m), torch_bases(m), settings(m)] for path, m in walk(module)]


def torch_bases(module: Any) -> list[str]:
    """`["LSTM", "RNNBase", "Module"]`: the classes of torch.nn that it is made of, not those that only claim to be."""
    return [c.__name__ for c in type(module).__mro__ if c.__module__.startswith("torch.nn") and is_found(c)]


def is_found(cls: type) -> bool:
    """Whether the class stands where it says that it stands."""
    return getattr(sys.modules.get(cls.__module__), cls.__name__, None) is cls


def settings(module: Any) -> dict[str, Any]:
    """Plain attributes such as hidden_size, p, padding_idx."""
    plain = {k: v for k, v in vars(module).items() if v is None or type(v) in (bool, int, float, str)}
    return dict([(k, v) for k, v in plain.items() if not k.startswith("_")][:MAX_SETTINGS])


def state(module: Any) -> dict[str, Any]:
    """Every parameter's values by name."""
    return {name: encode.describe(p) for name, p in named(module)}


def load_state(module: Any, values: dict[str, frames.Array]) -> None:
    """Overwrite parameters by name, in place."""
    import torch

    own = list(named(module))
    if not values.keys() <= {name for name, _ in own}:
        own = everything(module)
    with torch.no_grad():
        for name, parameter in own:
            if name in values:
                parameter.copy_(torch.from_numpy(values[name].data))


def set_mode(module: Any, training: bool) -> bool:
    module.train(training)
    return bool(module.training)


def drop_in_training_only(module: Any) -> bool:
    """Let no dropout act while the module is in eval mode, not even one that its forward asks for; whether it can."""
    from torch.overrides import TorchFunctionMode

    class NoDropout(TorchFunctionMode):  # type: ignore[misc]
        def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            if "dropout" in str(getattr(func, "__name__", "")):
                return args[0] if args else kwargs["input"]
            return func(*args, **(kwargs or {}))

    def quiet(*args: Any, **kwargs: Any) -> Any:
        with contextlib.nullcontext() if module.training else NoDropout():
            return forward(*args, **kwargs)

    forward = module.forward
    module.forward = quiet
    return True


def gradients(module: Any, *args: Any, direction: frames.Array, calls: int = 1) -> dict[str, Any]:
    """d(sum of outputs × direction)/d(parameter) for every parameter; None where no gradient arrived.

    `calls` > 1 sums the outputs of several forward passes on the same inputs before one backward pass.
    """
    import torch

    own = dict(named(module))
    for parameter in own.values():
        parameter.grad = None
    weight = torch.from_numpy(direction.data)
    loss = sum((answer_of(module(*args), direction.data.shape) * weight).sum() for _ in range(calls))
    torch.autograd.backward(loss)
    return {n: None if p.grad is None else encode.describe(p.grad) for n, p in own.items()}


def parts_of(result: Any) -> Any:
    """What a dict or an object with fields holds, `logits` first (the judge's `parts_of`); anything else as it is."""
    held = result if isinstance(result, dict) else encode.fields_of(result)
    if not held:
        return result
    return [held[name] for name in sorted(held, key=lambda name: name != "logits")]


def answer_of(result: Any, shape: Sequence[int]) -> Any:
    """The tensor of so many numbers among what a module returned, in this shape (the judge's `as_logits`)."""
    import torch

    result = parts_of(result)
    parts = result if isinstance(result, (tuple, list)) else [result]
    fitting = [part for part in parts if isinstance(part, torch.Tensor) and part.numel() == math.prod(shape)]
    if not fitting:
        return result
    turned = len(shape) == 2 and tuple(fitting[0].shape) == (shape[1], shape[0]) != tuple(shape)
    return fitting[0].t() if turned else fitting[0].reshape(tuple(shape))


def influences(module: Any, *args: Any, seed: int = 0) -> list[list[Any]]:
    """What the module returns as it is, under the name "", then with each parameter moved at random, one by one."""
    import torch

    found = []
    with torch.no_grad():
        for name, parameter in [("", None), *named(module)]:
            before = None if parameter is None else parameter.clone()
            torch.default_generator.manual_seed(seed)
            if parameter is not None:
                parameter += torch.randn(parameter.shape, dtype=parameter.dtype) * 0.5
            found.append([name, encode.describe(module(*args))])
            if parameter is not None:
                parameter.copy_(before)
    return found


def sensitivities(module: Any, *args: Any, directions: frames.Array, output: int | None = None) -> dict[str, Any]:
    """For each of `directions`, d(sum of outputs × direction)/d(parameter), stacked; a parameter without is left out.

    `output` picks one of several values that the module returns; a list of tensors counts as one tensor.
    """
    import torch

    result = module(*args)
    value = answer_of(result, directions.data.shape[1:]) if output is None else result[output]
    if isinstance(value, (list, tuple)):
        value = torch.stack(list(value))
    shape = directions.data.shape[1:]
    if isinstance(value, torch.Tensor) and value.numel() == math.prod(shape) and 1 in shape:
        value = value.reshape(shape)  # one step: the batch may as well stand in front
    trained = [(name, p) for name, p in everything(module) if p.requires_grad]
    losses = [(value * direction).sum() for direction in torch.from_numpy(directions.data)]
    rows = [torch.autograd.grad(loss, [p for _, p in trained], retain_graph=True, allow_unused=True) for loss in losses]
    columns = zip(*rows, strict=True)
    return {
        name: encode.describe(torch.stack([torch.zeros_like(p) if g is None else g for g in column]))
        for (name, p), column in zip(trained, columns, strict=True)
        if any(g is not None for g in column)
    }


MODULE_OPERATIONS: dict[str, Callable[..., Any]] = {
    "parameters": parameters,
    "unregistered": unregistered,
    "submodules": submodules,
    "state": state,
    "load_state": load_state,
    "set_mode": set_mode,
    "drop_in_training_only": drop_in_training_only,
    "gradients": gradients,
    "sensitivities": sensitivities,
    "influences": influences,
    "torch_functions": torch_functions,
}
