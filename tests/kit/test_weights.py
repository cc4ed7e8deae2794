"""Weights are found whole, fused, head by head and transposed; wrong equations are told from unreadable parameters."""

from __future__ import annotations

import numpy as np
import pytest

from autograder.judge.expect import Mismatch, NeedsPerson
from autograder.kit import weights
from autograder.kit.declare import Module, Weight
from autograder.kit.weights import Block, Found, TooLong, find_weights, ways
from autograder.student.proxy import Override
from tests.kit import modules as m


@pytest.mark.parametrize("source", m.STYLES.values(), ids=m.STYLES)
def test_found_in_every_style(source: str) -> None:
    lab = m.lab_of(m.ATTENTION, source)
    found = find_weights(lab, "Attn")
    assert found is not None
    model = lab.model("Attn")
    values = model.randomise(np.random.default_rng(1))
    read = found.read(values, m.ATTENTION, model.sizes)
    assert sorted(read) == ["wk", "wo", "wq", "wv"] and {value.shape for value in read.values()} == {(8, 8)}
    numbers = np.concatenate([value.ravel() for value in values.values()])
    assert np.allclose(sorted(np.concatenate([value.ravel() for value in read.values()])), sorted(numbers))


def test_looked_for_once() -> None:
    lab = m.lab_of(m.ATTENTION, m.SEPARATE)
    found = find_weights(lab, "Attn")
    assert find_weights(lab, "Attn") is found is not None
    lab.student.override(Override(("Attn",), m.HEAD + m.FUSED_TURNED))  # the reference's stands in
    other = find_weights(lab, "Attn")
    assert other is not None and {block.parameter for block in other.held} == {"kqv", "out"}


def test_roles_are_those_that_the_code_gives_them() -> None:
    found = find_weights(m.lab_of(m.ATTENTION, m.FUSED_TURNED), "Attn")
    assert found is not None
    held = {block.parameter: [name for name, part in names if part == 0] for block, names in found.held.items()}
    assert held == {"kqv": ["wk", "wq", "wv"], "out": ["wo"]} and len(found.turned) == 2


def test_optional_weights_are_zeros_where_they_lack() -> None:
    lab = m.lab_of(m.RECURRENCE, m.RNN_BY_HAND)
    found = find_weights(lab, "Rnn")
    assert found is not None
    model = lab.model("Rnn")
    read = found.read(model.randomise(np.random.default_rng(1)), m.RECURRENCE, model.sizes)
    biases = [read["b"].any(), read["b2"].any()]
    assert read["b"].shape == read["b2"].shape == (6,) and sorted(biases) == [False, True]


def test_wrong_equations_are_told_by_the_nearest_way() -> None:
    with pytest.raises(Mismatch, match="does not follow the equations") as raised:
        find_weights(m.lab_of(m.ATTENTION, m.SEPARATE.replace("math.sqrt", "")), "Attn")
    assert raised.value.got and raised.value.expected and raised.value.got != raised.value.expected
    more = m.SEPARATE.replace("bias=False", "bias=True")  # no other numbers than asked for fit, so nobody need look
    assert find_weights(m.lab_of(m.ATTENTION, more), "Attn") is None


def test_too_many_ways_wait_for_a_person(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "MOST", 3)
    with pytest.raises(NeedsPerson):
        find_weights(m.lab_of(m.ATTENTION, m.SEPARATE.replace("math.sqrt", "")), "Attn")


WIDE = Module("Wide", {}, (), (), weights={f"w{n}": Weight("2 3") for n in range(24)})


def test_the_search_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parameters of many shapes, places without numbers, and blocks that none of many orders of equal weights fits."""
    monkeypatch.setattr(weights, "STEPS", 2000)
    many = [(f"p{n}", (1, n), True) for n in range(1, 200)]
    assert not list(ways(many, m.ATTENTION, {"d_model": 8, "num_heads": 2}))
    assert not list(ways([("p", (2**31 - 1, 0, 1), True)], SMALL, {}))
    for parameters in (many[:24], [("p", (18, 3), True), ("q", (7, 7), True)]):
        with pytest.raises(TooLong):
            list(ways(parameters, WIDE, {}))


def test_a_search_that_is_too_long_waits_for_a_person(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "STEPS", 3)
    with pytest.raises(NeedsPerson):
        find_weights(m.lab_of(m.ATTENTION, m.SEPARATE.replace("math.sqrt", "")), "Attn")


SMALL = Module("Small", {}, (), (), weights={"a": Weight("2 3"), "b": Weight("2 3"), "c": Weight("4", optional=True)})


def test_ways_of_two_tables() -> None:
    """Two equal tables in one parameter of four rows: two orders; the optional one may be there or not."""
    found = list(ways([("w", (4, 3), True)], SMALL, {}))
    block = Block("w", (4, 3))
    assert found == [
        Found({block: (("a", 0), ("b", 0))}, frozenset()),
        Found({block: (("b", 0), ("a", 0))}, frozenset()),
    ]
    assert len(list(ways([("w", (4, 3), True), ("v", (4,), True)], SMALL, {}))) == 2
    assert len(list(ways([("w", (3, 4), True)], SMALL, {}))) == 2  # the other way round alone fits
    assert not list(ways([("w", (2, 3), True)], SMALL, {}))  # b is needed
    assert not list(ways([("w", (5, 3), True)], SMALL, {}))
    assert not list(ways([("w", (4, 3), True), ("more", (7,), True)], SMALL, {}))
