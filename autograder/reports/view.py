"""What every format does before it prints: hide what students must not see, and make every text harmless.

Texts of a report come partly from students: names, reprs, exception messages. Here they lose what no format can hold
(control characters, lone surrogates) or what deceives a reader (bidirectional overrides); each format then escapes what
is special to itself.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable, Collection, Mapping, Sequence, Sized
from dataclasses import fields, is_dataclass, replace
from math import isfinite
from pathlib import Path
from typing import Any, TypeVar

from autograder.evidence import ClassVerdict, Evidence, ReportFindings, Training
from autograder.records import CellReport, ItemScore, Outcome, Report, Score

LONGEST = 4000  # of one text, in characters
MANY = 500  # trainings, cells or sentences of one kind; what a notebook makes by the thousand, nobody reads
EPOCHS = 50  # of one training
LARGEST = 2**53  # of a whole number: beyond it readers of JSON disagree
SETTINGS = 40  # of one training

_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]"
)

_CELL = re.compile(r"\b[Cc]ell ([1-9][0-9]{0,4})\b(?! \((?:In \[|under ))")

T = TypeVar("T")
R = TypeVar("R", Evidence, Training)


def staff_view(report: Report) -> Report:
    """The report with all its texts cleaned; hidden checks in full."""
    evidence = report.evidence and _bounded(report.evidence)
    if report.execution is not None:  # what cells printed is in the executed notebook
        cells = tuple(replace(cell, text="", events=()) for cell in report.execution.cells[:MANY])
        report = replace(report, execution=replace(report.execution, cells=cells))
    report = replace(report, evidence=evidence, cells=_told(report.cells), remarks=report.remarks[:MANY])
    return each_text(report, lambda text: clean(named(text, report.places)))


def named(text: str, places: Mapping[int, str]) -> str:
    """Every `cell 12` told so that it can be found in the notebook: `cell 12 (In [7], under “Part d”)`."""
    if not places or "ell " not in text:
        return text
    return _CELL.sub(lambda match: match[0] + _place(int(match[1]), places), text[: 2 * LONGEST])


def cell_name(report: Report, number: int) -> str:
    """`cell 12 (In [7], under “Part d”)`."""
    return f"cell {number}{_place(number, report.places)}"


def _place(number: int, places: Mapping[int, str]) -> str:
    return f" ({places[number]})" if number in places else ""


def _told(cells: Sequence[CellReport]) -> tuple[CellReport, ...]:
    """The cells without those that loaded, and as many problems as anybody reads."""
    found: list[CellReport] = []
    room = MANY
    for cell in cells:
        if cell.status in ("partly", "failed") or cell.problems:
            found.append(replace(cell, problems=cell.problems[:room]))
            room -= max(1, len(cell.problems))
        if room <= 0:
            break
    return tuple(found)


def student_view(report: Report) -> Report:
    """The report as students may read it: of a hidden check only the sentence and the verdict.

    The printed output goes too once a hidden check ran: code can print the inputs that it is given. So does what only a
    person may decide about the report: proposed points, whose reasons tell the key, and signs of broken rules.
    """
    entries = tuple(replace(entry, outcomes=_veiled(entry.outcomes)) for entry in report.score.items)
    hidden = any(outcome.visibility == "hidden" for entry in entries for outcome in entry.outcomes)
    output = "" if hidden else report.output
    findings = report.findings and _undecided(report.findings)
    return staff_view(replace(report, score=replace(report.score, items=entries), output=output, findings=findings))


def _undecided(findings: ReportFindings) -> ReportFindings:
    answers = tuple(replace(answer, proposed=None, why="") for answer in findings.answers)
    return replace(findings, printed=(), broken_rules=(), answers=answers)


def clean(text: str) -> str:
    """The text with unprintable characters shown as escapes, cut to LONGEST characters."""
    cut = len(text) > LONGEST
    text = text[: LONGEST + 1].replace("\r\n", "\n")[:LONGEST]
    text += " … (cut)" if cut else ""
    return _UNPRINTABLE.sub(lambda match: _escape(ord(match.group())), text)


def each_text(value: T, change: Callable[[str], str], missing: float | None = 0.0) -> T:
    """A copy of nested records in which every string went through `change` and every number is finite.

    `missing` stands for numbers that are not. Among a notebook's figures that is None: nobody measured a zero there.
    """
    result: object = value
    if isinstance(value, str):
        result = change(value)
    elif isinstance(value, float) and not isfinite(value):
        result = missing
    elif isinstance(value, int) and abs(value) > LARGEST:
        result = missing
    elif isinstance(value, tuple | list):
        result = type(value)(each_text(element, change, missing) for element in value)
    elif isinstance(value, Mapping):
        result = {each_text(k, change, missing): each_text(v, change, missing) for k, v in value.items()}
    elif is_dataclass(value) and not isinstance(value, type):
        missing = None if isinstance(value, Evidence | ClassVerdict) else missing
        own = {f.name: each_text(getattr(value, f.name), change, missing) for f in fields(value)}
        result = replace(value, **own)
    return result  # type: ignore[return-value]


def points(number: float | None) -> str:
    """3.25, 4, or a dash for no score."""
    return "–" if number is None else f"{number:.2f}".rstrip("0").rstrip(".")


def headline(report: Report) -> str:
    """The total in one sentence."""
    score = report.score
    if report.failure or score.total is None:
        return "No total: the grader itself failed. This is not the submission's fault."
    if report.problem:
        if any(entry.status == "graded" for entry in score.items):
            return f"This submission can't be graded automatically; {total_text(score)} by a person."
        return "0 points: this submission can't be graded."
    sentence = total_text(score)
    rest = " and ".join(
        f"{points(sum(own))} {kind} in {_count(len(own), 'item')}"
        for kind, own in (("points", _waiting(score.items)), ("bonus points", _waiting(score.items, bonus=True)))
        if own
    )
    if not rest:
        return f"{sentence}."
    return " ".join(filter(None, (f"{sentence} so far; {rest} still to be marked.", doubts_text(score))))


def doubts_text(score: Score) -> str:
    """How many points wait since the checks could not decide; empty for none."""
    waiting = [entry.item.points for entry in score.items if entry.status == "pending" and undecided(entry)]
    return f"On {points(sum(waiting))} of these points the checks could not decide: a person will." if waiting else ""


def total_text(score: Score) -> str:
    """`38.5 of 40 points, and 5 of 5 bonus points`; where the rubric's rules change the sum, the total goes first."""
    plain, bonus = _sums(score.items), _sums(score.items, bonus=True)
    if score.total is None or bonus[1] == 0:
        return f"{points(score.total)} of {points(score.maximum)} points"
    told = f"{_of(plain)} points, and {_of(bonus)} bonus points"
    if abs(plain[0] + bonus[0] - score.total) < 0.01:
        return told
    return f"{points(score.total)} points in total under the rubric's rules ({told})"


def parts_text(score: Score) -> str:
    """`automatic 38.5 of 40 and bonus 2 of 3, 5 pending; manual 24 pending`: what the total is made of."""
    told = []
    for part in score.parts:
        own = [entry for entry in score.items if entry.item.marking == part.marking]
        done, waiting = [], []
        for name, bonus in (("", False), ("bonus ", True)):
            sums, left = _sums(own, bonus=bonus), _waiting(own, bonus=bonus)
            done += [f"{name}{_of(sums)}"] if sums[1] else []
            waiting += [f"{name}{points(sum(left))}"] if left else []
        texts = (" and ".join(done), f"{' and '.join(waiting)} pending" if waiting else "")
        if any(texts):
            told.append(f"{part.marking} {', '.join(filter(None, texts))}")
    return "; ".join(told)


def _sums(entries: Sequence[ItemScore], *, bonus: bool = False) -> tuple[float, float]:
    """What was earned and what could be, in the items that are graded, or meant to be."""
    own = [entry for entry in entries if entry.item.bonus == bonus and entry.status in ("graded", "error")]
    return sum(entry.score or 0.0 for entry in own), sum(entry.item.points for entry in own)


def _waiting(entries: Sequence[ItemScore], *, bonus: bool = False) -> list[float]:
    """The points of the items that are pending."""
    return [entry.item.points for entry in entries if entry.status == "pending" and entry.item.bonus == bonus]


def _of(sums: tuple[float, float]) -> str:
    return f"{points(sums[0])} of {points(sums[1])}"


WORDS = {"skipped": "does not apply", "unjudged": "not judged, pays nothing", "pending": "a person decides"}


def remarks(report: Report) -> list[str]:
    """All remarks, each once, in order."""
    return list(dict.fromkeys((*report.remarks, *report.score.remarks)))


def spans(text: str) -> list[tuple[bool, str]]:
    """A sentence cut at its `backticked` words: (is it code, the piece). What to do about it is each format's."""
    pieces = re.split(r"`([^`\n]+)`", text)
    return [(position % 2 == 1, piece) for position, piece in enumerate(pieces) if piece]


def not_failed(entry: ItemScore) -> list[Outcome]:
    """The item's checks that passed, do not apply or could not be judged; for the others see failures.py."""
    return [outcome for outcome in entry.outcomes if outcome.status not in ("failed", "error")]


def undecided(entry: ItemScore) -> bool:
    """Whether the checks were to decide on the item and could not, or not on all of it."""
    waits = entry.status == "pending" and entry.item.marking == "automatic"
    unjudged = any(outcome.status == "unjudged" and not outcome.is_remark for outcome in entry.outcomes)
    return bool(entry.outcomes) and not entry.marked and (waits or (entry.status == "graded" and unjudged))


def write_text(path: Path, text: str) -> None:
    """Write a file whole or not at all: a reader never sees half of it.

    Raises:
        OSError: the folder can't be made or written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        os.chmod(temporary, 0o644)  # mkstemp makes files private, but others collect these
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def _veiled(outcomes: Sequence[Outcome]) -> tuple[Outcome, ...]:
    """An item's outcomes, the hidden ones without all that the public ones don't say word for word."""
    public = [outcome for outcome in outcomes if outcome.visibility == "public" and outcome.status == "failed"]
    messages, origins = ({getattr(outcome, name) for outcome in public} for name in ("message", "origin"))
    return tuple(_veil(outcome, messages, origins) for outcome in outcomes)


def _veil(outcome: Outcome, messages: Collection[str], origins: Collection[str]) -> Outcome:
    if outcome.visibility == "public":
        return outcome
    alike = outcome.status == "failed"
    message = outcome.message if alike and outcome.message in messages else ""
    origin = outcome.origin if alike and outcome.origin in origins else ""
    return replace(outcome, message=message, counterexample=None, origin=origin)


def _bounded(evidence: Evidence) -> Evidence:
    """As much of the evidence as reports can hold; a remark says what is left out."""
    more = len(evidence.trainings) - MANY
    remarks = evidence.remarks[:MANY]
    return replace(
        _plain_settings(evidence),
        trainings=tuple(_plain_settings(training) for training in evidence.trainings[:MANY]),
        breaches=evidence.breaches[:MANY],
        contradictions=evidence.contradictions[:MANY],
        remarks=(f"{more} more trainings were found, which no report lists.", *remarks) if more > 0 else remarks,
    )


def _plain_settings(record: R) -> R:
    """The record with settings (its mappings by name) that every format can hold: students set anything to anything."""
    own: dict[str, Any] = {}
    for name, value in ((f.name, getattr(record, f.name)) for f in fields(record)):
        if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
            chosen = list(value.items())[:SETTINGS]
            own[name] = {key[:80]: kept if _is_simple(kept) else _shown(kept) for key, kept in chosen}
        elif name == "epochs":
            own[name] = value[:EPOCHS]
    return replace(record, **own)


def _is_simple(value: object) -> bool:
    return value is None or isinstance(value, bool | int | float) or (isinstance(value, str) and len(value) <= 80)


def _shown(value: object) -> str:
    """A text cut, a collection by its size; anything else has no place in a report."""
    if isinstance(value, str):
        return f"{value[:79]}…"
    return f"{type(value).__name__} of {len(value)}" if isinstance(value, Sized) else type(value).__name__


def _escape(code: int) -> str:
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
