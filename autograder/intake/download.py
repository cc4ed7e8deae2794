"""A platform's download on disk, and what the reader of each platform finds in it. Plain data."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from autograder.errors import ConfigError
from autograder.submission.files import is_litter
from autograder.submission.limits import shown


@dataclass(frozen=True)
class HandInNames:
    """What the assignment calls things: its notebook, file names as good, and names that the notebook defines."""

    notebook: str
    also: tuple[str, ...] = ()
    defines: tuple[str, ...] = ()

    @property
    def files(self) -> tuple[str, ...]:
        """All file names that are as good."""
        return (self.notebook, *self.also)


@dataclass(frozen=True)
class Entry:
    """A file or a folder, `name` as the platform called it: on disk a long name may be a shorter one."""

    name: str
    path: Path

    @property
    def is_dir(self) -> bool:
        """Whether it is a folder itself, not a link to one."""
        return self.path.is_dir() and not self.path.is_symlink()


@dataclass(frozen=True)
class Root:
    """The folder in which a download's hand-ins stand. `name`: of the download, for sentences. `called`: names that
    could not stand on disk, by path. `left_out`: files and students' folders that could not be taken out of a zip, with
    the sentence why; an empty file stands there instead, and what stands in such a folder doesn't count. `roster`: a
    file that is no part of the download, wherever it lies."""

    folder: Path
    name: str
    called: Mapping[Path, str] = field(default_factory=dict)
    left_out: Mapping[Path, str] = field(default_factory=dict)
    roster: Path | None = None

    def entry(self, path: Path) -> Entry:
        """The file or folder at a path, under the platform's name for it."""
        return Entry(self.called.get(path, path.name), path)

    def made(self, sign: Callable[[Entry], bool]) -> list[Entry]:
        """The entries of the root without litter; but people's names may begin with a dot, as hidden files do, so what
        bears the platform's sign is none.

        Raises:
            ConfigError: the folder can't be listed.
        """
        both = self.entries(hidden=True)
        return [own for own in both if not is_litter(own.name) or (not own.name.startswith("._") and sign(own))]

    def entries(self, folder: Path | None = None, *, hidden: bool = False) -> list[Entry]:
        """What stands in a folder, sorted by name; without litter, unless `hidden`.

        Raises:
            ConfigError: the folder can't be listed.
        """
        where = folder or self.folder
        try:
            found = [self.entry(where / name) for name in os.listdir(where) if not self._is_roster(where / name)]
        except OSError as error:
            raise ConfigError(f"The folder of submissions {where} can't be listed: {error.strerror}.") from error
        return sorted((own for own in found if hidden or not is_litter(own.name)), key=lambda own: own.name)

    def inside(self, entry: Entry, name: str) -> Root:
        """The same download, with an inner folder as its root."""
        return Root(entry.path, name, self.called, self.left_out, self.roster)

    def _is_roster(self, path: Path) -> bool:
        return self.roster is not None and path.name == self.roster.name and path.resolve() == self.roster.resolve()

    def lost(self, path: Path) -> list[str]:
        """The sentences about what could not be taken out of the zip at, below or around a path."""
        around = {path, *path.parents}
        return [why for own, why in sorted(self.left_out.items()) if own in around or path in own.parents]

    def is_lost(self, path: Path) -> bool:
        """Whether nothing of a file or folder was taken out of the zip."""
        return any(own in self.left_out for own in (path, *path.parents))


@dataclass(frozen=True)
class Claim:
    """One person or group, as a platform's download names it.

    `who`: of the platform and unique there, so that a decision about it holds for the next download too. `id`, `login`,
    `email`: the institution's. `number`: the platform's own, which proves a person only together with the name;
    `ticket`: its own for this assignment alone, which proves nothing. `squeezed`: the name as Canvas writes it, last
    name first and nothing between. `labels`: names of files and folders, each of which may be an id, a login, an
    address or a name.
    """

    who: str
    id: str = ""
    login: str = ""
    email: str = ""
    name: str = ""
    number: str = ""
    ticket: str = ""
    squeezed: str = ""
    labels: tuple[str, ...] = ()


@dataclass(frozen=True)
class Found:
    """One hand-in as a platform's reader found it.

    `label`: what its results are called where no roster says better. `files`: several make a bundle; one is graded as
    it is, also a folder. The others as in `HandIn`. `remarks`: for staff.
    """

    label: str
    files: tuple[Entry, ...]
    claims: tuple[Claim, ...] = ()
    key: str = ""
    time: datetime | None = None
    late: bool | None = None
    older: tuple[Path, ...] = ()
    refused: str = ""
    remarks: tuple[str, ...] = ()


def stranger(entry: Entry, platform: str, asked: HandInNames) -> Found:
    """An entry that the platform didn't make: it has a row that says so, and belongs to nobody."""
    return Found(
        entry.name,
        (entry,),
        refused=f"{shown(entry.name)} is not named as {platform} names a hand-in, so nobody knows whose it is.",
    )


def by_owner(files: list[tuple[str, Entry]]) -> Iterator[tuple[str, list[Entry]]]:
    """The files under each owner, in the order of the first of each."""
    owned: dict[str, list[Entry]] = {}
    for owner, entry in files:
        owned.setdefault(owner, []).append(entry)
    yield from owned.items()
