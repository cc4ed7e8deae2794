"""The file of marks that a person starts from: what the grader proposes of one submission's report."""

from __future__ import annotations

import json
from collections.abc import Iterable

from autograder.evidence import Answer, ReportFindings
from autograder.marks.data import PROPOSER
from autograder.records import Item, ItemScore
from autograder.rubric import Rubric, is_multiple


def proposed_marks(name: str, findings: ReportFindings, rubric: Rubric, suggested: Iterable[ItemScore] = ()) -> str:
    """A file of marks for one submission, as far as the report and the checks of assisted items (`suggested`) allow,
    which a person corrects and hands in.

    What the tool proposes is there as marks that count once they are confirmed; what needs a person is there behind
    a #. So is every reason, since it tells the key, and the `comment` of a mark is for the student to read. No penalty
    is proposed but behind a #: it counts only when a person takes that away.
    """
    answers = {entry.item.id: _suggested(entry) for entry in suggested if entry.proposed is not None}
    answers |= {answer.item: answer for answer in findings.answers}
    parts = [_HEAD.format(name=_line(name), report=_line(findings.name or "none"))]
    parts += [
        f"# About the report: {_line(sentence)}" for sentence in (findings.problem, *findings.remarks) if sentence
    ]
    for item in rubric.items:
        if item.marking != "automatic":
            parts.append(_proposed(name, item, answers.get(item.id), rubric))
    parts += [f"# Proposed penalty: {_line(rule)}\n{_penalty(name, rule)}" for rule in findings.broken_rules]
    if findings.printed:
        evidence = "\n".join(f"#   - {_line(sentence)}" for sentence in findings.printed)
        parts.append(
            f"# Evidence that the report is the notebook printed to PDF; read it before you confirm:\n{evidence}"
        )
    return "\n\n".join(parts) + "\n"


_HEAD = """# Proposed marks of {name}; report: {report}
# Check every entry, correct `points`, put your name in `by` and set `confirmed = true`: before that it counts nowhere.
# Take the # from what you decide besides, and grade again with MARKS=this file.
# Students read every `comment` and `by`; what stands behind a # is for you alone."""


def _proposed(name: str, item: Item, answer: Answer | None, rubric: Rubric) -> str:
    head = f"# {item.id}, {item.points:g} points: {_line(item.asks)}"
    points = answer.proposed if answer is not None else None
    fits = points is not None and 0 <= points <= item.points and is_multiple(points, rubric.rules.step)
    said = f"\n# Found: {_found(answer)}" if answer is not None else ""
    if not fits:
        return f"{head}{said}\n{_commented(_mark(name, item.id, '', ''))}"
    return f"{head}{said}\n{_mark(name, item.id, f'{points:g}', PROPOSER)}\nconfirmed = false"


def _suggested(entry: ItemScore) -> Answer:
    """What the checks found, in place of an answer of the report."""
    judged = [outcome for outcome in entry.outcomes if outcome.status in ("passed", "failed") and outcome.weight]
    failed = [outcome.message for outcome in judged if outcome.status == "failed"]
    why = (
        f"Claimed by the hand-in's files; {len(judged) - len(failed)} of {len(judged)} checks pass. {' '.join(failed)}"
    )
    return Answer(entry.item.id, "", "", entry.proposed, why)


def _found(answer: Answer) -> str:
    said = f"{answer.said.capitalize()}. " if answer.said else ""
    quote = f"“{_line(answer.quote)}” " if answer.quote else ""
    return f"{said}{quote}{_line(answer.why)}"


def _mark(name: str, item: str, points: str, by: str) -> str:
    lines = [f"student = {_text(name)}", f"item = {_text(item)}", f"points = {points}".rstrip()]
    return "\n".join(["[[marks]]", *lines, f"comment = {_text('')}", f"by = {_text(by)}"])


def _penalty(name: str, rule: str) -> str:
    return _commented(f"[[penalties]]\nstudent = {_text(name)}\nrule = {_text(rule)}\nby = {_text('')}")


def _commented(text: str) -> str:
    return "\n".join(f"# {line}" for line in text.splitlines())


def _line(text: str) -> str:
    """Any text as one printable line, so that nothing a student wrote ends a comment or a string."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def _text(text: str) -> str:
    """A TOML string; of printable text, JSON's notation is TOML's."""
    return json.dumps(_line(text), ensure_ascii=False)
