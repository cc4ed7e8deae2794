"""Plain text as Markdown: nothing that a student wrote becomes markup, HTML or a link."""

from __future__ import annotations

import re
from functools import lru_cache


def spans(text: str) -> list[tuple[bool, str]]:
    """A sentence cut at its `backticked` words: (is it code, the piece). What to do about it is each format's."""
    pieces = re.split(r"`([^`\n]+)`", text)
    return [(position % 2 == 1, piece) for position, piece in enumerate(pieces) if piece]


@lru_cache(1000)
def escape(text: str) -> str:
    """Plain text as one Markdown line: nothing in it is markup, HTML, or a new block."""
    return _escape_start(_escape_inside(" ".join(text.split())))


@lru_cache(1000)  # mostly the checks' own sentences, for every submission
def prose(text: str) -> str:
    """A sentence as one Markdown line: `words in backticks` stay code, everything else is plain."""
    pieces = [code(piece) if is_code else _escape_inside(piece) for is_code, piece in spans(" ".join(text.split()))]
    return _escape_start("".join(pieces))


def code(text: str) -> str:
    """Plain text as a code span that nothing inside can end."""
    text = " ".join(text.split()) or " "
    ticks = "`" * (_longest_run(text) + 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{ticks}{pad}{text}{pad}{ticks}"


def cell(text: str) -> str:
    """A sentence inside a table: no pipe ends its cell, not even one in code."""
    return re.sub(r"(?<!\\)\|", r"\\|", prose(text))


def fence(text: str) -> str:
    """Plain text as a fenced block that nothing inside can end; nothing for none."""
    ticks = "`" * max(3, _longest_run(text) + 1)
    return f"{ticks}text\n{text}\n{ticks}" if text else ""


def _escape_inside(text: str) -> str:
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    text = re.sub(r"([\\`*_{}\[\]#|~!$])", r"\\\1", text)
    return re.sub(r"(?i)\b(https?|ftp|mailto)(:)|\b(www)(\.)", r"\1\3\\\2\4", text)  # no automatic links


def _escape_start(text: str) -> str:
    """Keep a line's first characters from starting a list or an underlined heading."""
    return re.sub(r"^(?:(\d+)(?=[.)](?:\s|$))|(?=[-+=]))", r"\1\\", text)


def _longest_run(text: str) -> int:
    return max((len(ticks) for ticks in re.findall("`+", text)), default=0)
