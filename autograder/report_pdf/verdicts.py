"""What a passage says of its statement: true, false or nothing certain. Readings that compete are none: no guesses."""

from __future__ import annotations

import re
from dataclasses import dataclass

_MEANS = {"true": "true", "correct": "true", "right": "true", "yes": "true", "t": "true"} | {
    "false": "false", "incorrect": "false", "wrong": "false", "no": "false", "f": "false",
}  # fmt: skip
_OPPOSITE = {"true": "false", "false": "true"}
_HALF = ("partly", "partially", "mostly", "half", "sometimes", "neither", "somewhat", "almost")

# What is asked, not said: (True/False), "true or false?", T/F, two boxes side by side, [3 pts].
_INSTRUCTION = re.compile(
    r"[(\[]?\s*\b(?:true\W{0,4}(?:\s+or\s+|\s+and\s+)?\W{0,4}false|false\W{0,4}(?:\s+or\s+)?\W{0,4}true"
    r"|T\s?/\s?F|T\s+or\s+F)\b\s*[?)\]]*(?:\s+questions?\b)?|[(\[]\s*\d+\s*(?:pts?|points?)\.?\s*[)\]]",
    re.IGNORECASE,
)
_LONG = r"true|false|correct|incorrect|wrong|right|yes|no"
_NOT = rf"(?:(?P<how>not|{'|'.join(_HALF)})\s+)?"
_STOP = r"(?=\s*(?:[.,;:!()\[\]–—]|-(?!\w)|$|\n|\f|because\b|since\b|as\b|for\b))"
_HARD_STOP = r"(?=\s*(?:[.;:!)\]–—]|-(?!\w)|$|\n|\f|because\b|since\b))"
_BARE = r"(?!\s*=|-\w|\s+(?:positives?|negatives?|labels?|class|distribution|that\b))"
_LETTER = r"(?-i:[TF])(?=\s*(?:[.,;:!)\]–—-]|$|\n|\f|because\b|since\b)|\s+(?-i:[A-Z]))"
_WORD = rf"(?P<word>(?:true|false)\b{_BARE}|(?:{_LONG})\b{_STOP}|{_LETTER})"
_ASKED = r"\b(?:answer|ans|verdict|judge?ment|solution|response|conclusion)\b"

_LEAD = re.compile(rf"[\W_]*(?:(?:my\s+)?{_ASKED}\s*(?:is\b)?[\W_]*)?{_NOT}{_WORD}", re.IGNORECASE)
_STRONG = [
    re.compile(rf"{_ASKED}\s*(?:is\b|[:=–—-])[\s:]*{_NOT}{_WORD}", re.IGNORECASE),
    re.compile(
        rf"(?:^|\n|\f)\W{{0,12}}{_NOT}(?P<word>(?:true|false)\b{_HARD_STOP}|(?-i:[TF]){_HARD_STOP})", re.IGNORECASE
    ),
    re.compile(rf"[.?!:)\]–—→]\s*{_NOT}(?P<word>(?-i:True|False|TRUE|FALSE)\b{_HARD_STOP})", re.IGNORECASE),
    re.compile(r"[(\[]\s*(?P<how>not\s+)?(?P<word>true|false|(?-i:[TF]))\s*[)\]]", re.IGNORECASE),
    re.compile(
        rf"\b(?:statement|claim|assertion|sentence|it|this|that|answer|so|thus|hence|therefore)\s*,?\s*(?:is\s+)?"
        rf"(?:clearly\s+|indeed\s+|obviously\s+|definitely\s+|also\s+)?{_NOT}(?P<word>true|false|incorrect|wrong)\b{_STOP}",
        re.IGNORECASE,
    ),
]
_CAPITAL = re.compile(r"(?<![\w=\"'])(?P<word>True|False|TRUE|FALSE)\b(?!\s*=|-\w)")


@dataclass(frozen=True)
class Ruling:
    """`said`: "true", "false" or "" (nothing certain). `start`, `end`: where, in the passage. `lead`: it is the first
    thing said. `competing`: several readings contradict each other."""

    said: str
    start: int = 0
    end: int = 0
    lead: bool = False
    competing: bool = False


def find_verdict(passage: str) -> Ruling:
    """The one verdict that a passage gives on its statement."""
    passage = without_instructions(passage)
    lead = _LEAD.match(passage)
    strong = [match for pattern in _STRONG for match in pattern.finditer(passage)]
    found = ([lead] if lead else []) + strong or list(_CAPITAL.finditer(passage))
    said = {_meaning(match) for match in found}
    if len(said) == 1 and "" not in said:
        first = min(found, key=lambda match: match.start("word"))
        return Ruling(said.pop(), first.start("word"), first.end("word"), lead is not None)
    return Ruling("", competing=bool(said))


def without_instructions(passage: str) -> str:
    """The passage with what was asked blanked out, every letter in its place."""
    return _INSTRUCTION.sub(lambda match: re.sub(r"[^\n\f]", " ", match.group()), passage)


def _meaning(match: re.Match[str]) -> str:
    said = _MEANS[match["word"].lower()]
    how = (match.groupdict().get("how") or "").strip().lower()
    return "" if how in _HALF else _OPPOSITE[said] if how == "not" else said
