"""What each tier promises of a student process, as probes that a real one makes of itself.

`serve` is the entry of such a process: it is sent the name of a promise and answers with what it found. The tests of
the sandbox hold more to the light than fits here; this list is what `autograder tier --check` prints of a machine.
"""

from __future__ import annotations

import os
import resource
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass

ALL, LIMITED, SAFE = frozenset({1, 2, 3, 4}), frozenset({1, 2, 3}), frozenset({1, 2})
KEPT = b"kept"
_GRADERS = os.path.abspath(__file__).rsplit(os.sep, 3)[0]  # of which the inside alone may show


@dataclass(frozen=True)
class Promise:
    """`holds` runs in the student process: an empty text, or what is wrong; an exception is wrong too."""

    says: str
    tiers: frozenset[int]
    holds: Callable[[], str]


def _can(what: str, call: Callable[..., object], *arguments: object) -> str:
    """What was possible; empty if the operating system refused it."""
    try:
        call(*arguments)
    except (OSError, MemoryError, ValueError, RuntimeError, subprocess.SubprocessError):
        return ""
    return what


def _writes_own_folder() -> str:
    with open("own", "w") as file:
        file.write("x")
    os.remove("own")
    return ""


def _finds_empty_folder() -> str:
    found = os.listdir(".")
    with open("mark", "w") as file:  # the next process looks for it
        file.write("x")
    return f"it found {found[0]}" if found else ""


def _knows_no_secrets() -> str:
    return next((f"it knows {name}" for name in os.environ if name.startswith("AUTOGRADER_")), "")


def _reads_no_grader() -> str:
    names = ("rubric.py", "scoring.py", "grade.py")
    read = next((f"it read {name}" for name in names if _can("it", open, os.path.join(_GRADERS, name))), "")
    listed = (
        name for name in ("assignments", "shipped", "shipped/reference") if _can("it", os.listdir, f"{_GRADERS}/{name}")
    )
    return read or next((f"it listed {name}" for name in listed), "")


def _reads_no_system() -> str:
    return _can("it read /etc/passwd", open, "/etc/passwd") or _can("it listed /", os.listdir, "/")


def _writes_nowhere_else() -> str:
    for folder in ("/tmp", "/var/tmp", "/dev/shm", _GRADERS, os.path.dirname(os.__file__)):
        path = os.path.join(folder, f"autograder-probe-{os.getpid()}")
        if _can("it", open, path, "w"):
            os.remove(path)
            return f"it wrote into {folder}"
    return ""


def _has_no_network() -> str:
    return _can("it opened an internet socket", socket.socket, socket.AF_INET, socket.SOCK_STREAM)


def _starts_no_programs() -> str:
    return _can("it started a program", subprocess.run, [sys.executable, "-c", ""])


def _reaches_no_process() -> str:
    if os.getpid() == 1:
        return ""  # of a namespace of its own: there is no other
    return _can("it may signal the process that started it", os.kill, os.getppid(), 0)


def _is_not_root() -> str:
    return "it is root" if os.getuid() == 0 else ""


def _does_not_sync() -> str:
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    number = {"x86_64": 306, "aarch64": 267}.get(os.uname().machine)  # syncfs
    done = number is not None and libc.syscall(number, 1) == 0
    return "it made the machine write to its disks" if done else ""


def _is_bounded() -> str:
    for name in ("AS", "CPU", "NOFILE", "FSIZE", "NPROC"):
        kind = getattr(resource, f"RLIMIT_{name}")
        if resource.getrlimit(kind)[1] == resource.RLIM_INFINITY:
            return f"RLIMIT_{name} has no bound"
        if wrong := _can(f"it raised RLIMIT_{name}", resource.setrlimit, kind, (-1, -1)):
            return wrong
    return _can("it took 64 GB of memory", bytearray, 64 << 30)


def _has_few_threads() -> str:
    threading.stack_size(1 << 16)
    done = threading.Event()
    try:
        for _ in range(500):
            threading.Thread(target=done.wait, daemon=True).start()
    except RuntimeError:
        return ""
    finally:
        done.set()
    return "it started 500 threads"


PROMISES = {
    "folder": Promise("Its own folder can be written.", ALL, _writes_own_folder),
    "empty": Promise("It finds nothing of an earlier student.", ALL, _finds_empty_folder),
    "secrets": Promise("It knows none of the grader's secrets.", ALL, _knows_no_secrets),
    "root": Promise("It is not root.", LIMITED, _is_not_root),
    "bounds": Promise("Memory, time, files have bounds that it can't raise.", LIMITED, _is_bounded),
    "threads": Promise("It starts few threads.", LIMITED, _has_few_threads),
    "processes": Promise("It can't signal the grader's processes.", LIMITED, _reaches_no_process),
    "grader": Promise("It can't read checks, rubrics or the judge.", SAFE, _reads_no_grader),
    "system": Promise("It can't read the machine's other files.", SAFE, _reads_no_system),
    "elsewhere": Promise("It writes nowhere else.", SAFE, _writes_nowhere_else),
    "network": Promise("It has no network.", SAFE, _has_no_network),
    "programs": Promise("It starts no programs.", SAFE, _starts_no_programs),
    "sync": Promise("It can't stall the machine's disks.", SAFE, _does_not_sync),
}


def serve(connection: socket.socket) -> None:
    """Answer each frame, the name of a promise, with KEPT or with what is wrong."""
    while head := connection.recv(4):
        name = connection.recv(struct.unpack("<I", head)[0]).decode()
        try:
            answer = PROMISES[name].holds().encode() or KEPT
        except Exception as error:  # whatever it is, the promise can't be relied on
            answer = f"{type(error).__name__}: {error}".encode()
        connection.sendall(struct.pack("<I", len(answer)) + answer)
