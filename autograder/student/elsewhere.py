"""Files that a notebook writes where this machine has no place for them: `/content/drive/MyDrive/…`, `/kaggle/working`,
`~/…`, a folder that another cell would have made. They are kept in a folder of ours, and found there again.

Everything goes by the path alone: what can be written where it is meant to be is left alone.
"""

from __future__ import annotations

import builtins
import contextlib
import functools
import io
import os
import tempfile
from collections.abc import Callable, Iterator
from typing import Any

WRITES = frozenset("wax+")


class Elsewhere:
    """Which paths are kept elsewhere, and where: below `folder`."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.stat = os.stat  # before it is replaced

    def to_write(self, path: Any) -> Any:
        """The path itself, or the one below `folder` where it can't be written to; its folder is made."""
        text = self._text(path)
        if text is None:
            return path
        place = text if self._writable(text) else self._kept(text)
        parent = os.path.dirname(place)
        if parent and not self._there(parent):
            with contextlib.suppress(OSError):
                os.makedirs(parent, exist_ok=True)
        return place

    def to_read(self, path: Any) -> Any:
        """The path itself if it is there, or the one below `folder` if that is."""
        text = self._text(path)
        if text is None or self._there(text):
            return path
        kept = self._kept(text)
        return kept if self._there(kept) else path

    def _text(self, path: Any) -> str | None:
        """The path in full; None for what is none, and for paths below `folder` itself."""
        if not isinstance(path, (str, os.PathLike)):
            return None
        text = os.fspath(path)
        if not isinstance(text, str) or text.startswith(self.folder):
            return None
        return os.path.expanduser(text)

    def _writable(self, text: str) -> bool:
        """Whether the nearest folder above that is there can be written to; a file that is there, too."""
        place = os.path.abspath(text)
        while not self._there(place) and place != os.path.dirname(place):
            place = os.path.dirname(place)
        return os.access(place, os.W_OK)

    def _there(self, text: str) -> bool:
        try:
            self.stat(text)
        except (OSError, ValueError):
            return False
        return True

    def _kept(self, text: str) -> str:
        return os.path.join(self.folder, os.path.abspath(text).lstrip("/"))


@contextlib.contextmanager
def elsewhere() -> Iterator[Elsewhere]:
    """For a while, `open`, folders and torch's checkpoints work everywhere. What torch loads may be whole models, as in
    the course's version of it, and comes onto the CPU."""
    with contextlib.ExitStack() as stack:
        where = Elsewhere(stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)))

        def put(owner: Any, name: str, make: Callable[[Any], Any]) -> None:
            real = getattr(owner, name)
            setattr(owner, name, functools.wraps(real)(make(real)))
            stack.callback(setattr, owner, name, real)

        def opening(real: Any) -> Any:
            def opens(file: Any, mode: str = "r", *args: Any, **kwargs: Any) -> Any:
                writes = isinstance(mode, str) and bool(WRITES & set(mode))
                return real((where.to_write if writes else where.to_read)(file), mode, *args, **kwargs)

            return opens

        def reading(real: Any) -> Any:
            return lambda path=".", *args, **kwargs: real(where.to_read(path), *args, **kwargs)

        def writing(real: Any) -> Any:
            return lambda path, *args, **kwargs: real(where.to_write(path), *args, **kwargs)

        def moving(real: Any) -> Any:
            return lambda a, b, *args, **kwargs: real(where.to_read(a), where.to_write(b), *args, **kwargs)

        import torch

        for owner in (builtins, io):
            put(owner, "open", opening)
        for name in ("stat", "listdir", "scandir", "remove", "unlink"):
            put(os, name, reading)
        put(os, "mkdir", writing)
        for name in ("rename", "replace"):
            put(os, name, moving)
        put(torch, "save", lambda real: lambda thing, f, *a, **k: real(thing, where.to_write(f), *a, **k))
        put(torch, "load", lambda real: lambda f, map_location=None, *a, **k: real(
            where.to_read(f), "cpu", *a, **({"weights_only": False} | k)))  # fmt: skip
        yield where
