"""p3.gru.bar and p3.transformer.bar: what the hand-in's classes learn when the judge trains them.

Nothing that the hand-in says about its own trainings counts here. A class that lost points for its forward pass is not
charged again, unless it shows no sign of what it is for: then nothing pays.
"""

from __future__ import annotations

import numpy as np
import pytest

from autograder.assignments.gru_attention.api import Lab
from autograder.errors import MissingName, StudentError, StudentException
from autograder.evidence import ClassVerdict
from autograder.judge.expect import Mismatch, NeedsPerson, expect
from autograder.judge.marks import item
from autograder.kit.recogniser.attention import life as attention_life
from autograder.kit.recogniser.language_model import life as gru_life
from autograder.kit.recogniser.signs import weight

CLASSES = {"p3.gru.bar": "GRU", "p3.transformer.bar": "MultiHeadedAttention"}
INIT = "gru.init"
FORWARD = {"GRU": "gru.forward", "MultiHeadedAttention": "attention.forward"}


@pytest.fixture
def verdict(item_id: str, lab: Lab) -> ClassVerdict:
    """What came of the judge's trainings; skips where there were none."""
    found = lab.context.accuracy.get(CLASSES[item_id])
    if found is None:
        pytest.skip("perplexity was not verified")
    return found


@item(*CLASSES)
def test_perplexity(verdict: ClassVerdict, lab: Lab, rng: np.random.Generator) -> None:
    """Trained from scratch by the judge, the class learns to predict text that it has not seen: its perplexity is at most 1.1 times that of the reference in the same run, and better than what counting three words gets."""
    item_id = FORWARD[verdict.name]
    if item_id in lab.context.broken:
        what = f"{verdict.name} does not do what it is for, so that its figures prove nothing"
        expect(alive(lab, verdict.name, rng), what)
        if verdict.verdict != "verified":
            pytest.skip(f"{verdict.reason} That is charged in {item_id}, and not again here")
    if verdict.name == "GRU" and INIT in lab.context.broken and verdict.verdict in ("below", "broken"):
        pytest.skip(f"{verdict.reason} That is charged in {INIT}, and not again here")  # layers that never train, sizes
    if verdict.doubt:
        raise NeedsPerson(verdict.doubt)
    got = "no training" if verdict.test_acc is None else f"a perplexity of {verdict.test_acc:.3f}"
    expect(verdict.verdict == "verified", verdict.reason, got=got, expected=f"at most {verdict.threshold:.3f}")


def alive(lab: Lab, name: str, rng: np.random.Generator) -> bool:
    """Whether the class, wrong as it is, does what it is for: no constant or average, nor an empty template.

    Around an average the judge's own layers learn enough by themselves, so that a figure does not tell.
    """
    try:
        if name == "GRU":
            return weight(gru_life.missing_signs(lab, rng)) <= gru_life.MAX_MISSING
        return weight(attention_life.missing_signs(lab, rng)) <= attention_life.MAX_MISSING
    except MissingName:
        return False
    except StudentException as error:
        return error.kind != "NotImplementedError"
    except (StudentError, Mismatch):
        return True
