"""Serves one CSV file in place of every missing one, for functions that ignore the path they are given.

Opening, looking for and reading a missing `*.csv` are answered from the fallback; files that exist, other
names and writing are untouched.
"""

from __future__ import annotations

import builtins
import functools
import io
import os
from collections.abc import Callable
from typing import Any

from autograder.student.offline import colab_stub

MISSING = (FileNotFoundError, NotADirectoryError, PermissionError)  # PermissionError: behind the sandbox's walls
_real_open: Callable[..., Any] = builtins.open
_real_stat: Callable[..., os.stat_result] = os.stat
_fallback: str | None = None


def set_csv_fallback(path: str | None) -> None:
    """Serve missing CSV files from `path`; None takes the hooks away again."""
    global _fallback
    _fallback = path
    if path is None:
        builtins.open, io.open, os.stat = _real_open, _real_open, _real_stat
    else:
        builtins.open, io.open, os.stat = _open, _open, _stat
    colab_stub(path is not None)


def _looks_like_csv(name: object) -> bool:
    if not isinstance(name, (str, bytes, os.PathLike)):
        return False
    return os.fsdecode(name).lower().endswith(".csv")


@functools.wraps(_real_open)
def _open(file: Any, mode: str = "r", *args: Any, **kwargs: Any) -> Any:
    try:
        return _real_open(file, mode, *args, **kwargs)
    except MISSING:
        if _fallback is None or not _looks_like_csv(file) or set(mode) & set("wax+"):
            raise
        return _real_open(_fallback, mode, *args, **kwargs)


@functools.wraps(_real_stat)
def _stat(path: Any, *args: Any, **kwargs: Any) -> os.stat_result:
    try:
        return _real_stat(path, *args, **kwargs)
    except MISSING:
        if _fallback is None or not _looks_like_csv(path):
            raise
        return _real_stat(_fallback, follow_symlinks=kwargs.get("follow_symlinks", True))
