"""Names and ids of people as they are compared: exactly, and, only for candidates, nearly."""

from __future__ import annotations

import unicodedata

_SHORTEST = 3  # letters of a word that tells people apart
_COMPARED = 100  # letters of a name that are compared nearly


def plain(text: str) -> str:
    """A name or an id as two are compared: composed letters, no case, single spaces, no letter that can't be seen."""
    text = unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())
    seen = "".join(letter for letter in text if unicodedata.category(letter) not in ("Cf", "Cc") or letter.isspace())
    return " ".join(seen.split())


def squeezed(name: str) -> str:
    """A name without all that Canvas takes out of one: letters and digits only."""
    return "".join(letter for letter in plain(name) if letter.isalnum())


def first_last(name: str) -> str:
    """`Jane Smith` for `Smith, Jane`; any other name as it is."""
    last, comma, first = name.partition(",")
    return f"{first.strip()} {last.strip()}".strip() if comma and "," not in first else name.strip()


def last_first(name: str) -> set[str]:
    """Every way in which a name may be written last name first with nothing between: `smithjane`."""
    words = name.split()
    places = range(1, len(words)) if len(words) <= 10 else (1, len(words) - 1)
    return {squeezed("".join(words[at:] + words[:at])) for at in places} or {squeezed(name)}


# ---- nearly ----------------------------------------------------------------------------------------------------------
def words(text: str) -> set[str]:
    """The words and numbers of a text without accents; numbers without leading zeros."""
    parts = "".join(letter if letter.isalnum() else " " for letter in _bare(text)).split()
    telling = (part for part in parts if len(part) >= _SHORTEST or not part.isalpha() or not part.isascii())
    return {part.lstrip("0") or part for part in telling}


def pairs(text: str) -> set[str]:
    """The pairs of neighbouring letters of a name, which stay mostly the same when one is misspelt."""
    letters = "".join(letter for letter in _bare(text) if letter.isalnum())[:_COMPARED]
    return {letters[at : at + 2] for at in range(len(letters) - 1)}


def likeness(one: set[str], other: set[str]) -> float:
    """How many pairs two names share: 1 for all."""
    return 2 * len(one & other) / (len(one) + len(other)) if one and other else 0.0


def _bare(text: str) -> str:
    apart = unicodedata.normalize("NFD", plain(text[:1000]))
    return "".join(letter for letter in apart if not unicodedata.combining(letter))
