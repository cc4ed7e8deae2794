"""Makes checks of properties: in a file of checks, `globals().update(checks({"item.id": (MODULE, properties)}))`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import numpy as np

from autograder.judge.marks import item
from autograder.kit.declare import Function, Module
from autograder.kit.lab import Lab
from autograder.kit.properties import Property

Check = Callable[[Lab, np.random.Generator], None]


def checks(declared: Mapping[str, tuple[Function | Module, Iterable[Property]]], called: str = "") -> dict[str, Check]:
    """One pytest function for each property of each item's module or function, by a name that is unique in the file.

    `called`: tells apart the checks of an item that is about several of them, "elman": `elman_builds`.
    """
    found: dict[str, Check] = {}
    for item_id, (asked, properties) in declared.items():
        for one in properties:
            prefix = f"{called}_" if called else ""
            found[f"test_{item_id.replace('.', '_')}_{prefix}{one.name}"] = check(item_id, asked.name, one, prefix)
    return found


def check(item_id: str, name: str, one: Property, prefix: str = "") -> Check:
    """The check of one property of the module or function `name`."""

    def run(lab: Lab, rng: np.random.Generator) -> None:
        one.judge(lab, name, rng)

    run.__name__ = run.__qualname__ = f"test_{prefix}{one.name}"
    run.__doc__ = one.sentence
    return item(item_id, weight=one.weight, visibility=one.visibility, required=one.required)(run)
