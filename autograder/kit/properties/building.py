"""What the constructor makes: parameters that follow every size, as many as there should be, all of them trainable."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence

import numpy as np

from autograder.errors import StudentException
from autograder.judge.expect import Mismatch, expect
from autograder.judge.models import Parameter
from autograder.kit.declare import Module
from autograder.kit.lab import Lab
from autograder.kit.properties.record import prop


@prop("The class can be built from its arguments.", required=True)
def builds(lab: Lab, name: str, rng: np.random.Generator) -> None:
    lab.model(name, rng)


@prop("The constructor takes its arguments in the order that the assignment gives.")
def order_of_arguments(lab: Lab, name: str, rng: np.random.Generator) -> None:
    lab.model(name)
    expect_order(lab.context.order.get(name), tuple(declared(lab, name).sizes))


@prop("The number of trainable parameters is that of the layers asked for, at any sizes.", weight=2)
def parameter_count(lab: Lab, name: str, rng: np.random.Generator) -> None:
    module = declared(lab, name)
    assert module.parameters is not None, f"{name} declares no number of parameters"
    for changes in [{}, *larger(module)]:
        model = lab.model(name, **changes)
        expect_count(model.count(), sorted(module.parameters(model.sizes)))


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
    expect_trainable([parameter for parameter in lab.model(name, rng).parameters if math.prod(parameter[1])])


def expect_order(own: Sequence[str] | None, wanted: Sequence[str]) -> None:
    """Fail where arguments stand in an order of their `own`; everywhere else they are put right."""
    expect(own is None, "the arguments stand in another order", got=", ".join(own or ()), expected=", ".join(wanted))


def expect_count(got: int, accepted: Collection[int]) -> None:
    """Fail unless so many parameters are accepted; the usual number comes first."""
    shown = f"{next(iter(accepted), 0):,}"
    expect(got in accepted, "another number of trainable parameters", got=f"{got:,}", expected=shown)


def expect_growth(argument: str, values: tuple[object, object], got: int, accepted: Sequence[int]) -> None:
    """Fail unless the number of parameters changes with an argument as that of a right module does."""
    shown = f"{got:+,} parameters when {argument} goes from {values[0]} to {values[1]}"
    expect(got in accepted, f"the layers do not follow {argument}", got=shown, expected=f"{accepted[0]:+,}")


def expect_trainable(parameters: Iterable[Parameter]) -> None:
    """Fail where a parameter is frozen."""
    frozen = [name for name, _, trains in parameters if not trains]
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
