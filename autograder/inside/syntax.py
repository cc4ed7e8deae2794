"""Syntax that only a newer Python reads, recognised by the line where this one stops."""

from __future__ import annotations

import re
import sys

TYPE_PARAMETERS = re.compile(r"\s*(?:async\s+)?(?:def|class)\s+\w+\s*\[|\s*type\s+\w+\s*(?:\[[^\]]*\]\s*)?=(?!=)")
SAME_QUOTES = re.compile(r"""[fF][rR]?(["'])[^"'{]*\{[^}"']*\1[^"'}]*\1[^}]*\}""")
BARE_EXCEPT = re.compile(r"\s*except\s+[A-Z][\w.]*\s*,\s*[A-Z]")
TEMPLATE = re.compile(r"""(?<![\w"'])[tT][rR]?["']""")
LONGEST_LINE = 2000


def newer(line: str, reason: str) -> str:
    """`; this is syntax of Python 3.12 or later, and the grader runs Python 3.11`, or nothing.

    `reason`: what this Python says of the line.
    """
    version = _version(line[:LONGEST_LINE], reason)
    if version <= sys.version_info[:2]:
        return ""
    here = ".".join(map(str, sys.version_info[:2]))
    return f"; this is syntax of Python 3.{version[1]} or later, and the grader runs Python {here}"


def _version(line: str, reason: str) -> tuple[int, int]:
    if TYPE_PARAMETERS.match(line):
        return 3, 12
    if "f-string" in reason:
        inside = "backslash" in reason or "cannot include '#'" in reason
        return (3, 12) if inside or SAME_QUOTES.search(line) else (3, 0)
    if "multiple exception types" in reason and BARE_EXCEPT.match(line):
        return 3, 14
    return (3, 14) if reason == "invalid syntax" and TEMPLATE.search(line) else (3, 0)
