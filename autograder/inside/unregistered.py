"""Parameters that a module keeps where torch does not look for them: in plain lists, tuples and dicts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

MAX_NESTING, MAX_ENTRIES = 3, 1000  # of the containers
INNER = ("_parameters", "_modules", "_buffers")
Named = tuple[str, Any]


def in_containers(
    walk: Callable[[Any], Iterable[Named]], named: Callable[[Any], Iterable[Named]], module: Any
) -> Iterator[Named]:
    """Name and tensor of the parameters, of tensors that train, and of the parameters of modules in containers.

    `walk` gives a module and all below it with their paths, `named` its registered parameters with their names.
    """
    known = {id(parameter) for _, parameter in named(module)}
    for path, part in list(walk(module)):
        for name, value in list(vars(part).items()):
            if name not in INNER and not name.endswith("_hooks"):
                for inner, tensor in look(f"{path}.{name}" if path else name, value, named, 0):
                    if id(tensor) not in known:
                        known.add(id(tensor))
                        yield inner, tensor


def look(name: str, value: Any, named: Callable[[Any], Iterable[Named]], depth: int) -> Iterator[Named]:
    """What is in one value."""
    import torch

    if isinstance(value, torch.nn.Module):
        yield from ((f"{name}.{inner}", parameter) for inner, parameter in named(value))
    elif isinstance(value, torch.Tensor):
        if value.requires_grad and value.is_leaf:
            yield name, value
    elif type(value) in (list, tuple, dict) and depth < MAX_NESTING:
        entries = value.items() if type(value) is dict else enumerate(value)
        for key, entry in list(entries)[:MAX_ENTRIES]:
            yield from look(f"{name}[{key!s:.40}]", entry, named, depth + 1)
