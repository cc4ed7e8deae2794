"""One suite of checks, run against students one after another: verdicts, seeds, traces, parametrisation."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from hypothesis import strategies as st

from autograder.errors import GraderError
from autograder.judge.examples import Examples
from autograder.judge.marks import item
from autograder.judge.plugin import Bench, Judge
from autograder.judge.seeds import seed_of
from autograder.judge.session import with_checks
from autograder.records import Cell, Item, Outcome
from autograder.rubric import Rubric, load_rubric
from autograder.sandbox.inprocess import InProcess
from autograder.scoring import score
from autograder.student.proxy import Student
from autograder.wire.limits import Limits

SUITE = Path(__file__).parent / "sample_checks"
GOOD = """
moods = []
def double(x): return 2 * x
def triple(x): return 3 * x
def die(x): return x
def moody(x):
    moods.append(x)
    return x if len(moods) != 1 else x + 1
"""
BAD = """
def double(x): return 2 * x if x < 37 else 0
def die(x): return 10 ** 1200
"""


def student_of(source: str) -> Student:
    student = Student(InProcess(), [Cell(1, source)], Limits())
    student.load()
    return student


def run(
    source: str, items: list[str] | None = None, secret: bytes = b"one", **options: Any
) -> tuple[dict[str, Outcome], dict[str, Any]]:
    """Outcomes by name (and item where there are two), and what the checks left in their context."""
    found: list[Outcome] = []
    context: dict[str, Any] = {}
    with_checks(
        SUITE, lambda judge: found.extend(judge.run(Bench(student_of(source), context, secret), items)), **options
    )
    return {f"{o.check}:{o.item}": o for o in found}, context


@pytest.fixture(autouse=True)
def settings(judge_settings: None) -> None: ...


@pytest.fixture(scope="module")
def good() -> Iterator[dict[str, Outcome]]:
    yield run(GOOD)[0]


@pytest.fixture(scope="module")
def bad() -> Iterator[dict[str, Outcome]]:
    yield run(BAD)[0]


def statuses(outcomes: dict[str, Outcome]) -> dict[str, str]:
    return {name: o.status for name, o in outcomes.items()}


# ---- verdicts --------------------------------------------------------------------------------------------------------
def test_verdicts_on_a_good_notebook(good: dict[str, Outcome]) -> None:
    others = {name for name, status in statuses(good).items() if status != "passed"}
    assert others == {
        "type_error:s.e",
        "key_error_in_an_example:s.j",
        "with_a_broken_fixture:s.k",
        "skips:s.f",
        "flaky:s.i",
    }
    assert [good[n].status for n in ("type_error:s.e", "key_error_in_an_example:s.j", "with_a_broken_fixture:s.k")] == [
        "error"
    ] * 3
    assert good["skips:s.f"].status == "skipped" and good["skips:s.f"].message == "not in this edition"


def test_what_the_marker_says(good: dict[str, Outcome]) -> None:
    doubles, hidden = good["doubles:s.a"], good["hidden:s.a"]
    assert (doubles.weight, doubles.required, doubles.visibility) == (2, True, "public")
    assert (hidden.weight, hidden.required, hidden.visibility) == (1, False, "hidden")
    assert doubles.sentence == "double(x) is 2 x." and hidden.sentence == "double works for negative numbers."
    assert doubles.seconds > 0


def test_verdicts_on_a_bad_notebook(bad: dict[str, Outcome]) -> None:
    assert {n for n, s in statuses(bad).items() if s == "failed"} == {
        "smallest:s.b",
        "two_items:s.c.two",
        "dies:s.g",
        "missing:s.h",
        "flaky:s.i",
    }
    assert bad["after_death:s.g"].status == bad["catches:s.h"].status == bad["after_the_error:s.e"].status == "passed"
    assert bad["missing:s.h"].message == "the notebook does not define `triple`"
    assert "can't be read" in bad["dies:s.g"].message and bad["dies:s.g"].counterexample is not None


def test_the_smallest_counterexample_with_its_own_trace(bad: dict[str, Outcome]) -> None:
    example = bad["smallest:s.b"].counterexample
    assert example is not None
    assert example.call == "double(0)\ndouble(37)" and (example.got, example.expected) == ("0", "74")


def test_the_trace_of_a_plain_check(bad: dict[str, Outcome]) -> None:
    example = bad["two_items:s.c.two"].counterexample
    assert example is not None and example.call == "double(40)"


def test_answers_that_change(good: dict[str, Outcome]) -> None:
    outcome = good["flaky:s.i"]
    assert outcome.status == "failed" and outcome.message.startswith("the answer changes from one call to the next")


def test_the_graders_own_fault_is_explained(good: dict[str, Outcome]) -> None:
    assert "TypeError" in good["type_error:s.e"].message and "test_sample.py" in good["type_error:s.e"].message
    assert "KeyError" in good["key_error_in_an_example:s.j"].message
    assert good["type_error:s.e"].counterexample is None


def test_a_broken_check_makes_its_item_null_and_the_exit_code_3(good: dict[str, Outcome]) -> None:
    full = load_rubric(Path(__file__).parents[2] / "autograder/assignments/labrnn/rubric.toml")
    items = tuple(Item(name, name, 10, "automatic") for name in ("s.a", "s.e"))
    rubric = Rubric(full.assignment, full.rules, items)
    result = score(rubric, [o for o in good.values() if o.item in ("s.a", "s.e")])
    assert [(entry.status, entry.score) for entry in result.items] == [("graded", 10.0), ("error", None)]
    assert result.total is None


# ---- parametrisation and choice --------------------------------------------------------------------------------------
def test_one_check_for_several_items() -> None:
    outcomes, context = run(GOOD, ["s.c.two"])
    assert list(outcomes) == ["two_items:s.c.two", "two_items_drawn:s.c.two"]
    assert context["seen"] == ["s.c.two"]
    both, context = run(GOOD, ["s.c.one", "s.c.two"])
    assert sorted(context["seen"]) == ["s.c.one", "s.c.two"] and len(both) == 4


def test_public_only() -> None:
    outcomes, _ = run(GOOD, ["s.a"], public_only=True)
    assert list(outcomes) == ["doubles:s.a"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PYTEST_ADDOPTS", "--junitxml=x.xml -p no:cacheprovider"),
        ("PYTEST_ADDOPTS", "-k nothing"),
        ("PYTEST_PLUGINS", "absent"),
    ],
)
def test_what_people_set_for_their_own_tests(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    assert {o.status for o in run(GOOD, ["s.a"])[0].values()} == {"passed"}


def test_one_judge_serves_many_students() -> None:
    """What one student does leaves no trace in the next one's verdicts."""
    found: list[list[str]] = []

    def body(judge: Judge) -> None:
        for source in (GOOD, BAD, GOOD, "", BAD):
            found.append(
                [o.status for o in judge.run(Bench(student_of(source), {}, b"one"), ["s.a", "s.b", "s.c.one"])]
            )
        assert judge.bench is None

    with_checks(SUITE, body)
    assert found[0] == found[2] == ["passed"] * 5
    assert found[1] == found[4] == ["passed", "passed", "failed", "passed", "passed"]
    assert found[3] == ["failed"] * 5


# ---- seeds -----------------------------------------------------------------------------------------------------------
def drawn(secret: bytes) -> dict[str, Any]:
    return run(GOOD, ["s.d"], secret)[1]


def test_the_secret_decides_the_inputs() -> None:
    one, again, other = drawn(b"one"), drawn(b"one"), drawn(b"other")
    assert one == again
    assert one["drawn"] != other["drawn"] and one["examples"] != other["examples"]
    assert len(one["examples"]) == 8


def test_examples_are_drawn_once_and_handed_out_as_copies() -> None:
    """All students of one secret meet the same examples, and what a check does to them harms nobody."""
    drawn = Examples()

    @hypothesis.settings(max_examples=6)
    @hypothesis.given(st.lists(st.integers(0, 9), min_size=1, max_size=3))
    def check(student: Any, numbers: list[int]) -> None:
        raise AssertionError("never called")

    first = drawn.of("check", check, 5, ["student"])
    assert len(first) == 6 and all(example.keys() == {"numbers"} for example in first)
    kept = [list(example["numbers"]) for example in first]
    first[0]["numbers"].clear()
    assert [example["numbers"] for example in drawn.of("check", check, 5, ["student"])] == kept
    assert [example["numbers"] for example in Examples().of("check", check, 5, ["student"])] == kept
    assert [example["numbers"] for example in drawn.of("check", check, 6, ["student"])] != kept


def test_seeds_differ_by_check_and_secret() -> None:
    seeds = {seed_of(secret, name) for secret in (b"one", b"two", b"") for name in ("test_a", "test_b", "test_a[x]")}
    assert len(seeds) == 9 and all(0 <= seed < 2**64 for seed in seeds)
    assert seed_of(b"one", "test_a") == seed_of(b"one", "test_a")


# ---- what is refused -------------------------------------------------------------------------------------------------
def test_a_check_needs_a_sentence() -> None:
    def test_mute() -> None: ...

    def test_blank() -> None:
        """ """

    for function in (test_mute, test_blank):
        with pytest.raises(TypeError, match=function.__name__):
            item("s.a")(function)


def suite(folder: Path, text: str) -> Path:
    (folder / f"test_{folder.name}.py").write_text(text)
    return folder


def never(judge: Judge) -> None:
    raise SystemError("nobody may be graded by these checks")


HEAD = "from autograder.judge.marks import item\n"
GOOD_CHECK = "@item('x')\ndef test_fine():\n    '''Fine.'''\n"
REFUSED: dict[str, tuple[str, str]] = {
    "a syntax error": (HEAD + "def test_a(:\n", "SyntaxError"),
    "an import that fails": ("import no_such_module_anywhere\n" + HEAD + GOOD_CHECK, "no_such_module_anywhere"),
    "no docstring": (HEAD + "@item('x')\ndef test_mute(): pass\n", "needs a docstring"),
    "no item": (HEAD + GOOD_CHECK + "def test_loose(): pass\n", "pytest ended"),
    "no checks": (HEAD, "pytest ended"),
}


@pytest.mark.parametrize(("text", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_suites_that_are_refused(text: str, message: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(GraderError, match=message):
        with_checks(suite(tmp_path, text), never)


def test_nobody_is_graded_by_a_part_of_the_checks(tmp_path: Path) -> None:
    """One file of checks is broken, another is fine: the fine one alone must not make a verdict."""
    (tmp_path / "test_fine_one.py").write_text(HEAD + GOOD_CHECK)
    (tmp_path / "test_broken_one.py").write_text("import no_such_module_anywhere\n")
    ran: list[Judge] = []
    with pytest.raises(GraderError, match="could not be collected"):
        with_checks(tmp_path, ran.append)
    assert not ran


def test_the_working_folder_has_no_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --no-such-option\n")
    (tmp_path / "conftest.py").write_text("raise SystemError\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTEST_ADDOPTS", "")
    assert statuses(run(GOOD, ["s.a"])[0]) == {"doubles:s.a": "passed", "hidden:s.a": "passed"}
