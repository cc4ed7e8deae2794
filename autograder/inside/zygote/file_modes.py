"""Where a process may not set its files' modes and times, lets what only wants that go on.

The filter of tier 2 refuses these calls to a process of the judge's own user, whose files they could spoil. Copying a
file, unpacking an archive or making IPython's folders needs none of them to succeed.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from typing import Any

_SETTERS = ("chmod", "fchmod", "lchmod", "chown", "fchown", "lchown", "utime", "setxattr", "removexattr")


def forgive() -> None:
    """Turn a refusal of the filter into silence, if there is such a filter. Call it in the confined process."""
    own = os.path.realpath(".")
    with open("own", "w") as file:
        try:
            os.fchmod(file.fileno(), 0o600)
            refused = False
        except PermissionError:
            refused = True
    os.remove("own")
    if refused:
        for name in _SETTERS:
            if hasattr(os, name):
                setattr(os, name, _forgiving(getattr(os, name), own))


def _forgiving(call: Callable[..., Any], own: str) -> Callable[..., Any]:
    """The call, whose refusal for a file of the process's own is silent."""

    @functools.wraps(call)
    def try_it(*arguments: Any, **options: Any) -> Any:
        try:
            return call(*arguments, **options)
        except PermissionError:
            place = arguments[0] if arguments else options.get("path", "")
            if isinstance(place, int) or os.path.realpath(os.fspath(place)).startswith(own + os.sep):
                return None
            raise

    for kinds in (os.supports_follow_symlinks, os.supports_fd, os.supports_dir_fd):
        if call in kinds:
            kinds.add(try_it)
    return try_it
