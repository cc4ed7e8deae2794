"""Runs compiled code uncompiled: `torch.compile` needs a C++ compiler, which no sandbox has, and minutes."""

from __future__ import annotations

import functools
import gc
import importlib
import importlib.util
import sys
import types
from typing import Any

DYNAMO = "torch._dynamo"


def install() -> None:
    """Patch torch, if it is there. TorchScript works as it is. May be called twice."""
    try:
        torch: Any = importlib.import_module("torch")
        optim: Any = importlib.import_module("torch.optim")
    except ImportError:
        return
    if getattr(torch.compile, "__module__", "") == __name__:
        return
    torch.compile = compile_nothing
    torch.nn.Module.compile = functools.wraps(torch.nn.Module.compile)(lambda self, *args, **kwargs: None)
    torch.compiler.compile, torch.compiler.disable = compile_nothing, compile_nothing
    _spare_dynamo(optim)
    if DYNAMO not in sys.modules:
        sys.modules[DYNAMO] = torch._dynamo = _Later(DYNAMO)


class _Later(types.ModuleType):
    """torch's compiler, which takes seconds to import, until somebody asks more of it than every optimiser's step does:
    whether a graph ends here."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        spec = importlib.util.find_spec(name)
        self.__dict__.update(__file__=spec.origin if spec else None, __spec__=spec, graph_break=lambda *a, **k: None)

    def __getattr__(self, name: str) -> Any:
        """What the real one has, also `__path__`, by which its modules are found."""
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(importlib.import_module(self.__name__), name)


def compile_nothing(model: Any = None, *args: Any, fn: Any = None, **kwargs: Any) -> Any:
    """What it is given; without that, as in `@torch.compile(mode="max-autotune")`, a decorator that changes nothing."""
    given = fn if model is None else model
    return (lambda function: function) if given is None else given


def _spare_dynamo(optim: Any) -> None:
    """Optimisers and others import torch's compiler, which takes seconds, only to tell it that it has no business with
    them: `fn.__dynamo_disable` is where they keep what they were given."""
    code = getattr(optim.Optimizer.zero_grad, "__code__", None)
    for function in gc.get_objects():
        if type(function) is types.FunctionType and function.__code__ is code:
            plain = getattr(function, "__wrapped__", None)
            if plain is not None and not hasattr(plain, "__dynamo_disable"):
                setattr(plain, "__dynamo_disable", plain)  # two leading underscores
