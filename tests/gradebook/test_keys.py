"""What changes a key and what does not: the first makes a class be graded again, the second must cost nothing."""

from __future__ import annotations

import ast
import shutil
import types
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import msgspec
import pytest

from autograder.course import CheckChange, Course
from autograder.errors import ConfigError
from autograder.facts import UNITS, Unit
from autograder.folder import BUILT_IN, Folder
from autograder.gradebook import keys as keys_module
from autograder.gradebook.history import SAYS
from autograder.gradebook.keys import Key, keys_of, presentation, shared_parts
from autograder.report_pdf.key import load_key
from autograder.rubric import load_rubric
from autograder.run import Run
from tests.runs import run_of

ABSENT = ("kit", "inside", "intake", "exports", "similarity", "gru_attention", "starter", "notebook", "wire", "student")
ROOT = BUILT_IN.parents[1]
ALL, BEYOND = frozenset(UNITS), frozenset({"notebook", "accuracy", "study"})
FUNCTIONS, NOTHING = frozenset({"functions", "study"}), frozenset[str]()
environment = keys_module._environment
parse, constants = cache(ast.parse), cache(keys_module._constants)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Asking all packages for their versions takes a while, and so does parsing the same checks again and again."""
    monkeypatch.setattr(keys_module, "_environment", lambda: "here")
    monkeypatch.setattr(keys_module.ast, "parse", parse)
    monkeypatch.setattr(keys_module, "_constants", constants)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the program and the references, to change."""
    root = tmp_path_factory.mktemp("world")
    for name in ("autograder", "reference"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__", *ABSENT))
    return root


@pytest.fixture(scope="module")
def digests_before() -> dict[Unit, str]:
    """Of the unchanged copy, once it was asked for them."""
    return {}


@pytest.fixture
def whole(world: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A run of all steps of LabRNN, by the copied program."""
    monkeypatch.setattr(keys_module, "PACKAGE", world / "autograder")
    monkeypatch.setattr(keys_module, "REFERENCES", world / "reference")
    monkeypatch.setattr(keys_module, "is_built_in", lambda folder: True)
    folder = Folder(world / "autograder" / "assignments" / "labrnn", "copied")
    run = run_of()
    steps = frozenset({"functions", "notebook", "accuracy"})
    return replace(run, folder=folder, steps=steps, key=load_key(folder.answers, run.rubric))


@pytest.fixture
def quick(whole: Run, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The same where no file of the program changes."""
    trees = keys_module._trees(whole.folder.checks)
    monkeypatch.setattr(keys_module, "_harness", lambda: [])
    monkeypatch.setattr(keys_module, "_trees", lambda checks: trees)
    return whole


def changed(before: Run, after: Run) -> frozenset[str]:
    """The units whose keys differ."""
    return differing(digests(before), digests(after))


def digests(run: Run, content: str = "c1") -> dict[Unit, str]:
    return {unit: key.digest for unit, key in keys_of(content, shared_parts(run)).items()}


def differing(before: dict[Unit, str], after: dict[Unit, str]) -> frozenset[str]:
    assert before.keys() == after.keys()
    return frozenset(unit for unit in before if before[unit] != after[unit])


@pytest.fixture
def edited(world: Path) -> Iterator[Callable[..., None]]:
    """Changes a file of the copy, or makes one."""
    before: dict[Path, bytes | None] = {}

    def edit(name: str, text: str = "\n# changed\n") -> None:
        path = world / name
        before[path] = path.read_bytes() if path.exists() else None
        path.write_bytes((before[path] or b"") + text.encode())

    yield edit
    for path, data in before.items():
        path.unlink() if data is None else path.write_bytes(data)


def with_rubric(run: Run, **changes: object) -> Run:
    return replace(run, rubric=msgspec.structs.replace(run.rubric, **changes))


def with_items(run: Run, change: Callable[..., object]) -> Run:
    return with_rubric(run, items=tuple(change(item) for item in run.rubric.items))


# ---- a key -----------------------------------------------------------------------------------------------------------
def test_a_digest_is_the_same_for_ever() -> None:
    """Else an update of this program would grade every class again. FORM is there for when it must."""
    key = Key("functions", {"b": "2", "a": "1"})
    assert key.digest == Key("functions", {"a": "1", "b": "2"}).digest == "bb455077b7404323a4553de9"
    others = [Key("study", key.parts), Key("functions", {"a": "1"}), Key("functions", {"a": "12", "b": ""})]
    assert len({key.digest, *(other.digest for other in others)}) == 4


def test_what_differs_from_an_earlier_key() -> None:
    key = Key("functions", {"a": "1", "b": "2", "new": "3"})
    assert key.changed({"a": "1", "b": "0", "old": "4"}) == ["b", "old", "new"]
    assert key.changed(key.parts) == []


def test_the_same_twice(whole: Run) -> None:
    assert digests(whole) == digests(whole) and tuple(digests(whole)) == UNITS


def test_another_submission_is_other_keys(whole: Run) -> None:
    assert differing(digests(whole, "c1"), digests(whole, "c2")) == ALL


def test_every_part_can_be_told(whole: Run) -> None:
    published = replace(whole, recipe="published")
    parts = {name for key in keys_of("c", shared_parts(published)).values() for name in key.parts}
    assert parts <= SAYS.keys()


def test_units_are_those_of_the_steps(whole: Run) -> None:
    assert tuple(digests(run_of())) == ("functions",)
    assert tuple(digests(replace(run_of(), steps=frozenset({"functions", "notebook"})))) == (
        "functions", "notebook", "study",
    )  # fmt: skip


# ---- files -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "units"),
    [
        ("judge/plugin.py", ALL),
        ("kit/properties.py", ALL),
        ("sandbox/new.py", ALL),
        ("inside/words.txt", ALL),
        ("scoring.py", NOTHING),
        ("assemble.py", NOTHING),
        ("lateness.py", NOTHING),
        ("reports/report.html.j2", NOTHING),
        ("reports/view.py", NOTHING),
        ("marks/files.py", NOTHING),
        ("exports/__init__.py", NOTHING),
        ("gradebook/keys.py", NOTHING),
        ("class_run.py", NOTHING),
        ("class_commands.py", NOTHING),
        ("class_report/view.py", NOTHING),
        ("progress.py", NOTHING),
        ("cli.py", NOTHING),
        ("judge/__pycache__/plugin.cpython-311.pyc", NOTHING),
        ("assignments/gru_attention/prepare.py", NOTHING),
        ("assignments/labrnn/prepare.py", ALL),
        ("assignments/labrnn/evidence/rules.py", ALL),
        ("assignments/labrnn/rubric.toml", NOTHING),  # what is read of it counts
        ("assignments/labrnn/checks/test_build_vocab.py", FUNCTIONS),
        ("assignments/labrnn/checks/test_runs.py", frozenset({"study"})),
        ("assignments/labrnn/checks/conftest.py", FUNCTIONS),
        ("assignments/labrnn/checks/words.json", FUNCTIONS),
        ("assignments/labrnn/checks/test_of_nothing_known.py", FUNCTIONS),
        ("../reference/labrnn/module.py", ALL),
        ("../reference/labrnn/weights.npz", ALL),
        ("../reference/gru_attention/module.py", NOTHING),
    ],
)
def test_a_changed_file(
    whole: Run, world: Path, edited: Callable[..., None], digests_before: dict[Unit, str], name: str,
    units: frozenset[str],
) -> None:  # fmt: skip
    if not digests_before:
        digests_before.update(digests(whole))
    (world / "autograder" / name).parent.mkdir(exist_ok=True, parents=True)
    edited(f"autograder/{name}")
    assert differing(digests_before, digests(whole)) == units


def test_a_renamed_check_is_another(whole: Run, world: Path) -> None:
    before, checks = digests(whole), world / "autograder" / "assignments" / "labrnn" / "checks"
    (checks / "test_tokenize.py").rename(checks / "test_words.py")
    after = digests(whole)
    (checks / "test_words.py").rename(checks / "test_tokenize.py")
    assert differing(before, after) == FUNCTIONS and digests(whole) == before


def test_a_check_that_is_no_python_is_told(whole: Run, world: Path, edited: Callable[..., None]) -> None:
    edited("autograder/assignments/labrnn/checks/test_tokenize.py", "\ndef (:\n")
    with pytest.raises(ConfigError, match=r"test_tokenize\.py: line \d+: "):
        shared_parts(whole)


def test_an_assignment_may_move(world: Path, tmp_path: Path) -> None:
    """A folder of one's own is the same wherever it stands, whatever lies in it besides: results, a repository."""
    run, found = run_of(), []
    for name in ("here", "there"):
        folder = tmp_path / name / "labrnn"
        shutil.copytree(BUILT_IN / "labrnn", folder, ignore=shutil.ignore_patterns("__pycache__"))
        (folder / "reference").mkdir()
        (folder / "reference" / "solution.py").write_text("x = 1\n")
        found.append(replace(run, folder=Folder(folder, "one"), out=folder / "results"))
    assert changed(*found) == NOTHING
    for place in ("results/jane", ".git"):
        (found[1].folder.path / place).mkdir(parents=True)
        (found[1].folder.path / place / "own.py").touch()
    (found[1].folder.path / "marks.toml").touch()
    assert changed(*found) == NOTHING
    (found[1].folder.path / "reference" / "solution.py").write_text("x = 2\n")
    assert changed(*found) == {"functions"}


def test_the_code_of_reports_is_another_thing(whole: Run, edited: Callable[..., None]) -> None:
    before = presentation()
    edited("autograder/judge/plugin.py")
    assert presentation() == before
    for name in ("scoring.py", "lateness.py", "assemble.py", "records.py", "reports/report.html.j2", "marks/files.py"):
        before = presentation()
        edited(f"autograder/{name}")
        assert presentation() != before, name


# ---- the rubric ------------------------------------------------------------------------------------------------------
def test_points_titles_and_rules_change_no_key(quick: Run) -> None:
    rules, heading = quick.rubric.rules, quick.rubric.assignment
    other = msgspec.structs.replace(rules, cap=rules.cap - 1, penalty=0.5, penalty_order="flat")
    assert (
        changed(quick, with_rubric(quick, rules=other, assignment=msgspec.structs.replace(heading, title="X")))
        == NOTHING
    )
    told = with_items(quick, lambda item: replace(item, title="Other", asks="Other.", bonus=not item.bonus))
    assert changed(quick, told) == NOTHING
    late = msgspec.structs.replace(quick.rubric.late, due="2026-05-01T23:59", loss_per_day=0.5)
    assert changed(quick, with_rubric(quick, late=late)) == NOTHING
    assert changed(quick, with_items(quick, lambda item: replace(item, points=item.points * 2))) == NOTHING


def test_points_without_parts_do(quick: Run) -> None:
    """Then a single failure leaves nothing, and the reference stands in."""
    step = quick.rubric.rules.step
    assert changed(quick, with_items(quick, lambda item: replace(item, points=step))) == ALL


@pytest.mark.parametrize(
    "change",
    [
        {"limits": {"call_seconds": 1.5}},
        {"assignment": {"notebook": "Other.ipynb"}},
        {"assignment": {"also": ("Other.ipynb",)}},
        {"assignment": {"defines": ("LSTM",)}},
    ],
    ids=str,
)
def test_limits_and_names_change_all(quick: Run, change: dict[str, dict[str, object]]) -> None:
    ((name, values),) = change.items()
    old = getattr(quick.rubric, name)
    new = replace(old, **values) if name == "limits" else msgspec.structs.replace(old, **values)
    assert changed(quick, with_rubric(quick, **{name: new})) == ALL


def test_settings_steps_and_needs_change_all(quick: Run) -> None:
    assert changed(quick, with_rubric(quick, settings={**quick.rubric.settings, "x": 1})) == ALL
    assert changed(quick, with_items(quick, lambda item: replace(item, needs=()))) == ALL
    assert changed(quick, with_items(quick, lambda item: replace(item, marking="manual"))) == ALL


def test_a_bar_is_of_accuracy_and_a_notebooks_limits_of_it(quick: Run) -> None:
    metrics = {
        name: msgspec.structs.replace(metric, bar=metric.bar / 2) for name, metric in quick.rubric.metrics.items()
    }
    assert changed(quick, with_rubric(quick, metrics=metrics)) == {"accuracy", "study"}
    limits = msgspec.structs.replace(quick.rubric.notebook, smoke_seconds=1.0)
    assert changed(quick, with_rubric(quick, notebook=limits)) == {"notebook", "study"}


def test_weights_count_only_where_they_begin_or_end_to_count(quick: Run) -> None:
    def told(weight: float | None, required: bool | None = None, check: str = "plain_dict") -> Run:
        change = CheckChange(weight, required)
        return with_rubric(quick, course=Course("own", "abc", checks={("lab1.b", check): change}))

    assert changed(quick, told(3.0)) == changed(told(2.0), told(0.5)) == NOTHING
    assert changed(quick, told(0.0)) == changed(told(2.0), told(0.0)) == FUNCTIONS
    assert changed(quick, told(None, True)) == changed(told(1.0), told(1.0, False)) == FUNCTIONS
    idle = sorted(keys_module._idle(keys_module._trees(quick.folder.checks).values()))
    assert idle and "plain_dict" not in idle
    assert changed(quick, told(1.0, check=idle[0])) == FUNCTIONS
    assert changed(told(1.0, check=idle[0]), told(2.0, check=idle[0])) == NOTHING


def test_a_courses_rubric_changes_nothing_by_being_there(quick: Run, tmp_path: Path) -> None:
    path = tmp_path / "course.toml"
    path.write_text('[items."lab1.a"]\ntitle = "Words"\n', encoding="utf-8")
    assert changed(quick, replace(quick, rubric=load_rubric(BUILT_IN / "labrnn" / "rubric.toml", path))) == NOTHING


CHECKS = """
@item("a", weight=0)
def test_zero(): ...
@item("a", weight=2)
def test_two(): ...
@item("a")
def test_one(): ...
@item("a", weight=W)
def test_unknown(): ...
@item(**MORE)
def test_more(): ...
@plain
def test_plain(): ...
class X:
    @item("a", weight=0.0)
    def test_inner(self): ...
"""


def test_idle_checks() -> None:
    assert keys_module._idle([ast.parse(CHECKS)]) == {"zero", "unknown", "more", "inner"}


# ---- the run ---------------------------------------------------------------------------------------------------------
def test_marks_places_and_jobs_change_nothing(quick: Run, tmp_path: Path) -> None:
    assert changed(quick, replace(quick, out=tmp_path, jobs=7, tier=3, unsafe=True)) == NOTHING


def test_the_secret_changes_all_and_is_not_in_a_key(quick: Run) -> None:
    other = replace(quick, secret=b"hunter2")
    assert changed(quick, other) == ALL
    assert not any("hunter2" in part for parts in shared_parts(other).values() for part in parts.values())


def test_the_key_of_answers_and_what_they_are_worth_are_of_the_report(quick: Run) -> None:
    assert quick.key is not None and quick.key.questions
    worth = replace(quick.key, points=tuple(points * 2 for points in quick.key.points))
    answers = replace(quick.key, questions=tuple(replace(q, answer="open") for q in quick.key.questions))
    assert changed(quick, replace(quick, key=worth)) == changed(quick, replace(quick, key=answers)) == {"report"}


def test_data_are_of_accuracy_alone_while_notebooks_run_on_made_up_ones(quick: Run, tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("a.csv", "b.csv", "same.csv")]
    for path, text in zip(paths, ("1", "2", "1"), strict=True):
        path.write_text(text)
    smoke = [replace(quick, data=path) for path in paths]
    full = [replace(run, mode="full") for run in smoke]
    assert changed(quick, smoke[0]) == changed(*smoke[:2]) == {"accuracy", "study"}
    assert changed(*full[:2]) == changed(smoke[0], full[0]) | {"accuracy"} == BEYOND
    assert changed(smoke[0], smoke[2]) == changed(full[0], full[2]) == NOTHING


def test_data_behind_a_link_are_the_data(quick: Run, tmp_path: Path) -> None:
    (tmp_path / "real").write_text("1")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    run = replace(quick, data=tmp_path / "link")
    before = digests(run)
    assert changed(run, replace(quick, data=tmp_path / "real")) == NOTHING
    (tmp_path / "real").write_text("2")
    assert differing(before, digests(run)) == {"accuracy", "study"}


def test_data_that_cannot_be_read_are_told(quick: Run, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nothing\.csv can't be read: No such file or directory\.$"):
        shared_parts(replace(quick, data=tmp_path / "nothing.csv"))


def test_recipes(quick: Run, tmp_path: Path) -> None:
    published = replace(quick, recipe="published")
    assert changed(quick, published) == {"accuracy", "study"}
    limits = msgspec.structs.replace(quick.rubric.notebook, smoke_seconds=1.0)
    assert changed(published, with_rubric(published, notebook=limits)) == BEYOND  # it trains as the notebook did


def test_the_environment(quick: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "lock").write_text("torch==2.0\n# numpy==1.0\nPy_Yaml==6\n")
    monkeypatch.setattr(keys_module, "LOCK", tmp_path / "lock")
    monkeypatch.setattr(keys_module, "_environment", environment)

    def having(*packages: str) -> dict[Unit, str]:
        pairs = [package.split("==") for package in packages]
        found = [types.SimpleNamespace(metadata={"Name": name}, version=version) for name, version in pairs]
        monkeypatch.setattr(keys_module, "distributions", lambda: found)
        return digests(quick)

    here = having("torch==2.1", "PyYAML==5", "py-yaml==6", "other==1")
    assert differing(here, having("other==2", "py.yaml==6", "Torch==2.1", "torch==9")) == NOTHING
    for there in (("torch==2.2", "py-yaml==6"), ("torch==2.1",), ("torch==2.1", "py-yaml==7")):
        assert differing(here, having(*there)) == ALL
    monkeypatch.setattr(keys_module.platform, "python_version", lambda: "3.99.0")
    assert differing(here, having("torch==2.1", "py-yaml==6")) == ALL
    (tmp_path / "lock").unlink()
    assert differing(having("a==1"), having("a==1", "b==1")) == ALL


def test_the_form_of_facts(quick: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    before = digests(quick)
    monkeypatch.setattr(keys_module, "FORM", "another")
    assert differing(before, digests(quick)) == ALL
