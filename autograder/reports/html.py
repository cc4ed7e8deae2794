"""report.html: one file without outside resources, light and dark, fit for printing."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from autograder.records import CellReport, ItemScore, Report
from autograder.reports import trainings, whole
from autograder.reports.failures import explanation, failures, needs_words, remarked
from autograder.reports.view import (
    WORDS,
    cell_name,
    doubts_text,
    headline,
    not_failed,
    parts_text,
    points,
    remarks,
    spans,
    student_view,
    total_text,
    undecided,
    write_text,
)

if TYPE_CHECKING:
    from jinja2 import Template

NAME = "report.html"

_FIGURES: dict[str, Callable[..., object]] = {
    "short": trainings.short,
    "percentage": trainings.percent,
    "figure": trainings.figure,
    "whole": trainings.whole,
    "seconds": trainings.seconds,
    "run_summary": trainings.run_summary,
    "smoke_note": trainings.smoke_note,
    "source": trainings.source,
    "extent": trainings.extent,
    "best_epoch": trainings.best_epoch,
    "least_loss": trainings.least_loss,
    "by_standing": trainings.count_by_standing,
}


def write(report: Report, folder: Path) -> None:
    """Write `report.html`.

    Raises:
        OSError: the folder can't be written.
    """
    write_text(folder / NAME, render(report))


def render(report: Report) -> str:
    """The page. Jinja escapes every text; the page's own policy forbids scripts and outside resources besides."""
    return template().render(**_content(student_view(report)))


@cache
def template() -> Template:
    """The page's template, compiled once."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(points=points, prose=_prose, share=_share, percent=_percent, **_FIGURES)
    return environment.get_template("report.html.j2")


def _content(report: Report) -> dict[str, object]:
    """What the template names."""
    entries = report.score.items
    stopped = bool(report.problem or report.failure)
    return {
        "report": report,
        "headline": headline(report),
        "parts": parts_text(report.score),
        "doubts": doubts_text(report.score),
        "big": total_text(report.score).partition(" "),
        "total": None if report.failure else report.score.total,
        "stopped": stopped,
        "rows": [entry for entry in entries if entry.status != "pending"],
        "waiting": [] if stopped else [entry for entry in entries if entry.status == "pending"],
        "failing": [entry for entry in entries if needs_words(entry)],
        "passing": [entry for entry in entries if not_failed(entry)],
        "remarked": [(entry, outcome) for entry in entries for outcome in remarked(entry)],
        "explanation": explanation,
        "undecided": [entry for entry in entries if undecided(entry)],
        "words": WORDS,
        "cell_name": lambda number: cell_name(report, number),
        "cells": [cell for cell in report.cells if _broke(cell)],
        "remarks": remarks(report),
        "failures": failures,
        "not_failed": not_failed,
        **whole.content(report),
    }


def _broke(cell: CellReport) -> bool:
    return bool(cell.problems) or cell.status == "failed"


def _prose(text: str) -> Markup:
    """A sentence with its `backticked` words as code."""
    return Markup("").join(
        Markup("<code>{}</code>").format(piece) if is_code else escape(piece) for is_code, piece in spans(text)
    )


def _share(entry: ItemScore) -> float:
    return (entry.score or 0.0) / entry.item.points


def _percent(share: float) -> str:
    """For a style attribute, where a comma or an exponent would be wrong."""
    return f"{100 * min(1.0, max(0.0, share)):.1f}%"
