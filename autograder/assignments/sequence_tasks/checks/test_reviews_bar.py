"""s5.bar: each of the three classes reaches its bar when the judge trains it. What a hand-in prints counts for nothing."""

from __future__ import annotations

import pytest

from autograder.assignments.sequence_tasks.context import Context
from autograder.assignments.sequence_tasks.reviews import CANDIDATES
from autograder.judge.expect import NeedsPerson, expect
from autograder.judge.marks import item


@item("s5.bar")
def test_mlp_bar(context: Context) -> None:
    """The MLP reaches its bar of accuracy on reviews that it has not seen, trained from scratch by the judge."""
    expect_verified(context, "MLPClassifier")


@item("s5.bar")
def test_rnn_bar(context: Context) -> None:
    """The RNN reaches its bar of accuracy on reviews that it has not seen, trained from scratch by the judge."""
    expect_verified(context, "RNNClassifier")


@item("s5.bar")
def test_lstm_bar(context: Context) -> None:
    """The LSTM reaches its bar of accuracy on reviews that it has not seen, trained from scratch by the judge."""
    expect_verified(context, "LSTMClassifier")


def expect_verified(context: Context, name: str) -> None:
    """Fail unless the class reached its bar.

    Raises:
        NeedsPerson: it did, and something speaks against it.
    """
    found = context.accuracy.get(name)
    if found is None:
        pytest.skip("accuracy was not verified")
    if found.doubt:
        raise NeedsPerson(found.doubt)
    got = f"{found.test_acc:.3f} in the test" if found.test_acc is not None else "no training"
    expect(found.verdict == "verified", found.reason, got=got, expected=f"at least {found.threshold:g}")


@item("s5.bar", weight=0)
def test_order_of_models(context: Context) -> None:
    """On real reviews the LSTM is usually better than the MLP; another order costs nothing."""
    found = [context.accuracy[one.name] for one in CANDIDATES if one.name in context.accuracy]
    if len(found) < len(CANDIDATES) or any(v.test_acc is None or v.data == "synthetic" for v in found):
        pytest.skip("the three were not tested on the same reviews")
    mlp, _, lstm = (verdict.test_acc or 0.0 for verdict in found)
    expect(lstm > mlp, "the MLP is better than the LSTM", got=f"{mlp:.3f} and {lstm:.3f}")
