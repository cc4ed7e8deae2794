"""On a machine without an accelerator, code that asks for one gets the CPU: `.cuda()`, `.to("mps")`, `device="cuda:1"`.

`torch.cuda.is_available()` and its like stay False: notebooks that ask first are right to. Devices compare as what they
are here: `tensor.device == torch.device("cuda")` holds, since both are the CPU. The swapped functions can still be
scripted by TorchScript, and devices still be pickled.
"""

from __future__ import annotations

import contextlib
import copyreg
import functools
import importlib
import time
import types
from collections.abc import Callable
from typing import Any

ABSENT = ("cuda", "mps", "xpu", "xla", "hpu", "hip")
FACTORIES = """
    tensor as_tensor asarray zeros ones full empty eye arange range linspace logspace rand randn randint randperm normal
    zeros_like ones_like full_like empty_like rand_like randn_like randint_like from_numpy scalar_tensor
    tril_indices triu_indices hann_window sparse_coo_tensor empty_strided
"""
METHODS = "new_tensor new_zeros new_ones new_full new_empty"
TYPES = "Float Double Half BFloat16 Long Int Short Char Byte Bool"
NO_OPS = """
    synchronize empty_cache set_device init ipc_collect reset_peak_memory_stats reset_max_memory_allocated
    reset_max_memory_cached reset_accumulated_memory_stats set_per_process_memory_fraction set_rng_state
    set_device_index
"""
ZEROS = """
    memory_allocated memory_reserved max_memory_allocated max_memory_reserved memory_cached max_memory_cached
    current_device utilization current_allocated_memory driver_allocated_memory recommended_max_memory
"""


def install(report: Callable[[], None] = lambda: None) -> None:
    """Patch torch, if it is there and this was not done before; `report` is called the first time that an accelerator
    is asked for."""
    try:
        torch: Any = importlib.import_module("torch")
    except ImportError:
        return
    if installed(torch):
        return
    told: list[bool] = []

    def cpu(value: Any) -> Any:
        """`value`, or the CPU where it names an accelerator."""
        if not _is_absent(value, real_device):
            return value
        if not told:
            told.append(True)
            report()
        return "cpu" if isinstance(value, str) else real_device("cpu")

    real_device: Any = torch.device
    torch.device = _type_like(real_device, _make_device(real_device, cpu))
    torch.jit._builtins._register_builtin(torch.device, "aten::device")
    copyreg.pickle(real_device, lambda device: (torch.device, (str(device),)))  # by the name that it now has
    for name in FACTORIES.split():
        if hasattr(torch, name):
            setattr(torch, name, _by_keyword(getattr(torch, name), cpu))
            torch.jit._builtins._register_builtin(getattr(torch, name), f"aten::{name}")
    _patch_methods(torch, cpu)
    real_generator: Any = torch.Generator
    torch.Generator = _type_like(real_generator, lambda device="cpu": real_generator(cpu(device)))
    torch.load = _load(torch.load, cpu)
    torch.set_default_device = _anywhere(torch.set_default_device, cpu)
    _patch_types(torch, cpu)
    for library in ("cuda", "mps", "xpu", "accelerator"):
        if hasattr(torch, library):
            _patch_library(getattr(torch, library), cpu)
    _patch_cuda(torch, cpu)


def installed(torch: Any) -> bool:
    """Whether torch is patched."""
    return bool(getattr(torch.device, "stand_in", False))


def _is_absent(value: Any, device: type) -> bool:
    if isinstance(value, str):
        return value.partition(":")[0] in ABSENT
    return isinstance(value, device) and getattr(value, "type", "") in ABSENT


def _type_like(real: Any, make: Callable[..., Any]) -> Any:
    """What a type of torch's becomes: `make` makes real objects, and they count as its instances."""

    class Kind(type):
        stand_in = True

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
        if type(kind) is int or _is_absent(kind, real):  # a number alone means a GPU
            return real(cpu("cuda"))
        return real(*args, **kwargs)

    return make


def _by_keyword(call: Any, cpu: Callable[[Any], Any]) -> Any:
    """For functions that take `device` by keyword only."""

    @functools.wraps(call)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        if "device" in kwargs:
            kwargs["device"] = cpu("cuda" if type(kwargs["device"]) is int else kwargs["device"])
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


def _to(call: Any, cpu: Callable[[Any], Any]) -> Any:
    """`x.to(0)` and `x.to(device=0)` mean the first GPU."""
    anywhere = _anywhere(call, cpu)

    @functools.wraps(call)
    def wrapped(self: Any, *args: Any, **kwargs: Any) -> Any:
        if args and type(args[0]) is int:
            args = (cpu("cuda"), *args[1:])
        if type(kwargs.get("device")) is int:
            kwargs["device"] = cpu("cuda")
        return anywhere(self, *args, **kwargs)

    return wrapped


def _load(load: Any, cpu: Callable[[Any], Any]) -> Any:
    """`torch.load` of tensors that were on a GPU."""

    @functools.wraps(load)
    def wrapped(f: Any, map_location: Any = None, *args: Any, **kwargs: Any) -> Any:
        target = map_location
        if isinstance(map_location, dict):  # {"cuda:0": "cpu"}, {"cuda:1": "cuda:0"}
            target = {source: cpu(place) for source, place in map_location.items()}
        return load(f, "cpu" if target is None else cpu(target), *args, **kwargs)

    return wrapped


def _patch_methods(torch: Any, cpu: Callable[[Any], Any]) -> None:
    def here(self: Any, *args: Any, **kwargs: Any) -> Any:
        """`x.cuda()`, `x.xpu()`: stays where it is."""
        cpu("cuda")
        return self

    for owner in (torch.Tensor, torch.nn.Module):
        owner.to = _to(owner.to, cpu)
        for name in ("cuda", "xpu", "ipu"):
            if hasattr(owner, name):
                setattr(owner, name, here)
    torch.nn.Module.to_empty = _anywhere(torch.nn.Module.to_empty, cpu)
    for name in METHODS.split():
        setattr(torch.Tensor, name, _by_keyword(getattr(torch.Tensor, name), cpu))
    pinned = torch.Tensor.pin_memory
    torch.Tensor.pin_memory = functools.wraps(pinned)(lambda self, *args, **kwargs: self)


def _patch_types(torch: Any, cpu: Callable[[Any], Any]) -> None:
    """`torch.cuda.FloatTensor` is `torch.FloatTensor`, by its name too."""
    own = {id(getattr(torch.cuda, f"{kind}Tensor", None)): f"torch.{kind}Tensor" for kind in TYPES.split()}
    own.pop(id(None), None)
    originals = [getattr(torch.cuda, f"{kind}Tensor", None) for kind in TYPES.split()]  # so that no id is given anew

    def known(kind: Any) -> Any:
        if isinstance(kind, str) and kind.startswith("torch.cuda."):
            cpu("cuda")
            return "torch." + kind.removeprefix("torch.cuda.")
        return own.get(id(kind), kind) if originals else kind

    for owner in (torch.Tensor, torch.nn.Module):
        owner.type = _kind(owner.type, known)
    torch.set_default_tensor_type = _kind_first(torch.set_default_tensor_type, known)
    for kind in TYPES.split():
        if hasattr(torch, f"{kind}Tensor"):
            setattr(torch.cuda, f"{kind}Tensor", getattr(torch, f"{kind}Tensor"))


def _kind(call: Any, known: Callable[[Any], Any]) -> Any:
    @functools.wraps(call)
    def wrapped(self: Any, *args: Any, **kwargs: Any) -> Any:
        return call(self, *map(known, args), **{name: known(value) for name, value in kwargs.items()})

    return wrapped


def _kind_first(call: Any, known: Callable[[Any], Any]) -> Any:
    return functools.wraps(call)(lambda kind: call(known(kind)))


def _patch_library(library: Any, cpu: Callable[[Any], Any]) -> None:
    """`torch.cuda`, `torch.mps`, …: what only waits, cleans up or counts."""
    for name in NO_OPS.split():
        if hasattr(library, name):
            setattr(library, name, lambda *args, **kwargs: None)
    for name in ZEROS.split():
        if hasattr(library, name):
            setattr(library, name, lambda *args, **kwargs: 0)
    if hasattr(library, "get_device_name"):
        library.get_device_name = lambda *args, **kwargs: (cpu("cuda"), "no GPU (CPU)")[1]


def _patch_cuda(torch: Any, cpu: Callable[[Any], Any]) -> None:
    cuda = torch.cuda
    cuda.get_device_capability = lambda *args, **kwargs: (0, 0)
    cuda.mem_get_info = lambda *args, **kwargs: (0, 0)
    cuda.memory_summary = lambda *args, **kwargs: ""
    cuda.get_device_properties = lambda *args, **kwargs: types.SimpleNamespace(
        name="no GPU (CPU)", total_memory=0, major=0, minor=0, multi_processor_count=0
    )
    cuda.get_rng_state = lambda *args, **kwargs: torch.get_rng_state()
    cuda.device = cuda.device_of = lambda *args, **kwargs: contextlib.nullcontext()
    cuda.stream = lambda *args, **kwargs: contextlib.nullcontext()
    cuda.Stream, cuda.Event = _Stream, _Event
    cuda.current_stream = cuda.default_stream = _Stream


class _Event:
    """A point in time, as torch.cuda.Event."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._time = time.perf_counter()

    def record(self, stream: Any = None) -> None:
        """Note the time."""
        self._time = time.perf_counter()

    def elapsed_time(self, end: _Event) -> float:
        """Milliseconds from here to `end`."""
        return (end._time - self._time) * 1000

    def synchronize(self) -> None:
        """Nothing is under way."""

    def wait(self, stream: Any = None) -> None:
        """Nothing is under way."""

    def query(self) -> bool:
        """Everything is done."""
        return True


class _Stream:
    """A queue of work that is always empty, as torch.cuda.Stream."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Of any device."""

    def synchronize(self) -> None:
        """Nothing is under way."""

    def wait_stream(self, stream: Any) -> None:
        """Nothing is under way."""

    def wait_event(self, event: Any) -> None:
        """Nothing is under way."""

    def record_event(self, event: Any = None) -> Any:
        """A point in time."""
        return _Event() if event is None else event

    def query(self) -> bool:
        """Everything is done."""
        return True

    def __enter__(self) -> _Stream:
        return self

    def __exit__(self, *args: object) -> None:
        return None
