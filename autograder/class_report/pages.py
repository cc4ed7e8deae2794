"""Fills the templates. Jinja escapes every text, and each is made harmless on its way out; besides, the page's own
policy lets only its one script run and nothing be loaded from outside."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from markupsafe import Markup

from autograder import reports
from autograder.class_report.sides import sides
from autograder.class_report.texts import brief, line
from autograder.class_report.view import MOST_LINKS, MOST_NAMED, view
from autograder.grades import Class, Pair, ScriptLine
from autograder.reports.harmless import clean
from autograder.reports.templates import prose
from autograder.reports.words import points

if TYPE_CHECKING:
    from jinja2 import Environment

HERE = Path(__file__).parent
STYLE = Path(reports.__file__).parent  # with the style sheet that all pages share


def render(graded: Class, pairs: Sequence[Pair] = (), *, pages: Sequence[str] = (), base: Path | None = None) -> str:
    """Return class.html. It is for staff: hidden checks are told in full.

    `pages`: of each pair in this order, the path of its own page (`render_pair`) from here. `base`: the folder that the
    page will stand in; with it, students are linked to the report in their folder below it.
    """
    script = (HERE / "class.js").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    template = _environment().get_template("class.html.j2")
    seen = view(graded, pairs, pages, base)
    return template.render(
        view=seen,
        graded=graded,
        script=Markup(script),
        digest=digest,
        most_links=MOST_LINKS,
        most_named=MOST_NAMED,
    )


def render_pair(
    pair: Pair, left: Sequence[ScriptLine], right: Sequence[ScriptLine], *, title: str = "", back: str = ""
) -> str:
    """Return the page that shows the two scripts side by side, the passages they share marked and linked.

    `left` and `right`: as `similarity.script` gives them; `back`: the path of class.html from here.
    """
    shown = sides(pair, left, right)
    return _environment().get_template("pair.html.j2").render(pair=pair, sides=shown, title=title, back=back)


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader([HERE, STYLE]),
        autoescape=True,
        auto_reload=False,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_harmless,
    )
    environment.filters.update(points=points, prose=_prose, line=line, brief=brief, percent=_percent, figure=_figure)
    return environment


# ---- how values are printed ------------------------------------------------------------------------------------------
def _harmless(value: object) -> object:
    """Whatever a template prints; what is Markup already is our own."""
    return clean(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _prose(text: str) -> Markup:
    return prose(brief(text))


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _figure(seconds: float) -> str:
    """Seconds, as exact as anybody needs."""
    return f"{seconds:.0f}" if seconds >= 100 else f"{seconds:.1f}"
