"""True/False answers in the styles of real reports; what can't be told is left to a person."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.errors import ConfigError
from autograder.evidence import Answer
from autograder.folder import BUILT_IN
from autograder.report_pdf.answers import find_answers
from autograder.report_pdf.flow import flow
from autograder.report_pdf.key import AnswerKey, load_key
from autograder.report_pdf.read import read_pdf
from autograder.rubric import load_rubric

from . import pdfs
from .texts import EXPECTED, REASONS, SAID, STATEMENTS

RUBRIC = load_rubric(BUILT_IN / "labrnn" / "rubric.toml")
KEY_FILE = BUILT_IN / "labrnn" / "answers.toml"
KEY = load_key(KEY_FILE, RUBRIC)
HEAD = "Homework 3\nJane Doe, 2023\n1 True/False Questions (30 pts)\n"
LABS = """
2 Lab 1 (45 pts)
(a) We read the file. In [3] it is true to say that 7:1:2 holds, bidirectional=True was kept.
1. First we trained for
5 epochs with
3 layers.
2. Then the loss fell: no false hopes.
3.1 Results. The accuracy is 0.87.
"""
CONTESTED = 6  # tf.7

Style = Callable[[int, bool, str, str], str]
STYLES: dict[str, Style] = {
    "problem": lambda n, v, r, s: f"Problem 1.{n} {v}. {r.capitalize()}",
    "problem, statement, answer": lambda n, v, r, s: f"Problem 1.{n} [3pts] (True/False) {s}\nAnswer: {v}. {r}",
    "letter and dash": lambda n, v, r, s: f"{n}. {str(v)[0]} – {r}",
    "brackets": lambda n, v, r, s: f"({n}) {v}: {r}",
    "Q, capitals": lambda n, v, r, s: f"Q{n}: {str(v).upper()}\n{r}",
    "one bracket, comma": lambda n, v, r, s: f"{n}) {v}, {r}",
    "after the statement": lambda n, v, r, s: f"{n}. {s} {v}. {r.capitalize()}",
    "in brackets after the statement": lambda n, v, r, s: f"{n}. {s} ({v})\nReason: {r}",
    "table": lambda n, v, r, s: f"{n} {v} {r.capitalize()}",
    "table with statements": lambda n, v, r, s: f"{n} {s[:-1]} {v} {r.capitalize()}",
    "table by cells": lambda n, v, r, s: f"{n}\n{v}\n{r.capitalize()}",
    "section and line": lambda n, v, r, s: f"1.{n} {s}\n{v}. {r}",
    "sentence": lambda n, v, r, s: f"Question {n}: True or False: {s}\nThe statement is {str(v).lower()}: {r}",
    "T/F as label": lambda n, v, r, s: f"T/F {n}. {v}. {r}",
    "square brackets": lambda n, v, r, s: f"Problem 1.{n} {s}\n[{v}] {r}",
    "other words": lambda n, v, r, s: f"{n}. {'Correct' if v else 'Incorrect'}. {r}",
    "a question": lambda n, v, r, s: f"1.{n} Is it true or false that {s}?\n{v}; {r}",
}


def found(*pages: str, markdown: Sequence[str] = ()) -> tuple[Answer, ...]:
    return find_answers(pages, markdown, KEY)


def written(style: Style, said: Sequence[bool] = SAID, reasons: Sequence[str] = REASONS) -> str:
    rows = zip(STATEMENTS, said, reasons, strict=True)
    return HEAD + "\n".join(style(n, v, r, s) for n, (s, v, r) in enumerate(rows, 1)) + LABS


# ---- styles ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("style", STYLES)
def test_right_answers_with_reasons(style: str) -> None:
    answers = found(written(STYLES[style]))
    assert [answer.said for answer in answers] == list(EXPECTED)
    assert [a.proposed for n, a in enumerate(answers) if n != CONTESTED] == [3.0] * 9
    assert all(reason[5:20] in answer.quote for reason, answer in zip(REASONS, answers, strict=True))


@pytest.mark.parametrize("style", STYLES)
def test_wrong_answers(style: str) -> None:
    answers = found(written(STYLES[style], said=[not said for said in SAID]))
    assert [a.proposed for n, a in enumerate(answers) if n != CONTESTED] == [0.0] * 9
    assert (
        "the key says False of the statement “Attention is the cosine similarity of key and query”." in answers[1].why
    )


@pytest.mark.parametrize("style", STYLES)
def test_missing_reasons_are_never_full(style: str) -> None:
    answers = found(written(STYLES[style], reasons=[""] * 10))
    assert [answer.said for answer in answers] == list(EXPECTED)
    assert {answer.proposed for n, answer in enumerate(answers) if n != CONTESTED} == {1.0}
    assert all("no reason" in answer.why for n, answer in enumerate(answers) if n != CONTESTED)


@pytest.mark.parametrize("said", [True, False])
def test_the_contested_one_is_always_a_persons(said: bool) -> None:
    answers = found(written(STYLES["problem"], said=[said] * 10))
    assert answers[CONTESTED].said == str(said).lower() and answers[CONTESTED].proposed is None
    assert "a person decides" in answers[CONTESTED].why and "fine-tuning" in answers[CONTESTED].why


@given(st.permutations(range(10)))
def test_any_order(order: list[int]) -> None:
    text = "\n".join(f"Problem 1.{n + 1} {SAID[n]}. {REASONS[n]}" for n in order)
    answers = found(HEAD + text + LABS)
    assert [answer.said for answer in answers] == list(EXPECTED)
    assert answers[0].quote.startswith("all three")


# ---- layout ----------------------------------------------------------------------------------------------------------
def test_from_a_pdf() -> None:
    answers = found(*read_pdf(pdfs.report(foot="Jane Doe {n}/{nb}")).pages)
    assert [answer.said for answer in answers] == list(EXPECTED)
    assert answers[9].quote == REASONS[9].capitalize() and answers[9].why.startswith("Page 1: right. It names: sigmoid")


def test_a_table_in_a_pdf() -> None:
    pdf = pdfs.paper()
    pdf.set_font("Helvetica", size=10)
    with pdf.table(col_widths=(10, 60, 15, 60)) as table:
        for row in (("No", "Statement", "Answer", "Reason"), *zip("123456789", STATEMENTS, map(str, SAID), REASONS)):  # noqa: B905
            table.row(row)
    answers = found(*read_pdf(bytes(pdf.output())).pages)
    for n in range(9):  # cells of several lines are mixed in the text: no answer is better than a wrong one
        assert answers[n].said in (EXPECTED[n], ""), answers[n]


def test_two_columns_in_a_pdf() -> None:
    pdf = pdfs.paper()
    pdf.set_font("Helvetica", size=8)
    for n in range(5):
        for column in (0, 1):
            k = n + 5 * column
            pdf.text(10 + 95 * column, 30 + 8 * n, f"{k + 1}. {SAID[k]}. {REASONS[k].capitalize()[:60]}")
    answers = found(*read_pdf(bytes(pdf.output())).pages)
    assert [answer.said for answer in answers] == list(EXPECTED)
    assert "Two columns" in answers[0].why


def test_words_broken_at_line_ends() -> None:
    text = written(STYLES["problem"]).replace("False", "Fal-\nse").replace("linear", "lin-\near")
    answers = found(text)
    assert [answer.said for answer in answers] == list(EXPECTED) and "linear projections" in answers[0].quote


def test_headers_footers_and_page_numbers_are_no_text() -> None:
    rows = [STYLES["problem"](n + 1, SAID[n], "", STATEMENTS[n]) for n in range(10)]
    pages = [f"Jane Doe: Homework 3\n{row}\nmore\nDuke University, page {n}\n{n}" for n, row in enumerate(rows, 1)]
    text = flow(pages)
    assert "Jane" not in text and "Duke" not in text and text.count("Problem 1.") == 10
    assert not any("Duke" in answer.quote for answer in found(*pages))


def test_a_statement_cut_by_a_page_end() -> None:
    half = len(STATEMENTS[3]) // 2
    first = written(STYLES["problem, statement, answer"]).partition("Problem 1.4")[0]
    first += f"Problem 1.4 [3pts] (True/False) {STATEMENTS[3][:half]}"
    answers = found(first, f"{STATEMENTS[3][half:]}\nAnswer: False. {REASONS[3]}\n{LABS}")
    assert answers[3].said == "false" and answers[3].proposed == 3.0 and answers[3].why.startswith("Page 1")


@pytest.mark.parametrize("rest", ["False", "False. It", "False, since the forget"])
def test_a_lost_tail_is_no_missing_reason(rest: str) -> None:
    before = written(STYLES["problem"]).partition("Problem 1.10")[0]
    for pages in ((f"{before}Problem 1.10 {rest}", f"2 Lab 1\n{LABS}"), (f"{before}Problem 1.10 {rest}",)):
        answer = found(*pages)[9]
        assert answer.said == "false" and answer.proposed is None and "cut off?" in answer.why


def test_a_reason_that_goes_on_over_the_page() -> None:
    before = written(STYLES["problem"]).partition("Problem 1.10")[0]
    answer = found(f"{before}Problem 1.10 False. The gates", "are separate sigmoids.\n2 Lab 1\n")[9]
    assert answer.proposed == 3.0 and answer.quote == "The gates are separate sigmoids."


NOT_BARE = [style for style in STYLES if not style.startswith("table")]  # a page number may join a bare number's row


@given(st.data())
def test_wherever_lines_and_pages_end_nothing_wrong_is_proposed(data: st.DataObject) -> None:
    style = STYLES[data.draw(st.sampled_from(NOT_BARE))]
    said = data.draw(st.lists(st.booleans(), min_size=10, max_size=10))
    missing = data.draw(st.sets(st.integers(0, 9), max_size=3))
    text = written(style, said, ["" if n in missing else reason for n, reason in enumerate(REASONS)])
    width = data.draw(st.integers(30, 100))
    lines = [piece for line in text.split("\n") for piece in textwrap.wrap(line, width)]
    ends = [0, *sorted(data.draw(st.sets(st.integers(1, len(lines) - 1), max_size=3))), len(lines)]
    numbered = data.draw(st.booleans())
    pages = [[*lines[a:b], *([str(n)] if numbered else [])] for n, (a, b) in enumerate(pairwise(ends), 1)]
    for n, answer in enumerate(found(*("\n".join(page) for page in pages))):
        assert answer.said in (str(said[n]).lower(), "")
        right = EXPECTED[n] == str(said[n]).lower()
        assert answer.proposed in (None, (1.0 if n in missing else 3.0) if right else 0.0)


# ---- doubt -----------------------------------------------------------------------------------------------------------
def test_statements_listed_before_the_answers() -> None:
    listed = "\n".join(f"{n}. (True/False) {s}" for n, s in enumerate(STATEMENTS, 1))
    answers = found(f"{HEAD}{listed}\nMy answers\n" + written(STYLES["letter and dash"]))
    assert [answer.said for answer in answers] == list(EXPECTED) and answers[0].proposed == 3.0


def test_a_summary_and_details_agree_or_compete() -> None:
    summary = "\n".join(f"{n}. {said}" for n, said in enumerate(SAID, 1))
    answers = found(f"{summary}\nDetails\n" + written(STYLES["after the statement"]))
    assert [answer.said for answer in answers] == list(EXPECTED) and answers[1].proposed == 3.0
    answers = found(f"{summary.replace('2. False', '2. True')}\nDetails\n" + written(STYLES["after the statement"]))
    assert (answers[1].said, answers[1].proposed) == ("", None) and "compete" in answers[1].why
    assert answers[2].proposed == 3.0


def test_two_verdicts_in_one_answer() -> None:
    reasons = (*REASONS[:4], "In the end the statement is true.", *REASONS[5:])
    answer = found(written(STYLES["problem"], reasons=reasons))[4]
    assert (answer.said, answer.proposed) == ("", None) and "compete" in answer.why


def test_an_unanswered_statement_takes_nothing_from_its_neighbours() -> None:
    text = written(STYLES["problem"], reasons=("", *REASONS[1:])).replace(
        f"Problem 1.2 False. {REASONS[1].capitalize()}", "Problem 1.2 Open question"
    )
    answers = found(text)
    assert answers[0].proposed == 1.0 and (answers[1].said, answers[1].proposed) == ("", None)
    assert [answer.said for answer in answers[2:]] == list(EXPECTED[2:])


def test_a_list_inside_a_reason_cuts_nothing() -> None:
    reasons = ("for these:\n1. it is linear,\n2. it is learned,\n3. nothing else.", *REASONS[1:])
    answers = found(written(STYLES["problem"], reasons=reasons))
    assert "nothing else" in answers[0].quote and [answer.said for answer in answers] == list(EXPECTED)


def test_a_reason_before_the_verdict_is_a_persons() -> None:
    rows = [
        f"Problem 1.{n} {r.capitalize()} Therefore the statement is {str(v).lower()}."
        for n, (v, r) in enumerate(zip(SAID, REASONS, strict=True), 1)
    ]
    answers = found(HEAD + "\n".join(rows) + LABS)
    assert [answer.said for answer in answers] == list(EXPECTED)
    assert {answer.proposed for answer in answers} == {None} and "before the verdict" in answers[1].why


def test_shifted_numbers_are_noticed() -> None:
    rows = zip(STATEMENTS[1:], SAID[1:], REASONS[1:], strict=True)
    text = "\n".join(f"{n}. {s} {v}. {r}" for n, (s, v, r) in enumerate(rows, 1))
    answer = found(HEAD + text)[4]  # speaks of BERT's pre-training under number 5
    assert answer.proposed is None or answer.item != "tf.5" or answer.said == "true"
    assert (
        found(HEAD + "1. Clipping helps with vanishing gradients. True. It keeps them large enough.")[0].proposed
        is None
    )


@pytest.mark.parametrize(
    "text", ["", "no answers here", HEAD + LABS, "1\n2\n3\n", "True False True False", "1.5 hours\n10 heads"]
)
def test_no_answers(text: str) -> None:
    answers = found(text)
    assert [answer.item for answer in answers] == [f"tf.{n}" for n in range(1, 11)]
    assert {(answer.said, answer.proposed) for answer in answers} == {("", None)}


@given(st.lists(st.text(alphabet="Problem 1.(2)TF truefalse:–-\n\fabc10", max_size=300), max_size=4))
def test_any_text_gives_one_answer_for_each(pages: list[str]) -> None:
    answers = found(*pages, markdown=pages)
    assert len(answers) == 10 and all(answer.proposed in (None, 0.0, 1.0, 3.0) for answer in answers)
    assert all(answer.said or answer.proposed is None for answer in answers)


def test_long_lines_do_not_take_long() -> None:
    for piece in ("- ", "1. True ", "(", " \t", "1.1.", "true or ", "T/F ", "\n- ", "is not "):
        found(piece * (50_000 // len(piece)))


# ---- the notebook's text cells ---------------------------------------------------------------------------------------
def test_the_notebook_fills_what_the_report_lacks() -> None:
    cells = [
        "# Part 1",
        *(f"**Problem 1.{n}** *{v}*. {r}" for n, (v, r) in enumerate(zip(SAID, REASONS, strict=True), 1)),
    ]
    alone = found(markdown=cells)
    assert [answer.said for answer in alone] == list(EXPECTED) and alone[0].proposed == 3.0
    assert alone[0].why.startswith("In the notebook's text cells, not in the report: right.")
    contrary = written(STYLES["problem"], said=[not said for said in SAID]).partition("Problem 1.6")[0]
    both = found(contrary, markdown=cells)
    assert both[1].said == "true" and both[1].why.startswith("Page 1")  # the report counts
    assert both[6].why.startswith("In the notebook") and both[8].proposed == 3.0


# ---- the key ---------------------------------------------------------------------------------------------------------
def test_the_key_of_labrnn() -> None:
    assert [question.item for question in KEY.questions] == [f"tf.{n}" for n in range(1, 11)]
    assert [question.number for question in KEY.questions] == list(range(1, 11))
    answers = {question.number: question.answer for question in KEY.questions}
    assert [n for n, said in answers.items() if said == "true"] == [1, 6, 9] and answers[7] == "open"
    assert load_key(BUILT_IN / "gru_attention" / "answers.toml", RUBRIC) == AnswerKey()


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("without_reason = 1.0", "without_reason = 3", "without_reason"),
        ("without_reason = 1.0", "without_reason = 0.1", "step"),
        ("without_reason = 1.0", "", "without_reason"),
        ('item = "tf.2"', 'item = "tf.1"', "twice"),
        ("number = 2\n", "number = 1\n", "twice"),
        ('item = "tf.2"', 'item = "tf.22"', "tf.22"),
        ('answer = "open"', 'answer = "maybe"', "answer"),
        ("number = 1\n", "", "number"),
        ("number = 1\n", "number = 1\nmore = 2\n", "more"),
    ],
)
def test_a_wrong_key_is_the_staffs_error(tmp_path: Path, old: str, new: str, says: str) -> None:
    text = KEY_FILE.read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "answers.toml").write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ConfigError, match=says):
        load_key(tmp_path / "answers.toml", RUBRIC)
