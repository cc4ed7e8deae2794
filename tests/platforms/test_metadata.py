"""Gradescope's metadata: what is read of it, what lateness costs then, and what staff are told."""

from __future__ import annotations

import copy
import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import msgspec
import pytest

from autograder.errors import ConfigError
from autograder.folder import BUILT_IN
from autograder.lateness import Late
from autograder.platforms.metadata import Delivery, late_of, read_delivery, remarks_for_staff
from autograder.rubric import Rubric, load_rubric
from fixtures.platforms import METADATA


def delivery(tmp_path: Path, created: str = METADATA["created_at"], **assignment: Any) -> Delivery:
    table = copy.deepcopy(METADATA)
    table["created_at"] = created
    table["assignment"] |= assignment
    path = tmp_path / "submission_metadata.json"
    path.write_text(json.dumps(table))
    return read_delivery(path)


def rubric(**late: Any) -> Rubric:
    return msgspec.structs.replace(load_rubric(BUILT_IN / "labrnn" / "rubric.toml"), late=Late(**late))


def test_people_times_and_points(tmp_path: Path) -> None:
    found = delivery(tmp_path)
    assert found.people == (("Jane Doe", "jane@example.com"),) and found.name == "Jane Doe"
    assert found.total_points == 100.0 and found.handed_in is not None and found.due is not None
    assert found.handed_in < found.due
    assert remarks_for_staff(rubric(), found) == [
        "Handed in by Jane Doe <jane@example.com> at 2026-05-01T10:00:00-07:00; earlier submissions: 0."
    ]


def test_other_points_than_the_rubrics_are_told(tmp_path: Path) -> None:
    told = remarks_for_staff(rubric(), delivery(tmp_path, total_points="40.0"))
    assert "40 points, the rubric 100" in told[-1]


LATE = "2026-05-03T08:00:00.000000-07:00"  # 32 hours after METADATA's deadline


def test_the_platforms_deadline_holds_where_the_rubric_has_none(tmp_path: Path) -> None:
    found = late_of(rubric(loss_per_day=0.1), delivery(tmp_path, LATE))
    assert found is not None and found.days == 2 and found.share == Fraction(1, 5) and "2 days late" in found.sentence
    on_time = late_of(rubric(loss_per_day=0.1), delivery(tmp_path))
    assert on_time is not None and not on_time.share and not on_time.sentence
    assert late_of(rubric(), delivery(tmp_path, LATE)) is None
    assert late_of(rubric(loss_per_day=0.1), delivery(tmp_path, LATE, due_date=None)) is None


def test_the_rubrics_deadline_comes_first(tmp_path: Path) -> None:
    own = rubric(due="2026-05-10T23:59", loss_per_day=0.1)
    found = late_of(own, delivery(tmp_path, LATE))
    assert found is not None and not found.share
    assert "deadline 2026-05-10T23:59 holds" in remarks_for_staff(own, delivery(tmp_path, LATE))[-1]


def test_free_days_are_for_the_gradebook(tmp_path: Path) -> None:
    found = late_of(rubric(loss_per_day=0.1, free_days=4), delivery(tmp_path, LATE))
    assert found is not None and found.waits and not found.share and "nothing is deducted here" in found.sentence


@pytest.mark.parametrize(
    "table",
    [
        {},
        {"users": "Jane", "assignment": [], "created_at": 5, "previous_submissions": {}},
        {"users": [None, {"name": 3}], "assignment": {"total_points": "many", "due_date": "soon"}},
        {"created_at": "2026-05-01T10:00:00"},  # without a zone it is no moment
    ],
)
def test_what_is_missing_or_odd_counts_as_not_there(tmp_path: Path, table: dict[str, Any]) -> None:
    path = tmp_path / "metadata.json"
    path.write_text(json.dumps(table))
    found = read_delivery(path)
    assert found.name == "submission" and found.due is None and found.handed_in is None and found.total_points is None
    assert late_of(rubric(loss_per_day=0.1), found) is None
    assert read_delivery(tmp_path / "none.json") == Delivery()


def test_no_json_is_told(tmp_path: Path) -> None:
    path = tmp_path / "metadata.json"
    path.write_text("[")
    with pytest.raises(ConfigError, match="metadata.json"):
        read_delivery(path)
