"""junit.xml as pytest writes it, for continuous integration. Written for staff: hidden checks appear in full."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from xml.etree import ElementTree

from autograder.records import ItemScore, Outcome, Report
from autograder.reports.failures import counterexample_text
from autograder.reports.view import Content
from autograder.reports.words import WORDS, points

NAME = "junit.xml"


def render(content: Content) -> str:
    """The file's text. ElementTree escapes; what XML can't hold at all, no content has."""
    report = content.staff
    suite = ElementTree.Element("testsuite", name=report.assignment or "autograder")
    _properties(suite, report)
    cases = [
        case
        for told, seconds in zip(content.items, content.seconds, strict=True)
        for case in cases_of(report.assignment, told.staff, seconds)
    ]
    if report.problem or report.failure:
        cases.insert(0, _submission(report, content.headline))
    add_cases(suite, cases)
    suite.set("time", f"{report.seconds.get('total', 0.0):.3f}")
    suite.set("timestamp", report.started)
    suite.set("hostname", platform.node())
    if report.output:
        ElementTree.SubElement(suite, "system-out").text = report.output
    root = ElementTree.Element("testsuites", name="autograder")
    root.append(suite)
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def add_cases(suite: ElementTree.Element, cases: Sequence[ElementTree.Element]) -> None:
    """Put the cases into the suite, with their counts."""
    suite.extend(cases)
    for name, tag in (("errors", "error"), ("failures", "failure"), ("skipped", "skipped")):
        suite.set(name, str(sum(case.find(tag) is not None for case in cases)))
    suite.set("tests", str(len(cases)))


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


def cases_of(assignment: str, entry: ItemScore, seconds: Sequence[float]) -> list[ElementTree.Element]:
    """Return one case per check, each with its seconds; one skipped case for an item without checks. The texts must be
    harmless."""
    classname = f"{assignment}.{entry.item.id}"
    if entry.outcomes:
        return [_case(classname, outcome, own) for outcome, own in zip(entry.outcomes, seconds, strict=True)]
    case = ElementTree.Element("testcase", classname=classname, name=entry.item.title, time="0.000")
    if entry.status == "error":
        ElementTree.SubElement(case, "error", message=entry.note)
    elif entry.status != "graded":
        ElementTree.SubElement(case, "skipped", message=f"{entry.status}: {entry.note}")
    return [case]


def _case(classname: str, outcome: Outcome, seconds: float) -> ElementTree.Element:
    case = ElementTree.Element("testcase", classname=classname, name=outcome.check, time=f"{seconds:.3f}")
    tag = {"failed": "failure", "error": "error", "passed": None}.get(outcome.status, "skipped")
    tag = "skipped" if tag == "failure" and outcome.is_remark else tag
    if tag:
        words = WORDS.get(outcome.status, "a remark, which costs nothing") if tag == "skipped" else ""
        details = "\n".join(filter(None, (counterexample_text(outcome.counterexample), outcome.message)))
        ElementTree.SubElement(case, tag, message=": ".join(filter(None, (words, outcome.sentence)))).text = details
    return case
