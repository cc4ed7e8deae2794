"""The file of marks: read strictly, by submission; and the proposals that a person starts from."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.errors import ConfigError
from autograder.evidence import Answer, ReportFindings
from autograder.marks import PROPOSER, Mark, Marks, load_marks, proposed_marks
from autograder.rubric import load_rubric
from autograder.scoring import score

RUBRIC = load_rubric(Path(__file__).parents[1] / "autograder" / "assignments" / "labrnn" / "rubric.toml")
TWO = """
[[marks]]
student = "jane"
item = "lab1.f.answer"
points = 2.5
comment = "Right, reason thin."
by = "Ann"
[[marks]]
item = "lab1.f.answer"
points = 1
by = "Bo"
[[marks]]
item = "tf.1"
points = 3
by = "Bo"
[[penalties]]
student = "jane"
rule = "The report is the notebook printed to PDF."
by = "Ann"
"""


def load(folder: Path, text: str) -> Marks:
    (folder / "marks.toml").write_text(text, encoding="utf-8")
    return load_marks(folder / "marks.toml", RUBRIC)


def mark(**changes: object) -> str:
    values = {"student": "jane", "item": "tf.1", "points": 2.5, "comment": "Fine.", "by": "Ann", **changes}
    lines = [f'{k} = "{v}"' if isinstance(v, str) else f"{k} = {v}" for k, v in values.items() if v is not None]
    return "\n".join(["[[marks]]", *lines, ""])


def test_a_students_own_mark_goes_before_everybodys(tmp_path: Path) -> None:
    found = load(tmp_path, TWO)
    everybody = {"lab1.f.answer": Mark(1.0, "", "Bo"), "tf.1": Mark(3.0, "", "Bo")}
    assert found.marks_for("tom").marks == everybody and found.marks_for("tom").broken_rule == ""
    jane = found.marks_for("jane")
    assert jane.marks == {**everybody, "lab1.f.answer": Mark(2.5, "Right, reason thin.", "Ann")}
    assert jane.broken_rule == "The report is the notebook printed to PDF. (Confirmed by Ann.)"


def test_the_penalty_of_one_is_not_the_others(tmp_path: Path) -> None:
    found = load(tmp_path, TWO)
    jane, tom = (found.marks_for(name) for name in ("jane", "tom"))
    assert score(RUBRIC, [], marks=jane.marks, broken_rule=jane.broken_rule).total == 4.4  # 0.8 * 5.5
    assert score(RUBRIC, [], marks=tom.marks, broken_rule=tom.broken_rule).total == 4.0


def test_several_rules_are_one_penalty(tmp_path: Path) -> None:
    more = '[[penalties]]\nstudent = "jane"\nrule = "No PDF."\nby = "Bo"\n'
    jane = load(tmp_path, TWO + more).marks_for("jane")
    assert "Ann" in jane.broken_rule and jane.broken_rule.endswith("No PDF. (Confirmed by Bo.)")
    assert score(RUBRIC, [], marks=jane.marks, broken_rule=jane.broken_rule).total == 4.4


def test_names_without_a_submission(tmp_path: Path) -> None:
    text = TWO + mark(student="tom") + '[[penalties]]\nstudent = "eve"\nrule = "No PDF."\nby = "Bo"\n'
    assert load(tmp_path, text).without_submission(["jane", "someone"]) == ["eve", "tom"]


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "marks = []\n"])
def test_no_marks(tmp_path: Path, text: str) -> None:
    assert replace(load(tmp_path, text), source="") == Marks()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (mark(points=4), "between 0 and 3"),
        (mark(points=-1), "between 0 and 3"),
        (mark(points=1.3), "step 0.25"),
        (mark(points="3"), "points"),
        (mark(points=None), "points"),
        (mark().replace("2.5", "nan"), "points"),
        (mark().replace("2.5", "inf"), "points"),
        (mark().replace("points", "pionts"), "pionts"),
        (mark(item="tf.11"), "tf.11"),
        (mark(item=None), "item"),
        (mark(by=None), "by"),
        (mark(by=" "), "`by`"),
        (mark(student=""), "everybody"),
        (mark(student=5), "student"),
        (mark() + mark(points=1), "[[marks]] 2 (jane, tf.1): marked twice"),
        (mark(student=None) * 2, "marked twice"),
        ('["tf.1"]\npoints = 3\n', "`tf.1`: only [[marks]]"),
        ("[tf.1]\npoints = 3\n", "`tf`: only [[marks]]"),
        ('[marks]\n"tf.1" = 3\n', "`marks`"),
        ("marks = [3]\n", "[[marks]] 1"),
        ('[[penalties]]\nstudent = "jane"\nrule = "x"\n', "by"),
        ('[[penalties]]\nrule = "x"\nby = "Ann"\n', "student"),
        ('[[penalties]]\nstudent = ""\nrule = "x"\nby = "Ann"\n', "must not be empty"),
        ('[[penalties]]\nstudent = "jane"\nrule = "x"\nby = "Ann"\npoints = 20\n', "points"),
        ('[[penalties]]\nstudent = "jane"\nrule = "x"\nby = "Ann"\n' * 2, "said twice"),
        ("[[marks]\n", ""),
    ],
)
def test_wrong_files_name_file_and_entry(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, text)
    assert str(tmp_path / "marks.toml") in str(caught.value) and says in str(caught.value)


# ---- proposals -------------------------------------------------------------------------------------------------------
FINDINGS = ReportFindings(
    name="report.pdf",
    answers=(
        Answer("tf.1", "true", "All three are linear maps.", 3.0, "The key says true."),
        Answer("tf.2", "true", "", 0.0, "The key says false."),
        Answer("tf.3", "", "", None, "Two readings compete."),
        Answer("tf.4", "false", "", 1.1, "Points that do not fit the step."),
    ),
    printed=("Its pages carry prompts.",),
    broken_rules=("The report is the notebook printed to PDF.",),
    remarks=("No figure was found.",),
)


def test_a_proposal_loads_as_it_is_and_penalises_nobody(tmp_path: Path) -> None:
    text = proposed_marks("jane", FINDINGS, RUBRIC)
    found = load(tmp_path, text)
    jane = found.marks_for("jane")
    assert {item: (one.points, one.by) for item, one in jane.marks.items()} == {
        "tf.1": (3.0, PROPOSER),
        "tf.2": (0.0, PROPOSER),
    }
    assert jane.broken_rule == "" and found.marks_for("tom").marks == {}


def test_a_proposal_used_as_it_is_tells_students_nothing_of_the_key(tmp_path: Path) -> None:
    text = proposed_marks("jane", FINDINGS, RUBRIC)
    assert "# Found: True. “All three are linear maps.” The key says true.\n[[marks]]" in text  # staff read it there
    jane = load(tmp_path, text).marks_for("jane")
    assert {mark.comment for mark in jane.marks.values()} == {""}
    notes = {entry.note for entry in score(RUBRIC, [], marks=jane.marks).items if entry.score is not None}
    assert notes == {"(Points as the grader proposed them.)"}


def test_what_a_person_must_decide_stands_there_as_comments(tmp_path: Path) -> None:
    text = proposed_marks("jane", FINDINGS, RUBRIC)
    assert "# Found: Two readings compete." in text and "#   - Its pages carry prompts." in text
    for item in RUBRIC.items:
        assert (f'item = "{item.id}"' in text) == (item.marking != "automatic"), item.id
    chosen = text.replace("# [[penalties]]", "[[penalties]]")
    before, after = chosen.split("[[penalties]]")
    lines = after.strip().splitlines()
    confirmed = [line.removeprefix("# ") for line in lines[:3]]
    confirmed[2] = 'by = "Ann"'
    jane = load(tmp_path, before + "[[penalties]]\n" + "\n".join(confirmed) + "\n").marks_for("jane")
    assert jane.broken_rule == "The report is the notebook printed to PDF. (Confirmed by Ann.)"


@given(st.text(), st.text(), st.text())
def test_no_text_of_a_student_breaks_the_file(name: str, quote: str, why: str) -> None:
    hostile = (Answer("tf.1", "true", quote, 3.0, why), Answer("tf.2", "", quote, None, why))
    findings = ReportFindings(name, answers=hostile, printed=(why,), broken_rules=(quote,), remarks=(why,), problem=why)
    table = tomllib.loads(proposed_marks("x" + name, findings, RUBRIC))
    assert set(table) == {"marks"} and [entry["item"] for entry in table["marks"]] == ["tf.1"]


def test_a_newline_adds_no_entry() -> None:
    attack = 'x"\n\n[[marks]]\nitem = "tf.2"\npoints = 3\nby = "Ann"\r\x85\u2028# '
    findings = ReportFindings(attack, answers=(Answer("tf.3", "", attack, None, attack),), broken_rules=(attack,))
    assert tomllib.loads(proposed_marks(attack, findings, RUBRIC)) == {}
