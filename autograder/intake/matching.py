"""Whose a hand-in is. Only what is exact is decided here; what is doubtful waits for a person, with candidates."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from autograder.grades import Person
from autograder.intake.download import Claim, first_last, plain, squeezed
from autograder.intake.roster import Roster, last_first

_MOST = 5  # candidates
_ALIKE = 0.8
_COMPARED = 60  # letters of a name
_SHORTEST = 3  # letters of a word that two names share


@dataclass(frozen=True)
class Candidate:
    """Somebody who may be meant, and what speaks for it."""

    person: Person
    reason: str


@dataclass(frozen=True)
class Waiting:
    """A claim that nobody has decided: `who` the platform says it is, of the hand-in called `hand_in`, why it is
    doubtful, and who may be meant."""

    who: str
    hand_in: str
    sentence: str
    candidates: tuple[Candidate, ...] = ()


@dataclass(frozen=True)
class Match:
    """What came of a claim: its people, or the sentence why there are none. `by_name`: on nothing but the name."""

    people: tuple[Person, ...] = ()
    by_name: bool = False
    sentence: str = ""
    candidates: tuple[Candidate, ...] = ()


def match(claim: Claim, roster: Roster, decisions: Mapping[str, tuple[Person, ...]]) -> Match:
    """Find a claim's people: as a person decided, else by id, login or address, else by a name that only one has."""
    if claim.who in decisions:
        return Match(decisions[claim.who])
    named = _named(claim, roster)
    hit = _identified(claim, roster)
    if len(hit) > 1:
        return _doubtful("It points at several people of the roster", hit, "identified by a part of it")
    if hit and claim.number and hit[0] not in named:
        return _doubtful("The number is that of somebody with another name", [*hit, *named], "same number, or name")
    if hit:
        return Match((hit[0],))
    if len(named) > 1:
        return _doubtful("Several people of the roster have this name", named, "same name")
    if named and (other := _contradiction(claim, named[0])):
        return _doubtful(f"The name is in the roster, but with another {other}", named, "same name")
    if named:
        return Match((named[0],), by_name=True)
    return Match(sentence="Nobody in the roster is exactly this.", candidates=_near(claim, roster))


def doubled(found: Match) -> Match:
    """What becomes of a match by name alone when another hand-in claims the same person."""
    return _doubtful("Several hand-ins go by this name", found.people, "same name")


def _doubtful(sentence: str, people: Sequence[Person], reason: str) -> Match:
    unique = list(dict.fromkeys(people))
    return Match(sentence=f"{sentence}.", candidates=tuple(Candidate(own, reason) for own in unique[:_MOST]))


def _identified(claim: Claim, roster: Roster) -> list[Person]:
    """Everybody at whom an id, a login or an address points."""
    found: list[Person] = []
    for text in (claim.id, claim.login, claim.email, claim.number, *claim.labels):
        found += roster.identified.get(plain(text), [])
    for text in (claim.email, *claim.labels):
        found += roster.by_email.get(plain(text), [])
    return list(dict.fromkeys(found))


def _named(claim: Claim, roster: Roster) -> list[Person]:
    """Everybody who has the claim's name exactly."""
    found: list[Person] = []
    for text in (claim.name, *claim.labels):
        found += roster.by_name.get(plain(first_last(text)), [])
    found += roster.by_squeezed.get(squeezed(claim.squeezed), [])
    return list(dict.fromkeys(found))


def _contradiction(claim: Claim, person: Person) -> str:
    """What the claim says otherwise than the roster, although both know it."""
    pairs = (("id", claim.id, person.id), ("login", claim.login, person.login), ("address", claim.email, person.email))
    return next((kind for kind, said, known in pairs if said and known and plain(said) != plain(known)), "")


# ---- candidates ------------------------------------------------------------------------------------------------------
def _near(claim: Claim, roster: Roster) -> tuple[Candidate, ...]:
    """Who may be meant: never used without a person."""
    texts = [text for text in (claim.name, claim.squeezed, claim.login, claim.id, claim.email, *claim.labels) if text]
    words = {word for text in texts for word in _words(text)}
    written = {_letters(text)[:_COMPARED] for text in texts}
    found: list[tuple[float, Candidate]] = []
    for person in roster.people:
        shared = words & (_words(person.name) | _words(person.id) | _words(person.login) | _words(person.email))
        if shared:
            reason = f"has {', '.join(sorted(shared)[:3])}"
            found.append((1 + len(shared), Candidate(person, reason)))
        elif alike := _likeness(written, person):
            found.append((alike, Candidate(person, "is written alike")))
    found.sort(key=lambda pair: (-pair[0], pair[1].person.id))
    return tuple(candidate for _, candidate in found[:_MOST])


def _likeness(written: set[str], person: Person) -> float:
    """How alike the nearest way of writing the person is; 0 where none is near."""
    best = 0.0
    matcher = difflib.SequenceMatcher(autojunk=False)
    for own in {_letters(text) for text in (*last_first(person.name), person.name, person.login) if text}:
        matcher.set_seq2(own[:_COMPARED])
        for text in written:
            matcher.set_seq1(text)
            if matcher.real_quick_ratio() >= _ALIKE and matcher.quick_ratio() >= _ALIKE:
                best = max(best, matcher.ratio())
    return best if best >= _ALIKE else 0.0


def _words(text: str) -> set[str]:
    """The words and numbers of a text without accents; numbers without leading zeros."""
    parts = "".join(letter if letter.isalnum() else " " for letter in _bare(text)).split()
    return {part.lstrip("0") or part for part in parts if len(part) >= _SHORTEST or not part.isascii()}


def _letters(text: str) -> str:
    return "".join(letter for letter in _bare(text) if letter.isalnum())


def _bare(text: str) -> str:
    apart = unicodedata.normalize("NFD", plain(text[:1000]))
    return "".join(letter for letter in apart if not unicodedata.combining(letter))
