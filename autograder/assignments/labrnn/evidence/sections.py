"""Which part of the assignment a training was made for.

In this order:
1. the marks of the headings above its cell and of the comments that open the cell: "Lab 2 (c)", "(c) Deeper",
   "Question 2c", "Part F", "f)". Lab and letter stay in force until another mark. Where labs are not named, letters
   that start again at a or b after f, g or h begin Lab 2;
2. within f and h of Lab 1, and a and b of Lab 2, the model's class: many notebooks train LSTM and GRU in one cell;
3. where there are no marks, where they name a part without trainings, or where nothing in the notebook marks Lab 2:
   what was run (settings.part_of).
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from autograder.assignments.labrnn.evidence.settings import PARTS, part_of
from autograder.records import Submission

_LAB = re.compile(r"\blab[\s_-]*(?:part\s*)?(1|2|ii|i)(?![0-9i])")
_LETTER = re.compile(
    r"\blab\s*[12]\s*[-:.,]?\s*\(?([b-h](?![a-z])|a(?=[).:,]|\s*$))"
    r"|\b(?:question|problem|part|task|exercise|section|q)\s*\.?\s*(?:[12]\s*[-.]?\s*)?\(?([a-h])\)?(?![a-z])"
    r"|^\W{0,3}(?:[12]\s*[-.]?\s*)?\(([a-h])\)"
    r"|^\W{0,3}(?:[12]\s*[-.]?\s*)?([a-h])\s?[).:](?:\s|$)"
    r"|^\W{0,3}[12]\s?([a-h])(?![a-z])"
)
_NUMBERED = re.compile(
    r"(?:question|problem|part|task|exercise|section|^\W{0,3}|\bq)\s*\(?([12])\s*[-.]?\s*\(?[a-h]\)?(?![a-z])"
)
_LONGEST = 200  # characters of a comment, as of a heading
_CLEAR = re.compile(r"lab|question|part|problem|task|exercise|\([a-h]\)")
_ANYWHERE = re.compile(r"\(([a-h])\)")
PAIRS = {"lab1.f": "lab1", "lab1.h": "lab1", "lab2.a": "lab2", "lab2.b": "lab2"}
_BY_KIND = {
    ("lab1", "LSTM"): "lab1.f",
    ("lab1", "GRU"): "lab1.h",
    ("lab2", "LSTM"): "lab2.a",
    ("lab2", "GRU"): "lab2.b",
}


@dataclass(frozen=True)
class SectionMarks:
    """By number of a code cell, the part marked there ("lab1.e", or empty). `both`: Lab 2 is marked somewhere.

    `own`: fields in which the notebook's HyperParams differs from the given one.
    """

    parts: Mapping[int, str]
    both: bool
    own: Mapping[str, Any] = field(default_factory=dict)

    def section(self, cell: int, kind: str, settings: Mapping[str, Any]) -> str:
        """The part of a training in this cell; empty where nothing tells."""
        marked, run = self.parts.get(cell, ""), part_of(kind, settings, self.own)
        if marked not in PARTS or (run and not self.both):
            return run or (marked if marked in PARTS else "")
        if marked in PAIRS and kind:
            return _BY_KIND.get((PAIRS[marked], kind), marked)
        return marked


def read_marks(submission: Submission) -> SectionMarks:
    """The marks of a notebook, top to bottom."""
    lab, letter, named = "", "", False
    both = False
    parts: dict[int, str] = {}
    for cell, words in _lines(submission):
        if words is None:
            parts[cell] = f"lab{lab or 1}.{letter}" if letter else ""
            continue
        new_lab, new_letter = _mark(words.lower())
        if new_lab:
            letter = letter if new_lab == lab else ""
            lab, named = new_lab, True
        if new_letter:
            restarts = letter in ("f", "g", "h") and new_letter in ("a", "b")
            if restarts and not new_lab and (not named or lab == "1"):
                lab = "2"
            letter = new_letter
        both = both or lab == "2"
    return SectionMarks(parts, both)


def _lines(submission: Submission) -> Iterator[tuple[int, str | None]]:
    """Headings and opening comments in the notebook's order, each code cell announced by (its number, None)."""
    headings = deque(submission.headings)
    for cell in submission.cells:
        while headings and headings[0][0] < cell.number:
            yield headings.popleft()
        for line in cell.source[:2000].splitlines()[:5]:
            if line.strip() and not line.lstrip().startswith(("#", "%%")):
                break
            if _CLEAR.search(line.lower()):  # a comment such as `# c: hidden sizes` marks nothing
                yield cell.number, " ".join(line.split()).lstrip("#% ")[:_LONGEST]
        yield cell.number, None
    yield from headings


def _mark(words: str) -> tuple[str, str]:
    """The lab and the letter that a heading names, each empty where it names none."""
    lab = next((m[1] for m in [_LAB.search(words) or _NUMBERED.search(words)] if m), "")
    found = _LETTER.search(words)
    letters = [group for group in found.groups() if group] if found else list(dict.fromkeys(_ANYWHERE.findall(words)))
    return lab.replace("ii", "2").replace("i", "1"), letters[0] if found or len(letters) == 1 else ""
