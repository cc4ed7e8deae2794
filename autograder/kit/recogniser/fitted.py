"""Whether numbers are a known function of one linear map of others, whatever its weights are: fitted by examples."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from autograder.kit.comparing import NDArray, close

SPARE = 8  # more examples than weights, so that a fit says something
Floats = NDArray
Way = tuple[Callable[[Floats], Floats], Callable[[Floats], Floats], Callable[[Floats], NDArray]]
SQUASHED: dict[str, Way] = {
    "ReLU": (lambda a: np.maximum(a, 0), lambda h: h, lambda h: h > 1e-5),
    "tanh": (np.tanh, lambda h: np.arctanh(np.clip(h, -0.99, 0.99)), lambda h: np.abs(h) < 0.98),
    "sigmoid": (
        lambda a: 1 / (1 + np.exp(-a)),
        lambda h: np.log(np.clip(h, 1e-3, 1 - 1e-3) / (1 - np.clip(h, 1e-3, 1 - 1e-3))),
        lambda h: (h > 0.01) & (h < 0.99),
    ),
}  # function, its inverse, and where that is exact
PLAIN: dict[str, Way] = {"nothing": (lambda a: a, lambda y: y, lambda y: np.ones_like(y, bool)), **SQUASHED}


def follows(targets: Floats, sources: Floats, way: str) -> bool:
    """Whether targets [n, k] are `way`(sources @ W + b) for some W and b, which are fitted.

    Units of which too few values can be turned back (a ReLU's that hardly ever acts) are left out, if most are not.
    """
    function, inverse, exact = PLAIN[way]
    table = np.concatenate([sources, np.ones((len(sources), 1))], axis=1)
    told = 0
    for unit in targets.T:
        some = exact(unit)
        if some.sum() < table.shape[1] + SPARE:
            continue
        weights = np.linalg.lstsq(table[some], inverse(unit[some]), rcond=None)[0]
        if not close(function(table @ weights), unit):
            return False
        told += 1
    return bool(2 * told >= targets.shape[1])
