"""`unmatched.toml`: what waits for a person to say who it is, and what they said.

```toml
[[unmatched]]
who = "moodle: Jon Smith, 4711"     # as the platform says it; leave it
student = "e123"                    # an id of the roster; several: ["e123", "e124"]; nobody: []
```
An entry whose student is empty still waits. What a person wrote is never changed: new entries go to the end.
"""

from __future__ import annotations

import os
import tempfile
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from autograder.errors import ConfigError
from autograder.grades import Person
from autograder.intake.matching import Waiting
from autograder.intake.roster import Roster
from autograder.submission.limits import MB, shown

_TABLE = "[[unmatched]]"
_LARGEST = 20 * MB
_HEAD = """# Whose hand-ins are these? Nobody was guessed. Write an id of the roster between the quotes of `student`,
# or ["id", "id"] for a group, or [] for nobody, and run the same command again.
"""


def load_decisions(path: Path, roster: Roster) -> dict[str, tuple[Person, ...]]:
    """Read what a person decided, by `who`; empty without a file.

    Raises:
        ConfigError: the file is no TOML, an entry is wrong, decided twice in two ways, or names somebody who is not in
            the roster; the message names file and line.
    """
    decided: dict[str, tuple[Person, ...]] = {}
    for where, who, ids in _entries(path):
        if ids is None:
            continue
        strangers = [own for own in ids if own not in roster.by_id]
        if strangers:
            raise ConfigError(f"{where}: {shown(strangers[0])!r} is no id in {roster.source}.")
        people = tuple(roster.by_id[own] for own in dict.fromkeys(ids))
        if decided.setdefault(who, people) != people:
            raise ConfigError(f"{where}: {shown(who)!r} was already said to be somebody else above.")
    return decided


def add_waiting(path: Path, waiting: Sequence[Waiting]) -> None:
    """Add entries for those who are not in the file yet; the file is made if there is somebody to add.

    Raises:
        ConfigError: the file can't be read or written.
    """
    known = {who for _, who, _ in _entries(path)}
    new = [own for own in {own.who: own for own in waiting}.values() if _valid(own.who) not in known]
    if not new:
        return
    try:
        before = path.read_text(encoding="utf-8") if path.exists() else _HEAD
        text = "\n".join([before.rstrip("\n") + "\n", *(_entry(own) for own in new)])
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", dir=path.parent, prefix=".unmatched", delete=False
        ) as f:
            f.write(text)
            f.flush()
            os.fsync(f.fileno())
        os.chmod(f.name, 0o644)
        os.replace(f.name, path)
    except OSError as error:
        raise ConfigError(f"{path} can't be written: {error.strerror}.") from error


def _entry(own: Waiting) -> str:
    candidates = [
        f"#   {_line(person.id)}: {_line(person.name)} {_line(person.email)} ({_line(candidate.reason)})"
        for candidate in own.candidates
        for person in (candidate.person,)
    ]
    return "\n".join(
        [
            _TABLE,
            f"# of {_line(own.hand_in)}. {_line(own.sentence)} {'Candidates:' if candidates else 'No candidates.'}",
            *candidates,
            f"who = {_text(own.who)}",
            'student = ""',
            "",
        ]
    )


def _entries(path: Path) -> list[tuple[str, str, list[str] | None]]:
    """File and line, who, and the ids (None while it waits) of every entry. Raises ConfigError."""
    if not path.exists():
        return []
    try:
        if path.stat().st_size > _LARGEST:
            raise ConfigError(f"{path} is too large (more than {_LARGEST // MB} MB).")
        text = path.read_text(encoding="utf-8-sig")
        table = tomllib.loads(text)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(f"{path}: {error}") from error
    tables = table.get("unmatched", [])
    if set(table) - {"unmatched"} or not isinstance(tables, list):
        raise ConfigError(f"{path}: only {_TABLE} tables are expected.")
    lines = [number for number, line in enumerate(text.split("\n"), 1) if line.strip().startswith(_TABLE)]
    exact = len(lines) == len(tables)
    return [
        _read(f"{path}, line {lines[number]}" if exact else f"{path}, {_TABLE} {number + 1}", own)
        for number, own in enumerate(tables)
    ]


def _read(where: str, own: Any) -> tuple[str, str, list[str] | None]:
    """Raises ConfigError."""
    if not isinstance(own, dict) or set(own) != {"who", "student"} or not isinstance(own["who"], str):
        raise ConfigError(f"{where}: `who` and `student` are expected, and nothing else.")
    student = own["student"]
    if isinstance(student, str):
        return where, own["who"], [student.strip()] if student.strip() else None
    if not isinstance(student, list) or not all(isinstance(one, str) for one in student):
        raise ConfigError(f"{where}: `student` must be an id in quotes, or several in brackets.")
    return where, own["who"], [one.strip() for one in student]


def _line(text: str) -> str:
    """One printable line, so that nothing ends a comment."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text[:500]).split())


def _valid(text: str) -> str:
    """Text as TOML can hold it: half a surrogate pair, of a name that is no UTF-8, becomes its number."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _text(text: str) -> str:
    """A TOML string that reads back as the same text."""
    return '"' + "".join(_letter(letter) for letter in _valid(text)) + '"'


def _letter(letter: str) -> str:
    if letter in '"\\':
        return f"\\{letter}"
    return letter if letter.isprintable() else f"\\U{ord(letter):08x}"
