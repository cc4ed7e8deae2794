"""Recognises a student's model as the judge's own: by the types of its layers, else by what its numbers do."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import numpy as np

from autograder.errors import StudentError
from autograder.judge.expect import Mismatch
from autograder.kit.recogniser.classifier.anatomy import RECURRENT, Parts, Standard, parts_of, standard
from autograder.kit.recogniser.classifier.batches import batch_of
from autograder.kit.recogniser.classifier.builds import Classifiers
from autograder.kit.recogniser.classifier.layout import Layout, find_layout
from autograder.kit.recogniser.classifier.model import Model

IDLE = 1e-6  # of the logits: what moves them less has no part in them


def recognised(lab: Classifiers, kind: str, model: Model) -> Standard | None:
    """The model with the weights that it has now; None if it is neither built of torch's layers, one linear head behind
    them, nor a cell of its own that can be read (with one layer)."""
    state = model.state()
    known = standard(model.submodules(), state)
    if known is not None:
        return known
    known = standard(model.submodules(), without_idle(lab, kind, model, state))
    if known is not None or model.spec.n_layers > 1 or model.spec.bidirectional:
        return known
    layout = layout_of(lab, kind, model)
    flat = [state.get(name, np.zeros(shape)).reshape(-1) for name, shape, _ in model.parameters]
    vector = np.concatenate(flat).astype(np.float64) if flat else np.zeros(0)
    if layout is None or layout.places.max(initial=0) >= len(vector):
        return None
    return layout.standard(vector)


def parts(lab: Classifiers, kind: str, model: Model) -> Parts | None:
    """Its layers of torch, where it has an embedding and one chain of recurrent ones; what is idle does not count."""
    return parts_of(model.submodules(), without_idle(lab, kind, model, model.state()))


def without_idle(
    lab: Classifiers, kind: str, model: Model, state: dict[str, np.ndarray[tuple[int, ...], np.dtype[np.floating]]]
) -> dict[str, np.ndarray[tuple[int, ...], np.dtype[np.floating]]]:
    idle = idle_names(lab, kind, model)
    return {name: values for name, values in state.items() if name not in idle}


def idle_names(lab: Classifiers, kind: str, like: Model) -> frozenset[str]:
    """The parameters that the logits of a model of one layer do not depend on; none where that can't be told."""
    if kind not in lab.context.idle:
        lab.context.idle[kind] = frozenset()
        calls = list(lab.student.calls)
        try:
            model = lab.model(kind, replace(like.spec, n_layers=1, bidirectional=False, dropout_rate=0.0))
            model.randomise(np.random.default_rng(17))
            moved = model.influences(batch_of(np.random.default_rng(18), [5, 5, 5], model.spec))
            still = {name for name, share in moved.items() if share < IDLE}
            lab.context.idle[kind] = frozenset(still - parts_of_living_layers(model, still))
        except (StudentError, Mismatch):
            if lab.student.fatal is not None:
                raise
        lab.student.calls[:] = calls
    return lab.context.idle[kind]


def parts_of_living_layers(model: Model, still: Collection[str]) -> set[str]:
    """All parameters of torch's layers that move the logits with at least one; of all layers where nothing does."""
    paths = {m.path for m in model.submodules() if m.is_a("Embedding", "Linear", *RECURRENT)}
    names = [name for name, _, _ in model.parameters]
    moving = {name.rpartition(".")[0] for name in names if name not in still}
    return {name for name in names if name.rpartition(".")[0] in (paths & moving if moving else paths)}


def layout_of(lab: Classifiers, kind: str, like: Model) -> Layout | None:
    """Where a cell of its own keeps what, found once for each class and its sizes."""
    key = (kind, like.spec)
    if key not in lab.context.layouts:
        lab.context.layouts[key] = None
        calls = list(lab.student.calls)
        try:
            found = find_layout(lab.model(kind, like.spec))
            lab.context.layouts[key] = found
        except (StudentError, Mismatch):
            if lab.student.fatal is not None:
                raise
        lab.student.calls[:] = calls
    return lab.context.layouts[key]
