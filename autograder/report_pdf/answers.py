"""The True/False answers of a report, compared with the key: proposals only, and none where it can't be told."""

from __future__ import annotations

import re
from collections.abc import Sequence

from autograder.evidence import Answer
from autograder.report_pdf.blocks import Block, find_blocks
from autograder.report_pdf.flow import PAGE_END, flow, markdown_flow
from autograder.report_pdf.key import AnswerKey, Question
from autograder.report_pdf.verdicts import without_instructions

_QUOTE = 300  # letters of a reason that are quoted
_REASON = 4  # words; fewer may be a reason or a rest of something else
_STATEMENT = 45  # words before the verdict that a repeated statement does not exceed
_CAUSE = re.compile(r"\b(?:because|since|therefore|thus|hence|so|due to|as it|which means)\b", re.IGNORECASE)
_ANOTHER = re.compile(r"(?:true|false)\b", re.IGNORECASE)
_LETTERS = re.compile(r"[^\W\d_]+")
_TERMINAL = (".", "!", "?", ")", "]", "”", '"', "…")
_WORD = {"true": "True", "false": "False"}


def find_answers(pages: Sequence[str], markdown: Sequence[str], key: AnswerKey) -> tuple[Answer, ...]:
    """One answer for each question of the key: from the report's pages, else from the notebook's text cells."""
    report, notebook = find_blocks(flow(pages)), find_blocks(markdown_flow(markdown))
    answers = []
    for question, points in zip(key.questions, key.points, strict=True):
        own = report.get(question.number, [])
        told = any(block.verdict.said or block.verdict.competing for block in own)
        if told or question.number not in notebook:
            answers.append(_answer(question, own, points, key, ""))
        else:
            where = "In the notebook's text cells, not in the report: "
            answers.append(_answer(question, notebook[question.number], points, key, where))
    return tuple(answers)


def _answer(question: Question, blocks: list[Block], points: float, key: AnswerKey, where: str) -> Answer:
    if not blocks:
        return Answer(question.item, "", "", None, "No answer was found; a person must look.")
    place = where or f"Page {blocks[0].page}: "
    said = {block.verdict.said for block in blocks}
    if len(said) > 1 or any(block.verdict.competing for block in blocks):
        quote = _clean(blocks[0].text)
        return Answer(question.item, "", quote, None, f"{place}several readings compete; a person must look.")
    best = max(blocks, key=lambda block: len(_reason(block)))
    if "" in said:
        return Answer(question.item, "", _clean(best.text), None, f"{place}no clear True or False; a person must look.")
    proposed, why = _judge(question, best, points, key)
    return Answer(question.item, best.verdict.said, _clean(_reason(best)), proposed, place + why)


def _judge(question: Question, block: Block, points: float, key: AnswerKey) -> tuple[float | None, str]:
    """The points to propose, and why."""
    verdict, reason = block.verdict, _reason(block)
    other = _other_topic(question, block, key)
    if other:
        return None, f"the statement repeated there looks like that of {other}; a person must look."
    if question.answer == "open":
        return None, f"a person decides on this one. {_named(question, reason)}"
    if verdict.said != question.answer:
        return 0.0, f"the key says {_WORD[question.answer]} of the statement “{question.statement.rstrip('.')}”."
    if _ANOTHER.match(reason):
        return None, "right, but another True or False follows at once: whose? A person must look."
    words = len(_LETTERS.findall(reason))
    if words >= _REASON:
        mixed = " Two columns: the quote may mix them." if block.columns else ""
        tail = " Its end may be cut off at the page's end." if block.cut and not reason.endswith(_TERMINAL) else ""
        return points, f"right. {_named(question, reason)}{mixed}{tail}"
    if block.cut:
        return None, "right, but the reason is short or missing at the end of a page: cut off? A person must look."
    if words:
        return None, "right; the reason is very short. A person must look."
    before = _clean(without_instructions(block.text)[: verdict.start], 10_000)
    if _CAUSE.search(before) or len(before.split()) > _STATEMENT:
        return None, "right; the reason may stand before the verdict. A person must look."
    return key.without_reason, "right, but no reason is given."


def _named(question: Question, reason: str) -> str:
    """Which of the expected notions the reason names, to help the person who marks."""
    low = reason.lower()
    named = [re.search(rf"(?<![a-z]){re.escape(notion)}[\w-]*", low) for notion in question.notions]
    found = list(dict.fromkeys(match.group().rstrip("-") for match in named if match))
    return f"It names: {', '.join(found[:5])}." if found else "None of the expected notions is named: read it."


def _other_topic(question: Question, block: Block, key: AnswerKey) -> str:
    """Another question that the repeated statement speaks of, and not of this one: the numbers may be shifted."""
    statement = block.text[: block.verdict.start].lower()
    if sum(word in statement for word in question.topic):
        return ""
    hits = {q.item: sum(word in statement for word in q.topic) for q in key.questions}
    best = max(hits, key=lambda item: hits[item])
    return best if hits[best] >= 2 else ""


def _reason(block: Block) -> str:
    """What follows the verdict."""
    after = without_instructions(block.text)[block.verdict.end :]
    return _clean(
        re.sub(r"^[\W_]*(?:(?:reason|explanation|justification|why)\b[\W_]*)?", "", after, flags=re.I), 10_000
    )


def _clean(text: str, longest: int = _QUOTE) -> str:
    line = " ".join(text.replace(PAGE_END, " ").split())
    return line if len(line) <= longest else line[: longest - 1] + "…"
