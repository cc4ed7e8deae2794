"""The sizes that forward passes are judged with, what counts as a parameter, and models with random weights."""

from __future__ import annotations

import math

import numpy as np

from autograder.errors import StudentError
from autograder.judge.expect import Mismatch
from autograder.kit.comparing import NDArray
from autograder.kit.recogniser.classifier.anatomy import RECURRENT, accepted_counts, head_names, parts_of
from autograder.kit.recogniser.classifier.batches import Batch, Spec, batch_of
from autograder.kit.recogniser.classifier.builds import Classifiers
from autograder.kit.recogniser.classifier.model import Model
from autograder.kit.recogniser.classifier.recognise import idle_names

EQUAL = Spec(vocab_size=11, embedding_dim=4, hidden_dim=4, output_dim=2)
UNEQUAL = Spec(vocab_size=13, embedding_dim=3, hidden_dim=5, output_dim=2)


def count(lab: Classifiers, kind: str, spec: Spec) -> int:
    """How many scalars the model holds that matter; once per setting, since many checks compare with the same one."""
    counts = lab.context.counts
    if (kind, spec) not in counts:
        model = lab.new_model(kind, spec)
        idle = ballast(lab, kind, model)
        counts[kind, spec] = sum(math.prod(shape) for name, shape, _ in model.parameters if name not in idle)
    return counts[kind, spec]


def ballast(lab: Classifiers, kind: str, model: Model) -> frozenset[str]:
    """Parameters beside the layers that the logits do not depend on; looked for only where a model is not of one
    embedding, recurrent layers and one linear head."""
    if kind not in lab.context.plain:
        lab.context.plain[kind] = plain(model)
    return frozenset() if lab.context.plain[kind] else idle_names(lab, kind, model)


def plain(model: Model) -> bool:
    """Whether it is one embedding, recurrent layers of torch and one linear layer, and nothing else has parameters."""
    found = parts_of(model.submodules(), [name for name, _, _ in model.parameters])
    heads = {name.rpartition(".")[0] for name in found.rest} if found is not None else set()
    return len(heads) == 1 and any(m.path in heads and m.is_a("Linear") for m in model.submodules())


def sizes_for(lab: Classifiers, kind: str) -> Spec:
    """What forward passes are judged with: sizes that all differ, so that one taken for another shows.

    Embedding and state are equally wide where the constructor has them wrong, which its own item pays for, and where
    forward takes one for the other, which two checks charge.
    """
    if kind not in lab.context.sizes:
        unequal = built_right(lab, kind) and (runs(lab, kind, UNEQUAL) or not runs(lab, kind, EQUAL))
        lab.context.sizes[kind] = UNEQUAL if unequal else EQUAL
    return lab.context.sizes[kind]


def built_right(lab: Classifiers, kind: str) -> bool:
    """Whether the constructor makes as many parameters as it should of sizes that all differ."""
    try:
        return count(lab, kind, UNEQUAL) in accepted_counts(kind, UNEQUAL)
    except (StudentError, Mismatch):
        return False


def runs(lab: Classifiers, kind: str, spec: Spec) -> bool:
    """Whether forward gives logits at these sizes."""
    calls = list(lab.student.calls)
    try:
        lab.new_model(kind, spec).forward(batch_of(np.random.default_rng(16), [4, 4, 4], spec))
    except (StudentError, Mismatch):
        return False
    finally:
        lab.student.calls[:] = calls
    return True


def build(lab: Classifiers, kind: str, spec: Spec, rng: np.random.Generator) -> Model:
    """The student's model with random weights, in eval mode."""
    model = lab.same_model(kind, spec)
    model.randomise(rng)
    return model


def trained_gradients(
    lab: Classifiers, kind: str, model: Model, batch: Batch, rng: np.random.Generator
) -> dict[str, NDArray | None]:
    """Gradients of the embedding, the recurrent layers and the head; of all where they can't be told by type.

    Frozen parameters and layers that have no business here are the constructor's mistakes, and left out.
    """
    known = [m.path for m in model.submodules() if m.is_a("Embedding", *RECURRENT)]
    heads = head_names(model)
    frozen = {name for name, _, trainable in model.parameters if not trainable}
    by_type = any(m.is_a(*RECURRENT) for m in model.submodules())
    found = {
        name: gradient
        for name, gradient in model.gradients(batch, rng.normal(size=(len(batch.ids), model.spec.output_dim))).items()
        if name not in frozen and (not by_type or name in heads or name.rpartition(".")[0] in known)
    }
    if all(gradient is not None and gradient.any() for gradient in found.values()):
        return found
    idle = idle_names(lab, kind, model)
    return {name: gradient for name, gradient in found.items() if name not in idle}
