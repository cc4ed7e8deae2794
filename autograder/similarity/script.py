"""A notebook's code as one script, and what of it the student wrote, in tokens without names and comments.

Python's own tokenizer reads it, cell by cell, so that an open quote or bracket spoils one cell at most. A token
becomes one letter: `V` for the student's names, `S` for texts, `N` for numbers; keywords, operators and what others
named (the `sigmoid` of `torch.sigmoid`) keep what tells them apart, since a copier can't rename those. What is renamed,
reworded in comments or laid out anew is thus the same text again.
"""

from __future__ import annotations

import io
import keyword
import tokenize
import zlib
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass

from autograder.grades import ScriptLine
from autograder.records import Cell

MOST_CHARS = 300_000  # of one hand-in's code that is looked at; a whole semester's notebook has a third
MOST_TOKENS = 30_000
LONGEST_LINE = 400  # as it is shown
_MOST_ERRORS = 20  # in one cell, after which the rest of it is left out
_FIRST, _LETTERS = 0x100, 0xD000  # of the alphabet: below the surrogates
_SPACE = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
_LAYOUT = {"(", ")", ","}  # formatters add and remove them
_STRING_STARTS = {getattr(tokenize, name, -1) for name in ("FSTRING_START", "TSTRING_START")}
_STRING_ENDS = {getattr(tokenize, name, -1) for name in ("FSTRING_END", "TSTRING_END")}
_LINE_STARTS = {tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT}


@dataclass(frozen=True)
class Token:
    """One token: what it is (`name`, `text`, `number`, `other`), its spelling, and its line in the script."""

    kind: str
    text: str
    line: int


@dataclass(frozen=True)
class Code:
    """Code made comparable: `letters`, one for each token, and `lines`, the script's line of each."""

    letters: str
    lines: tuple[int, ...]


def tokens_of(cells: Sequence[Cell], untouched: Container[str] = ()) -> list[Token]:
    """The tokens of all cells without comments and docstrings, at most MOST_TOKENS; none of `untouched` cells."""
    found: list[Token] = []
    for first, lines in _texts(cells):
        if "\n".join(lines).strip() in untouched:
            continue
        for token in _cell_tokens(lines, first):
            if len(found) == MOST_TOKENS:
                return found
            found.append(token)
    return found


def code_of(tokens: Sequence[Token]) -> Code:
    """The tokens as letters."""
    own = _own_names(tokens)
    letters = "".join(
        _letter(token, tokens[place - 1].text if place else "", own) for place, token in enumerate(tokens)
    )
    return Code(letters, tuple(token.line for token in tokens))


def lines_of(tokens: Sequence[Token]) -> dict[int, str]:
    """By line: its tokens as they are spelled, without comments and layout."""
    parts: dict[int, list[str]] = {}
    for token in tokens:
        parts.setdefault(token.line, []).append(token.text)
    return {line: " ".join(texts) for line, texts in parts.items()}


def script(cells: Sequence[Cell], own_lines: frozenset[int] = frozenset()) -> tuple[ScriptLine, ...]:
    """The lines of the script, cut to what a reader can look at; `own_lines` as `own_lines` gives them."""
    numbered = zip(_texts(cells), (cell for cell in cells), strict=False)
    return tuple(
        ScriptLine(number, cell.number, text[:LONGEST_LINE], number in own_lines)
        for (first, lines), cell in numbered
        for number, text in enumerate(lines, first)
    )


# ---- reading ---------------------------------------------------------------------------------------------------------
def _texts(cells: Sequence[Cell]) -> Iterator[tuple[int, list[str]]]:
    """Each cell's lines with the number of the first one, as far as MOST_CHARS reach."""
    first, room = 1, MOST_CHARS
    for cell in cells:
        text = cell.source[:room].encode("utf-8", "replace").decode().replace("\r\n", "\n").replace("\r", "\n")
        room -= len(text)
        lines = text.split("\n")
        yield first, lines
        first += len(lines)
        if room <= 0:
            return


def _cell_tokens(lines: Sequence[str], first: int) -> Iterator[Token]:
    """The tokens of one cell; after a line that is no Python it goes on with the next."""
    kept = ["" if line.lstrip().startswith(("%", "!", "?")) else line.replace("\0", "") for line in lines]
    start = 0
    for _ in range(_MOST_ERRORS):
        reached = start
        try:
            for token in _raw_tokens(kept[start:], first + start):
                reached = token.line - first
                yield token
            return
        except (tokenize.TokenError, SyntaxError):
            start = reached + 1
            if start >= len(kept):
                return


def _raw_tokens(lines: Sequence[str], first: int) -> Iterator[Token]:
    source = io.StringIO("\n".join(lines) + "\n")
    before, depth = tokenize.NEWLINE, 0  # depth: of f-strings, whose parts are tokens from Python 3.12 on
    waiting: Token | None = None  # a text that stands alone so far: a docstring, if the line ends after it
    for token in tokenize.generate_tokens(source.readline):
        line = first + token.start[0] - 1
        if waiting and token.type not in (tokenize.NEWLINE, tokenize.NL, tokenize.COMMENT, tokenize.ENDMARKER):
            yield waiting
        waiting = None if token.type != tokenize.COMMENT else waiting
        if token.type in _STRING_ENDS:
            depth -= 1
        elif token.type in _STRING_STARTS:
            depth += 1
            if depth == 1:
                yield Token("text", "S", line)
        elif depth == 0 and token.type == tokenize.STRING:
            text = Token("text", _spelled(token.string), line)
            if before in _LINE_STARTS:
                waiting = text
            else:
                yield text
        elif depth == 0 and token.type not in _SPACE and token.string not in _LAYOUT:
            yield Token(_KINDS.get(token.type, "other"), token.string[:200], line)
        before = token.type if token.type != tokenize.COMMENT else before


_KINDS = {tokenize.NAME: "name", tokenize.NUMBER: "number"}


def _spelled(text: str) -> str:
    """A text as lines of the template are told apart by it: 'a' and "a" are the same."""
    return text.strip("'\"")[:200]


# ---- making it the same again ----------------------------------------------------------------------------------------
def _own_names(tokens: Sequence[Token]) -> set[str]:
    """Names that the student may have chosen, though they stand behind a dot: methods, attributes of self."""
    found = set()
    for place in range(1, len(tokens)):
        before = tokens[place - 1].text
        if before in ("def", "class") or (before == "." and place > 1 and tokens[place - 2].text == "self"):
            found.add(tokens[place].text)
    return found


def _letter(token: Token, before: str, own: set[str]) -> str:
    if token.kind == "number":
        return "N"
    if token.kind == "text":
        return "S"
    if token.kind == "name" and not keyword.iskeyword(token.text) and (before != "." or token.text in own):
        return "V"
    return chr(_FIRST + zlib.crc32(token.text.encode("utf-8", "replace")) % _LETTERS)
