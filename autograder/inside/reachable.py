"""What an object of the student's holds, however deep."""

from __future__ import annotations

import types
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

MOST = 20_000  # objects that are looked at


def reachable(*things: Any) -> Iterator[Any]:
    """Yield objects and all that they hold: attributes, elements, what their functions close over; no code or types."""
    queue, seen = [*things], set[int]()
    while queue and len(seen) < MOST:
        current = queue.pop()
        if id(current) in seen or isinstance(current, (type, str, bytes, int, float, types.ModuleType, types.CodeType)):
            continue
        seen.add(id(current))
        yield current
        if isinstance(current, dict):
            queue += current.values()
        elif isinstance(current, (list, tuple, set, frozenset)):
            queue += current
        elif isinstance(current, types.MethodType):
            queue += [current.__self__, current.__func__]
        elif isinstance(current, types.FunctionType):
            queue += [cell.cell_contents for cell in current.__closure__ or () if _filled(cell)]
            queue += current.__defaults__ or ()
        elif not isinstance(current, np.ndarray):
            queue += list(getattr(current, "__dict__", {}).values())
            queue += [getattr(current, name) for name in _slots(current) if hasattr(current, name)]


def parameters(thing: Any) -> list[Any]:
    """Return the parameters of all modules that an object is or holds, and those that it keeps itself."""
    import torch

    found: dict[int, Any] = {}
    for part in reachable(thing):
        if isinstance(part, torch.nn.Module):
            found |= {id(p): p for p in part.parameters()}
        elif isinstance(part, torch.nn.Parameter) or (isinstance(part, torch.Tensor) and part.requires_grad):
            found[id(part)] = part
    return [p for p in found.values() if p.is_floating_point()]


def copies_of(thing: Any, found: Sequence[Any]) -> dict[int, list[tuple[Any, bool]]]:
    """By id of each of these parameters: the arrays and plain tensors of the object that hold the same numbers, as for
    answers without torch; with whether they are the parameter's transpose."""
    import torch

    known = [(parameter, parameter.detach().cpu().float().numpy()) for parameter in found]
    known = [(parameter, numbers) for parameter, numbers in known if np.unique(numbers).size > 1]  # zeros are anybody's
    copies: dict[int, list[tuple[Any, bool]]] = {id(parameter): [] for parameter in found}
    own = {id(parameter) for parameter in found}
    for part in reachable(thing):
        tensor = isinstance(part, torch.Tensor) and id(part) not in own and not part.requires_grad
        if not tensor and not isinstance(part, np.ndarray):
            continue
        values = part.detach().cpu().float().numpy() if tensor else part
        if values.dtype.kind != "f" or not values.size:
            continue
        for parameter, numbers in known:
            for turned, wanted in ((False, numbers), (True, numbers.T)):
                if values.shape == wanted.shape and np.array_equal(values.astype(np.float32), wanted):
                    copies[id(parameter)].append((part, turned))
                    break
    return copies


def write_copy(copied: Any, values: Any) -> None:
    """Put a parameter's numbers into a copy of it. One that can't be written stays."""
    if isinstance(copied, np.ndarray):
        if copied.flags.writeable:
            copied[...] = values.detach().cpu().numpy()
    else:
        copied.data.copy_(values)


def _filled(cell: Any) -> bool:
    try:
        return cell.cell_contents is not None
    except ValueError:
        return False


def _slots(thing: Any) -> list[str]:
    found = [vars(cls).get("__slots__", ()) for cls in type(thing).__mro__]
    return [name for names in found for name in ([names] if isinstance(names, str) else names) if name[:2] != "__"]
