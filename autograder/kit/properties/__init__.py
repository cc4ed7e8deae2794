"""The library of properties of neural modules, and of functions that recognise or make examples.

Each stands in a file by what it is about. `Property(...)` with keywords gives the same property with another sentence,
weight or visibility; weight 0 makes it a remark.
"""

from autograder.kit.properties.batches import any_size, ignores_padding, rows_apart
from autograder.kit.properties.building import (
    all_trainable,
    builds,
    follows_sizes,
    order_of_arguments,
    parameter_count,
)
from autograder.kit.properties.calls import inputs_untouched, no_memory
from autograder.kit.properties.examples import accepts, follows_seed, makes_valid, rejects, tells_apart, varied
from autograder.kit.properties.gradients import gradients_reach_all
from autograder.kit.properties.living import alive
from autograder.kit.properties.modes import deterministic_in_eval, dropout_applied
from autograder.kit.properties.record import Property
from autograder.kit.properties.time import causal, every_step_counts, order_counts, state_splits
from autograder.kit.properties.values import equals_equations, initial_range

__all__ = [
    "Property",
    "accepts",
    "alive",
    "all_trainable",
    "any_size",
    "builds",
    "causal",
    "deterministic_in_eval",
    "dropout_applied",
    "equals_equations",
    "every_step_counts",
    "follows_seed",
    "follows_sizes",
    "gradients_reach_all",
    "ignores_padding",
    "initial_range",
    "inputs_untouched",
    "makes_valid",
    "no_memory",
    "order_counts",
    "order_of_arguments",
    "parameter_count",
    "rejects",
    "rows_apart",
    "state_splits",
    "tells_apart",
    "varied",
]
