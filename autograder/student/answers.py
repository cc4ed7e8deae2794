"""What a student process answers about itself, rebuilt field by field on the judge's side: nothing of it is trusted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from autograder.errors import LostName, MachineLack, MalformedAnswer, MissingName, StudentError, StudentException
from autograder.records import CellReport, Problem
from autograder.student.lacks import drift, lack
from autograder.wire import frames, names

FIELDS = ("kind", "text", "where", "cause", "cause_where")
MAX_PROBLEMS = 50  # told of one cell


def student_error(record: Any, request: Mapping[str, Any]) -> StudentError:
    """The error record of an answer as an exception; anything odd about it is a MalformedAnswer."""
    if type(record) is not dict or {type(v) for v in record.values()} != {str}:
        return MalformedAnswer("the answer is not of the wire format")
    kind, text, where, cause, place = (record.get(key, "")[: frames.MAX_TEXT] for key in FIELDS)
    if kind == "MalformedAnswer":
        return MalformedAnswer(text)
    cause_kind, _, cause_text = cause.partition(": ")
    for found, spot in ((lack(kind, text), where), (lack(cause_kind, cause_text), place)):
        if found:
            return MachineLack(f"{found} ({spot})" if spot else found)
    if kind == "LookupError" and text == request.get("target") and request["op"] in ("call", "build_model"):
        return MissingName(f"the notebook does not define `{text}`{_because(cause_kind, cause_text, place)}")
    hint = drift(kind, text)
    if hint:
        text = f"{text.partition(chr(10))[0][:200]}; {hint}"
    return StudentException(names.type_name(kind), text + _because(cause_kind, cause_text, place), where)


def missing(entry: Mapping[str, Any], text: str) -> StudentError:
    """The error for a name that failed to load, which `text` says; `entry`: what the inventory has of it."""
    record = {"kind": "NameError", "text": text} | {key: str(entry.get(key, "")) for key in ("cause", "cause_where")}
    error = student_error(record, {"op": "inventory"})
    return error if isinstance(error, MachineLack) else LostName(text)


def _because(kind: str, text: str, where: str) -> str:
    """An older interface that an import or a statement at top level used, where the name is missing for that."""
    hint = drift(kind, text)
    return f", since {kind}: {text.partition(chr(10))[0][:200]} ({where}); {hint}" if hint else ""


def several(answers: Any, count: int) -> list[dict[Any, Any]]:
    """The answers to `count` calls, in order; the first error is the last of them.

    Raises:
        MalformedAnswer: not a list of so many answers.
    """
    if type(answers) is not list or not 0 < len(answers) <= count:
        raise MalformedAnswer("the answer is not a list of answers")
    if any(type(answer) is not dict or len(answer) != 1 for answer in answers):
        raise MalformedAnswer("a part of the answer is not of the wire format")
    if any("ok" not in answer for answer in answers[:-1]) or (len(answers) < count and "ok" in answers[-1]):
        raise MalformedAnswer("a part of the answer is missing")
    return answers


def cell_report(number: int, answer: Any) -> CellReport:
    """The loader's report of one cell, rebuilt field by field (it comes from the untrusted side)."""
    if type(answer) is not dict or answer.get("status") not in ("loaded", "partly", "failed", "skipped"):
        raise MalformedAnswer("the report of a cell is not of the wire format")
    return CellReport(number, answer["status"], tuple(_problems(answer.get("problems"))))


def is_entry(entry: dict[Any, Any]) -> bool:
    """Whether an entry of the inventory is what it should be; parameters have names that a call can be written with."""
    parameters = entry.get("parameters", [])
    numbers = (entry.get("cell", 0), entry.get("line", 0))
    plain = type(entry.get("kind")) is str and all(type(number) is int for number in numbers)
    return plain and type(parameters) is list and all(map(names.parameter, parameters))


def _problems(entries: Any) -> Iterable[Problem]:
    for entry in entries[:MAX_PROBLEMS] if type(entries) is list else []:
        if type(entry) is dict and type(entry.get("line")) is int:
            yield Problem(
                entry["line"], str(entry.get("statement", ""))[:120], str(entry.get("error", ""))[:300], _column(entry)
            )


def _column(entry: dict[Any, Any]) -> int:
    column = entry.get("column", 0)
    return column if type(column) is int and 0 <= column < 10_000 else 0
