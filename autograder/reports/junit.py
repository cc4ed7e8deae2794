"""junit.xml as pytest writes it, for continuous integration. Written for staff: hidden checks appear in full."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from xml.etree import ElementTree

from autograder.records import ItemScore, Outcome, Report
from autograder.reports.failures import counterexample_text
from autograder.reports.view import Content, ItemContent
from autograder.reports.words import WORDS, points

NAME = "junit.xml"
_KINDS = {"errors": "error", "failures": "failure", "skipped": "skipped"}  # of cases: the count's name, and the tag
_BETWEEN = "\n    "  # cases


def render(content: Content) -> str:
    """The file's text. ElementTree escapes; what XML can't hold at all, no content has."""
    report = content.staff
    suite = ElementTree.Element("testsuite", name=report.assignment or "autograder")
    _properties(suite, report)
    stopped = [_submission(report, content.headline)] if report.problem or report.failure else []
    told = [_around_times(report.assignment, item) for item in content.items]
    texts = [_text(case) for case in stopped]
    texts += [
        "".join(map(str.__add__, own.pieces, [*times_of(s), ""])) for own, s in zip(told, content.seconds, strict=True)
    ]
    _set_counts(suite, [sum(kind) for kind in zip(_counts(stopped), *(own.counts for own in told), strict=True)])
    suite.set("time", f"{report.seconds.get('total', 0.0):.3f}")
    suite.set("timestamp", report.started)
    suite.set("hostname", platform.node())
    if texts:
        ElementTree.SubElement(suite, "cases")  # no text has this with its brackets
    if report.output:
        ElementTree.SubElement(suite, "system-out").text = report.output
    root = ElementTree.Element("testsuites", name="autograder")
    root.append(suite)
    ElementTree.indent(root)
    text = ElementTree.tostring(root, encoding="unicode").replace("<cases />", _BETWEEN.join(texts), 1)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}\n'


@dataclass(frozen=True)
class _Told:
    """An item's cases: their text, cut where each one's time stands, and how many of each kind there are."""

    pieces: list[str]
    counts: list[int]


@lru_cache(4000)
def _around_times(assignment: str, told: ItemContent) -> _Told:
    cases = cases_of(assignment, told.staff, ["\0"] * len(told.staff.outcomes))  # nowhere else is a zero byte
    return _Told(_BETWEEN.join(map(_text, cases)).split("\0"), _counts(cases))


def _text(case: ElementTree.Element) -> str:
    """As it stands in its suite."""
    ElementTree.indent(case, level=2)
    return ElementTree.tostring(case, encoding="unicode")


def add_cases(suite: ElementTree.Element, cases: Sequence[ElementTree.Element]) -> None:
    """Put the cases into the suite, with their counts."""
    suite.extend(cases)
    _set_counts(suite, _counts(cases))


def _counts(cases: Sequence[ElementTree.Element]) -> list[int]:
    """How many cases there are of each kind, and in all."""
    return [*(sum(case.find(tag) is not None for case in cases) for tag in _KINDS.values()), len(cases)]


def _set_counts(suite: ElementTree.Element, counts: Sequence[int]) -> None:
    for name, count in zip((*_KINDS, "tests"), counts, strict=True):
        suite.set(name, str(count))


def _properties(suite: ElementTree.Element, report: Report) -> None:
    holder = ElementTree.SubElement(suite, "properties")
    facts = {"submission": report.submission, "tier": f"{report.tier_number} {report.tier}", "seed": report.seed}
    facts |= {"rubric": report.rubric} if report.rubric else {}
    facts |= {"total": points(report.score.total), "maximum": points(report.score.maximum), **report.versions}
    for name, value in facts.items():
        ElementTree.SubElement(holder, "property", name=name, value=value)


def _submission(report: Report, headline: str) -> ElementTree.Element:
    """The case that fails when nothing could be graded."""
    case = ElementTree.Element("testcase", classname=report.assignment, name="submission", time="0.000")
    tag, text = ("error", report.failure) if report.failure else ("failure", report.problem)
    ElementTree.SubElement(case, tag, message=headline).text = text
    return case


def times_of(seconds: Iterable[float]) -> list[str]:
    """Return the times of an item's cases."""
    return [f"{own:.3f}" for own in seconds]


def cases_of(assignment: str, entry: ItemScore, times: Sequence[str]) -> list[ElementTree.Element]:
    """Return one case per check, each with its time; one skipped case for an item without checks. The texts must be
    harmless."""
    classname = f"{assignment}.{entry.item.id}"
    if entry.outcomes:
        return [_case(classname, outcome, time) for outcome, time in zip(entry.outcomes, times, strict=True)]
    case = ElementTree.Element("testcase", classname=classname, name=entry.item.title, time="0.000")
    if entry.status == "error":
        ElementTree.SubElement(case, "error", message=entry.note)
    elif entry.status != "graded":
        ElementTree.SubElement(case, "skipped", message=f"{entry.status}: {entry.note}")
    return [case]


def _case(classname: str, outcome: Outcome, time: str) -> ElementTree.Element:
    case = ElementTree.Element("testcase", classname=classname, name=outcome.check, time=time)
    tag = {"failed": "failure", "error": "error", "passed": None}.get(outcome.status, "skipped")
    tag = "skipped" if tag == "failure" and outcome.is_remark else tag
    if tag:
        words = WORDS.get(outcome.status, "a remark, which costs nothing") if tag == "skipped" else ""
        details = "\n".join(filter(None, (counterexample_text(outcome.counterexample), outcome.message)))
        ElementTree.SubElement(case, tag, message=": ".join(filter(None, (words, outcome.sentence)))).text = details
    return case
