"""From a cell's text to statements: IPython's syntax is translated, a syntax error costs only what it breaks."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field

from autograder.inside.names import DEFINITIONS, IMPORTS
from autograder.inside.statements import literal
from autograder.inside.syntax import newer

# Cell magics whose body is not Python, or belongs to another process or a file.
FOREIGN_NAMES = (
    "bash sh script system sx cmd ! html HTML svg SVG markdown latex javascript js perl ruby python python2 python3"
    " pypy writefile writetemplate file bigquery sql R julia cython cuda cu cpp shell powershell node"
)
FOREIGN = frozenset(FOREIGN_NAMES.split())
UNREADABLE = (SyntaxError, ValueError, RecursionError, MemoryError)  # what the parser raises
CELL_MAGIC = re.compile(r"(?:[ \t]*(?:#.*)?\n)*[ \t]*%%(!|\w+)[^\n]*(?:\n|\Z)")
LINE_TIMER = re.compile(r"^([ \t]*)%(?:time|prun|memit|mprun)[ \t]+(?=[^\s-])", re.MULTILINE)
DEFINITION = re.compile(r"(?:async[ \t]+)?(?:def|class)[ \t]+(\w+)")
LONGEST_STATEMENT = 40  # chunks joined before a broken one is given up


@dataclass
class Parsed:
    """A cell's statements. `error` is set when the text as a whole is not Python; then `body` is what was saved."""

    text: str
    body: list[ast.stmt]
    error: str = ""
    line: int = 0
    column: int = 0  # of the error, from 1; 0: not known
    lost: dict[str, int] = field(default_factory=dict)  # definitions that stand in the broken part: name -> line
    foreign: bool = False  # not a Python cell


def parse(source: str) -> Parsed:
    """Read one cell. What is not Python is told in the answer."""
    source = source.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    try:  # first as it stands: a valid line that starts with % is a continued expression, not a magic
        return Parsed(source, ast.parse(source).body)
    except UNREADABLE as error:
        first = error
    if not any(mark in source for mark in "%!?") and not source[:1].isspace() and not source.startswith(">>>"):
        return _salvage(source, first)
    text = translate(source)
    if text is None:
        return Parsed(source, [], foreign=True)
    try:
        return Parsed(text, ast.parse(text).body)
    except UNREADABLE as error:
        return _salvage(text, error)


def translate(source: str) -> str | None:
    """Magics and shell lines as Python, line numbers kept; None when the whole cell is not Python."""
    magic = CELL_MAGIC.match(source)
    if magic:
        if magic.group(1) in FOREIGN:
            return None
        rest = "\n" * magic.group().count("\n") + source[magic.end() :]
        try:
            ast.parse(rest)
        except UNREADABLE:
            return translate(rest)
        return rest
    from IPython.core.inputtransformer2 import TransformerManager  # slow to import, rarely needed

    text = LINE_TIMER.sub(r"\1", source)
    blank = len(re.match(r"(?:[ \t]*\n)*", text).group().split("\n")) - 1  # type: ignore[union-attr]
    return "\n" * blank + str(TransformerManager().transform_cell(text))


def _salvage(text: str, error: Exception) -> Parsed:
    """Keep the definitions, imports and constants of a broken cell that parse by themselves."""
    broken = getattr(error, "lineno", None) or 1
    reason = error.msg if isinstance(error, SyntaxError) else str(error)
    lines = [line + "\n" for line in text.split("\n")]
    place = lines[broken - 1] if broken <= len(lines) else ""
    message = f"{type(error).__name__}: {reason} (line {broken}){newer(place, str(reason))}"
    # Behind an open triple quote nothing is what it looks like.
    clear = broken - 1 if "unterminated triple" in reason else len(lines)
    starts = [n for n, line in enumerate(lines) if re.match(r"[^\s#)\]}]", line)] + [len(lines)]
    body: list[ast.stmt] = []
    lost: dict[str, int] = {}
    at = 0
    while at < len(starts) - 1:
        taken, statements = _longest(lines, starts, at, clear)
        if not taken:
            found = DEFINITION.match(lines[starts[at]])
            if found:
                lost[found.group(1)] = starts[at] + 1
        body += statements
        at += max(taken, 1)
    kept = [node for node in body if isinstance(node, (*DEFINITIONS, *IMPORTS)) or literal(node)]
    return Parsed(text, kept, message, broken, getattr(error, "offset", None) or 0, lost)


def _longest(lines: list[str], starts: list[int], at: int, clear: int) -> tuple[int, list[ast.stmt]]:
    """Parse the chunk at `at`, joined with as few of the following as it takes: how many, and the statements."""
    for taken in range(1, min(LONGEST_STATEMENT, len(starts) - 1 - at) + 1):
        first, last = starts[at], starts[at + taken]
        if last > clear:
            break
        try:
            return taken, ast.parse("\n" * first + "".join(lines[first:last])).body
        except UNREADABLE:
            continue
    return 0, []
