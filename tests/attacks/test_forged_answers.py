"""Whatever a student process answers, it is the student's fault: no answer may become a failure of the grader."""

from __future__ import annotations

import itertools
from types import SimpleNamespace
from typing import Any

import msgpack
import numpy as np
import pytest

from autograder.errors import MalformedAnswer, StudentError
from autograder.judge import models
from autograder.judge.expect import Mismatch
from autograder.judge.models import Submodule
from autograder.kit.properties.values import orthogonal
from autograder.kit.recogniser.classifier.anatomy import standard
from autograder.kit.recogniser.classifier.batches import Batch, Spec
from autograder.kit.recogniser.classifier.model import Model, logits
from autograder.kit.recogniser.fingerprints import match
from autograder.kit.text_classification import values
from autograder.kit.text_classification.corpus import File
from autograder.kit.text_classification.splits import read_split
from autograder.student.answers import cell_report
from autograder.wire import frames
from autograder.wire.frames import Array, Scalar


def floats(*shape: int) -> Array:
    return Array("tensor", np.zeros(shape, np.float32))


ODD: list[Any] = [
    None, True, 5, 10**900, 1.5, float("nan"), "abc", b"x", [], (), {}, set(), [5], [None], ["abcd"], [[1, 2, 3]],
    [[1, 2, 3, 4]], [["a", [2, 3]]], [["a", [-1], True]], [["a", [2**70], True]], [["a", [1.5], True]],
    [["a", "12", True]], [["a", [1] * 20, True]],
    [["a", [10**5, 10**5], True]], [["a", [3], None]], [[["a"], [3], True]], [["a", [3], True]] * 3000,
    floats(3), floats(), [["a", "b", 5, {}]], [["a", "b", ["LSTM"], [1, 2]]], [["a", "b", [[]], {}]], [[[], "b", ["LSTM"], {}]],
    {5: floats(3)}, {"a": 5}, {"a": floats(2, 2)}, {"a": Array("tensor", np.zeros(3, np.uint8))},
    Scalar("numpy.int64", 10**900),
    {"status": []}, {"status": "loaded", "problems": 5}, {"status": "partly", "problems": [5, {}, {"line": True}]},
]  # fmt: skip


def model_that_answers(answer: Any) -> Model:
    thing: Any = SimpleNamespace(ask=lambda *args, **kwargs: answer)
    return Model(thing, (("a", (3,), True),), Spec())


@pytest.mark.parametrize("answer", ODD, ids=lambda answer: repr(answer)[:40])
def test_odd_answers_are_the_students_fault(answer: Any) -> None:
    model = model_that_answers(answer)
    batch = Batch(np.ones((1, 2), np.int64), np.ones(1, np.float32))
    for read in (
        model.submodules,
        model.state,
        lambda: model.gradients(batch, np.ones((1, 2))),
        lambda: models.parameters_of(answer),
        lambda: logits(answer, 1, 2),
        lambda: values.tokens(answer),
        lambda: read_split(answer, File((), ())),
        lambda: cell_report(1, answer),
    ):
        try:
            read()
        except (StudentError, Mismatch):
            pass


def test_arrays_of_another_shape_are_left_out() -> None:
    assert model_that_answers({"a": floats(4), "b": floats(3)}).state() == {}
    assert list(model_that_answers({"a": floats(3)}).state()) == ["a"]
    with pytest.raises(Mismatch, match="too large"):
        models.parameters_of([["a", [10**5, 10**5], True]])
    with pytest.raises(Mismatch, match="too large"):
        models.parameters_of([["a", [0, 2**31 - 1, 2**31 - 1, 2**31 - 1], True]])  # numpy makes no such array
    with pytest.raises(MalformedAnswer):
        models.parameters_of([["a", [3], True]] * 3000)


@pytest.mark.parametrize(
    "odd",
    [{"r.weight_hh_l0": ()}, {"r.weight_hh_l0": (5,)}, {"r.weight_ih_l0": (2, 3, 4)}, {"f.weight": ()},
     {"f.bias": (9,)}, {"e.weight": (0,)}, {"r.bias_hh_l0": ()}, {"r.weight_x": (3,)}, {"other": (3,)},
     {"r.weight_hh_l7": (16, 4)}],
    ids=str,
)  # fmt: skip
def test_odd_weights_are_no_standard_model(odd: dict[str, tuple[int, ...]]) -> None:
    shapes: dict[str, tuple[int, ...]] = {"e.weight": (11, 4), "r.weight_ih_l0": (16, 4), "r.weight_hh_l0": (16, 4)}
    shapes |= {"f.weight": (2, 4), "f.bias": (2,)}
    modules = [Submodule(path, kind, [kind], {}) for path, kind in (("e", "Embedding"), ("r", "LSTM"), ("f", "Linear"))]
    hidden = [*modules, Submodule("empty", "Linear", ["Linear"], {})]
    assert standard(hidden, {name: np.ones(shape, np.float32) for name, shape in shapes.items()}) is not None
    assert standard(modules, {name: np.ones(shape, np.float32) for name, shape in (shapes | odd).items()}) is None


def test_only_matrices_are_orthogonal() -> None:
    assert orthogonal(np.eye(3), atol=1e-6)
    odd = ((), (3,), (2, 3, 4), (1, 1_000_000), (0, 50_000))
    assert not any(orthogonal(np.zeros(shape), atol=1e-6) for shape in odd)


def test_huge_integers_are_none() -> None:
    """A set of them can be made to collide."""
    assert values.integer(2**63 - 1) == 2**63 - 1
    assert values.integer(2**63) is values.integer(Scalar("numpy.int64", 10**900)) is None


def test_keys_of_which_many_collide() -> None:
    tuples = itertools.islice(itertools.product((-1, -2), repeat=9), 100)
    keys = [msgpack.ExtType(frames.TUPLE, msgpack.packb(key)) for key in tuples]
    others = [str(number) for number in range(900)]
    with pytest.raises(frames.WireError, match="equal hashes"):
        frames.unpack(msgpack.packb(msgpack.ExtType(frames.SET, msgpack.packb([*keys, *others]))))


def test_arrays_of_nothing_are_not_endless() -> None:
    def packed(*shape: int) -> bytes:
        body = msgpack.packb(["tensor", "float32", list(shape), b""])
        return bytes(msgpack.packb(msgpack.ExtType(frames.ARRAY, body)))

    assert frames.unpack(packed(0, 5)).data.shape == (0, 5)
    with pytest.raises(frames.WireError, match="shape"):
        frames.unpack(packed(0, 2**40))


def test_parameters_that_vary_or_do_nothing() -> None:
    with pytest.raises(Mismatch, match="equally many"):
        model_that_answers(None).load_vector(np.zeros(4))
    prints = np.zeros((1_000_000, 4))
    prints[5] = 1
    found = match(prints, np.ones((300, 4)))  # 9 GB, if all of them were compared
    assert found[5] == 0 and (np.delete(found, 5) < 0).all()
    large = model_that_answers({})
    large.parameters = (("a", (models.MAX_SCALARS // 2,), True),)
    with pytest.raises(Mismatch, match="too large"):
        large.sensitivities(directions=np.ones((3, 1)))
