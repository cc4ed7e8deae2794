"""How this process and Ray's driver, a process of its own with perhaps another Python, talk: short frames over pipes.
Stands on the standard library alone."""

from __future__ import annotations

import contextlib
import os
import select
import struct
from dataclasses import dataclass
from typing import Literal

_HEAD = struct.Struct("<cQQ")
# To the driver: an order, a node to leave out. From it: what an order's process told; that it has ended; what there
# is; a sentence for staff; why nothing can be done, by whose fault.
Kind = Literal["order", "exclude", "data", "ended", "capacity", "say", "config", "vanished"]
_LETTERS: dict[Kind, bytes] = {
    "order": b"O", "exclude": b"N", "data": b"D", "ended": b"E", "capacity": b"C", "say": b"S", "config": b"X",
    "vanished": b"V",
}  # fmt: skip
_KINDS = {letter: kind for kind, letter in _LETTERS.items()}


@dataclass(frozen=True)
class Frame:
    """`number`: of the order that it is about, 0 for none."""

    kind: Kind
    number: int
    data: bytes


def frame_of(kind: Kind, number: int, data: bytes) -> bytes:
    """One frame as bytes."""
    return _HEAD.pack(_LETTERS[kind], number, len(data)) + data


def send(pipe: int, kind: Kind, number: int, data: bytes) -> None:
    """Write one frame whole, to somebody who reads whatever they do.

    Raises:
        OSError: nobody reads any more.
    """
    left = memoryview(frame_of(kind, number, data))
    while left:
        left = left[os.write(pipe, left) :]


def exchange(to: int, data: bytes, back: int) -> bytes:
    """Write all of it to one pipe and read meanwhile what comes from the other, which may be full: two that only write
    would wait for each other for ever. What came.

    Raises:
        OSError: nobody reads any more.
        EOFError: nobody writes any more.
    """
    left, found = memoryview(data), list[bytes]()
    os.set_blocking(to, False)
    while left:
        readable, writable, _ = select.select([back], [to], [])
        if readable:
            found.append(os.read(back, 1 << 20))
            if not found[-1]:
                raise EOFError
        if writable:
            with contextlib.suppress(BlockingIOError):
                left = left[os.write(to, left) :]
    return b"".join(found)


def frames_in(data: bytes) -> tuple[list[Frame], bytes]:
    """The whole frames at the beginning of some bytes, and the rest.

    Raises:
        ValueError: these are no frames.
    """
    found, start = [], 0
    while len(data) - start >= _HEAD.size:
        letter, number, length = _HEAD.unpack_from(data, start)
        if letter not in _KINDS:
            raise ValueError("no frame")
        end = start + _HEAD.size + length
        if len(data) < end:
            break
        found.append(Frame(_KINDS[letter], number, data[start + _HEAD.size : end]))
        start = end
    return found, data[start:]
