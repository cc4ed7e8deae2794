"""What the checks of gru_attention share: building models with random weights, and comparing."""

from __future__ import annotations

from typing import NoReturn

import numpy as np
import pytest

from autograder.assignments.gru_attention.api import Gru, Lab
from autograder.assignments.gru_attention.context import ARGUMENTS
from autograder.judge.expect import NotJudged
from autograder.kit.comparing import NDArray
from autograder.kit.lab import SCALE
from autograder.kit.properties import building
from autograder.kit.recogniser.language_model.find import find_roles
from autograder.kit.recogniser.language_model.roles import Roles
from autograder.kit.recogniser.language_model.sizes import Sizes, random_hidden, random_tokens
from autograder.kit.recogniser.unknown import Unknown


def random_gru(lab: Lab, sizes: Sizes, rng: np.random.Generator) -> tuple[Gru, NDArray, NDArray, NDArray]:
    """A model in eval mode whose every number is random, those numbers, inputs [T, B] and a hidden state."""
    model = lab.gru(sizes)
    vector = rng.normal(0, SCALE, model.scalars).astype(np.float32)
    model.load_vector(vector)
    return model, vector, random_tokens(rng, sizes), random_hidden(rng, sizes)


def known_roles(lab: Lab, layers: int) -> Roles:
    """What each number of the model does.

    Raises:
        NotJudged: that can't be found, which test_equations looks at.
    """
    found = find_roles(lab, layers)
    if isinstance(found, Unknown):
        raise NotJudged(f"the model's numbers can't be told apart: {found.reason}")
    return found


def charged_elsewhere(lab: Lab, item: str, reason: str) -> NoReturn:
    """Skip a check that can't be judged since something is wrong that another item charges; else it pays nothing.

    Raises:
        NotJudged: that item earned full marks.
    """
    if item in lab.context.broken:
        pytest.skip(f"{reason}, which {item} charges")
    raise NotJudged(reason)


def expect_order(lab: Lab, name: str, method: str) -> None:
    """Fail where a method has the assignment's parameters in another order; everywhere else they are put right."""
    wanted = ARGUMENTS[name, method]
    order = lab.context.order.get((name, method))
    building.expect_order([wanted[place] for place in order] if order else None, wanted)
