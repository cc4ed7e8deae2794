"""The page's pictures of trainings, the notebook's and the judge's own, with the sentences below them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from autograder.evidence import ClassVerdict
from autograder.reports import pictures
from autograder.reports.trainings import MEANING, STANDINGS, SYNTHETIC, Section, is_share, source
from autograder.reports.view import Content


@dataclass(frozen=True)
class Picture:
    """An `<svg>` element and the sentence below it."""

    svg: Markup
    caption: str


@dataclass(frozen=True)
class Drawn:
    """All pictures of one page; `sections` and `verdicts`: one for each, None where nothing is to be drawn."""

    overviews: tuple[Picture, ...]
    sections: tuple[Picture | None, ...]
    verdicts: tuple[Picture | None, ...]


def drawn(content: Content) -> Drawn:
    """Draw them; where there was no training, nothing."""
    report = content.report
    return Drawn(
        tuple(_overviews(content.sections, report.bar)),
        tuple(_chapters(content.sections)),
        tuple(_attempts(verdict, n) for n, verdict in enumerate(report.accuracy)),
    )


def _overviews(found: Sequence[Section], bar: float | None) -> list[Picture]:
    """One picture for each standing."""
    drawn = []
    for standing in STANDINGS:
        chosen = [(section, section.of(standing)) for section in found if section.of(standing)]
        if chosen:
            data = sorted({row.training.data for _, rows in chosen for row in rows} - {""})[:3]
            asked = None if SYNTHETIC in data else bar  # nobody need reach it on a little made-up data
            svg = Markup(pictures.overview(chosen, asked, f"overview-{standing}"))
            on = f", on {' and '.join(map(source, data))}" if data else ""
            drawn.append(Picture(svg, f"All trainings {MEANING[standing]}{on}: by part and by size."))
    return drawn


def _chapters(found: Sequence[Section]) -> list[Picture | None]:
    """The sections' learning curves, as many as a page should hold, what we saw before what is claimed."""
    drawable = sorted(
        (row for section in found for row in section.rows if pictures.has_curve(row)), key=lambda row: row.number
    )
    last = drawable[: pictures.ALL_PANELS][-1].number if drawable else 0
    return [_curves(section, last, f"curves-{n}") for n, section in enumerate(found)]


def _curves(section: Section, last: int, name: str) -> Picture | None:
    """The learning curves up to training number `last`."""
    drawable = [row for row in section.rows if pictures.has_curve(row)]
    shown = [row for row in drawable if row.number <= last]
    if not shown:
        return None
    claims = any(row.training.standing == "claimed" for row in shown)
    caption = "Learning curves" + ("; “claims” marks those in the stored outputs." if claims else ".")
    if len(drawable) > len(shown):
        caption += f" {len(drawable) - len(shown)} more are not drawn."
    return Picture(Markup(pictures.learning_curves(shown, name)), caption)


def _attempts(verdict: ClassVerdict, place: int) -> Picture | None:
    drawable = [attempt for attempt in verdict.attempts if attempt.curve]
    if not drawable or not is_share(verdict.metric):  # of other figures the table is enough
        return None
    caption = "Validation accuracy while the grader trained this class; a star is the accuracy on the test data."
    if len(drawable) > pictures.ATTEMPTS:
        caption += f" {len(drawable) - pictures.ATTEMPTS} more attempts are not drawn."
    return Picture(Markup(pictures.attempts(verdict, f"attempts-{place}")), caption)
