"""What a module or function is for, and the properties that follow from it.

A role is a list of properties; an assignment takes it whole, or with changes: `changed(role, causal=dict(weight=3))`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from autograder.kit import properties as p
from autograder.kit.properties import Property
from autograder.kit.properties.examples import Draw

Role = tuple[Property, ...]

MODULE: Role = (
    p.builds,
    p.alive,
    p.order_of_arguments,
    p.any_size,
    p.rows_apart,
    p.no_memory,
    p.inputs_untouched,
    p.deterministic_in_eval,
)
LAYER: Role = (*MODULE, p.all_trainable, p.gradients_reach_all, p.follows_sizes)  # has weights
SEQUENCE_CLASSIFIER: Role = (*LAYER, p.every_step_counts, p.order_counts)
ATTENTION: Role = (*LAYER, p.every_step_counts)
LANGUAGE_MODEL: Role = (*LAYER, p.causal, p.every_step_counts, p.order_counts)
RECURRENCE: Role = (*LAYER, p.causal, p.every_step_counts, p.order_counts, p.state_splits)


def recogniser(valid: Draw, invalid: Draw) -> Role:
    """Return the role of a function that says whether an example is valid; `valid` and `invalid` draw one."""
    return (p.tells_apart(valid, invalid), p.accepts(valid), p.rejects(invalid))


def generator(is_valid: Callable[[Any], bool]) -> Role:
    """Return the role of a function (n, seed) that makes n examples, valid ones as `is_valid` says."""
    return (p.varied, p.makes_valid(is_valid), p.follows_seed)


def changed(role: Iterable[Property], /, **changes: Mapping[str, Any]) -> Role:
    """The role with other weights, sentences or visibility for some of its properties, by name.

    Raises:
        ValueError: the role has no such property.
    """
    role = tuple(role)
    if unknown := changes.keys() - {found.name for found in role}:
        raise ValueError(f"the role has no property {', '.join(sorted(unknown))}")
    return tuple(found(**changes.get(found.name, {})) for found in role)


def without(role: Iterable[Property], *names: str) -> Role:
    """The role without some of its properties, by name.

    Raises:
        ValueError: the role has no such property.
    """
    role = tuple(role)
    if unknown := set(names) - {found.name for found in role}:
        raise ValueError(f"the role has no property {', '.join(sorted(unknown))}")
    return tuple(found for found in role if found.name not in names)
