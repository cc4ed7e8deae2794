"""report.md: the report for reading in a repository, a mail or an issue; and the texts inside results.json."""

from __future__ import annotations

from typing import Any

from autograder.reports import mend, templates
from autograder.reports.trainings import is_smoke
from autograder.reports.view import Content, ItemContent

NAME = "report.md"


def render(content: Content) -> str:
    """The whole report as Markdown."""
    template, _ = templates.markdown()
    content = content.told
    return template.render(
        content=content,
        report=content.report,
        rows=[] if content.report.failure else [told for told in content.items if told.is_row],
        waiting=[] if content.stopped else mend.waiting(content),
        smoke=is_smoke(content.report),
    )


def summary(content: Content) -> str:
    """Total, what stopped the grading, and remarks."""
    parts: Any = templates.markdown()[1]
    return str(parts.summary(content)).strip("\n")


def item_text(told: ItemContent) -> str:
    """One item for its reader."""
    return str(told.markdown).strip("\n")
