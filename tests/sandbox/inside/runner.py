"""A tiny server for the sandbox's own tests: runs the Python source that it is sent, answers repr(result)."""

from __future__ import annotations

import socket
import struct
import sys
import traceback
from typing import Any


def serve(connection: socket.socket) -> None:
    """Answer each frame, Python source, with the repr of what it left in `result`, or with `raised ...`."""
    names: dict[str, Any] = {"connection": connection, "tried": tried}
    while frame := _read_frame(connection):
        names["result"] = None
        try:
            exec(frame.decode(), names)  # that is what this sandbox is for
            answer = repr(names["result"])
        except Exception as error:  # noqa: BLE001  # the test reads it
            traceback.print_exc()
            answer = f"raised {type(error).__name__}: {error}"
        sys.stdout.flush()
        data = names.pop("raw", answer.encode())
        connection.sendall(struct.pack("<I", len(data)) + data)


def tried(call: Any, *arguments: Any) -> Any:
    """The call's result, or the name of what it raised."""
    try:
        return call(*arguments)
    except Exception as error:  # noqa: BLE001  # the test reads it
        return type(error).__name__


def _read_frame(connection: socket.socket) -> bytes:
    (length,) = struct.unpack("<I", _read(connection, 4) or b"\0\0\0\0")
    return _read(connection, length)


def _read(connection: socket.socket, length: int) -> bytes:
    data = b""
    while len(data) < length:
        part = connection.recv(min(length - len(data), 1 << 20))
        if not part:
            return b""
        data += part
    return data
