"""Serves one table in place of a missing one, for functions that ignore the path that they are given.

Whatever is named like the data set is there: it may be looked for, opened and read. Any other missing CSV behaves as on
a disk: a log of results or a cleaned copy of the data isn't there before it was written. Code that opens such a file
without having looked for it first gets the table all the same, unless it is named like something that the notebook
itself writes; and `second_chance` serves whatever a call that failed has asked for. Files that exist, other names and
writing are untouched.
"""

from __future__ import annotations

import builtins
import functools
import importlib
import io
import os
import re
import sys
from collections.abc import Callable, Iterable
from typing import Any

from autograder.inside.offline import colab_stub

MISSING = (FileNotFoundError, NotADirectoryError, PermissionError)  # PermissionError: behind the sandbox's walls
WRITTEN = re.compile(
    r"log|result|histor|metric|record|cache|clean|process|token|vocab|pred|submi|tmp|temp|output|experiment|score|summary"
)
MOST_NAMES = 1000
DRIVE = ("", "drive/MyDrive", "drive/My Drive")  # where notebooks look, from the folder that they run in
_real_open: Callable[..., Any] = importlib.import_module("_io").open  # nobody's hook
_real_stat: Callable[..., os.stat_result] = importlib.import_module(os.name).stat
_fallback: str | None = None
_like = re.compile("(?!)")  # matches nothing
_sought: set[str] = set()  # names that were not there when they were asked for
_insisted: set[str] = set()


def set_csv_fallback(path: str | None, like: str = "(?!)") -> None:
    """Serve missing files from `path`; None takes the hooks away again. `like`: a pattern of the data set's names, in
    lower case and without `.csv`."""
    global _fallback, _like
    _fallback, _like = path, re.compile(like)
    _sought.clear()
    _insisted.clear()
    if path is None:
        builtins.open, io.open, os.stat = _real_open, _real_open, _real_stat
    else:
        builtins.open, io.open, os.stat = _open, _open, _stat
    colab_stub(path is not None)


def name_everywhere(path: str, names: Iterable[str]) -> None:
    """Lay links with these names to `path` into the working folder and into that of Google Drive."""
    for folder in DRIVE:
        os.makedirs(folder or ".", exist_ok=True)
        for name in names:
            os.symlink(path, os.path.join(folder, name))


def second_chance() -> bool:
    """From now on also serve what was asked for in vain; whether there is any such name."""
    names = _sought - _insisted
    _insisted.update(names)
    return _fallback is not None and bool(names)


def _csv_name(path: object) -> str:
    """The name without its folders, in lower case; empty if it isn't that of a CSV file."""
    if not isinstance(path, (str, bytes, os.PathLike)):
        return ""
    name = os.fsdecode(path).replace("\\", "/").rpartition("/")[2].lower()
    return name if name.endswith(".csv") else ""


def _served(path: object, *, opened: bool) -> bool:
    name = _csv_name(path)
    if _fallback is None or not name:
        return False
    stem = name.removesuffix(".csv")
    if name in _insisted or _like.fullmatch(stem[:80]):
        return True
    guessed = opened and name not in _sought and not WRITTEN.search(stem)
    if not guessed and len(_sought) < MOST_NAMES:
        _sought.add(name)
    return guessed


@functools.wraps(_real_open)
def _open(file: Any, mode: str = "r", *args: Any, **kwargs: Any) -> Any:
    try:
        return _real_open(file, mode, *args, **kwargs)
    except MISSING:
        if set(mode) & set("wax+") or not _served(file, opened=True):
            raise
        assert _fallback is not None
        return _real_open(_fallback, mode, *args, **kwargs)


def _measured() -> bool:
    """Whether a size is asked for, as pandas does right before it opens a file: that looks for nothing."""
    frame = sys._getframe(2)
    for _ in range(3):
        if frame is None or frame.f_code.co_name == "getsize":
            return frame is not None
        frame = frame.f_back  # type: ignore[assignment]
    return False


@functools.wraps(_real_stat)
def _stat(path: Any, *args: Any, **kwargs: Any) -> os.stat_result:
    try:
        return _real_stat(path, *args, **kwargs)
    except MISSING:
        if not _served(path, opened=_measured()):
            raise
        assert _fallback is not None
        return _real_stat(_fallback, follow_symlinks=kwargs.get("follow_symlinks", True))


def serve(server: Any, path: str | None, like: str = "(?!)") -> None:
    """See set_csv_fallback."""
    set_csv_fallback(path, like)


OPERATIONS: dict[str, Callable[..., Any]] = {"serve": serve}
