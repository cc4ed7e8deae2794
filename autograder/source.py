"""What students wrote as a syntax tree, in linear time: Python's own parser is not linear in everything."""

from __future__ import annotations

import ast
import re
import unicodedata
import warnings

MOST_CHARS = 1_000_000  # a tree takes up to 300 bytes for each
_MOST_ACCENTS = 30  # in a row: the parser normalises names, and sorts such rows by insertion
# Of a name's dotted parts each costs as much as all before it.
_DOTTED = re.compile(r"(?:\b\w++[ \t]*+\.[ \t]*+){40}")
_TOO_HARD = (SyntaxError, ValueError, RecursionError, MemoryError)


def syntax_tree(source: str, longest: int = MOST_CHARS) -> ast.Module | None:
    """The syntax tree; None for what is no Python, or what nobody wrote as a program."""
    if too_hard(source, longest):
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about the student's escapes
        try:
            return ast.parse(source)
        except _TOO_HARD:
            return None


def too_hard(source: str, longest: int = MOST_CHARS) -> bool:
    """Whether it is left alone, though Python might take it for a program."""
    return len(source) > longest or _has_long_accents(source) or _DOTTED.search(source) is not None


def _has_long_accents(source: str) -> bool:
    if source.isascii():
        return False
    run = 0
    for letter in source:
        run = run + 1 if letter > "\u02ff" and unicodedata.combining(letter) else 0
        if run > _MOST_ACCENTS:
            return True
    return False
