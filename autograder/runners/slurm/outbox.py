"""The node's side of the spool: files that tell of one order, one after the other.

Every file is written under a hidden name, then renamed, so that whoever sees it sees it whole. Only its owner can read
it. A job imports this before it starts anything, so nothing slow is imported here.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec

BEGUN = ".begun"  # beside an order: a process has begun with it
TOLD = re.compile(r"(\d{6})-(\d{6})\.(message|end|trouble)")  # the order, the how-manieth of it, what it is


class Ending(msgspec.Struct, frozen=True):
    """How an order's process ended, as its node saw it; or why nothing can be written."""

    how: Literal["done", "killed", "node", "time"]
    why: str


@dataclass
class Outbox:
    """The node's side: what it tells about one order."""

    folder: Path
    number: int
    place: int = 0

    def tell(self, framed: bytes) -> None:
        """Write a message, as orders.framed makes it.

        Raises:
            OSError: it can't be written.
        """
        write_whole(self._path("message"), framed)
        self.place += 1

    def end(self, how: Literal["done", "killed"], why: str) -> None:
        """Write how it ended; nothing comes after.

        Raises:
            OSError: it can't be written.
        """
        write_whole(self._path("end"), msgspec.msgpack.encode(Ending(how, why)))

    def complain(self, why: str) -> None:
        """Say that nothing can be written, as well as may be.

        Raises:
            OSError: that can't be either.
        """
        write_whole(self._path("trouble"), msgspec.msgpack.encode(Ending("node", why)))

    def complain_no_more(self) -> None:
        """It can be again."""
        self._path("trouble").unlink(missing_ok=True)

    def _path(self, kind: str) -> Path:
        return self.folder / f"{self.number:06d}-{self.place:06d}.{kind}"


def write_whole(path: Path, data: bytes) -> None:
    """Write a file that only its owner can read: all of it, or none.

    Raises:
        OSError: it can't be written; nothing is left of it.
    """
    hidden = path.with_name(f".{path.name}")
    try:
        with os.fdopen(os.open(hidden, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        hidden.rename(path)
    except OSError:
        hidden.unlink(missing_ok=True)
        raise
