"""The judge's own gradient norms over time, of the hand-in's own recurrent classes: what a curve is held beside.

No hand-in brings its batch and its trained parameters, so that no number of its curve can be measured again. The same
classes on the judge's text, with random weights and after a short training, show how such curves look.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from autograder.assignments.gru_attention.analyses.models import Floats, StudentModel
from autograder.assignments.gru_attention.analyses.norms import norms
from autograder.assignments.gru_attention.api import Lab
from autograder.assignments.gru_attention.verified import language
from autograder.assignments.gru_attention.verified.predictor import recurrent_predictor
from autograder.assignments.gru_attention.verified.recipes import GRU
from autograder.errors import MissingName, StudentError
from autograder.judge.expect import Mismatch
from autograder.kit.training.sequences import Sequences
from autograder.kit.training.trainer import Trainer

CLASSES = ("RNN", "GRU")
STEPS = 35
UPDATES = 200  # of the short training


@dataclass(frozen=True)
class Measured:
    """`curves`: norms [STEPS] by what they were measured with; `reason`: why there are none."""

    curves: tuple[Floats, ...] = ()
    reason: str = ""


def measured(lab: Lab, rng: np.random.Generator) -> dict[str, Measured]:
    """Return the curves of each class that the hand-in has: random weights, and trained ones, and of both the norm of
    the batch's average gradient and the average of its norms."""
    spoken = language.language(rng)
    found = {}
    for name in CLASSES:
        try:
            found[name] = Measured(of_class(lab, name, spoken, rng))
        except MissingName:
            continue
        except (StudentError, Mismatch) as error:
            found[name] = Measured(reason=str(error))
    return found


def of_class(lab: Lab, name: str, spoken: language.Language, rng: np.random.Generator) -> tuple[Floats, ...]:
    """Raises: StudentError, Mismatch: it can't be built, trained or stepped through."""
    lab.student.begin_check()
    predictor, model = recurrent_predictor(lab, name, language.VOCABULARY, STEPS, GRU, int(rng.integers(2**31)))
    texts = spoken.texts(GRU.batch, STEPS + 1, rng).T
    hidden = np.zeros((GRU.layers, GRU.batch, GRU.hidden), np.float32)

    def curves() -> list[Floats]:
        gradients = StudentModel(model).gradients(texts[:-1], texts[1:], hidden)
        return [norms(gradients, "gradients"), norms(gradients, "norms")]

    before = curves()
    lessons = spoken.texts(UPDATES * GRU.batch, language.LENGTH + 1, rng)
    whole = Sequences(
        lessons[:, :-1].astype(np.int32).ravel(), np.full(len(lessons), language.LENGTH, np.int64),
        lessons[:, 1:].astype(np.int64).ravel(), per_token=True,
    )  # fmt: skip
    trainer = Trainer.begin(
        predictor, whole, GRU, int(rng.integers(2**31)), classes=language.VOCABULARY, with_lengths=False
    )
    trainer.advance(UPDATES)
    return (*before, *curves())


def reach(curve: Floats | tuple[float, ...]) -> int:
    """How many steps back from the last one a curve first falls below a tenth of its largest value."""
    values = np.asarray(curve, float) / max(float(np.max(curve)), 1e-300)
    below = np.flatnonzero(values[::-1] < 0.1)
    return int(below[0]) if len(below) else len(values)
