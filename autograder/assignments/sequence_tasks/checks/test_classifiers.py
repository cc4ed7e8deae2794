"""s2, s3 and s4: the classes of the common pattern."""

from __future__ import annotations

import numpy as np

from autograder.assignments.sequence_tasks.checks.properties import CLASSIFIER, DROPOUT, own_recurrence
from autograder.assignments.sequence_tasks.classification import ELMAN_CLASSIFIER, LSTM, MLP, RNN
from autograder.assignments.sequence_tasks.living import alive, fault
from autograder.errors import StudentException
from autograder.judge.expect import Mismatch
from autograder.judge.marks import item
from autograder.kit.lab import Lab
from autograder.kit.suite import checks

globals().update(checks({"s2": (MLP, (alive(required=True), *(one for one in CLASSIFIER if one is not alive)))}))
globals().update(checks({"s3": (ELMAN_CLASSIFIER, (*CLASSIFIER, own_recurrence(weight=4)))}, "classifier"))
globals().update(checks({"s4": (RNN, (*CLASSIFIER, *DROPOUT))}, "rnn"))
globals().update(checks({"s4": (LSTM, (*CLASSIFIER, *DROPOUT))}, "lstm"))


@item("s4", required=True, weight=0)
def test_one_lives(lab: Lab, rng: np.random.Generator) -> None:
    """RNNClassifier or LSTMClassifier gives logits that depend on the tokens, on their order and on its weights."""
    expect_one_lives(lab, "RNNClassifier", "LSTMClassifier")


def expect_one_lives(lab: Lab, *names: str) -> None:
    """Fail unless one of the classes does what it is for."""
    why = ""
    for name in names:
        try:
            found = fault(lab, name)
        except (StudentException, Mismatch) as error:
            found = str(error)
            lab.student.calls.clear()
        if not found:
            return
        why = why or f"{name}: {found}"
    raise Mismatch(f"none of {' and '.join(names)} does what it is for ({why})")
