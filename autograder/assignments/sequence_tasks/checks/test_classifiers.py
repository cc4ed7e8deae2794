"""s2, s3, s4: the five modules. Being written."""

from __future__ import annotations

from autograder.kit import roles
from autograder.kit.suite import checks

from ..classification import ELMAN, ELMAN_CLASSIFIER, LSTM, MLP, RNN

globals().update(checks({"s2": (MLP, roles.LAYER)}))
globals().update(checks({"s3": (ELMAN, roles.RECURRENCE)}, "elman"))
globals().update(checks({"s3": (ELMAN_CLASSIFIER, roles.LAYER)}, "classifier"))
globals().update(checks({"s4": (RNN, roles.LAYER)}, "rnn"))
globals().update(checks({"s4": (LSTM, roles.LAYER)}, "lstm"))
