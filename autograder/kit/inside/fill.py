"""A function for `Module.apply` that fills parameters with one number: whether it was used can be seen anywhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch


def filling(server: Any, value: float) -> Any:
    """A handle to the function that fills every parameter of a module's own with `value`."""

    def fill(module: Any) -> None:
        with torch.no_grad():
            for parameter in module.parameters(recurse=False):
                parameter.fill_(value)

    return server.keep(fill)


OPERATIONS: dict[str, Callable[..., Any]] = {"filling": filling}
