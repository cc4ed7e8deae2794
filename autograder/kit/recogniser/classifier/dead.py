"""Finds out that logits come from no recurrence over the tokens, by what tokens, their order and weights do to them."""

from __future__ import annotations

import numpy as np

from autograder.errors import StudentException
from autograder.kit.recogniser.classifier.anatomy import Parts
from autograder.kit.recogniser.classifier.batches import Batch, Spec, batch_of, changed_at, swapped
from autograder.kit.recogniser.classifier.builds import Classifiers
from autograder.kit.recogniser.classifier.judged_sizes import sizes_for
from autograder.kit.recogniser.classifier.model import Model
from autograder.kit.recogniser.gates import Floats

LEAST = 1e-3  # what counts as an effect, as a share of the logits or of another effect


def tokens_seen(lab: Classifiers, kind: str, spec: Spec) -> int:
    """How many of eight tokens the logits of a row depend on, in a batch of more rows than few."""
    model = lab.model(kind, spec)
    rng = np.random.default_rng(36)
    model.randomise(rng)
    batch = batch_of(rng, [8] * 6, spec)
    return int((effects(model, batch, [changed_at(batch, 0, place, spec) for place in range(8)]) > 0).sum())


def why_dead(lab: Classifiers, kind: str, found: Parts | None) -> str:
    """Why the logits are not made by a recurrence over the tokens, as a sentence; empty where that can't be said."""
    spec = sizes_for(lab, kind)
    model = lab.model(kind, spec)
    rng = np.random.default_rng(33)
    values = model.randomise(rng)
    batch = batch_of(rng, [8, 8], spec)
    tokens = effects(model, batch, [changed_at(batch, 0, place, spec) for place in range(8)])
    if not tokens.max() > 0:
        return "other tokens give the same logits"
    order = effects(model, batch, [swapped(batch, 0, place) for place in range(7)])
    if order.max() < 10 * LEAST * tokens.max():
        return "the order of the tokens does not count: a bag of words"
    if together(model, batch) < LEAST * tokens.max():
        return "each token acts on its own: nothing that was read before changes what it does"
    if found is None:
        return "" if recurs(model) else "no parameter acts from one token on the next"
    model.load({name: 0 * values[name] for key, name in found.recurrent.items() if key.startswith("weight_ih_l0")})
    past = effects(model, batch, [changed_at(batch, 0, place, spec) for place in range(8)])
    if (past > 0.1 * tokens)[tokens > LEAST * tokens.max()].all():
        return f"the tokens act on the logits past the {found.cell_type}, not through it"
    model.load(values)
    moved = model.influences(batch)
    if max(moved[name] for key, name in found.recurrent.items() if "weight_hh" in key) < LEAST:
        return "the recurrent weights do not count: nothing goes from one token to the next"
    return ""


def effects(model: Model, batch: Batch, others: list[Batch]) -> Floats:
    """How far each of the other batches moves the logits; 0 where that is rounding."""
    before, *after = model.forward_each([batch, *others], seeds=[1] * (1 + len(others)))
    moved = np.array([np.abs(a.astype(np.float64) - before).max() for a in after])
    return np.where(moved < 1e-6 * max(float(np.abs(before).max()), 1.0), 0.0, moved)


def together(model: Model, batch: Batch) -> float:
    """How far two changed tokens, far apart, do more than the sum of what each does alone."""
    first = changed_at(batch, 0, 1, model.spec)
    second, both = changed_at(batch, 0, 6, model.spec), changed_at(first, 0, 6, model.spec)
    a, b, c, d = (x.astype(np.float64) for x in model.forward_each([batch, first, second, both], seeds=[1] * 4))
    return float(np.abs(d - c - b + a).max())


def recurs(model: Model) -> bool:
    """Whether some number acts on reviews of several tokens and not on those of one; True where no gradient is."""
    rng = np.random.default_rng(34)
    towards = rng.normal(size=(2, 3, model.spec.output_dim))
    try:
        one, several = (model.sense(batch_of(rng, [many] * 3, model.spec), towards) for many in (1, 8))
    except StudentException:
        return True
    return bool(((np.abs(one).max(axis=0) < 1e-9) & (np.abs(several).max(axis=0) > 1e-6)).any())
