"""Values: what forward computes is what the equations give, and first weights are drawn as was asked."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from autograder.judge.expect import Mismatch, NotJudged, expect
from autograder.kit.case import as_floats
from autograder.kit.comparing import NDArray, expect_close
from autograder.kit.lab import SCALE, Lab
from autograder.kit.properties.building import declared, whole_sizes
from autograder.kit.properties.record import Property, prop
from autograder.kit.types import Sizes
from autograder.kit.weights import find_weights


@prop("forward computes what the equations give for the module's own weights.", weight=5)
def equals_equations(lab: Lab, name: str, rng: np.random.Generator) -> None:
    module = declared(lab, name)
    assert module.equations is not None, f"{name} declares no equations"
    found = find_weights(lab, name)
    if found is None:
        raise Mismatch("forward does not follow the equations, whichever parameter is taken for which weight")
    for _ in range(2):
        model = lab.model(name)
        weights = found.read(model.randomise(rng, SCALE), module, model.sizes)
        case = model.case(rng, batch=2, time=6)
        wanted = module.equations(as_floats(case), weights, case.sizes)
        expect_close(model.answer(case)[0].data, wanted, "the equations give other values for these weights")


def initial_range(bound: Callable[[Sizes], float]) -> Property:
    """Make the property that first weights are uniform within ±bound(sizes)."""

    @prop("The first weights are drawn uniformly from the range that was asked for.")
    def initial_range(lab: Lab, name: str, rng: np.random.Generator) -> None:
        model = lab.model(name, **{size: 8 * value for size, value in whole_sizes(declared(lab, name)).items()})
        values = [value.ravel() for value in model.state().values() if value.size]
        if not values:
            raise NotJudged("the module has no parameters")
        expect_uniform(np.concatenate(values), bound(model.sizes))

    return initial_range


def expect_uniform(values: NDArray, bound: float) -> None:
    """Fail unless the values lie within ±bound and spread as a uniform distribution does."""
    widest, spread = float(np.abs(values).max()), float(values.std() * 3**0.5 / bound)
    wanted, shown = f"uniform within ±{bound:.4g}", f"up to {widest:.4g}, deviation {values.std():.4g}"
    expect(widest <= bound * 1.001, "the first weights lie outside their range", got=shown, expected=wanted)
    expect(0.85 < spread < 1.15, "the first weights are not uniform", got=shown, expected=wanted)
