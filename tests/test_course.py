"""A course's own rubric changes what it says and nothing else; what it gets wrong is named with the nearest key."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from autograder.course import Course
from autograder.errors import ConfigError
from autograder.explain import explain
from autograder.folder import BUILT_IN, find_folder
from autograder.judge.plugin import Check, Judge
from autograder.preflight import Options, describe
from autograder.rubric import Rubric, load_rubric

LABRNN = BUILT_IN / "labrnn" / "rubric.toml"
Write = Callable[[str], Path]
WHOLE = """
[items."lab1.a"]
points = 6
title = "Reading"
[items."lab1.b"]
points = 4
[checks."lab1.e.forward".padding]
weight = 0
[checks."lab1.a".sizes]
required = true
[rules]
penalty = 0.5
[limits]
call_seconds = 5.0
[metrics.accuracy]
bar = 0.8
[settings]
max_trials = 30
plateau_loss = [0.68, 0.71]
"""


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(text: str) -> Path:
        path = tmp_path / "my.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.fixture(autouse=True)
def settings(judge_settings: None) -> None: ...


def course_of_file(path: Path) -> Course:
    found = load_rubric(LABRNN, path).course
    assert found is not None
    return found


def test_only_what_differs_changes(write: Write) -> None:
    path = write(WHOLE)
    plain, changed = load_rubric(LABRNN), load_rubric(LABRNN, path)
    points = {item.id: item.points for item in changed.items}
    assert (points["lab1.a"], points["lab1.b"], points["lab1.c"]) == (6, 4, 5)
    assert changed.item("lab1.a").title == "Reading" and changed.item("lab1.a").asks == plain.item("lab1.a").asks
    assert changed.rules.penalty == 0.5 and changed.rules.cap == plain.rules.cap
    assert changed.limits.call_seconds == 5 and changed.limits.load_seconds == plain.limits.load_seconds
    assert changed.metrics["accuracy"].bar == 0.8 and changed.metrics["accuracy"].direction == "higher"
    assert changed.settings == {**plain.settings, "max_trials": 30}
    assert changed.notebook == plain.notebook and plain.course is None


def test_it_is_known_by_name_and_hash(write: Write) -> None:
    path = write(WHOLE)
    found = course_of_file(path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()[:12]
    assert str(found) == f"my.toml (sha256 {digest})"
    told = {change.where: (change.before, change.after) for change in found.changes}
    assert told['items "lab1.a": points'] == ("5", "6") and told["metrics.accuracy: bar"] == ("0.84", "0.8")
    assert told["settings: max_trials"] == ("50", "30") and told["limits: call_seconds"] == ("10", "5")
    assert len(told) == 7


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ('[items."lab1.aa"]\npoints = 5', ["[items]", "`lab1.aa`", "`lab1.a`"]),
        ("[items.lab1.a]\npoints = 5", ["`lab1`", 'in quotes, as in "lab1.a"']),
        ('[items."lab1.a"]\npoint = 5', ['[items."lab1.a"]', "`point`", "`points`"]),
        ('[items."lab1.a"]\nneeds = []', ["`needs`"]),
        ('[items."lab1.a"]\npoints = "five"', ["lab1.a", "points"]),
        ('[items."lab1.a"]\npoints = true', ["lab1.a", "points"]),
        ('[items."lab1.a"]\npoints = 5.1', ["lab1.a", "step"]),
        ('[items."lab1.a"]\npoints = -5', ["lab1.a", "points"]),
        ('[items."lab1.a"]\npoints = nan', ["lab1.a", "points"]),
        ('[items."lab1.a"]\npoints = 7', ["add up to 102, not 100"]),
        ('[items."lab1.a"]\nbonus = true', ["add up to 95, not 100"]),
        ("items = 3", ["[items]", "table"]),
        ("[item]", ["`item`", "`items`"]),
        ("[assignment]\nname = 'x'", ["`assignment`"]),
        ("[rules]\ncapp = 1", ["[rules]", "`capp`", "`cap`"]),
        ("[rules]\ncap = 116", ["rules", "cap"]),
        ("[rules]\npenalty = 2", ["rules", "penalty"]),
        ('[rules]\npenalty_order = "never"', ["rules", "penalty_order"]),
        ("[limits]\ncall_seconds = 0", ["limits", "call_seconds"]),
        ("[limits]\nmemory_mb = 1" + "0" * 25, ["limits", "memory_mb", "above"]),
        ("[metrics.accuracy]\nbar = 97.0", ["metrics", "accuracy", "share"]),
        ("[metrics.accuracy]\nbar = 0", ["metrics", "accuracy", "above 0"]),
        ("[metrics.accurracy]\nbar = 0.8", ["[metrics]", "`accurracy`", "`accuracy`"]),
        ('[metrics.accuracy]\ndirection = "lower"', ["`direction`", "`bar`"]),
        ("[notebook]\nsmoke_second = 1.0", ["`smoke_second`", "`smoke_seconds`"]),
        ("a = " + "[" * 3000 + "]" * 3000, ["nested too deep"]),
        ("# " + "x" * 200_000, ["100,000 bytes"]),
        ("[limits]\ncall_second = 1", ["`call_second`", "`call_seconds`"]),
        ("[settings]\nmax_epoch = 5", ["`max_epoch`", "`max_epochs`"]),
        ('[checks."lab9".sizes]\nweight = 1', ["[checks]", "`lab9`"]),
        ('[checks."lab1.a".sizes]\nwait = 1', ['[checks."lab1.a".sizes]', "`wait`", "`weight`"]),
        ('[checks."lab1.a".sizes]\nweight = -1', ["`weight`", "-1"]),
        ('[checks."lab1.a".sizes]\nweight = inf', ["`weight`", "inf"]),
        ('[checks."lab1.a".sizes]\nweight = true', ["`weight`", "True"]),
        ('[checks."lab1.a".sizes]\nrequired = 1', ["`required`", "1"]),
        ('[checks."lab1.a"]\nsizes = 1', ["sizes", "table"]),
        ("[items", ["my.toml"]),
    ],
)
def test_what_is_wrong_is_named(text: str, parts: list[str], write: Write) -> None:
    path = write(text)
    with pytest.raises(ConfigError) as caught:
        load_rubric(LABRNN, path)
    assert all(part in str(caught.value) for part in ["my.toml", *parts]), str(caught.value)


def test_an_assignment_without_trainings_has_no_bars(write: Write) -> None:
    with pytest.raises(ConfigError, match="metrics"):
        load_rubric(BUILT_IN / "gru_attention" / "rubric.toml", write("[metrics.accuracy]\nbar = 0.5"))


def test_it_is_found_in_the_working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write: Write) -> None:
    monkeypatch.chdir(tmp_path)
    options = Options("labrnn", tmp_path)
    assert describe(options).rubric.course is None
    folder = tmp_path / "course" / "labrnn"
    folder.mkdir(parents=True)
    (folder / "rubric.toml").write_text("[rules]\npenalty = 0.1\n")
    assert describe(options).rubric.rules.penalty == 0.1
    named = Options("labrnn", tmp_path, rubric=write("[rules]\npenalty = 0.3"))
    assert describe(named).rubric.rules.penalty == 0.3  # what is named goes first
    assert describe(Options("gru_attention", tmp_path)).rubric.course is None


# ---- checks ----------------------------------------------------------------------------------------------------------
class Node:
    """Stands for the pytest item of a check."""


def judge_of(*checks: tuple[str, str, float, bool]) -> Judge:
    judge = Judge(lambda judge: None, False)
    node = Node()
    judge.checks = [
        Check(item, name, "It holds.", weight, required, "public", node)  # type: ignore[arg-type]
        for item, name, weight, required in checks
    ]
    return judge


def adjusted(judge: Judge, path: Path) -> Iterator[tuple[str, float, bool]]:
    judge.adjust(course_of_file(path))
    yield from ((check.name, check.weight, check.required) for check in judge.checks)


def test_checks_get_their_weights(write: Write) -> None:
    judge = judge_of(("lab1.a", "one", 2, False), ("lab1.a", "two", 1, True), ("lab1.b", "one", 3, False))
    path = write('[checks."lab1.a"]\none = {weight = 0}\ntwo = {required = false, weight = 5}')
    assert list(adjusted(judge, path)) == [("one", 0, False), ("two", 5, False), ("one", 3, False)]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ('[checks."lab1.a".onne]\nweight = 1', ["`onne`", "`one`"]),
        ('[checks."lab1.a".two]\nweight = 0', ["two", "required = false"]),
        ('[checks."lab1.a"]\none = {weight = 0}\ntwo = {weight = 0, required = false}', ["lab1.a", "weight 0"]),
    ],
)
def test_what_is_wrong_about_checks(text: str, parts: list[str], write: Write) -> None:
    with pytest.raises(ConfigError) as caught:
        list(adjusted(judge_of(("lab1.a", "one", 2, False), ("lab1.a", "two", 1, True)), write(text)))
    assert all(part in str(caught.value) for part in ["my.toml", *parts]), str(caught.value)


# ---- explain ---------------------------------------------------------------------------------------------------------
def told_of(assignment: str, chosen: str = "", course: Path | None = None) -> str:
    folder = find_folder(assignment)
    return explain(folder, load_rubric(folder.rubric, course), chosen)


def test_explain_tells_items_checks_and_changes(write: Write) -> None:
    path = write(WHOLE)
    told = told_of("labrnn", "lab1", path)
    assert str(course_of_file(path)) in told and 'items "lab1.a": points: 5 → 6' in told
    lines = told.splitlines()
    [line] = [line for line in lines if " padding" in line and "lab1" not in line and "→" in line]
    assert "a remark" in line and "→ 0" in line and line.split()[0] == "0.00"
    [line] = [line for line in lines if "  sizes  [" in line]
    assert "not required → required" in line
    assert "hidden" in told and "tf.1" not in told


def test_explain_adds_up(write: Write) -> None:
    """Shares of an item's checks are its points."""
    rubric: Rubric = load_rubric(LABRNN)
    told = told_of("labrnn", "lab1.c").splitlines()
    shares = [float(line.split()[0]) for line in told if line.startswith("  ") and "×" in line]
    assert abs(sum(shares) - rubric.item("lab1.c").points) < 0.01 * len(shares)


def test_explain_names_what_is_not_there() -> None:
    with pytest.raises(ConfigError, match=r"`lab1.x`; the nearest is `lab1\."):
        told_of("labrnn", "lab1.x")


def test_explain_takes_both_assignments_whole() -> None:
    for name in ("labrnn", "gru_attention"):
        told = told_of(name)
        assert all(f"{item.id}  {item.title}" in told for item in load_rubric(BUILT_IN / name / "rubric.toml").items)
