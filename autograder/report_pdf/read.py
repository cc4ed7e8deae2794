"""A PDF's bytes become the text of its pages, in a child process under limits; never raises for a bad file."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CHILD = Path(__file__).with_name("child.py")
_GRACE = 10  # seconds of wall clock beyond those of processor time
_AT_ONCE = 500  # letters that are normalised together: a row of accents takes squared time
_FEW_WORDS = 50  # of a whole report; with fewer its text is pictures


@dataclass(frozen=True)
class PdfLimits:
    """Bounds on reading one PDF; an honest report of 20 pages takes about 2 s."""

    bytes: int = 50_000_000
    pages: int = 300
    seconds: int = 60  # for the whole file
    page_seconds: int = 10  # for one page; then it is passed over
    memory_mb: int = 1024
    page_chars: int = 50_000  # of text
    chars: int = 2_000_000  # of all pages
    output: int = 50_000_000  # bytes that the child may write


@dataclass(frozen=True)
class Pdf:
    """What could be read. `pages`: the text of each page, empty where it could not be read; `count`: how many pages
    the file says it has; `problem`: one sentence saying why there is no text, empty if there is some."""

    pages: tuple[str, ...] = ()
    count: int = 0
    images: int = 0
    drawings: int = 0
    producer: str = ""
    creator: str = ""
    title: str = ""
    remarks: tuple[str, ...] = ()
    problem: str = ""

    @property
    def words(self) -> int:
        return sum(len(page.split()) for page in self.pages)


_DEFAULT = PdfLimits()


def read_pdf(data: bytes, limits: PdfLimits = _DEFAULT) -> Pdf:
    """Read a PDF in a process of its own, which is killed when it takes too long."""
    if len(data) > limits.bytes:
        return Pdf(problem=f"The report is larger than {limits.bytes // 1_000_000} MB and was not read.")
    parts, killed = _ask(data, limits)
    document = next((part for part in parts if part.get("kind") == "document"), {})
    pages = [part for part in parts if part.get("kind") == "page"][: limits.pages]
    texts, left = [], limits.chars
    for page in pages:
        texts.append(_text(page.get("text"), left))
        left -= len(texts[-1])
    pdf = Pdf(
        pages=tuple(texts),
        count=max(_number(document.get("pages")), len(pages)),
        images=sum(_number(page.get("images")) for page in pages),
        drawings=sum(_number(page.get("drawings")) for page in pages),
        producer=_text(document.get("producer"), 300),
        creator=_text(document.get("creator"), 300),
        title=_text(document.get("title"), 300),
        remarks=tuple(_remarks(document, pages)),
    )
    problem = _problem(parts, pdf, killed)
    return Pdf(**{**vars(pdf), "problem": problem})


def _ask(data: bytes, limits: PdfLimits) -> tuple[list[dict[str, Any]], bool]:
    """What the child told, as far as it came, and whether it was stopped."""
    command = [sys.executable, "-I", "-W", "ignore", str(CHILD), json.dumps(vars(limits))]
    with tempfile.TemporaryFile() as answer:
        try:
            code = subprocess.run(
                command, input=data, stdout=answer, stderr=subprocess.DEVNULL, timeout=limits.seconds + _GRACE, env={}
            ).returncode
        except subprocess.TimeoutExpired:
            code = -1
        answer.seek(0)
        return list(_lines(answer.read(limits.output))), code != 0


def _lines(answer: bytes) -> Iterator[dict[str, Any]]:
    """The objects that it printed; the last line may be cut short."""
    for line in answer.splitlines():
        try:
            part = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(part, dict):
            yield part


def _problem(parts: list[dict[str, Any]], pdf: Pdf, killed: bool) -> str:
    kinds = [part.get("kind") for part in parts]
    if "encrypted" in kinds:
        return "The report is protected by a password."
    if "document" not in kinds:
        return "Reading the report took too much time or memory." if killed else "The report is damaged or no PDF."
    if not any(page.strip() for page in pdf.pages):
        if killed:
            return "Reading the report took too much time or memory."
        return "The report holds no text: scanned, or made of pictures? A person must read it."
    return ""


def _remarks(document: dict[str, Any], pages: list[dict[str, Any]]) -> Iterator[str]:
    missed = [str(_number(page.get("number"))) for page in pages if page.get("error")]
    count = _number(document.get("pages"))
    if missed:
        yield f"Of the report these pages could not be read in full: {', '.join(missed[:10])}."
    if len(pages) < count:
        yield f"Of the report's {count} pages only the first {len(pages)} were read."
    words = sum(len(_text(page.get("text"), 1000).split()) for page in pages)
    if 0 < words < _FEW_WORDS:
        yield f"The report holds only {words} words of text; the rest may be pictures of text."
    if document.get("scripts") is True:
        yield "The report carries JavaScript; open it in a viewer that does not run it."


def _number(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**9 else 0


def _text(value: object, longest: int) -> str:
    """Text with ligatures and full-width letters written out, and without what is no character."""
    if not isinstance(value, str):
        return ""
    parts = (value[at : at + _AT_ONCE] for at in range(0, min(len(value), longest), _AT_ONCE))
    value = "".join(unicodedata.normalize("NFKC", part) for part in parts)[:longest]
    return "".join(letter if letter.isprintable() or letter == "\n" else " " for letter in value)
