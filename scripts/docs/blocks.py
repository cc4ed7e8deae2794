"""Reads the fenced blocks of a Markdown page: commands with what they print, and files that they work on.

A block of `console` holds lines `$ command`, each followed by what is shown of its output; one of `sh` a command a
line. A block with `title="path"` is a file. Comments right above a block say what is special about it:

    <!-- not run: it takes half an hour -->
    <!-- exits 3 -->
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SHELLS = ("console", "sh", "bash")
_BLOCK = re.compile(r"((?:^<!--[^\n]*-->\n+)*)^```(\w*)(?: title=\"([^\"]+)\")?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_NOT_RUN = re.compile(r"<!-- not run: (.+?) -->")
_EXITS = re.compile(r"<!-- exits (\d+) -->")
_SPAN = re.compile(r"(?<!`)`((?:[^`\n]|\n(?!\n))+)`(?!`)")


@dataclass(frozen=True)
class Command:
    """One command. `shown`: of its output, as the page has it; None where the page shows nothing of it."""

    text: str
    shown: str | None
    exits: int


@dataclass(frozen=True)
class Block:
    """One fenced block. `path`: the file that it is, or empty; `not_run`: why its commands can't be run, or empty."""

    page: str
    line: int
    language: str
    path: str
    text: str
    not_run: str = ""
    exits: int = 0

    def commands(self) -> list[Command]:
        """Its commands, top to bottom; none where it is no shell's."""
        if self.path or self.language not in SHELLS:
            return []
        text = self.text.replace("\\\n", "")
        if self.language != "console":
            lines = [line.partition("  # ")[0].strip() for line in text.splitlines()]
            return [Command(line, None, self.exits) for line in lines if line and not line.startswith("#")]
        before, *parts = re.split(r"^\$ ", text, flags=re.MULTILINE)
        if before:
            raise ValueError(f"{self.page}:{self.line}: a console begins with a command, after `$ `")
        pairs = (part.partition("\n") for part in parts)
        return [Command(command, shown or None, self.exits) for command, _, shown in pairs]


def pages() -> list[Path]:
    """README.md and every page of the documentation."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def blocks(path: Path) -> list[Block]:
    """The fenced blocks of a page, top to bottom."""
    text = path.read_text(encoding="utf-8")
    return [_block(path.name, text, match) for match in _BLOCK.finditer(text)]


def _block(page: str, text: str, match: re.Match[str]) -> Block:
    said, language, title, body = match.groups(default="")
    reason, code = _NOT_RUN.search(said), _EXITS.search(said)
    line = text.count("\n", 0, match.end(1)) + 1
    return Block(page, line, language, title, body, reason[1] if reason else "", int(code[1]) if code else 0)


def spans(path: Path) -> Iterator[str]:
    """The texts in single backquotes outside of blocks, in which `\\|` of a table is `|`."""
    text = _BLOCK.sub("", path.read_text(encoding="utf-8"))
    yield from (" ".join(span.split()).replace("\\|", "|") for span in _SPAN.findall(text))


def fits(shown: str, printed: str) -> bool:
    """Whether that is what was printed, but for blanks at the ends of lines; `…` stands for anything."""
    pattern = ".*".join(re.escape(part) for part in re.split(r"^…\n|…", trimmed(shown), flags=re.MULTILINE))
    return re.fullmatch(pattern, trimmed(printed), re.DOTALL) is not None


def trimmed(text: str) -> str:
    """The text without blanks at the ends of its lines."""
    return "".join(f"{line.rstrip()}\n" for line in text.splitlines())
