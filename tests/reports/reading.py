"""Ways to read a report as its readers do: the page, its pictures, the rendered Markdown, the terminal."""

from __future__ import annotations

import io
import re
from html.parser import HTMLParser

from markdown_it import MarkdownIt
from rich.console import Console

from autograder.records import Report
from autograder.reports import html, junit, markdown, results_json, terminal
from autograder.reports.view import content_of


class Page(HTMLParser):
    """A page's tags, attributes and text; the text inside pictures apart."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = self.drawn = ""
        self.inside = False
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        self.inside = self.inside or tag == "svg"

    def handle_endtag(self, tag: str) -> None:
        self.inside = self.inside and tag != "svg"

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.drawn += data + "\n"
        else:
            self.text += data


def svgs(page: str) -> list[str]:
    return re.findall(r"<svg.*?</svg>", page, flags=re.DOTALL)


def html_of(report: Report) -> str:
    return html.render(content_of(report))


def markdown_of(report: Report) -> str:
    return markdown.render(content_of(report))


def junit_of(report: Report) -> str:
    return junit.render(content_of(report))


def results_of(report: Report) -> str:
    return results_json.render(content_of(report))


def on_terminal(report: Report, width: int = 80) -> str:
    file = io.StringIO()
    terminal.show(report, Console(file=file, width=width, highlight=False))
    return file.getvalue()


def md_text(source: str) -> str:
    """What a reader of the rendered Markdown sees."""
    parsed = MarkdownIt("commonmark", {"html": True}).enable("table").parse(source)
    return "\n".join("".join(c.content for c in token.children or []) for token in parsed if token.type == "inline")
