"""Pages as one running text without headers, footers and hyphens at line ends; a form feed ends each page."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

PAGE_END = "\f"
_NUMBER = re.compile(r"\W*(?:page )?(\d{1,3})(?: ?(?:/|of) ?\d{1,3})?\W*", re.IGNORECASE)
_KEPT = re.compile(r"true|false|problem|question|^\W*[TF]\b|^\W*\d+\W*$", re.IGNORECASE)  # never a header
_LONGEST = 1_000_000  # letters of all text cells
_EDGE = 2  # lines at a page's top and bottom that may be header and footer


def flow(pages: Sequence[str]) -> str:
    """The running text of a report."""
    split = [[line.strip() for line in page.splitlines() if line.strip()] for page in pages]
    seen = Counter(shape for lines in split for shape in {_shape(line) for line in _edges(lines)})
    repeated = {shape for shape, count in seen.items() if count >= max(3, len(pages) / 2)}
    shift = _shift(split)
    texts = [_without_edges(lines, repeated, None if shift is None else n + shift) for n, lines in enumerate(split)]
    joined = (re.sub(r"([a-z]{2})[-\u2010\u00ad]\n([a-z]{2})", r"\1\2", text) for text in texts)
    return "".join(_tight(text) + PAGE_END + "\n" for text in joined)


def markdown_flow(cells: Sequence[str]) -> str:
    """The running text of a notebook's text cells, without Markdown's marks, except those of headings."""
    text = re.sub(r"</?[a-zA-Z][^<>]{0,200}>", " ", "\n\n".join(cells)[:_LONGEST])
    return _tight(re.sub(r"[*_`>|~]+", " ", text)) + "\n"


def _tight(text: str) -> str:
    """At most two blanks and one empty line in a row: patterns for what stands around them take squared time."""
    return re.sub(r"\n(?: {0,2}\n){2,}", "\n\n", re.sub(r"[^\S\n]{3,}", "  ", text))


def _edges(lines: list[str]) -> list[str]:
    return [line for line in (*lines[:_EDGE], *lines[-_EDGE:]) if not _KEPT.search(line)]


def _shape(line: str) -> str:
    """A header with its page number left out."""
    return re.sub(r"\d+", "#", line)


def _shift(pages: list[list[str]]) -> int | None:
    """The first page's number, if most pages carry theirs on a line of its own: a lone number may be an answer's."""
    found = Counter(
        int(match[1]) - n
        for n, lines in enumerate(pages)
        for match in map(_NUMBER.fullmatch, {*lines[:1], *lines[-1:]})
        if match
    )
    shift, count = max(found.items(), key=lambda pair: pair[1], default=(0, 0))
    return shift if count >= 2 and count > len(pages) / 2 else None


def _without_edges(lines: list[str], repeated: set[str], number: int | None) -> str:
    kept = []
    for position, line in enumerate(lines):
        outer = position < _EDGE or position >= len(lines) - _EDGE
        match = _NUMBER.fullmatch(line) if position in (0, len(lines) - 1) else None
        header = outer and not _KEPT.search(line) and _shape(line) in repeated
        if not header and not (match and int(match[1]) == number):
            kept.append(line)
    return "\n".join(kept) + "\n"
