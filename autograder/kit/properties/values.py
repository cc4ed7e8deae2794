"""Values: what forward computes is what the equations give, and first weights are drawn as was asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping

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
        expect_uniform({"the first weights": np.concatenate(values)}, bound(model.sizes), "a parameter")

    return initial_range


def expect_uniform(parts: Mapping[str, NDArray], bound: float, what: str) -> None:
    """Fail unless every part lies within ±bound and is not much narrower, and all together are uniform over it."""
    expect(bool(parts), f"no parameter has the shape of {what}")
    wanted = f"uniform in ±{bound:.4g}"
    for name, values in parts.items():
        widest, spread = np.abs(values).max(initial=0), np.sqrt(np.mean(values**2)) / (bound / 3**0.5)
        shown = f"{name}: up to {widest:.4g}"
        expect(bool(widest <= bound * 1.001), f"{what} starts outside its range", got=shown, expected=wanted)
        expect(bool(spread > 0.3), f"{what} starts too narrow", got=shown, expected=wanted)
    whole = np.concatenate([values.ravel() for values in parts.values()]) / bound
    shown = f"mean {whole.mean() * bound:.4g}, deviation {whole.std() * bound:.4g}"
    centred, spread_out = abs(whole.mean()) < 0.15, 0.87 < whole.std() * 3**0.5 < 1.13
    expect(bool(centred and spread_out), f"{what} is not uniform over its range", got=shown, expected=wanted)


def expect_zero(parts: Mapping[str, NDArray], what: str) -> None:
    """Fail unless these parameters are zero."""
    off = [name for name, values in parts.items() if values.any()]
    expect(not off, f"{what} does not start at 0", got=off)


def orthogonal(matrix: NDArray, atol: float) -> bool:
    """Whether its columns are orthonormal; False for what is no matrix."""
    if matrix.ndim != 2 or matrix.shape[0] < matrix.shape[1]:  # also spares products of a million columns
        return False
    return np.allclose(matrix.T @ matrix, np.eye(matrix.shape[1]), atol=atol)
