"""Where a report answers which numbered statement: its running text cut at labels such as `Problem 1.3`, `(3)`, `Q3:`.

Reports number other things too. A label counts when it belongs to the style in which most statements are answered, or
when a verdict follows it at once; every other one is text of the answer above it.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from autograder.report_pdf.flow import PAGE_END
from autograder.report_pdf.verdicts import Ruling, find_verdict

_LONGEST = 1500  # letters of an answer, its statement repeated included
_MOST = 1_000  # labels that are looked at
_LABEL = re.compile(
    r"^[ \t•–*#-]{0,8}(?P<word>problem|question|statement|answer|item|no\.?|q|p|tf|t/f|true/false)?[ \t.#:_-]{0,8}"
    r"(?P<open>[(\[]?)(?:(?P<section>[1-9])[.-])?(?P<number>10|[1-9])"
    r"(?P<close>[ \t]{0,4}[.):\]]{1,2}|[ \t]{0,4}[–—-](?=\s)|(?=\s))(?![\d%])",
    re.MULTILINE | re.IGNORECASE,
)
# In two columns one line holds two answers; there a number counts only with its verdict.
_INSIDE = re.compile(
    r"(?<=\S)[ \t]+(?:(?P<word>problem|question|q)[ \t]*)?(?P<open>[(\[]?)(?:(?P<section>[1-9])\.)?(?P<number>10|[1-9])"
    r"(?P<close>[.):\]]+)(?=[ \t]+(?:(?i:true|false)|[TF])\b[ \t]*[.,:;–—-])",
    re.IGNORECASE,
)
_HEADING = re.compile(
    r"^[^\w\n]{0,8}(?:(?:problem|question|part|section|exercise|task)\s{0,4})?(?:\d{1,2}|[IVX]{1,4})?[\s.:)\]–-]{0,8}"
    r"(?:lab\s?\d|lab\b|labrnn|references\b|bibliography\b|appendix\b)|^[^\w\n]{0,8}part\s+(?:ii|2|b)\b"
    r"|^[ \t]{0,4}#{1,6}[ \t](?!\W{0,8}(?:(?:answer|solution|reason|explanation|true|false)|[TF]\b))",
    re.MULTILINE | re.IGNORECASE,
)
_PARTS = ("word", "section", "open", "close")
Style = tuple[str, str, str, str]


@dataclass(frozen=True)
class Block:
    """What stands under one label. `cut`: its page ends right after it, and perhaps before its end."""

    number: int
    text: str
    verdict: Ruling
    page: int
    cut: bool
    columns: bool = False


@dataclass(frozen=True)
class _Label:
    number: int
    start: int
    end: int
    style: Style
    inside: bool


def find_blocks(text: str) -> dict[int, list[Block]]:
    """By number, every passage that answers the statement; a passage without a verdict only where there is no other."""
    labels = _labels(text)
    page_ends = [match.start() for match in re.finditer(PAGE_END, text)]
    blocks = [_block(text, page_ends, labels, position) for position in range(len(labels))]
    covered: dict[Style, set[int]] = defaultdict(set)
    for label, block in zip(labels, blocks, strict=True):
        if block.verdict.said or block.verdict.competing:
            covered[label.style].add(label.number)
    main = max(covered, key=lambda style: len(covered[style]), default=None)
    if main is None:
        return {}
    kept = [
        label for label, block in zip(labels, blocks, strict=True) if _counts(label, block.verdict, main, covered[main])
    ]
    found: dict[int, list[Block]] = defaultdict(list)
    for position, label in enumerate(kept):
        found[label.number].append(_block(text, page_ends, kept, position))
    return {number: _telling(own) for number, own in found.items()}


def _labels(text: str) -> list[_Label]:
    found: dict[int, _Label] = {}
    for pattern in (_INSIDE, _LABEL):
        for match in islice(pattern.finditer(text), _MOST):
            label = _Label(int(match["number"]), match.start(), match.end(), _style(match), pattern is _INSIDE)
            found[match.start("number")] = label
    return [found[start] for start in sorted(found)]


def _style(match: re.Match[str]) -> Style:
    """How it is written; after a word or a section's number the sign that follows varies within one report."""
    word, section, opening, closing = ((match[part] or "").strip().lower() for part in _PARTS)
    return word, section, opening, "" if word or section else closing


def _counts(label: _Label, verdict: Ruling, main: Style, covered: set[int]) -> bool:
    """Whether a label begins an answer. In the main style a label without a verdict is an unanswered statement, unless
    the statement is answered elsewhere; a bare number alone at the start of a line may be any number."""
    answered = bool(verdict.said) or verdict.competing
    if label.style == main or label.inside:
        return answered or (label.number not in covered and any(label.style))
    return label.number not in covered and verdict.lead


def _block(text: str, page_ends: Sequence[int], labels: Sequence[_Label], position: int) -> Block:
    label = labels[position]
    end = labels[position + 1].start if position + 1 < len(labels) else len(text)
    heading = _HEADING.search(text, label.end, end)
    passage = text[label.end : heading.start() if heading else end]
    cut = passage.rstrip(" \n").endswith(PAGE_END)
    passage = passage[:_LONGEST]
    columns = label.inside or any(other.inside for other in labels[position + 1 : position + 2])
    return Block(label.number, passage, find_verdict(passage), bisect_left(page_ends, label.start) + 1, cut, columns)


def _telling(blocks: list[Block]) -> list[Block]:
    said = [block for block in blocks if block.verdict.said or block.verdict.competing]
    return said or blocks[:1]
