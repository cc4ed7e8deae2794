"""What a student process prints: read without blocking, kept up to a cap, the rest dropped."""

from __future__ import annotations

import os

_CHUNK = 1 << 16  # a pipe holds no more
_LAST_CHUNKS = 16  # at the end: somebody that outlived its limits may go on writing


class Output:
    """The read end of a process's stdout and stderr."""

    def __init__(self, descriptor: int, cap: int) -> None:
        self._pipe = open(descriptor, "rb", buffering=0)
        self._cap = cap
        self._kept = bytearray()
        os.set_blocking(descriptor, False)

    def fileno(self) -> int:
        """The descriptor, for polling."""
        return self._pipe.fileno()

    def drain(self) -> bool:
        """Read once. False when there is nothing at the moment, or nothing any more."""
        chunk = b"" if self._pipe.closed else self._pipe.read(_CHUNK) or b""  # None: nothing at the moment
        self._kept += chunk[: self._cap - len(self._kept)]
        return bool(chunk)

    def text(self) -> str:
        """All that was kept, with what waits in the pipe at the moment."""
        for _ in range(_LAST_CHUNKS):
            if not self.drain():
                break
        return self._kept.decode("utf-8", "replace")

    def close(self) -> None:
        """Take what is left and close. May be called twice."""
        self.text()
        self._pipe.close()
