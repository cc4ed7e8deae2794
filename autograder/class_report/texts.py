"""Texts cut and made harmless: names, titles and messages may be as long and as odd as a platform lets them."""

from __future__ import annotations

from autograder.reports.harmless import clean


def line(text: str, longest: int = 80) -> str:
    """One line, cut."""
    text = " ".join(clean(text[: 8 * longest]).split())
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def brief(text: str, longest: int = 600) -> str:
    """Several lines, cut."""
    text = clean(text[: longest + 1])
    return text if len(text) <= longest else f"{text[:longest]} … (cut)"
