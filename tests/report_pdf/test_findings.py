"""The one call: from a hand-in to findings, and from findings to a file of marks."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.evidence import ReportFindings
from autograder.folder import BUILT_IN
from autograder.marks import PROPOSER, load_marks, proposed_marks
from autograder.records import Submission
from autograder.report_pdf.findings import PRINTED, findings, read_report, unread
from autograder.report_pdf.key import AnswerKey, load_key
from autograder.rubric import load_rubric
from fixtures.labrnn.reading import read_submission

from . import pdfs
from .texts import REASONS, SAID

ROOT = Path(__file__).parents[2]
NOTEBOOK = ROOT / "reference" / "labrnn" / "LabRNN.ipynb"
RUBRIC = load_rubric(BUILT_IN / "labrnn" / "rubric.toml")
KEY = load_key(BUILT_IN / "labrnn" / "answers.toml", RUBRIC)


def hand_in(folder: Path, report: bytes | None, **more: bytes) -> Submission:
    folder.mkdir()
    (folder / "LabRNN.ipynb").write_bytes(NOTEBOOK.read_bytes())
    for name, data in {**({"report.pdf": report} if report is not None else {}), **more}.items():
        (folder / name).write_bytes(data)
    return read_submission(folder)


def look(submission: Submission, key: AnswerKey) -> ReportFindings:
    return findings(submission, key, read_report(submission))


def test_a_report_whose_text_is_too_much_waits_for_a_person(tmp_path: Path) -> None:
    found = unread(hand_in(tmp_path / "jane", b"%PDF"))
    assert found.name == "report.pdf" and "a person must read it" in found.problem and not found.answers


def test_an_honest_hand_in(tmp_path: Path) -> None:
    found = look(hand_in(tmp_path / "jane", pdfs.report()), KEY)
    assert (found.name, found.problem, found.printed, found.broken_rules, found.remarks) == (
        "report.pdf",
        "",
        (),
        (),
        (),
    )
    assert found.pages >= 2 and found.words > 900 and found.figures == 2
    assert [answer.proposed for answer in found.answers] == [3.0] * 6 + [None] + [3.0] * 3


def test_from_the_report_to_points(tmp_path: Path) -> None:
    said = [True, True, *SAID[2:]]
    reasons = (*REASONS[:8], "", REASONS[9])
    text = "1 True/False\n" + pdfs.answers(said, reasons)
    found = look(hand_in(tmp_path / "jane", pdfs.from_text(text, pdfs.prose())), KEY)
    path = tmp_path / "marks.toml"
    proposed = proposed_marks("jane", found, RUBRIC)
    path.write_text(proposed, encoding="utf-8")
    assert load_marks(path, RUBRIC).marks_for("jane").marks == {}
    path.write_text(
        proposed.replace("confirmed = false", "confirmed = true").replace(PROPOSER, "Ann"), encoding="utf-8"
    )
    marks = load_marks(path, RUBRIC).marks_for("jane").marks
    assert {item: mark.points for item, mark in marks.items()} == {
        "tf.1": 3, "tf.2": 0, "tf.3": 3, "tf.4": 3, "tf.5": 3, "tf.6": 3, "tf.8": 3, "tf.9": 1, "tf.10": 3,
    }  # fmt: skip
    assert any("No figure" in remark for remark in found.remarks)


def test_a_printed_notebook_is_proposed_as_a_broken_rule(tmp_path: Path) -> None:
    sources = [cell.source for cell in read_submission(NOTEBOOK).cells]
    found = look(hand_in(tmp_path / "jane", pdfs.notebook(sources)), KEY)
    assert found.printed and found.broken_rules == (PRINTED,)


def test_no_report_in_a_folder_and_a_notebook_alone(tmp_path: Path) -> None:
    missing = look(hand_in(tmp_path / "jane", None), KEY)
    assert missing.name == "" and missing.broken_rules == ("The hand-in holds no PDF report.",)
    alone = look(read_submission(tmp_path / "jane" / "LabRNN.ipynb"), KEY)
    assert alone.broken_rules == () and alone.problem == "" and alone.name == ""


def test_the_reference_answers_in_its_text_cells_and_the_template_does_not() -> None:
    found = look(read_submission(NOTEBOOK), KEY)
    assert [answer.proposed for answer in found.answers] == [3.0] * 6 + [None] + [3.0] * 3
    assert found.answers[9].quote.endswith("does average.")
    template = look(read_submission(ROOT / "student_template" / "labrnn" / "LabRNN.ipynb"), KEY)
    assert {(answer.said, answer.proposed) for answer in template.answers} == {("", None)}


@pytest.mark.parametrize("report", [b"%PDF-1.4 junk", b"%PDF" + bytes(5000)])
def test_a_bad_pdf_is_a_finding(tmp_path: Path, report: bytes) -> None:
    found = look(hand_in(tmp_path / "jane", report), KEY)
    assert found.problem == "The report is damaged or no PDF." and found.broken_rules == ()
    assert len(found.answers) == 10


def test_an_assignment_without_a_key(tmp_path: Path) -> None:
    assert look(hand_in(tmp_path / "jane", pdfs.report()), AnswerKey()).answers == ()
