"""What every check of LabRNN is handed."""

from __future__ import annotations

import pytest

from autograder.assignments.labrnn.api import Context, LabRNN
from autograder.assignments.labrnn.prepare import GRADED
from autograder.kit.recogniser.classifier.batches import Spec
from autograder.kit.recogniser.classifier.judged_sizes import sizes_for
from autograder.student.proxy import Student


@pytest.fixture
def lab(student: Student, context: Context, request: pytest.FixtureRequest) -> LabRNN:
    """The student's notebook. Says where a function stands whose cell failed to load."""
    marker = request.node.get_closest_marker("item")
    for item in marker.kwargs["ids"]:
        name = GRADED[item]
        if name in context.lost and (
            "item_id" not in request.fixturenames or request.getfixturevalue("item_id") == item
        ):
            raise student.missing(name, context.lost[name])
    return LabRNN(student, context)


@pytest.fixture
def kind(item_id: str) -> str:
    """The class that a model check is about: LSTM or GRU."""
    return GRADED[item_id]


@pytest.fixture
def sizes(lab: LabRNN, kind: str) -> Spec:
    """The sizes that forward passes are judged with."""
    return sizes_for(lab, kind)
