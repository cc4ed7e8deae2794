"""The rubric of labrnn is right, and a wrong rubric is a message that names file and key."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.errors import ConfigError
from autograder.rubric import is_multiple, load_rubric

LABRNN = Path(__file__).parents[1] / "autograder" / "assignments" / "labrnn" / "rubric.toml"

FUNCTIONS = {"lab1.a", "lab1.b", "lab1.c", "lab1.d", "lab1.e.init", "lab1.e.forward", "lab1.g.init", "lab1.g.forward"}
RUNS = {"lab1.f.runs", "lab1.h.runs", *(f"lab2.{letter}.runs" for letter in "abcdefg")}
BARS = {f"lab2.{letter}.bar" for letter in "abcdefg"}
ANSWERS = {"lab1.f.answer", "lab1.h.answer", *(f"lab2.{letter}.answer" for letter in "abcdefg")}
QUESTIONS = {f"tf.{number}" for number in range(1, 11)}


def test_labrnn_has_the_whole_rubric() -> None:
    rubric = load_rubric(LABRNN)
    items = {item.id: item for item in rubric.items}
    assert items.keys() == FUNCTIONS | RUNS | BARS | ANSWERS | QUESTIONS | {"lab1.f.loop"}
    by_step = {step: {i.id for i in rubric.items if i.step == step} for step in ("functions", "notebook", "accuracy")}
    assert by_step == {"functions": FUNCTIONS, "notebook": RUNS | {"lab1.f.loop"}, "accuracy": BARS}
    automatic = {item.id for item in rubric.items if item.marking == "automatic"}
    assert automatic == FUNCTIONS | RUNS | BARS | {"lab1.f.loop"}
    assert {item.id for item in rubric.items if item.marking == "manual"} == ANSWERS
    assert all(item.asks.endswith(".") and item.title for item in rubric.items)


def test_labrnn_points_are_those_of_the_assignment() -> None:
    parts: dict[str, float] = {}
    bonus = set()
    for item in load_rubric(LABRNN).items:
        lab, letter = item.id.split(".")[:2]
        part = item.id if letter in "eg" and lab == "lab1" else f"{lab}.{letter}"
        parts[part] = parts.get(part, 0) + item.points
        bonus |= {part} if item.bonus else set()
    assert bonus == {"lab1.h", "lab2.f", "lab2.g"}
    assert {points for part, points in parts.items() if part.startswith("tf")} == {3.0}
    assert {points for part, points in parts.items() if not part.startswith("tf")} == {5.0}
    assert sum(points for part, points in parts.items() if part not in bonus) == 100


def test_labrnn_needs_and_limits() -> None:
    rubric = load_rubric(LABRNN)
    assert {item.id: item.needs for item in rubric.items if item.needs} == {
        "lab1.c": ("lab1.b",),
        "lab1.d": ("lab1.c",),
    }
    assert rubric.assignment.notebook == "LabRNN.ipynb"
    assert rubric.thresholds is not None and rubric.thresholds.test_accuracy == 0.84
    assert rubric.notebook is not None and rubric.notebook.smoke_seconds < rubric.notebook.full_seconds


def test_an_assignment_without_trainings_leaves_their_tables_out() -> None:
    rubric = load_rubric(LABRNN.parents[1] / "gru_attention" / "rubric.toml")
    assert rubric.thresholds is None and rubric.notebook is None


def test_item_by_id() -> None:
    rubric = load_rubric(LABRNN)
    assert rubric.item("lab1.c").title == "tokenize"
    with pytest.raises(ConfigError, match=r"lab9\.z"):
        rubric.item("lab9.z")


WRONG = [
    ("step = 0.25 ", "step = 0.25\nstpe = 1 ", "stpe"),
    ("cap = 100 ", "", "cap"),
    ('penalty_order = "after_cap"', 'penalty_order = "sometimes"', "penalty_order"),
    ("penalty = 0.20", "penalty = 20", "penalty"),
    ("step = 0.25", "step = 0", "step"),
    ("step = 0.25", "step = nan", "step"),
    ("step = 0.25", "step = 2", "tf.1: `points`"),
    ("max_epochs = 5", 'max_epochs = "5"', "max_epochs"),
    ("max_epochs = 5", "max_epochs = 5\nmin_epochs = 1", "min_epochs"),
    ("memory_mb = 2048", "memory_mb = 0", "memory_mb"),
    ("memory_mb = 2048", "", "memory_mb"),
    ("[limits]", "[limit]", "limit"),
    ("[assignment]", "extra = 1\n[assignment]", "extra"),
    ('id = "tf.2"', 'id = "tf.1"', "tf.1"),
    ('title = "tokenize"\npoints = 5', 'title = "tokenize"\npoints = 4', "99"),
    ('title = "Bidirectional: runs"\npoints = 1', 'title = "Bidirectional: runs"\npoints = 2', "16"),
    ("output_kb = 512", "output_kb = -1", "output_kb"),
    ("smoke_seconds = 600.0", "", "smoke_seconds"),
    ('title = "tokenize"\npoints = 5', 'title = "tokenize"\npoints = -5', "lab1.c"),
    ('title = "tokenize"\npoints = 5', 'title = "tokenize"\npoints = true', "lab1.c"),
    ('title = "tokenize"\n', 'title = "tokenize"\nweight = 2\n', "weight"),
    ('title = "tokenize"\n', "", "title"),
    ('needs = ["lab1.c"]', 'needs = ["lab1.x"]', "lab1.x"),
    ('needs = ["lab1.b"]', 'needs = ["lab1.d"]', "lab1.d"),  # a circle: the file's order is the order of work
    ('step = "person"', 'step = "magic"', "step"),
    ('marking = "automatic"', 'marking = "robot"', "marking"),
    ("[[items]]", "[items]", ""),
    ("[rules]", "[rules", ""),
]


@pytest.mark.parametrize(("old", "new", "key"), WRONG)
def test_a_wrong_rubric_names_file_and_key(tmp_path: Path, old: str, new: str, key: str) -> None:
    text = LABRNN.read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "rubric.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_rubric(path)
    assert str(path) in str(caught.value) and key in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.toml"):
        load_rubric(tmp_path / "none.toml")


def test_multiples_are_decimal() -> None:
    assert is_multiple(0.3, 0.1) and is_multiple(0.0, 0.25) and is_multiple(3, 0.25)
    assert not is_multiple(3.3, 0.25)
