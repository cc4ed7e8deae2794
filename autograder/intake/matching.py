"""Whose a hand-in is. Only what is exact is decided here; what is doubtful waits for a person, with candidates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from autograder.grades import Person
from autograder.intake.download import Claim
from autograder.intake.names import first_last, likeness, pairs, plain, squeezed, words
from autograder.intake.roster import Roster

_MOST = 5  # candidates
_COMPARED = 20  # people with most pairs of letters in common
_ALIKE = 0.6


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
    """What came of a claim: its people, or the sentence why there are none. `by_name`: on nothing but the name;
    `decided`: by a person."""

    people: tuple[Person, ...] = ()
    by_name: bool = False
    decided: bool = False
    sentence: str = ""
    candidates: tuple[Candidate, ...] = ()


def match(claim: Claim, roster: Roster, decisions: Mapping[str, tuple[Person, ...]]) -> Match:
    """Find a claim's people: as a person decided, else by id, login or address, else by a name that only one has."""
    if claim.who in decisions:
        return Match(decisions[claim.who], decided=True)
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
    """What becomes of a match when another hand-in claims the same person: a name may be two people's, and at some
    platforms people write their own id."""
    what = ("name", "same name") if found.by_name else ("id, login or address", "same id, login or address")
    return _doubtful(f"Several hand-ins go by this {what[0]}", found.people, what[1])


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
    shared: dict[Person, list[str]] = {}
    for word in sorted({word for text in texts for word in words(text)}):
        for person in roster.by_word.get(word, ()):
            shared.setdefault(person, []).append(word)
    found = [(1.0 + len(own), Candidate(person, f"has {', '.join(own[:3])}")) for person, own in shared.items()]
    for text in (claim.name, claim.squeezed, *claim.labels):
        own = pairs(text)
        counts = Counter(person for pair in own for person in roster.by_pair.get(pair, ()))
        for person, _ in counts.most_common(_COMPARED):
            alike = likeness(own, pairs(person.name))
            if alike >= _ALIKE and person not in shared:
                found.append((alike, Candidate(person, "is written alike")))
    found.sort(key=lambda pair: (-pair[0], pair[1].person.id))
    return tuple(dict.fromkeys(candidate for _, candidate in found))[:_MOST]
