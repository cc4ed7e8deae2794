"""One JUnit XML file for the class, as pytest writes it. Written for staff: hidden checks appear in full.

`testsuites` > `testsuite` (name, errors, failures, skipped, tests, time, timestamp, hostname), one per student and
named by the class's id, > `testcase` (classname, name, time) with `failure` | `error` | `skipped` (message), and
`properties`.
The host's name is left out of it, since equal grades give equal bytes.
"""

from __future__ import annotations

from xml.etree import ElementTree

from autograder.exports.cells import number
from autograder.exports.options import Options
from autograder.exports.people import as_score
from autograder.grades import Class, Grade
from autograder.reports.harmless import clean, each_text
from autograder.reports.junit import add_cases, cases_of, times_of

NAME = "junit"


def files(graded: Class, options: Options) -> dict[str, bytes]:
    """Return the XML file. Raises nothing."""
    assignment = clean(graded.assignment)
    root = ElementTree.Element("testsuites", name=assignment)
    for grade in graded.grades:
        root.append(_suite(assignment, each_text(grade, clean), number(grade.total) or "none"))
    ElementTree.indent(root)
    text = '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"
    return {"junit.xml": text.encode("utf-8")}


def _suite(assignment: str, grade: Grade, total: str) -> ElementTree.Element:
    suite = ElementTree.Element("testsuite", name=grade.person.id)
    holder = ElementTree.SubElement(suite, "properties")
    facts = {"name": grade.person.name, "status": grade.status, "total": total}
    facts |= {"submission": grade.hand_in.name} if grade.hand_in else {}
    facts |= {f"deduction {n}": deduction.sentence for n, deduction in enumerate(grade.deductions, 1)}
    for name, value in facts.items():
        ElementTree.SubElement(holder, "property", name=name, value=value)
    cases = [
        case
        for own in grade.items
        for case in cases_of(assignment, as_score(own), times_of(outcome.seconds for outcome in own.outcomes))
    ]
    if (whole := _whole(assignment, grade)) is not None:
        cases.insert(0, whole)
    add_cases(suite, cases)
    spent = sum(outcome.seconds for own in grade.items for outcome in own.outcomes)
    suite.set("time", f"{grade.seconds.get('total', spent):.3f}")
    suite.set("timestamp", grade.graded_at)
    suite.set("hostname", "localhost")
    return suite


def _whole(assignment: str, grade: Grade) -> ElementTree.Element | None:
    """The case of the hand-in itself, where something ended the grading or nothing was there."""
    found = {
        "missing": ("skipped", "Nothing was handed in."),
        "refused": ("failure", "Nothing of it could be graded."),
        "failed": ("error", "The grader failed."),
    }.get(grade.status)
    if found is None:
        return None
    case = ElementTree.Element("testcase", classname=assignment, name="submission", time="0.000")
    ElementTree.SubElement(case, found[0], message=found[1]).text = grade.problem
    return case
