"""Signs of life of classifiers that pool over time, and of the recurrent layer that they may stand on.

Each function gives one clause about "it", why nothing that it does is worth anything; empty where it lives.

Raises:
    StudentError, Mismatch: the class can't be built or called.
"""

from __future__ import annotations

import numpy as np

from autograder.kit.case import Case
from autograder.kit.comparing import MOVED, NDArray
from autograder.kit.lab import Lab, Model

REPEATS = 8  # of two inputs, where the answers vary by themselves


def of_classifier(lab: Lab, name: str, *, ordered: bool) -> str:
    """Of a classifier, built from vocab_size, emb, hidden and more. `ordered`: whether the order should count."""
    rng = np.random.default_rng(51)
    model = lab.model(name, rng)
    case = model.case(rng, batch=8, time=6)
    turned = case.take("time", [5, 4, 3, 2, 1, 0])
    apart = model.case(rng, batch=8, time=6)
    first, other, backwards, again = (answer[0].data for answer in model.answers([case, apart, turned, case]))
    if not moved(first, other):
        return "it gives the same logits for other tokens"
    if moved(first, again) and not _beyond_chance(model, case, apart):
        return "its logits are random: other tokens make no more difference than another call"
    if ordered and not moved(first, backwards):
        return "the order of the tokens does not count: it has no recurrence"
    if not _learns(model, case, first):
        return "it gives the same logits with other weights"
    if model.scalars == lab.model(name, rng, hidden=2 * int(model.sizes["hidden"])).scalars:
        return "it has no core: the argument `hidden` changes none of its layers"
    return ""


def of_layer(lab: Lab, name: str) -> str:
    """Of a recurrent layer, called with x and hidden."""
    rng = np.random.default_rng(52)
    model = lab.model(name, rng)
    case, other = model.case(rng, batch=8, time=4), model.case(rng, batch=8, time=4)
    earlier = case.changed("x", time=0)
    start = case.replaced(hidden=other.inputs["hidden"].data)
    inputs = case.replaced(x=other.inputs["x"].data)
    first, one, two, three = model.answers([case, inputs, earlier, start])
    for value, place in ((0, "outputs"), (1, "last state")):
        if not moved(first[value].data, one[value].data):
            return f"it gives the same {place} for another x"
    if not moved(first[0].data[:, 1:], two[0].data[:, 1:]):
        return "nothing of a step reaches the next one: it has no recurrence"
    if not moved(first[0].data, three[0].data):
        return "the state that it is given does not count"
    return "" if _learns(model, case, first[0].data) else "it gives the same outputs with other weights"


def _learns(model: Model, case: Case, before: NDArray) -> bool:
    """Whether other weights give other answers."""
    if not model.scalars:
        return False
    model.load({parameter: 0.5 - value for parameter, value in model.state().items()})
    return moved(before, model.answer(case)[0].data)


def _beyond_chance(model: Model, case: Case, apart: Case) -> bool:
    """Whether answers that vary from call to call differ more between two inputs than they vary, on average."""
    answers = [answer[0].data for answer in model.answers([case, apart] * REPEATS)]
    ours, theirs = np.array(answers[::2]), np.array(answers[1::2])
    noise = np.sqrt((ours.var(0, ddof=1) + theirs.var(0, ddof=1)).mean() / 2)
    return bool(np.sqrt(((ours.mean(0) - theirs.mean(0)) ** 2).mean()) > noise)  # of pure chance, half of it


def moved(one: NDArray, two: NDArray) -> bool:
    """Whether they differ by more than a thousandth of what they are."""
    return bool(np.abs(one - two).max(initial=0.0) > MOVED * max(np.abs(one).max(initial=0.0), 1e-6))
