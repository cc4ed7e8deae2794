"""Reads Debian packages with the standard library alone: a bare machine need not have dpkg."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

_MAGIC = b"!<arch>\n"
_HEAD = 60  # bytes in front of each member: its name 16, dates and rights 32, its size 10, and 2


def members(archive: bytes) -> dict[str, bytes]:
    """The files of an `ar` archive, by name.

    Raises:
        ValueError: it is none, or ends too early.
    """
    if not archive.startswith(_MAGIC):
        raise ValueError("no ar archive")
    found, place = {}, len(_MAGIC)
    while place < len(archive):
        head = archive[place : place + _HEAD]
        if len(head) < _HEAD or head[58:] != b"`\n":
            raise ValueError("an ar archive that is damaged")
        size = int(head[48:58])
        begin = place + _HEAD
        if begin + size > len(archive):
            raise ValueError("an ar archive that ends too early")
        found[head[:16].decode("ascii").strip().rstrip("/")] = archive[begin : begin + size]
        place = begin + size + size % 2
    return found


def unpack(package: Path, folder: Path) -> None:
    """Put the files of a .deb below a folder.

    Raises:
        ValueError: it is none.
        OSError: a file can't be written.
    """
    parts = members(package.read_bytes())
    name = next((name for name in parts if name.startswith("data.tar")), None)
    if name is None:
        raise ValueError(f"{package.name} holds no data.tar")
    with tarfile.open(fileobj=io.BytesIO(parts[name])) as data:
        data.extractall(folder, filter="data")
