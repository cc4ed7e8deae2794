"""The judge's own gradient norms of a hand-in's classes, and what a curve of numbers tells by itself."""

from __future__ import annotations

import numpy as np
import pytest
from hands import after_reference, lab_of, reference, submission

from autograder.assignments.gru_attention.exhibits import judged
from autograder.assignments.gru_attention.exhibits.found import NormCurve
from autograder.assignments.gru_attention.verified import gradients

DETACHED = """
class GRU(OwnGRU):
    def forward(self, inputs, hidden):
        logits, new = super().forward(inputs, hidden.detach())
        return logits, new.detach()
"""


@pytest.fixture(autouse=True)
def brief(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gradients, "UPDATES", 2)


def test_both_classes_are_measured() -> None:
    found = gradients.measured(lab_of(reference()), np.random.default_rng(1))
    assert found.keys() == {"RNN", "GRU"}
    for own in found.values():
        assert len(own.curves) == 4 and not own.reason
        for curve in own.curves:
            assert curve.shape == (gradients.STEPS,) and curve.argmax() == gradients.STEPS - 1 and curve.min() > 0
            assert 0 < gradients.reach(curve) < gradients.STEPS
            assert not judged.formula(curve.tolist())  # untrained as it is, its steps have no constant ratio


def test_what_can_not_be_measured_is_told() -> None:
    (found,) = (gradients.measured(lab_of(after_reference(DETACHED)), np.random.default_rng(1))["GRU"],)
    assert not found.curves and "detached" in found.reason
    assert gradients.measured(lab_of(submission("pass")), np.random.default_rng(1)) == {}


@pytest.mark.parametrize(
    ("curve", "wanted"),
    [
        ([n / 34 for n in range(35)], "a straight line"),
        ([3 + 2.5 * n for n in range(35)], "a straight line"),
        ([(n / 34) ** 2 for n in range(35)], "a parabola"),
        ([0.7 ** (34 - n) for n in range(35)], "a geometric series"),
        ([(0.9 ** (34 - n) - 0.9**34) / (1 - 0.9**34) for n in range(35)], "a geometric series"),
        ([0.9 ** (34 - n) * (1 + 0.001 * (-1) ** n) for n in range(35)], ""),
        ([round(0.9 ** (34 - n), 3) for n in range(35)], ""),  # rounded, it may be anything
        ([0.0] * 30 + [0.01, 0.05, 0.1, 0.5, 1.0], ""),
        ([float("inf")] * 35, ""),
        ([0.0] * 35, ""),
    ],
)
def test_a_formula_is_no_measurement(curve: list[float], wanted: str) -> None:
    assert judged.formula(curve) == wanted


def test_rescaling_keeps_the_shape() -> None:
    raw = NormCurve("norm", tuple(0.002 * 0.8 ** (34 - n) for n in range(35)))
    top, low = max(raw.values), min(raw.values)
    by_range = NormCurve("rescaled", tuple(round((v - low) / (top - low), 2) for v in raw.values), True)
    by_top = NormCurve("rescaled", tuple(v / top for v in raw.values), True)
    other = NormCurve("rescaled", tuple(n / 34 for n in range(35)), True)
    assert not judged.not_rescaled_from([raw, by_range]) and not judged.not_rescaled_from([by_top, raw])
    assert "differ by up to" in judged.not_rescaled_from([raw, other])
    assert not judged.not_rescaled_from([raw]) and not judged.not_rescaled_from([raw, NormCurve("", (1.0, 2.0), True)])
