"""report.html: one file without outside resources, light and dark, fit for printing."""

from __future__ import annotations

from autograder.reports import drawings, templates
from autograder.reports.view import Content

NAME = "report.html"


def render(content: Content) -> str:
    """The page. Jinja escapes every text; the page's own policy forbids scripts and outside resources besides."""
    return templates.page().render(content=content, report=content.report, drawn=drawings.drawn(content))
