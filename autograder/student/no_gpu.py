"""On a machine without a GPU, code that asks for one gets the CPU: `.cuda()`, `.to("cuda")`, `device="cuda"`.

`torch.cuda.is_available()` stays False: notebooks that ask first are right to.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable
from typing import Any

FACTORIES = """
    tensor as_tensor asarray zeros ones full empty eye arange linspace logspace rand randn randint randperm normal
    zeros_like ones_like full_like empty_like rand_like randn_like randint_like from_numpy scalar_tensor
    tril_indices triu_indices hann_window sparse_coo_tensor empty_strided
"""
METHODS = "new_tensor new_zeros new_ones new_full new_empty"
NO_OPS = "synchronize empty_cache set_device init ipc_collect reset_peak_memory_stats reset_max_memory_allocated"
ZEROS = "memory_allocated memory_reserved max_memory_allocated max_memory_reserved current_device"


def install(report: Callable[[], None]) -> None:
    """Patch torch, if it is there; `report` is called the first time that a GPU is asked for."""
    try:
        torch: Any = importlib.import_module("torch")
    except ImportError:
        return
    told: list[bool] = []

    def cpu(value: Any) -> Any:
        """`value`, or the CPU where it names a GPU."""
        if _is_gpu(value, real_device):
            if not told:
                told.append(True)
                report()
            return "cpu" if isinstance(value, str) else real_device("cpu")
        return value

    real_device: Any = torch.device
    torch.device = _type_like(real_device, _make_device(real_device, cpu))
    for name in FACTORIES.split():
        if hasattr(torch, name):
            setattr(torch, name, _by_keyword(getattr(torch, name), cpu))
    for owner in (torch.Tensor, torch.nn.Module):
        owner.to = _anywhere(owner.to, cpu)
        owner.cuda = lambda self, *args, **kwargs: (cpu("cuda"), self)[1]
    for name in METHODS.split():
        setattr(torch.Tensor, name, _by_keyword(getattr(torch.Tensor, name), cpu))
    real_generator: Any = torch.Generator
    torch.Generator = _type_like(real_generator, lambda device="cpu": real_generator(cpu(device)))
    torch.load = _load(torch.load, cpu)
    torch.set_default_device = _anywhere(torch.set_default_device, cpu)
    _patch_cuda(torch, cpu)


def _is_gpu(value: Any, device: type) -> bool:
    if isinstance(value, str):
        return value == "cuda" or value.startswith("cuda:")
    return isinstance(value, device) and getattr(value, "type", "") == "cuda"


def _type_like(real: Any, make: Callable[..., Any]) -> Any:
    """What a type of torch's becomes: `make` makes real objects, and they count as its instances."""

    class Kind(type):
        def __instancecheck__(cls, value: object) -> bool:
            return isinstance(value, real)

        def __subclasscheck__(cls, kind: type) -> bool:
            return issubclass(kind, real)

    def new(cls: type, *args: Any, **kwargs: Any) -> Any:
        return make(*args, **kwargs)

    body = {"__new__": new, "__module__": "torch", "__qualname__": real.__name__, "__doc__": real.__doc__}
    return Kind(real.__name__, (), body)


def _make_device(real: Any, cpu: Callable[[Any], Any]) -> Callable[..., Any]:
    def make(*args: Any, **kwargs: Any) -> Any:
        kind = args[0] if args else kwargs.get("type")
        if type(kind) is int or _is_gpu(kind, real):  # a number alone means a GPU
            return real(cpu("cuda"))
        return real(*args, **kwargs)

    return make


def _by_keyword(call: Any, cpu: Callable[[Any], Any]) -> Any:
    """For functions that take `device` by keyword only."""

    @functools.wraps(call)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        if "device" in kwargs:
            kwargs["device"] = cpu(kwargs["device"])
        if "pin_memory" in kwargs:
            kwargs["pin_memory"] = False
        return call(*args, **kwargs)

    return wrapped


def _anywhere(call: Any, cpu: Callable[[Any], Any]) -> Any:
    """For functions that take a device at any place."""

    @functools.wraps(call)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        return call(*map(cpu, args), **{name: cpu(value) for name, value in kwargs.items()})

    return wrapped


def _load(load: Any, cpu: Callable[[Any], Any]) -> Any:
    """`torch.load` of tensors that were on a GPU."""

    @functools.wraps(load)
    def wrapped(f: Any, map_location: Any = None, *args: Any, **kwargs: Any) -> Any:
        return load(f, "cpu" if map_location is None else cpu(map_location), *args, **kwargs)

    return wrapped


def _patch_cuda(torch: Any, cpu: Callable[[Any], Any]) -> None:
    for name in NO_OPS.split():
        setattr(torch.cuda, name, lambda *args, **kwargs: None)
    for name in ZEROS.split():
        setattr(torch.cuda, name, lambda *args, **kwargs: 0)
    torch.cuda.get_device_name = lambda *args, **kwargs: (cpu("cuda"), "no GPU (CPU)")[1]
    pinned = torch.Tensor.pin_memory
    torch.Tensor.pin_memory = functools.wraps(pinned)(lambda self, *args, **kwargs: self)
