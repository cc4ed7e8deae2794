"""Paths of the machine that a notebook was written on (a mounted drive, a home folder, `D:`) work here too.

What can't be written where it says is written below a folder of its own, and found there again under the same name;
folders that somebody made by hand, in a file manager, are made. What can be had as it is, is left alone.
"""

from __future__ import annotations

import builtins
import contextlib
import functools
import io
import os
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from typing import Any

_FOREIGN = re.compile(r"/|~|[A-Za-z]:|\.\.(?:/|$)")  # absolute, of a home folder, of Windows, above this folder
_NO_FOLDER = re.compile(r"~|[A-Za-z]:")  # here these would be names
_ONE_PATH = "stat lstat listdir scandir remove unlink rmdir chmod utime access"
_TWO_PATHS = "rename replace"
Call = Callable[..., Any]
_STAT, _MKDIR, _ACCESS = os.lstat, os.mkdir, os.access  # by nobody's hooks: not as csv_fallback answers


class Elsewhere:
    """Where the paths lead that can't be had as they are: below `folder`."""

    def __init__(self, folder: str) -> None:
        self._folder = folder

    def found(self, path: Any) -> str | None:
        """Where a path was written instead; None if it was not."""
        other = self._other(path)
        try:
            return other if other is not None and _STAT(other) else None
        except OSError:
            return None

    def writable(self, path: Any) -> Any:
        """Where a path can be written, in a folder that is there; the path itself where nothing helps."""
        own = os.fspath(path)
        if not isinstance(own, str):
            return path
        folder, other = os.path.dirname(own), self._other(path)
        if not _NO_FOLDER.match(own):
            with contextlib.suppress(OSError, ValueError):
                self._make(folder)
                if _ACCESS(folder or ".", os.W_OK):
                    return path
        if other is not None:
            with contextlib.suppress(OSError, ValueError):
                self._make(os.path.dirname(other))
                return other
        return path

    def _make(self, folder: str) -> None:
        """A folder with all above it."""
        try:
            _STAT(folder or ".")
        except FileNotFoundError:
            self._make(os.path.dirname(folder.rstrip("/")))
            with contextlib.suppress(FileExistsError):
                _MKDIR(folder)

    def _other(self, path: Any) -> str | None:
        text = os.fspath(path) if isinstance(path, (str, os.PathLike)) else ""
        if not isinstance(text, str) or not _FOREIGN.match(text) or text.startswith(self._folder):
            return None
        parts = [part for part in re.split(r"[\\/]+", text) if part not in ("", ".")]
        return os.path.join(self._folder, *["up" if part == ".." else part for part in parts])

    # ---- what takes the place of the real calls ----------------------------------------------------------------------
    def opening(self, real: Call) -> Call:
        """`open`."""

        @functools.wraps(real)
        def wrapped(file: Any, mode: str = "r", *args: Any, **kwargs: Any) -> Any:
            if not isinstance(file, (str, os.PathLike)) or not isinstance(mode, str):
                return real(file, mode, *args, **kwargs)
            if (instead := self.found(file)) is not None:
                return real(instead, mode, *args, **kwargs)
            try:
                return real(file, mode, *args, **kwargs)
            except OSError:
                if not set(mode) & set("wax"):
                    raise
                return real(self.writable(file), mode, *args, **kwargs)

        return wrapped

    def looking(self, real: Call) -> Call:
        """A call about one path, or about two of which the second may be new."""

        @functools.wraps(real)
        def wrapped(path: Any = ".", *args: Any, **kwargs: Any) -> Any:
            try:
                return real(path, *args, **kwargs)
            except OSError:
                if (instead := self.found(path)) is None:
                    raise
            return real(instead, *args, **kwargs)

        return wrapped

    def moving(self, real: Call) -> Call:
        """`os.rename` and `os.replace`."""

        @functools.wraps(real)
        def wrapped(old: Any, new: Any, *args: Any, **kwargs: Any) -> Any:
            try:
                return real(old, new, *args, **kwargs)
            except OSError:
                return real(self.found(old) or old, self.writable(new), *args, **kwargs)

        return wrapped

    def making(self, real: Call) -> Call:
        """`os.mkdir`."""

        @functools.wraps(real)
        def wrapped(path: Any, *args: Any, **kwargs: Any) -> None:
            try:
                real(path, *args, **kwargs)
            except FileExistsError:
                raise
            except OSError:
                other = self._other(path)
                if other is None:
                    raise
                self._make(os.path.dirname(other))
                real(other, *args, **kwargs)

        return wrapped

    def going(self, real: Call) -> Call:
        """`os.chdir`: a notebook that goes to a folder which is not here stays where it is."""

        @functools.wraps(real)
        def wrapped(path: Any) -> None:
            try:
                real(path)
            except OSError:
                if self._other(path) is None:
                    raise
                if (instead := self.found(path)) is not None:
                    real(instead)

        return wrapped

    def saving(self, real: Call) -> Call:
        """`torch.save`, which opens files past Python."""

        @functools.wraps(real)
        def wrapped(thing: Any, f: Any, *args: Any, **kwargs: Any) -> Any:
            return real(thing, self.writable(f) if isinstance(f, (str, os.PathLike)) else f, *args, **kwargs)

        return wrapped


@contextlib.contextmanager
def elsewhere(folder: str | None = None) -> Iterator[Elsewhere]:
    """For a while, paths that can't be had lead below `folder`, by default one that goes away again; torch.load reads
    whole models, as it did in the course's version."""
    with contextlib.ExitStack() as stack:
        where = folder or stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))
        places = stack.enter_context(_hooked(Elsewhere(where)))
        yield places


@contextlib.contextmanager
def _hooked(places: Elsewhere) -> Iterator[Elsewhere]:
    hooks: list[tuple[Any, str, Call]] = [
        (builtins, "open", places.opening(builtins.open)),
        (io, "open", places.opening(io.open)),
        (os, "mkdir", places.making(os.mkdir)),
        (os, "chdir", places.going(os.chdir)),
        *((os, name, places.looking(getattr(os, name))) for name in _ONE_PATH.split()),
        *((os, name, places.moving(getattr(os, name))) for name in _TWO_PATHS.split()),
    ]
    torch, common = sys.modules.get("torch"), sys.modules.get("pandas.io.common")
    if torch is not None:
        load = torch.load
        hooks.append((torch, "save", places.saving(torch.save)))
        hooks.append((torch, "load", functools.wraps(load)(lambda *a, **k: load(*a, **{"weights_only": False, **k}))))
    if hasattr(common, "check_parent_directory"):  # it asks before it writes
        hooks.append((common, "check_parent_directory", lambda path: None))
    before = [(owner, name, getattr(owner, name)) for owner, name, _ in hooks]
    try:
        for owner, name, call in hooks:
            setattr(owner, name, call)
        yield places
    finally:
        for owner, name, call in before:
            setattr(owner, name, call)
