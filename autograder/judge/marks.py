"""The decorator that makes a pytest function a check of an item."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import pytest

from autograder.records import Visibility

F = TypeVar("F", bound=Callable[..., object])


def item(*ids: str, weight: float = 1, visibility: Visibility = "public", required: bool = False) -> Callable[[F], F]:
    """Say which item a check belongs to; several ids make one check per id, told apart by the fixture `item_id`.

    weight: its share of the item's points. required: if it fails, the item earns nothing.
    """
    mark = pytest.mark.item(ids=ids, weight=weight, visibility=visibility, required=required)

    def apply(function: F) -> F:
        if not (function.__doc__ or "").strip():
            raise TypeError(f"{function.__name__} needs a docstring: it is the sentence that students read")
        marked: F = mark(function)
        return marked

    return apply
