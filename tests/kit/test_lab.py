"""The typed access to a hand-in, and inputs with named axes."""

from __future__ import annotations

import numpy as np
import pytest

from autograder.errors import LostName, MissingName
from autograder.judge.expect import Mismatch
from autograder.kit.case import Named, draw
from autograder.kit.comparing import close, expect_agree, expect_close, expect_other
from autograder.kit.declare import Function
from autograder.kit.types import ListOf, Real, Text
from tests.kit import modules as m

RNG = np.random.default_rng(3)
SPLIT = Function("split", ("text", "by"), ListOf(Text()))
SCALE = Function("scale", ("x", "factor"), Real("batch 2"))


def test_a_function_is_called_and_its_answer_read() -> None:
    assert m.lab_of(SPLIT, "split = lambda text, by: tuple(text.split(by))").call("split", "a-b", "-") == ["a", "b"]
    lab = m.lab_of(SCALE, "def scale(x, factor): return x * factor")
    found = lab.call("scale", np.ones((3, 2)), 2.0, sizes={"batch": 3})
    assert found.tolist() == [[2.0, 2.0]] * 3
    with pytest.raises(Mismatch, match=r"the shape \[batch, 2\]"):
        lab.call("scale", np.ones((4, 2)), 2.0, sizes={"batch": 3})


def test_another_order_of_arguments_is_called_by_name() -> None:
    lab = m.lab_of(SPLIT, "def split(by, text): return text.split(by)", order={"split": ("by", "text")})
    assert lab.call("split", "a-b", "-") == ["a", "b"]


def test_names_that_are_not_there() -> None:
    with pytest.raises(MissingName, match="does not define `split`"):
        m.lab_of(SPLIT, "").call("split", "", "")
    with pytest.raises(LostName, match="in cell 3"):
        m.lab_of(SPLIT, "", lost={"split": "`split` stands in cell 3"}).call("split", "", "")
    with pytest.raises(LostName, match="in cell 3"):
        m.lab_of(m.ATTENTION, "", lost={"Attn": "`Attn` stands in cell 3"}).model("Attn")


def test_several_outputs() -> None:
    one = m.RNN.replace("return self.out(states), last[0]", "return self.out(states)")
    model = m.lab_of(m.RECURRENCE, one).model("Rnn")
    with pytest.raises(Mismatch, match="must return 2 values"):
        model.answer(model.case(RNG))


def test_axes() -> None:
    case = draw(m.RECURRENCE, RNG, m.RECURRENCE.all_sizes(batch=2))
    ids, state = case.inputs["ids"], case.inputs["h"]
    assert ids.data.shape == (2, 5) and state.data.shape == (2, 6) and abs(state.data).max() < 1
    assert (np.diff(ids.data) != 0).all() and 0 <= ids.data.min() <= ids.data.max() < 7
    assert case.along("time") == ["ids"] and case.along("batch") == ["ids", "h"]
    short = case.take("time", [0, 1])
    assert short.sizes["time"] == 2 and short.inputs["h"] is state
    other = case.changed("ids", time=3, batch=1).inputs["ids"].data != ids.data
    assert np.argwhere(other).tolist() == [[1, 3]]
    assert (case.changed("h", batch=0).inputs["h"].data != state.data).any(1).tolist() == [True, False]
    swapped = case.swapped("ids", "time", 0, 1).inputs["ids"].data
    assert (swapped[:, [1, 0]] == ids.data[:, :2]).all() and (swapped[:, 2:] == ids.data[:, 2:]).all()


def test_axes_that_follow_from_sizes() -> None:
    module = m.Module("M", {"a": 3}, (), (), axes={"b": lambda sizes: 2 * int(sizes["a"])})
    assert module.all_sizes() == {"batch": 3, "time": 5, "a": 3, "b": 6}
    assert module.all_sizes(a=4)["b"] == 8 and module.all_sizes(b=1)["b"] == 1


def test_when_numbers_are_the_same() -> None:
    one = np.array([1.0, 2.0])
    assert close(one, one + 5e-5) and not close(one, one + 1e-2) and not close(one, one[:1])
    expect_close(one, one, "")
    with pytest.raises(Mismatch, match="differ"):
        expect_agree(one, one + 1, "they differ")
    expect_other(one, one + 1e-3, "")
    with pytest.raises(Mismatch, match="the same"):
        expect_other(one, one + 1e-9, "the same")
    assert Named(one, ("time",)).take("batch", [0]).data is one
