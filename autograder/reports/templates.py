"""The templates of the formats that people read, compiled once in a process and before it forks.

Both kinds escape by themselves: what a template prints is plain text to it unless it is Markup, and becomes plain text
of its format. In Markdown a printed text is one line; a filter makes it code, a block or a sentence with code in it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from markupsafe import Markup, escape

from autograder.metrics import in_words
from autograder.records import ItemScore
from autograder.reports import markdown_text, trainings
from autograder.reports.failures import explanation, proof
from autograder.reports.snippets import can_be_tried, draws_weights, snippet
from autograder.reports.words import VERDICTS, WORDS, lost, points

if TYPE_CHECKING:
    from jinja2 import Environment, Template
    from jinja2.environment import TemplateModule

_SYMBOLS = {"passed": "✓", "failed": "✗", "error": "!", "skipped": "–", "unjudged": "?", "pending": "?"}
_FILTERS: tuple[Callable[..., Any], ...] = (
    lost, points, in_words, explanation, trainings.short, trainings.cut, trainings.percent, trainings.reading,
    trainings.figure, trainings.thousands, trainings.seconds,
    trainings.run_summary, trainings.smoke_note, trainings.source, trainings.extent, trainings.trouble,
    trainings.breaches, trainings.answers, trainings.measured, trainings.best_epoch, trainings.least_loss,
    trainings.count_by_standing,
)  # fmt: skip
_PARTS = ("article", "row", "waiting_row", "checks")  # macros of item.html.j2: the same for the same item


@cache
def page() -> Template:
    """Of report.html."""
    filters: dict[str, Callable[..., Any]] = {"prose": prose, "share": _share, "width": _width, "anchor": _anchor}
    filters |= {"can_be_tried": can_be_tried, "snippet": snippet, "draws_weights": draws_weights}
    environment = _environment((".html.j2", ".css.j2"), filters)
    parts: Any = environment.get_template("item.html.j2").module
    environment.globals.update({name: lru_cache(4000)(getattr(parts, name)) for name in _PARTS})
    return environment.get_template("report.html.j2")


@cache
def markdown() -> tuple[Template, TemplateModule]:
    """Of report.md, and the macros for parts of it."""
    texts = {name: _markup(getattr(markdown_text, name)) for name in ("prose", "code", "cell", "fence")}
    environment = _environment(".md.j2", {**texts, "proof": proof}, finalize=_line)
    parts: Any = environment.get_template("item.md.j2").module
    environment.globals["row"] = lru_cache(4000)(parts.row)
    return environment.get_template("report.md.j2"), parts


def _environment(kind: str | tuple[str, ...], filters: Mapping[str, Callable[..., Any]], **options: Any) -> Environment:
    """With every template of this kind compiled in it: what one includes would else be compiled at its first use."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        auto_reload=False,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        **options,
    )
    environment.filters.update({change.__name__: change for change in _FILTERS}, **filters)
    symbols = {status: Markup(symbol) for status, symbol in _SYMBOLS.items()}
    environment.globals.update(
        symbols=symbols, words=WORDS, verdicts=VERDICTS, sources=trainings.SOURCES, most=trainings.SENTENCES
    )
    for name in environment.list_templates(filter_func=lambda name: name.endswith(kind)):
        environment.get_template(name)
    return environment


# ---- Markdown --------------------------------------------------------------------------------------------------------
def _line(value: object) -> Markup:
    """What a template prints, as plain text on one line, unless it is Markdown already."""
    return value if isinstance(value, Markup) else Markup(markdown_text.escape(str(value)))


def _markup(change: Callable[[str], str]) -> Callable[[str], Markup]:
    return lambda text: Markup(change(text))


# ---- HTML ------------------------------------------------------------------------------------------------------------
@lru_cache(1000)
def prose(text: str) -> Markup:
    """A sentence with its `backticked` words as code."""
    return Markup("").join(
        Markup("<code>{}</code>").format(piece) if is_code else escape(piece)
        for is_code, piece in markdown_text.spans(text)
    )


def _anchor(item: str) -> str:
    """An item's id as the fragment of a link."""
    return quote(item, safe="")


def _share(entry: ItemScore) -> float:
    return (entry.score or 0.0) / entry.item.points


def _width(share: float) -> str:
    """For a style attribute, where a comma or an exponent would be wrong."""
    return f"{100 * min(1.0, max(0.0, share)):.1f}%"
