"""report.md: the report for reading in a repository, a mail or an issue; and the texts inside results.json."""

from __future__ import annotations

from autograder.reports import templates
from autograder.reports.view import Content, ItemContent

NAME = "report.md"


def render(content: Content) -> str:
    """The whole report as Markdown."""
    report, _ = templates.markdown()
    rows = [told for told in content.items if not content.report.problem or told.entry.status != "pending"]
    return report.render(content=content, report=content.report, rows=[] if content.report.failure else rows)


def summary(content: Content) -> str:
    """Total, what stopped the grading, and remarks."""
    return _part("summary", content)


def item_text(told: ItemContent) -> str:
    """One item for its reader: note, substitutes, failed checks with their counterexamples, then the others."""
    return _part("text", told)


def _part(macro: str, value: Content | ItemContent) -> str:
    _, parts = templates.markdown()
    return str(getattr(parts, macro)(value)).strip("\n")
