"""What the constructor makes: parameters that follow every size, as many as there should be, all of them trainable."""

from __future__ import annotations

import math

import numpy as np

from autograder.errors import StudentException
from autograder.judge.expect import Mismatch, expect
from autograder.kit.declare import Module
from autograder.kit.lab import Lab
from autograder.kit.properties.record import prop


@prop("The class can be built from its arguments, in the order that the assignment gives.", required=True)
def builds(lab: Lab, name: str, rng: np.random.Generator) -> None:
    lab.model(name)
    own = lab.context.order.get(name)
    wanted = tuple(declared(lab, name).sizes)
    expect(own is None, "the arguments stand in another order", got=", ".join(own or ()), expected=", ".join(wanted))


@prop("The number of trainable parameters is that of the layers asked for, at any sizes.", weight=2)
def parameter_count(lab: Lab, name: str, rng: np.random.Generator) -> None:
    module = declared(lab, name)
    assert module.parameters is not None, f"{name} declares no number of parameters"
    for changes in [{}, *larger(module)]:
        model = lab.model(name, **changes)
        wanted = module.parameters(model.sizes)
        got, shown = model.count(), f"{min(wanted, default=0):,}"
        expect(got in wanted, "another number of trainable parameters", got=f"{got:,}", expected=shown)


@prop("Every size that the constructor is given counts: forward works with a larger one as it does with others.")
def follows_sizes(lab: Lab, name: str, rng: np.random.Generator) -> None:
    for changes in larger(declared(lab, name)):
        model = lab.model(name, rng, **changes)
        try:
            model.answer(model.case(rng))
        except (StudentException, Mismatch) as error:
            shown = ", ".join(f"{size}={value:g}" for size, value in changes.items())
            raise Mismatch(f"with {shown} forward does not work as with other sizes", str(error)) from error


@prop("Every parameter trains: none is frozen.")
def all_trainable(lab: Lab, name: str, rng: np.random.Generator) -> None:
    frozen = [parameter for parameter, shape, trains in lab.model(name).parameters if math.prod(shape) and not trains]
    expect(not frozen, "a parameter does not train", got=frozen)


def declared(lab: Lab, name: str) -> Module:
    """The declaration of a module."""
    module = lab.asked(name)
    assert isinstance(module, Module), f"{name} is declared as a function"
    return module


def whole_sizes(module: Module) -> dict[str, int]:
    """The sizes that are whole numbers."""
    return {name: size for name, size in module.sizes.items() if type(size) is int}


def larger(module: Module) -> list[dict[str, float]]:
    """One set of changes for each whole size: twice as large, so that what divided it still does."""
    return [{name: 2 * size} for name, size in whole_sizes(module).items()]
