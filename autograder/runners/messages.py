"""What a worker tells its parent: messages with their length in front, through a pipe."""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass, field
from typing import Any

import msgspec

_HEAD = struct.Struct("<I")


def tell(pipe: int, message: dict[str, Any]) -> None:
    """Write one message whole.

    Raises:
        OSError: the parent has gone.
    """
    data = msgspec.msgpack.encode(message)
    left = memoryview(_HEAD.pack(len(data)) + data)
    while left:
        left = left[os.write(pipe, left) :]


@dataclass
class Inbox:
    """Puts messages together from what comes through the pipe. `last`: the newest value of each key."""

    last: dict[str, Any] = field(default_factory=dict)
    _rest: bytes = b""

    def feed(self, data: bytes) -> None:
        """Take what came."""
        self._rest += data
        while len(self._rest) >= _HEAD.size:
            end = _HEAD.size + _HEAD.unpack_from(self._rest)[0]
            if len(self._rest) < end:
                return
            self.last |= msgspec.msgpack.decode(self._rest[_HEAD.size : end])
            self._rest = self._rest[end:]
