"""The way from a download to hand-ins, read top to bottom in `take_in`."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from zoneinfo import ZoneInfo

from autograder.errors import ConfigError
from autograder.grades import HandIn, Person, Platform
from autograder.intake import canvas, folder, github, gradescope, matching, moodle, sakai
from autograder.intake.bundle import bundled
from autograder.intake.download import Claim, Found, HandInNames, Root
from autograder.intake.matching import Waiting
from autograder.intake.recognise import TITLES, Source, recognise
from autograder.intake.roster import Roster
from autograder.intake.unmatched import add_waiting, load_decisions
from autograder.lateness import YEARS
from autograder.submission import safe_name, unique_names
from autograder.submission.files import is_litter
from autograder.submission.limits import listed, shown

_UTC = ZoneInfo("UTC")
_LONGEST = 120  # bytes of the ids of a group in a name


@dataclass(frozen=True)
class Intake:
    """What came in. `hand_ins`: sorted by name, those of `waiting` too, which have fewer owners than they should.
    `title`: the platform in words. `remarks`: sentences for staff."""

    platform: Platform
    title: str
    hand_ins: tuple[HandIn, ...]
    waiting: tuple[Waiting, ...] = ()
    remarks: tuple[str, ...] = ()


def take_in(
    source: Path,
    scratch: Path,
    *,
    asked: HandInNames,
    unmatched: Path,
    roster: Roster | None = None,
    platform: Platform | None = None,
    zone: ZoneInfo = _UTC,
    taken: Collection[str] = (),
) -> Intake:
    """Turn a folder or zip that a course downloaded into hand-ins.

    Zips are unpacked below `scratch`, a folder of this run alone, where the paths of some hand-ins then lie. `platform`
    says which it is; without, it is recognised. `zone` is that of times which don't name theirs. `taken` are names that
    no results may have. With a roster, what a person decided in the file `unmatched` is used, and what waits for one is
    added to it.

    Raises:
        ConfigError: the download can't be opened, or is one of two platforms; a file of the platform or `unmatched` is
            wrong; nothing in it is of the `platform` that was said; or two hand-ins are the same person's,
            or their results would have the same name.
    """
    made = recognise(source, scratch, asked, platform, roster.source if roster else None)
    found = [(root, _timed(own)) for root in made.roots for own in _read(made.platform, root, asked, zone)]
    everything = [own for _, own in found]
    if platform and everything and all(own.refused and not own.claims for own in everything):
        title = TITLES[platform]
        raise ConfigError(
            f"Nothing in {source} is named as {title} names a hand-in; leave PLATFORM out to have it recognised."
        )
    owners, waiting = _owners(everything, roster, unmatched)
    owners, doubles = _one_each(source, everything, owners, roster is not None)
    names = _names(made, everything, owners, {place for place, _ in waiting}, taken, roster is not None)
    hand_ins: list[HandIn] = []
    used = {entry.path for own in everything for entry in own.files}
    remarks = [*made.remarks, *_litter(made, used), *doubles]
    for (root, own), people, name in zip(found, owners, names, strict=True):
        path, refused, more = bundled(root, own, name, scratch / "bundles", asked)
        remarks += [*own.remarks, *(f"{shown(name)}: {sentence}" for sentence in more)]
        hand_ins.append(
            HandIn(path, name, people, made.platform, own.key, own.time, own.late, own.older, own.refused or refused)
        )
    if made.platform == "github" and any(own.time for own in hand_ins):
        remarks.append("Times are of the last commits, which are set by the students' own clocks.")
    waits = tuple(replace(own, hand_in=names[place]) for place, own in waiting)
    add_waiting(unmatched, waits)
    hand_ins.sort(key=lambda own: own.name)
    return Intake(made.platform, TITLES[made.platform], tuple(hand_ins), waits, tuple(remarks))


def _read(platform: Platform, root: Root, asked: HandInNames, zone: ZoneInfo) -> Iterator[Found]:
    """Raises ConfigError."""
    match platform:
        case "gradescope":
            return gradescope.read(root, asked, zone)
        case "canvas":
            return canvas.read(root, asked)
        case "sakai":
            return sakai.read(root, asked, zone)
        case "moodle":
            return moodle.read(root, asked)
        case "github":
            return github.read(root, asked)
        case "folder":
            return folder.read(root, asked)


def _timed(found: Found) -> Found:
    """The hand-in without a time that no clock has: its arithmetic would fail in some time zones."""
    if found.time is None or found.time.year in YEARS:
        return found
    remark = f"{shown(found.label)}: handed in in the year {found.time.year}, which can't be right; no time was taken."
    return replace(found, time=None, remarks=(*found.remarks, remark))


def _litter(made: Source, used: Collection[Path]) -> list[str]:
    """A remark about what is hidden or a system's."""
    names = [
        own.name
        for root in made.roots
        for own in root.entries(hidden=True)
        if is_litter(own.name) and own.path not in used
    ]
    return [f"Hidden and system files were skipped: {listed(names)}."] if names else []


# ---- owners ----------------------------------------------------------------------------------------------------------
def _owners(
    found: Sequence[Found], roster: Roster | None, unmatched: Path
) -> tuple[list[tuple[Person, ...]], list[tuple[int, Waiting]]]:
    """Whose each hand-in is, and what waits, with the place of its hand-in. Raises ConfigError."""
    if roster is None:
        return [tuple(filter(None, map(_as_claimed, own.claims))) for own in found], []
    decisions = load_decisions(unmatched, roster)
    matches = [[(claim, matching.match(claim, roster, decisions)) for claim in own.claims] for own in found]
    times = Counter(
        person.id
        for own, several in zip(found, matches, strict=True)
        for claim, one in several
        if not (own.refused and claim.labels)  # a stray file beside a notebook is no second person
        for person in one.people
    )
    owners: list[tuple[Person, ...]] = []
    waiting: list[tuple[int, Waiting]] = []
    for place, own in enumerate(matches):
        people: list[Person] = []
        for claim, first in own:
            open_to_doubt = first.by_name or not (claim.labels or first.decided)
            double = open_to_doubt and any(times[person.id] > 1 for person in first.people)
            one = matching.doubled(first) if double else first
            people += one.people
            if one.sentence and (one.candidates or not found[place].refused):  # a stray file waits for nobody
                waiting.append((place, Waiting(claim.who, "", one.sentence, one.candidates)))
        owners.append(tuple(dict.fromkeys(people)))
    return owners, waiting


def _as_claimed(claim: Claim) -> Person | None:
    """The person whom the platform names; nobody in a plain folder, where names are only those of files."""
    own = claim.id or claim.login or claim.email or claim.number or claim.ticket or claim.name
    return Person(own, claim.name or claim.squeezed, claim.email, login=claim.login) if own else None


def _one_each(
    source: Path, found: Sequence[Found], owners: Sequence[tuple[Person, ...]], rostered: bool
) -> tuple[list[tuple[Person, ...]], list[str]]:
    """The owners, without those of a refused file beside a hand-in of the same person, and of hand-ins that without a
    roster claim one person; a remark about each such file.

    Raises:
        ConfigError: two hand-ins are the same person's, who is in the roster.
    """
    places: dict[str, int] = {}
    kept = list(owners)
    remarks: list[str] = []
    for place in sorted(range(len(found)), key=lambda place: bool(found[place].refused)):  # stable: refused ones last
        for person in owners[place]:
            first = places.setdefault(person.id, place)
            if first == place:
                continue
            here, there = found[place].files[0].name, found[first].files[0].name
            if not found[place].refused and not rostered:
                kept[place] = kept[first] = ()
                remarks.append(
                    f"{shown(there)} and {shown(here)} both claim {shown(person.id)}, so neither has an owner."
                )
                continue
            if not found[place].refused:
                raise ConfigError(
                    f"{source}: {shown(there)} and {shown(here)} are both of {shown(person.name or person.id)} "
                    f"({shown(person.id)}); leave only the one that counts."
                )
            kept[place] = ()
            remarks.append(f"{shown(here)} was left aside: {shown(there)} is the hand-in of {shown(person.id)}.")
    return kept, remarks


# ---- names -----------------------------------------------------------------------------------------------------------
def _names(
    made: Source,
    found: Sequence[Found],
    owners: Sequence[tuple[Person, ...]],
    undecided: Collection[int],
    taken: Collection[str],
    rostered: bool,
) -> list[str]:
    """What the results of each hand-in are called.

    Names by the roster go first; a name that nobody vouches for makes way.

    Raises:
        ConfigError: two by the roster would have the same name.
    """
    if made.platform == "folder":  # as ever, and what is refused after that
        first = sorted(range(len(found)), key=lambda place: bool(found[place].refused and not _is_dir(found[place])))
        given = unique_names([found[place].files[0].path for place in first], taken)
        return [given[own.files[0].path] for own in found]
    ids = ["+".join(person.id for person in people) if rostered else "" for people in owners]
    sure = [place not in undecided and 0 < len(ids[place].encode("utf-8", "replace")) <= _LONGEST
            for place in range(len(found))]  # fmt: skip
    names: dict[int, str] = {}
    holders: dict[str, int] = {}
    for place in sorted(range(len(found)), key=lambda place: (not sure[place], not found[place].claims)):
        own = found[place]
        name = safe_name(ids[place] if sure[place] else own.label)
        same = unicodedata.normalize("NFC", name).casefold()
        while same in taken or (same in holders and not sure[place]):
            name, same = f"{name}_", f"{same}_"
        if same in holders:
            raise ConfigError(
                f"The results of {shown(found[holders[same]].files[0].name)} and of {shown(own.files[0].name)} would "
                f"both be called {shown(name)}; rename one, or change its id in the roster."
            )
        holders[same] = place
        names[place] = name
    return [names[place] for place in range(len(found))]


def _is_dir(found: Found) -> bool:
    return found.files[0].is_dir
