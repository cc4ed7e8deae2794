"""report.md: the report for reading in a repository, a mail or an issue; and the texts inside results.json."""

from __future__ import annotations

from typing import Any

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
    parts: Any = templates.markdown()[1]
    return str(parts.summary(content)).strip("\n")


def item_text(told: ItemContent) -> str:
    """One item for its reader."""
    return str(told.markdown).strip("\n")
