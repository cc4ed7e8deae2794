"""The roster: who is in the class, from a CSV file whose columns have usual names."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from autograder.errors import ConfigError
from autograder.grades import Person
from autograder.intake.names import first_last, last_first, pairs, plain, squeezed, words
from autograder.submission.limits import MB, listed, shown

# What columns are usually called, without capitals, blanks and marks; the first that is there counts.
COLUMNS = {
    "id": ("id", "studentid", "studentnumber", "sisuserid", "sid", "orgdefinedid", "matriculationnumber"),
    "login": ("login", "loginid", "sisloginid", "eid", "displayid", "username", "userid", "netid", "githubusername",
              "github", "githublogin"),
    "name": ("name", "fullname", "studentname", "student"),
    "first": ("firstname", "first", "givenname", "forename"),
    "last": ("lastname", "last", "surname", "familyname"),
    "email": ("email", "emailaddress", "mail"),
    "section": ("section", "sectionname", "group", "tutorial"),
}  # fmt: skip
_LARGEST = 20 * MB
_ROWS = 100_000
_LONGEST = 1_000  # letters of one cell


@dataclass(frozen=True)
class Roster:
    """The people of a class, in the roster's order. `others`: by id, what else identifies a person: a second id, a
    login at GitHub."""

    people: tuple[Person, ...]
    source: Path
    others: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @cached_property
    def by_id(self) -> dict[str, Person]:
        """By exact id."""
        return {person.id: person for person in self.people}

    @cached_property
    def identified(self) -> dict[str, list[Person]]:
        """By id, login and what else identifies, as `plain` writes it. More than one person: it identifies nobody."""
        return _index((text, own) for own in self.people for text in (own.id, own.login, *self.others.get(own.id, ())))

    @cached_property
    def by_email(self) -> dict[str, list[Person]]:
        """By address."""
        return _index((own.email, own) for own in self.people)

    @cached_property
    def by_name(self) -> dict[str, list[Person]]:
        """By name, first name first."""
        return _index((own.name, own) for own in self.people)

    @cached_property
    def by_squeezed(self) -> dict[str, list[Person]]:
        """By the name as Canvas may write it: which word begins the last name isn't known."""
        return _index((text, own) for own in self.people for text in last_first(own.name))

    @cached_property
    def by_word(self) -> dict[str, list[Person]]:
        """By each word of a name, an id, a login or an address: for candidates only."""
        told = ((" ".join((own.name, own.id, own.login, own.email)), own) for own in self.people)
        return _index((word, own) for text, own in told for word in words(text))

    @cached_property
    def by_pair(self) -> dict[str, list[Person]]:
        """By each pair of neighbouring letters of a name: for candidates only."""
        return _index((pair, own) for own in self.people for pair in pairs(own.name))


def _index(texts: Iterable[tuple[str, Person]]) -> dict[str, list[Person]]:
    found: dict[str, list[Person]] = {}
    for text, person in texts:
        if key := plain(text):
            own = found.setdefault(key, [])
            if not own or own[-1] is not person:  # one person's texts stand together
                own.append(person)
    return found


def load_roster(path: Path) -> Roster:
    """Read a roster.

    Raises:
        ConfigError: it can't be read, has no column that tells people apart, or a row is wrong; the message names file
            and line.
    """
    rows = _rows(path)
    line, head = next(rows, (1, []))
    columns = _columns(path, line, head)
    people: list[Person] = []
    others: dict[str, tuple[str, ...]] = {}
    said: dict[tuple[str, str], int] = {}  # line, by kind and value
    for line, row in rows:
        where = f"{path}, line {line}"
        if _is_points_possible(row, people):
            continue
        if len(row) != len(head):
            raise ConfigError(f"{where}: {len(row)} cells, but the first line has {len(head)}.")
        person, more = _person(where, row, columns)
        for kind, value in (("id", person.id), ("login", person.login), ("email", person.email)):
            if value and (before := said.setdefault((kind, plain(value)), line)) != line:
                raise ConfigError(f"{where}: the {kind} {shown(value)!r} stands already in line {before}.")
        people.append(person)
        if more:
            others[person.id] = more
    if not people:
        raise ConfigError(f"{path}: there is nobody in this roster.")
    return Roster(tuple(people), path, others)


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not blank, with the line at which each begins. Raises ConfigError."""
    text = _text(path)
    first = text.lstrip("\r\n").partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number, start = 0, 1
    while True:
        try:
            row = next(reader, None)
        except csv.Error as error:
            raise ConfigError(f"{path}, line {start}: this is no row of a CSV file ({error}).") from error
        if row is None:
            return
        cells = [cell.strip() for cell in row]
        if any(cells):
            number += 1
            if number > _ROWS:
                raise ConfigError(f"{path}, line {start}: more than {_ROWS:,} rows are no class.")
            yield start, cells
        start = reader.line_num + 1


def _text(path: Path) -> str:
    """Raises ConfigError."""
    try:
        with open(path, "rb") as stream:
            data = stream.read(_LARGEST + 1)
    except OSError as error:
        raise ConfigError(f"The roster {path} can't be read: {error.strerror}.") from error
    if len(data) > _LARGEST:
        raise ConfigError(f"{path} is too large for a roster (more than {_LARGEST // MB} MB).")
    coding = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        return data.decode(coding)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise ConfigError(f"{path}, line {line}: this is not UTF-8 text; save the table as CSV UTF-8.") from error


def _columns(path: Path, line: int, head: Sequence[str]) -> dict[str, list[int]]:
    """Where each kind of column is, the best first. Raises ConfigError."""
    plain_head = [squeezed(cell) for cell in head]
    for place, cell in enumerate(plain_head):
        if cell and cell in plain_head[:place]:
            raise ConfigError(f"{path}, line {line}: the column {shown(head[place])!r} is there twice.")
    found = {kind: [plain_head.index(name) for name in names if name in plain_head] for kind, names in COLUMNS.items()}
    if not (found["id"] or found["login"] or found["email"]):
        wanted = "id, student id, sis user id, sid, login, eid or email"
        raise ConfigError(
            f"{path}, line {line}: no column tells people apart; {wanted} is needed, "
            f"and there are: {listed(list(head))}."
        )
    return found


def _is_points_possible(row: Sequence[str], people: Sequence[Person]) -> bool:
    """The second row of Canvas's gradebook, which is nobody."""
    return not people and row[0].casefold().startswith("points possible")


def _person(where: str, row: Sequence[str], columns: Mapping[str, Sequence[int]]) -> tuple[Person, tuple[str, ...]]:
    """A row's person, and what else identifies them. Raises ConfigError."""
    for cell in row:
        if len(cell) > _LONGEST or any(not letter.isprintable() and letter not in _JOINERS for letter in cell):
            raise ConfigError(f"{where}: {shown(cell, 40)!r} holds letters that can't be printed, or too many.")

    def first(kind: str) -> str:
        return next((row[place] for place in columns[kind] if row[place]), "")

    identities = [row[place] for kind in ("id", "login") for place in columns[kind] if row[place]]
    email = first("email")
    name = first_last(first("name")) or f"{first('first')} {first('last')}".strip()
    if email and (email.count("@") != 1 or " " in email or email.startswith("@") or email.endswith("@")):
        raise ConfigError(f"{where}: {shown(email)!r} is no e-mail address.")
    if columns["id"] and not first("id"):
        raise ConfigError(f"{where}: the id is missing.")
    own = first("id") or first("login") or email
    if not own:
        raise ConfigError(f"{where}: nothing tells who this is: id, login and email are empty.")
    person = Person(own, name, email, first("section"), first("login"))
    more = tuple(text for text in dict.fromkeys(identities) if text not in (person.id, person.login))
    return person, more


_JOINERS = "\u200c\u200d\u200e\u200f\u00a0\u3000\u00ad"  # unseen, but in honest names and spreadsheets
