"""The formats that people read: they say what matters, and no student's text becomes markup in them."""

from __future__ import annotations

import io
import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from reading import html_of, junit_of, markdown_of
from rich.console import Console

from autograder.records import Report
from autograder.reports import markdown_text, templates, terminal
from autograder.reports.harmless import LONGEST, clean
from autograder.reports.view import content_of
from autograder.reports.words import points

FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")


class Page(HTMLParser):
    """Collects a page's tags, attributes and text, as a browser would see them."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data


def on_terminal(report: Report, width: int = 80, encoding: str = "utf-8", *, color: bool = False) -> str:
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding=encoding)
    terminal.show(report, Console(file=file, width=width, force_terminal=color, highlight=False))
    file.flush()
    return raw.getvalue().decode(encoding)


# ---- all of them ---------------------------------------------------------------------------------------------------
def test_nothing_unprintable_comes_through(every: list[Report]) -> None:
    for report in every:
        for text in (html_of(report), markdown_of(report), junit_of(report), on_terminal(report)):
            assert not FORBIDDEN.search(text)
            text.encode("utf-8")


def test_hidden_checks_stay_hidden_from_students(mixed: Report, secret: str) -> None:
    for text in (html_of(mixed), markdown_of(mixed), on_terminal(mixed)):
        assert secret not in text and "min_freq" in text
    assert secret in junit_of(mixed)  # written for staff


def test_the_headline_says_how_it_stands(every: list[Report]) -> None:
    perfect, mixed, grader_error, unreadable, failure = every
    for render in (markdown_of, on_terminal):
        assert "100 of 100 points, and 15 of 15 bonus points" in " ".join(render(perfect).split())
        assert "of 23 points so far; 72 points in 30 items and 15 bonus points in 8 items still" in " ".join(
            render(mixed).split()
        )
        assert "No total" in render(grader_error) and "No total" in render(failure)
        assert "can't be graded" in render(unreadable)


# ---- HTML ----------------------------------------------------------------------------------------------------------
def test_html_is_one_page_without_scripts_or_outside_resources(every: list[Report]) -> None:
    for report in every:
        page = Page(html_of(report))
        assert page.tags.count("html") == page.tags.count("body") == 1
        assert not {"script", "img", "link", "iframe", "form", "svg"} & set(page.tags)
        for name, value in page.attributes:
            assert not name.startswith("on") and name != "src"
            assert name != "href" or (value or "").startswith("#")


def test_html_shows_hostile_text_as_text(mixed: Report) -> None:
    page = Page(html_of(mixed))
    assert "<script>alert(1)</script>" in page.text and "{{ 7*7 }}" in page.text and "</pre></html>" in page.text


def test_html_shows_what_was_found(mixed: Report) -> None:
    text = Page(html_of(mixed)).text
    found = ("2nd code cell, line 3", "3rd code cell", "The call", "Your code gave", "Expected", "7f3a91c2", "tier 1")
    for expected in (*found, "hidden check"):
        assert expected in text
    assert "Tested together with a correct tokenize" in " ".join(text.split())


@given(st.floats(allow_nan=False))
def test_bar_widths_are_plain_percentages(share: float) -> None:
    assert re.fullmatch(r"\d{1,3}\.\d%", templates._width(share))


# ---- Markdown ------------------------------------------------------------------------------------------------------
def tokens(source: str) -> list[tuple[str, str]]:
    """All tokens, inline ones too, of a renderer that knows tables, raw HTML and bare links."""
    parser = MarkdownIt("commonmark", {"html": True}).enable("table")
    flat = [part for token in parser.parse(source) for part in (token, *(token.children or []))]
    return [(part.type, part.content) for part in flat]


def test_markdown_holds_no_html_and_no_links(every: list[Report]) -> None:
    for report in every:
        kinds = {kind for kind, _ in tokens(markdown_of(report))}
        assert not kinds & {"html_inline", "html_block", "link_open", "image"}
        assert ("table_open" in kinds) == (not report.problem and not report.failure)


def test_markdown_headings_are_ours(mixed: Report) -> None:
    lines = [line for kind, line in tokens(markdown_of(mixed)) if kind == "inline"]
    assert "About this run" in lines
    parsed = MarkdownIt("commonmark").parse(markdown_of(mixed))
    assert sum(token.type == "heading_open" for token in parsed) == 1 + 3 + 2  # title, failed items, cells, run


@given(st.text(st.characters(), min_size=1, max_size=80))
def test_markdown_gives_back_exactly_the_text(text: str) -> None:
    text = " ".join(clean(text).split())
    if text:
        parsed = MarkdownIt("commonmark", {"html": True}).enable("table").parse(markdown_text.escape(text))
        assert [token.type for token in parsed] == ["paragraph_open", "inline", "paragraph_close"]
        children = parsed[1].children or []
        assert {child.type for child in children} <= {"text", "text_special"}
        assert "".join(child.content for child in children) == text
        [code] = MarkdownIt("commonmark").parse(markdown_text.code(text))[1].children or []
        assert code.type == "code_inline" and code.content == text


@given(st.text(st.characters(), min_size=1, max_size=80))
def test_nothing_ends_a_fence(text: str) -> None:
    [block] = MarkdownIt("commonmark").parse(markdown_text.fence(clean(text)))
    assert block.type == "fence" and block.content.rstrip("\n") == clean(text).rstrip("\n")


@given(st.text(st.sampled_from("`|\\\\<b>*-#"), max_size=12))
def test_no_text_in_a_table_gets_out_of_its_cell(text: str) -> None:
    table = f"| a | b |\n|---|---|\n| {markdown_text.cell(f'x {text} y')} | end |"
    cells = [content for kind, content in tokens(table) if kind == "inline"]
    assert len(cells) == 4 and cells[-1] == "end"
    assert not {kind for kind, _ in tokens(table)} & {"html_inline", "em_open", "strong_open"}


def test_what_a_template_prints_is_plain_text_without_any_filter(hostile: str) -> None:
    report, _ = templates.markdown()
    shown = report.environment.from_string("{{ text }}, {{ text | code }}").render(text=hostile)
    assert shown == f"{markdown_text.escape(hostile)}, {markdown_text.code(hostile)}"


# ---- terminal ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("width", [80, 40])
def test_terminal_fits_its_width(every: list[Report], width: int) -> None:
    for report in every:
        assert max(len(line) for line in on_terminal(report, width).splitlines()) <= width


def test_terminal_parses_no_markup_and_lets_no_escape_through(mixed: Report) -> None:
    shown = on_terminal(mixed, color=True)
    plain = re.sub(r"\x1b\[[0-9;]*m", "", shown)
    assert "[red]x[/red]" in plain and "\\x1b[31m" in plain
    assert "\x1b]8;" not in shown and "\x1b" not in plain


def test_terminal_without_unicode_does_not_crash(every: list[Report]) -> None:
    for report in every:
        on_terminal(report, encoding="ascii")


# ---- JUnit ---------------------------------------------------------------------------------------------------------
def test_junit_parses_and_counts(every: list[Report]) -> None:
    for report in every:
        [suite] = ElementTree.fromstring(junit_of(report).encode("utf-8"))
        cases = suite.findall("testcase")
        assert int(suite.get("tests", "")) == len(cases)
        for name, tag in (("errors", "error"), ("failures", "failure"), ("skipped", "skipped")):
            assert int(suite.get(name, "")) == len(suite.findall(f"testcase/{tag}"))
        assert all(case.get("classname") and case.get("name") and case.get("time") for case in cases)


def test_junit_tells_failures_from_errors(mixed: Report, grader_error: Report, failure: Report) -> None:
    assert 'failures="3"' in junit_of(mixed) and 'errors="0"' in junit_of(mixed)
    assert 'errors="1"' in junit_of(grader_error)
    assert 'errors="1"' in junit_of(failure)


# ---- the view ------------------------------------------------------------------------------------------------------
@given(st.text(st.characters(), max_size=100))
def test_clean_text_stays_clean(text: str) -> None:
    assert not FORBIDDEN.search(clean(text)) and clean(clean(text)) == clean(text)


def test_long_text_is_cut() -> None:
    assert len(clean("x" * 1_000_000)) < LONGEST + 20


def test_printed_output_is_kept_only_without_hidden_checks(mixed: Report, perfect: Report, secret: str) -> None:
    assert content_of(mixed).report.output == ""
    kept = content_of(Report(**{**vars(perfect), "output": secret})).report
    assert kept.output == secret


@pytest.mark.parametrize(("number", "text"), [(3.25, "3.25"), (4.0, "4"), (100.0, "100"), (0.0, "0"), (None, "–")])
def test_points(number: float | None, text: str) -> None:
    assert points(number) == text
