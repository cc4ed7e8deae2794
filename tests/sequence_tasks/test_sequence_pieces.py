"""The pieces that checks of sequence_tasks stand on: types of batches, the pattern's equations, the Elman layer's."""

from __future__ import annotations

import numpy as np
import pytest

from autograder.assignments.sequence_tasks.reviews import CANDIDATES, turned
from autograder.judge.expect import Mismatch
from autograder.kit.batches import Batches
from autograder.kit.recogniser.fitted import follows
from autograder.kit.recogniser.pooled import headed, linear, outside
from autograder.kit.text_classification.data import bag_of_words, draw
from autograder.kit.training.sequences import Sequences
from autograder.kit.types import Loose
from autograder.wire.frames import Array, Series

IDS, LABELS = np.array([[5, 1], [5, 2]]), np.array([0, 1])


@pytest.mark.parametrize(
    "answer",
    [
        [(Array("tensor", IDS), Array("tensor", LABELS))],
        Series("map", [[Array("ndarray", IDS.astype(np.int32)), Array("tensor", LABELS.astype(float))]]),
        ((IDS.tolist(), LABELS.tolist()),),
        [([Array("tensor", row) for row in IDS], Array("tensor", LABELS[:, None]))],
    ],
)
def test_batches_in_other_types(answer: object) -> None:
    ((ids, labels),) = Batches().read(answer, {}, "make_batches")
    assert ids.tolist() == IDS.tolist() and labels.tolist() == [0, 1] and ids.dtype == labels.dtype == np.int64


@pytest.mark.parametrize(
    "answer",
    [
        None,
        [Array("tensor", IDS)],
        [(Array("tensor", IDS + 0.5), Array("tensor", LABELS))],
        [([[1, 2], [3]], [0, 1])],
        [(Array("tensor", IDS), Array("tensor", IDS))],
        [("ab", "c")],
    ],
)
def test_no_batches(answer: object) -> None:
    with pytest.raises(Mismatch):
        Batches().read(answer, {}, "make_batches")


def test_axes_of_size_one() -> None:
    sizes = {"batch": 3, "hsize": 4}
    for shape in ((1, 3, 4), (3, 1, 4), (3, 4)):
        assert Loose("batch hsize").read(Array("tensor", np.zeros(shape)), sizes, "the state").shape == (3, 4)
    with pytest.raises(Mismatch):
        Loose("batch hsize").read(Array("tensor", np.zeros((4, 3))), sizes, "the state")


def test_pattern() -> None:
    rng = np.random.default_rng(1)
    table, weight, head = rng.normal(size=(13, 5)), rng.normal(size=(8, 5)), rng.normal(size=(3, 8))
    state = {"a": table, "b": weight.T, "c": rng.normal(size=8), "d": head, "e": rng.normal(size=3)}
    sizes = {"vocab_size": 13, "emb": 5, "hidden": 8, "num_classes": 3}
    ids = rng.integers(0, 13, (4, 6))
    ((found, last, bias, rest),) = outside(state, sizes)
    ((core, shift),) = linear(rest, 5, 8)
    features = np.maximum(table[ids] @ weight.T + state["c"], 0)
    wanted = np.stack([row.max(0) @ head.T + state["e"] for row in features])
    np.testing.assert_allclose(headed(found[ids] @ core.T + shift, last, bias), wanted)


@pytest.mark.parametrize(("function", "way"), [(lambda a: np.maximum(a, 0), "ReLU"), (np.tanh, "tanh")])
def test_one_step(function: np.ufunc, way: str) -> None:
    rng = np.random.default_rng(2)
    sources = rng.normal(size=(200, 9))
    made = function(sources @ rng.normal(0, 0.6, (9, 5)) + rng.normal(size=5))
    assert follows(made, sources, way)
    assert not any(follows(np.sin(made), sources, other) for other in ("ReLU", "tanh", "sigmoid", "nothing"))


def test_made_up_languages_tell_bags_apart() -> None:
    """A bag of words knows what the MLP has to learn, and hardly anything of what the others have to."""
    known = {}
    for candidate in CANDIDATES:
        recipe = candidate.made_up
        data = draw(candidate.language(), recipe.shares, recipe.min_count, recipe.common, seed=1)
        known[candidate.name] = bag_of_words(data) - candidate.bar
    assert known["MLPClassifier"] > 0.05 and max(known["RNNClassifier"], known["LSTMClassifier"]) < -0.15


def test_positive_is_zero() -> None:
    part = Sequences(np.array([3, 4, 5]), np.array([2, 1]), np.array([1, 0]))
    assert turned(part).targets.tolist() == [0, 1]
