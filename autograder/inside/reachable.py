"""What an object of the student's holds, however deep."""

from __future__ import annotations

import types
from collections.abc import Iterator
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


def _filled(cell: Any) -> bool:
    try:
        return cell.cell_contents is not None
    except ValueError:
        return False


def _slots(thing: Any) -> list[str]:
    found = [vars(cls).get("__slots__", ()) for cls in type(thing).__mro__]
    return [name for names in found for name in ([names] if isinstance(names, str) else names) if name[:2] != "__"]
