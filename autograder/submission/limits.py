"""How much of a hand-in is read, and how its names are printed."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

MB = 1_000_000


@dataclass(frozen=True)
class ReadLimits:
    """Generous for honest work: outputs of 50 MB and 5,000 cells pass. All are enforced on what is really read."""

    file_bytes: int = 100 * MB  # one file, after decompression
    total_bytes: int = 200 * MB  # all files read of one hand-in
    report_bytes: int = 50 * MB  # the report, which is read besides
    files: int = 5_000  # files and folders in a folder or a zip
    depth: int = 10  # folders inside folders
    notebooks: int = 20  # candidates that are opened to see which one is meant
    cells: int = 20_000
    text_chars: int = 1_000_000  # of one text cell, and
    texts_chars: int = 10_000_000  # of all: the rest is left out
    code_chars: int = 1_000_000  # source of all code cells; a whole semester's notebook has a tenth
    headings: int = 5_000  # in the text cells; the rest is left out
    path_chars: int = 1_000  # of one file's path inside a zip
    companions: int = 50  # files that a script imports
    json_values: int = 10_000_000  # parsed JSON takes up to 70 bytes a value, `[],[],` three on disk


def shown(name: str, longest: int = 120) -> str:
    """A file's name as it may stand in a sentence: one line, valid Unicode, not endless."""
    name = unicodedata.normalize("NFC", name[: 2 * longest])
    name = "".join(letter if letter.isprintable() else "?" for letter in name)  # lone surrogates aren't printable
    return name if len(name) <= longest else name[: longest - 1] + "…"


def listed(names: list[str], most: int = 5) -> str:
    """'a, b and 3 more'."""
    head = ", ".join(shown(name) for name in names[:most])
    return f"{head} and {len(names) - most} more" if len(names) > most else head
