"""The folder through which a run and its nodes talk, inside OUT, which they share: orders one way, messages the other.

Every file is written under a hidden name, then renamed, so that whoever sees it sees it whole. Orders hold the run's
secret, and messages hold grades: only their owner can read them. What nodes write is msgpack with strict types, read
by orders.py; nothing here is ever unpickled.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from autograder.errors import GraderError
from autograder.runners.orders import Message, messages_in
from autograder.runners.protocol import Ended
from autograder.runners.slurm.outbox import TOLD, Ending, write_whole

ROOM = ".slurm"  # in OUT; no hand-in's name begins with a dot
_ORDER = re.compile(r"(\d{6})\.order")


@dataclass(frozen=True)
class Told:
    """A file that a node wrote about the order with this number; `place`: the how-manieth it is."""

    path: Path
    number: int
    place: int
    kind: str  # message | end | trouble

    def read(self) -> Message | Ended:
        """What it says.

        Raises:
            GraderError: it is damaged.
            OSError: it can't be read.
        """
        data = self.path.read_bytes()
        if self.kind == "message":
            messages, rest = messages_in(data)
            if len(messages) != 1 or rest:
                raise GraderError(f"{self.path} holds no message")
            return messages[0]
        ending = self._ending(data)
        return Ended(ending.how, ending.why)

    def complaint(self) -> str:
        """Why nothing can be written, where this is a complaint. Raises: as read."""
        return self._ending(self.path.read_bytes()).why

    def _ending(self, data: bytes) -> Ending:
        try:
            return msgspec.msgpack.decode(data, type=Ending)
        except msgspec.MsgspecError as error:
            raise GraderError(f"{self.path} does not say how an order ended: {error}") from error


@dataclass(frozen=True)
class Spool:
    """One run's folder."""

    folder: Path

    @property
    def told_folder(self) -> Path:
        """Where nodes write."""
        return self.folder / "told"

    @property
    def logs(self) -> Path:
        """Where submitit has its scripts and what the nodes print."""
        return self.folder / "log"

    @property
    def kept(self) -> Path:
        """Results of runs that were cut off, by what they are results of."""
        return self.folder / "kept"

    def make(self) -> None:
        """Make the folders, for their owner alone.

        Raises:
            OSError: they can't be made.
        """
        for folder in (self.folder.parent, self.folder, self.told_folder, self.logs, self.kept):
            folder.mkdir(mode=0o700, exist_ok=True)
            folder.chmod(0o700)

    def order_path(self, number: int) -> Path:
        """The file of an order."""
        return self.folder / f"{number:06d}.order"

    def orders(self) -> Iterator[tuple[int, Path]]:
        """All orders that are there, by number."""
        for path in sorted(self.folder.iterdir()):
            if found := _ORDER.fullmatch(path.name):
                yield int(found[1]), path

    def told(self) -> list[Told]:
        """All that nodes have written, order by order, each from the first on."""
        found = []
        with os.scandir(self.told_folder) as entries:
            for entry in entries:
                if parts := TOLD.fullmatch(entry.name):
                    found.append(Told(Path(entry.path), int(parts[1]), int(parts[2]), parts[3]))
        return sorted(found, key=lambda told: (told.number, told.place))

    def look_again(self) -> None:
        """Write something where nodes write: on a network disk others' new files are seen sooner after that.

        Raises:
            OSError: nothing can be written there.
        """
        write_whole(self.told_folder / f"look-{os.getpid()}", b"." * 4096)
        (self.told_folder / f"look-{os.getpid()}").unlink()
