"""The file of marks: read strictly, by submission; and the proposals that a person starts from."""

from __future__ import annotations

import itertools
import tomllib
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.errors import ConfigError
from autograder.evidence import Answer, ReportFindings
from autograder.lateness import Extension, Late
from autograder.marks import PROPOSER, Mark, Marks, load_marks, proposed_marks
from autograder.rubric import Rubric, load_rubric
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


DUE = msgspec.structs.replace(RUBRIC, late=Late(due="2026-05-01T23:59", time_zone="Europe/Berlin"))


def load(folder: Path, *texts: str, rubric: Rubric = RUBRIC) -> Marks:
    """Of several texts the first is marks.toml, then come marks1.toml and so on."""
    paths = [folder / f"marks{number or ''}.toml" for number in range(len(texts))]
    for path, text in zip(paths, texts, strict=True):
        path.write_text(text, encoding="utf-8")
    return load_marks(paths, rubric)


def toml(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else f'"{value}"' if isinstance(value, str) else str(value)


def mark(**changes: object) -> str:
    values = {"student": "jane", "item": "tf.1", "points": 2.5, "comment": "Fine.", "by": "Ann", **changes}
    lines = [f"{k} = {toml(v)}" for k, v in values.items() if v is not None]
    return "\n".join(["[[marks]]", *lines, ""])


def extension(**changes: object) -> str:
    return mark(**{"item": None, "points": None, "comment": None, **changes}).replace("[[marks]]", "[[extensions]]")


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
        (mark(confirmed="yes"), "confirmed"),
        (mark(by=PROPOSER, confirmed=True), "`by` does not say which person confirmed it"),
        (mark() + mark(points=1), "[[marks]] 2 (jane, tf.1): marked twice, already in"),
        (mark() + mark(), "marks.toml: [[marks]] 1 (jane, tf.1)"),
        (mark() + mark(confirmed=True), "marked twice"),
        (mark(confirmed=False, points=4), "between 0 and 3"),
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
        (extension(days=3) + extension(days=1), "[[extensions]] 2 (jane): extended twice, already in"),
        (extension(), "say either `days` or `due`"),
        (extension(days=3, due="2026-05-04T23:59"), "say either `days` or `due`"),
        (extension(days=0), "`days` must lie between 1 and"),
        (extension(days=-2), "`days`"),
        (extension(days=1.5), "days"),
        (extension(due="2026-05-01T23:59"), "no later than everybody's, 2026-05-01 23:59 CEST"),
        (extension(due="tomorrow"), "`due`: day and time are expected"),
        (extension(due="2027-03-28T02:30"), "never came in Europe/Berlin"),
        (extension(days=3, by=""), "must not be empty"),
        (extension(days=3, student=""), "must not be empty"),
        (extension(days=3, by=None), "by"),
        (extension(days=3, item="tf.1"), "item"),
        ('[[times]]\nstudent = "tom"\nby = "Ann"\n', "handed_in"),
        ('[[times]]\nstudent = "tom"\nhanded_in = "noon"\nby = "Ann"\n', "`handed_in`: day and time"),
        ('[[times]]\nstudent = "tom"\nhanded_in = ""\nby = "Ann"\n', "must not be empty"),
        ('[[times]]\nstudent = "tom"\nhanded_in = "2026-05-02T10:00"\nby = "Ann"\n' * 2, "said twice"),
        ("[[marks]\n", ""),
    ],
)
def test_wrong_files_name_file_and_entry(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, text, rubric=DUE)
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


def confirmed(text: str) -> str:
    """What a person makes of a proposal that they find right."""
    return text.replace("confirmed = false", "confirmed = true").replace(PROPOSER, "Ann")


def test_a_proposal_counts_nowhere_as_it_is(tmp_path: Path) -> None:
    text = proposed_marks("jane", FINDINGS, RUBRIC)
    found = load(tmp_path, text)
    assert found.marks_for("jane").marks == {} and found.marks_for("jane").broken_rule == ""
    assert found.proposed == {"jane": ("tf.1", "tf.2")} and found.without_submission([]) == []
    plain, with_it = (score(RUBRIC, [], marks=marks) for marks in ({}, found.marks_for("jane").marks))
    assert with_it == plain and with_it.total == 0
    older = text.replace("\nconfirmed = false", "")  # as they were written before they could be confirmed
    assert load(tmp_path, older).marks_for("jane").marks == {}


def test_a_confirmed_proposal_counts(tmp_path: Path) -> None:
    found = load(tmp_path, confirmed(proposed_marks("jane", FINDINGS, RUBRIC)))
    marks = found.marks_for("jane").marks
    assert {item: (one.points, one.by) for item, one in marks.items()} == {"tf.1": (3.0, "Ann"), "tf.2": (0.0, "Ann")}
    assert found.proposed == {} and found.marks_for("tom").marks == {}
    assert score(RUBRIC, [], marks=marks).total == 3


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
@pytest.mark.parametrize("joined", [True, False])
def test_files_may_be_joined_in_any_order(tmp_path: Path, order: tuple[int, ...], joined: bool) -> None:
    proposed = proposed_marks("jane", FINDINGS, RUBRIC)
    texts = [proposed, proposed, mark(points=1.5), mark(student=None, item="tf.2", points=1)]
    texts = [texts[number] for number in order]
    marks = load(tmp_path, *(["\n".join(texts)] if joined else texts)).marks_for("jane").marks
    assert {item: one.points for item, one in marks.items()} == {"tf.1": 1.5, "tf.2": 1.0}


def test_two_marks_of_two_files_name_both(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, "", mark(), mark(points=1))
    assert str(caught.value) == (
        f"{tmp_path}/marks2.toml: [[marks]] 1 (jane, tf.1): marked twice, already in "
        f"{tmp_path}/marks1.toml: [[marks]] 1 (jane, tf.1)"
    )


def test_a_proposal_tells_students_nothing_of_the_key(tmp_path: Path) -> None:
    text = proposed_marks("jane", FINDINGS, RUBRIC)
    assert "# Found: True. “All three are linear maps.” The key says true.\n[[marks]]" in text  # staff read it there
    jane = load(tmp_path, confirmed(text)).marks_for("jane")
    notes = {entry.note for entry in score(RUBRIC, [], marks=jane.marks).items if entry.score is not None}
    assert notes == {"(Marked by Ann.)"}


def test_extensions_and_times_are_read_in_the_rubrics_zone(tmp_path: Path) -> None:
    times = '[[times]]\nstudent = "tom"\nhanded_in = 2026-05-02T10:00:00\nby = "Ann"\n'
    more = extension(days=3, reason="Ill.") + extension(student="eve", due="2026-05-04T10:00") + times
    found = load(tmp_path, more, rubric=DUE)
    assert found.marks_for("jane").extension == Extension(days=3, by="Ann", reason="Ill.")
    eve, tom = found.marks_for("eve").extension, found.marks_for("tom")
    assert eve is not None and eve.due is not None and eve.due.astimezone(UTC) == datetime(2026, 5, 4, 8, tzinfo=UTC)
    assert tom.extension is None and tom.handed_in is not None
    assert tom.handed_in.astimezone(UTC) == datetime(2026, 5, 2, 8, tzinfo=UTC)
    assert found.without_submission(["jane"]) == ["eve", "tom"]


def test_without_a_deadline_nothing_can_be_extended(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"\[\[extensions\]\] 1 \(jane\): the rubric's \[late\] has no `due`"):
        load(tmp_path, extension(days=3))


def test_what_a_person_must_decide_stands_there_as_comments(tmp_path: Path) -> None:
    text = proposed_marks("jane", FINDINGS, RUBRIC)
    assert "# Found: Two readings compete." in text and "#   - Its pages carry prompts." in text
    for item in RUBRIC.items:
        assert (f'item = "{item.id}"' in text) == (item.marking != "automatic"), item.id
    chosen = text.replace("# [[penalties]]", "[[penalties]]")
    before, after = chosen.split("[[penalties]]")
    lines = after.strip().splitlines()
    penalty = [line.removeprefix("# ") for line in lines[:3]]
    penalty[2] = 'by = "Ann"'
    jane = load(tmp_path, before + "[[penalties]]\n" + "\n".join(penalty) + "\n").marks_for("jane")
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
