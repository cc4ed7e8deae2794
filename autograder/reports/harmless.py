"""Makes the texts of a report harmless: they come partly from students, as names, reprs, exception messages, settings.

Here they lose what no format can hold (control characters, lone surrogates), what deceives a reader (bidirectional
overrides) and what nobody reads for its length; each format then escapes what is special to itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence, Sized
from dataclasses import fields, is_dataclass, replace
from functools import cache
from math import isfinite
from typing import Any, TypeVar

from autograder.evidence import ClassVerdict, Evidence, Training
from autograder.records import CellReport, Report

LONGEST = 4000  # of one text, in characters
MANY = 500  # trainings, cells or sentences of one kind; what a notebook makes by the thousand, nobody reads
EPOCHS = 50  # of one training
LARGEST = 2**53  # of a whole number: beyond it readers of JSON disagree
SETTINGS = 40  # of one training

_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]"
)

_CELL = re.compile(r"\b[Cc]ell ([1-9][0-9]{0,4})\b(?! \((?:In \[|under ))")
_MENTION = re.compile("[Cc]ell [1-9]")

T = TypeVar("T")
R = TypeVar("R", Evidence, Training)


def cleaned(report: Report) -> Report:
    """The report as staff may read it: every text harmless, none too long, hidden checks in full."""
    evidence = report.evidence and _bounded(report.evidence)
    if report.execution is not None:  # what cells printed is in the executed notebook
        cells = tuple(replace(cell, text="", events=()) for cell in report.execution.cells[:MANY])
        report = replace(report, execution=replace(report.execution, cells=cells))
    report = replace(report, evidence=evidence, cells=_told(report.cells), remarks=report.remarks[:MANY])
    return each_text(report, harmless_in(report.places))


def harmless_in(places: Mapping[int, str]) -> Callable[[str], str]:
    """What makes a text harmless, with the places of the cells that it names."""

    def change(text: str) -> str:
        if len(text) <= LONGEST and text.isprintable() and not (places and "ell " in text):
            return text  # as most are
        return clean(named(text, places))

    return change


def names_cells(value: object) -> bool:
    """Whether any text in nested records may name a cell by its number."""
    found: list[str] = []
    each_text(value, lambda text: found.append(text) or text)  # type: ignore[func-returns-value]
    return any(_MENTION.search(text) for text in found)


def named(text: str, places: Mapping[int, str]) -> str:
    """Every `cell 12` told so that it can be found in the notebook: `cell 12 (In [7], under “Part d”)`."""
    if not places or "ell " not in text:
        return text
    return _CELL.sub(lambda match: match[0] + place(int(match[1]), places), text[: 2 * LONGEST])


def place(number: int, places: Mapping[int, str]) -> str:
    """` (In [7], under “Part d”)` for a cell, or nothing."""
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


def clean(text: str) -> str:
    """The text with unprintable characters shown as escapes, cut to LONGEST characters."""
    if len(text) <= LONGEST and text.isprintable():  # as most are: no character below is
        return text
    cut = len(text) > LONGEST
    text = text[: LONGEST + 1].replace("\r\n", "\n")[:LONGEST]
    text += " … (cut)" if cut else ""
    return _UNPRINTABLE.sub(lambda match: _escape(ord(match.group())), text)


def each_text(value: T, change: Callable[[str], str], missing: float | None = 0.0) -> T:
    """Nested records in which every string went through `change` and every number is finite; what that left as it was
    is the same object as before.

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
        elements = [each_text(element, change, missing) for element in value]
        if any(new is not old for new, old in zip(elements, value, strict=True)):
            result = type(value)(elements)
    elif isinstance(value, Mapping):
        result = {each_text(k, change, missing): each_text(v, change, missing) for k, v in value.items()}
    elif is_dataclass(value) and not isinstance(value, type):
        missing = None if isinstance(value, Evidence | ClassVerdict) else missing
        own: dict[str, Any] = {}
        for name in _names(type(value)):
            old = getattr(value, name)
            if old is None or old is True or old is False:
                continue
            new = change(old) if type(old) is str else each_text(old, change, missing)
            if new is not old:
                own[name] = new
        if own:
            result = replace(value, **own)
    return result  # type: ignore[return-value]


@cache
def _names(kind: type) -> tuple[str, ...]:
    """Of a record's fields."""
    return tuple(field.name for field in fields(kind))


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
