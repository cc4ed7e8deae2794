"""The rubric of labrnn is right, and a wrong rubric is a message that names file and key."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.assignment import load_assignment
from autograder.assignments.labrnn.thresholds import Thresholds
from autograder.errors import ConfigError
from autograder.folder import find_folder
from autograder.metrics import Metric, in_words, meets
from autograder.rubric import is_multiple, load_rubric, settings_of
from autograder.wire.limits import Limits

LABRNN = Path(__file__).parents[1] / "autograder" / "assignments" / "labrnn" / "rubric.toml"

BLOCKS = str(Path(__file__).parents[1] / "examples" / "transformer_blocks")
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
    assert rubric.metrics == {"accuracy": Metric("accuracy", "higher", 0.84)}
    assert settings_of(rubric, Thresholds).max_epochs == 5
    assert rubric.notebook is not None and rubric.notebook.smoke_seconds < rubric.notebook.full_seconds


def test_an_assignment_without_trainings_leaves_their_tables_out() -> None:
    rubric = load_rubric(find_folder(BLOCKS).rubric)
    assert rubric.metrics == {} and rubric.notebook is None and rubric.limits == Limits()


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
    ("[rules]", "[limits]\nmemory_mb = 0\n[rules]", "limits: `memory_mb`"),
    ("[rules]", "[limits]\nmemory_m = 1\n[rules]", "`memory_m`; the nearest is `memory_mb`"),
    ("[rules]", "[limit]\n[rules]", "`limit`; the nearest is `limits`"),
    ("bar = 0.84", "bar = nan", "accuracy: `bar` must be a finite number"),
    ("bar = 0.84", "bar = 84", "accuracy: `bar` is a share"),
    ("bar = 0.84", "bar = 0", "accuracy: `bar` must be above 0"),
    ("bar = 0.84", "baar = 0.84", "`baar`; the nearest is `bar`"),
    ("bar = 0.84", "", "bar"),
    ('direction = "higher"', 'direction = "up"', "direction"),
    ('direction = "higher"', "", "direction"),
    ("[metrics.accuracy]", "[metrics]", "metrics"),
    ("[settings]", "[[settings]]", "settings"),
    ("[assignment]", "extra = 1\n[assignment]", "extra"),
    ('id = "tf.2"', 'id = "tf.1"', "tf.1"),
    ('title = "tokenize"\npoints = 5', 'title = "tokenize"\npoints = 4', "99"),
    ('title = "Bidirectional: runs"\npoints = 1', 'title = "Bidirectional: runs"\npoints = 2', "16"),
    ("[rules]", "[notebook]\noutput_kb = -1\n[rules]", "notebook: `output_kb`"),
    ("[rules]", "[notebook]\nsmoke_second = 1.0\n[rules]", "`smoke_second`; the nearest is `smoke_seconds`"),
    ("[rules]", 'limits = "none"\n[rules]', "limits"),
    ('title = "tokenize"\npoints = 5', 'title = "tokenize"\npoints = -5', "lab1.c"),
    ('title = "tokenize"\npoints = 5', 'title = "tokenize"\npoints = true', "lab1.c"),
    ('title = "tokenize"\n', 'title = "tokenize"\nweight = 2\n', "weight"),
    ('title = "tokenize"\n', "", "title"),
    ('needs = ["lab1.c"]', 'needs = ["lab1.x"]', "lab1.x"),
    ('needs = ["lab1.b"]', 'needs = ["lab1.d"]', "lab1.d"),  # a circle: the file's order is the order of work
    ('step = "person"', 'step = "magic"', "step"),
    ('marking = "manual"', 'marking = "robot"', "marking"),
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


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("max_epochs = 5", 'max_epochs = "5"', "max_epochs"),
        ("max_epochs = 5", "max_epochs = 5\nmax_epoch = 1", "`max_epoch`; the nearest is `max_epochs`"),
        ("max_epochs = 5", "", "max_epochs"),
        ("plateau_loss = [0.68, 0.71]", "plateau_loss = [0.68]", "plateau_loss"),
        ("plateau_loss = [0.68, 0.71]", "plateau_loss = [0.68, inf]", "plateau_loss"),
    ],
)
def test_wrong_settings_name_file_and_key(tmp_path: Path, old: str, new: str, key: str) -> None:
    text = LABRNN.read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "rubric.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_assignment(find_folder("labrnn"), load_rubric(path))
    assert str(path) in str(caught.value) and key in str(caught.value)


def test_settings_that_nobody_reads_are_an_error(tmp_path: Path) -> None:
    path = tmp_path / "rubric.toml"
    blocks = find_folder(BLOCKS)
    path.write_text(blocks.rubric.read_text(encoding="utf-8") + "\n[settings]\nmax_epochs = 5\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="SETTINGS"):
        load_assignment(blocks, load_rubric(path))


def test_a_table_of_the_notebook_needs_a_run_of_it(tmp_path: Path) -> None:
    path = tmp_path / "rubric.toml"
    gru = LABRNN.parents[1] / "gru_attention" / "rubric.toml"
    path.write_text(gru.read_text(encoding="utf-8") + "\n[notebook]\noutput_kb = 5\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="no item has the step 'notebook'"):
        load_rubric(path)


def test_a_bar_is_met_from_its_better_side() -> None:
    up, down = Metric("accuracy", "higher", 0.5), Metric("perplexity", "lower", 7.0)
    assert [meets(up, value) for value in (0.4, 0.5, 0.6, float("nan"))] == [False, True, True, False]
    assert meets(up, 0.4, bar=0.4) and not meets(down, 6.0, bar=5.0)
    assert [meets(down, value) for value in (6.9, 7.0, 7.1, float("nan"))] == [True, True, False, False]


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.toml"):
        load_rubric(tmp_path / "none.toml")


def test_multiples_are_decimal() -> None:
    assert is_multiple(0.3, 0.1) and is_multiple(0.0, 0.25) and is_multiple(3, 0.25)
    assert not is_multiple(3.3, 0.25)


@pytest.mark.parametrize(
    ("metric", "of", "said"),
    [
        ("mlp_accuracy", "MLPClassifier", "accuracy"),
        ("accuracy", "LSTM", "accuracy"),
        ("word_error_rate", "LSTM", "word error rate"),
        ("lstm", "LSTM", "lstm"),
    ],
)
def test_a_metric_in_words(metric: str, of: str, said: str) -> None:
    assert in_words(metric, of) == said
