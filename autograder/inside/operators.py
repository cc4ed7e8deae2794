"""Which functions of torch a call runs through: `gru` of an nn.GRU, wherever that is hidden.

Seen from Python, and by torch's own profiler, which also sees what compiled code and torch.ops run.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def torch_functions(module: Any, *args: Any) -> list[str]:
    """Names of the functions of torch that one call runs through."""
    from torch.overrides import TorchFunctionMode

    class Recorder(TorchFunctionMode):  # type: ignore[misc]
        def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            names.add(str(getattr(func, "__name__", "")))
            return func(*args, **(kwargs or {}))

    names: set[str] = set()

    def call() -> None:
        with Recorder():
            module(*args)

    return sorted(names | operators(call))


def operators(call: Callable[[], object]) -> set[str]:
    """Names of the operators that a call runs; none where this torch has another profiler."""
    import torch

    try:
        profiler, autograd = torch._C._profiler, torch._C._autograd
        options = (False, False, False, False, False, profiler._ExperimentalConfig())
        autograd._enable_profiler_legacy(profiler.ProfilerConfig(profiler.ProfilerState.CPU, *options))
    except (AttributeError, TypeError, RuntimeError):
        call()
        return set()
    try:
        call()
    finally:
        events = autograd._disable_profiler_legacy()
    return {str(event.name()).removeprefix("aten::") for thread in events for event in thread}
