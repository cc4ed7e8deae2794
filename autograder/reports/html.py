"""report.html: one file without outside resources, light and dark, fit for a phone and for printing."""

from __future__ import annotations

from autograder.reports import drawings, mend, templates
from autograder.reports.trainings import is_smoke
from autograder.reports.view import Content
from autograder.reports.words import tally

NAME = "report.html"


def render(content: Content) -> str:
    """The page. Jinja escapes every text; the page's own policy forbids scripts and outside resources besides."""
    content = content.told
    return templates.page().render(
        content=content,
        report=content.report,
        rows=[item for item in content.items if item.is_row],
        failing=[item for item in content.items if item.failing],
        remarked=[item for item in content.items if item.remarks],
        passing=[item for item in content.items if item.others],
        pending=any(item.entry.status == "pending" for item in content.items),
        drawn=drawings.drawn(content),
        tally=tally(content.report.score),
        mends=mend.to_mend(content),
        waiting=[] if content.stopped else mend.waiting(content),
        most_mends=mend.FIRST,
        smoke=is_smoke(content.report),
    )
