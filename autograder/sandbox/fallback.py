"""The tiers of isolation, best first, and the command that starts a zygote in each."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from autograder.inside.zygote.restrictions import needed_to_read
from autograder.sandbox import bubblewrap

_ROOT = Path(__file__).resolve().parents[2]
_PACKAGE = _ROOT / "autograder"
_INSTALLED = (_PACKAGE / "shipped").is_dir()  # by a wheel, among the packages that students may import
_GRADERS = _PACKAGE if _INSTALLED else _ROOT  # hidden, but for:
_OWN_CODE = ("__init__.py", "wire", "system", "inside")  # never the checks, the rubrics, the judge
_SYSTEM = ("/usr", *bubblewrap.SYSTEM_LINKS, "/etc/ld.so.cache", "/etc/alternatives")
_START = "from autograder.inside.zygote.zygote import main; main()"
FIND = "import sys; sys.argv[2] in sys.path or sys.path.insert(0, sys.argv[2]); "  # installed: not before Python's own
_ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "LANG": "C.UTF-8",
    "USER": "student",
    "OMP_NUM_THREADS": "1",  # a forked child hangs if its parent ran a parallel operation
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "2",
    "MPLBACKEND": "agg",
    "PYTHONHASHSEED": "0",  # sets of strings have one order: a regrade sees what the first run saw
}


class Unavailable(Exception):
    """The tier can't even be tried; the message is one sentence."""


def readable_paths(extra: Sequence[Path]) -> tuple[str, ...]:
    """All that a student process may read: the system's libraries, Python, the worker's own code, and `extra`."""
    python = (sys.prefix, sys.base_prefix, sys.exec_prefix, os.path.realpath(sys.base_prefix), _real_prefix())
    sites = (path for path in sys.path if os.path.basename(path) in ("site-packages", "dist-packages"))  # of .pth files
    own = (str(_PACKAGE / name) for name in _OWN_CODE)
    paths = dict.fromkeys((*_SYSTEM, *python, *sites, *own, *(str(path.resolve()) for path in extra)))
    return tuple(path for path in paths if os.path.exists(path) and not path.startswith("/usr/"))


def reads_all_files() -> bool:
    """Return whether a student process of tier 3 can read every file of this machine, whoever may by its rights: it is
    given that power where other users can't read Python's own folders."""
    return bool(needed_to_read(readable_paths(())))


def seen(tier: int, readable: Sequence[str]) -> tuple[str, ...]:
    """`readable` as this tier can grant it. Landlock knows no exceptions below a folder: where the grader's own files
    lie in a readable one, all that lies beside them is named instead. Such folders can't be listed by students."""
    if tier != 2:
        return tuple(readable)
    return tuple(dict.fromkeys(path for given in readable for path in _beside((*_lists(), _GRADERS), given)))


def _beside(hidden: Sequence[Path], path: str) -> Iterator[str]:
    """`path` itself where nothing hidden lies in it. Of links only the targets count, under names of their own."""
    real = Path(path).resolve()
    within = [place for place in hidden if place.is_relative_to(real)]
    if not within:
        yield path
    elif real not in within:
        for entry in sorted(os.scandir(path), key=lambda entry: entry.name):
            if not entry.is_symlink():
                yield from _beside(within, entry.path)


def _lists() -> list[Path]:
    """The lists that pip keeps of our files, which name the checks."""
    return sorted(_ROOT.glob("autograder-*.dist-info/RECORD")) if _INSTALLED else []


def _real_prefix() -> str:
    """The folder of the interpreter that the environment's links end at: .../bin/python3.11 is two levels below."""
    return os.path.dirname(os.path.dirname(os.path.realpath(sys.executable)))


def scratch(tier: int) -> str:
    """Where student processes may write: see Config.scratch. Tiers without a file system of their own get a folder."""
    if tier == 1:
        return bubblewrap.SCRATCH
    folder = tempfile.mkdtemp(prefix="autograder-")
    os.chmod(folder, 0o711)  # students of separate users go through it to their own folder, and can't list it
    return folder


def program(tier: int) -> str:
    """What encloses the zygote: bubblewrap in tier 1, nothing in the others.

    Raises:
        Unavailable: the tier can't be tried on this machine.
    """
    if tier < 4 and sys.platform != "linux":
        raise Unavailable("only Linux has the means")
    if tier > 1:
        return ""
    found = shutil.which("bwrap")
    if found is None:
        raise Unavailable("bubblewrap is not installed")
    return found


def command(
    program: str,
    control: int,
    readable: Sequence[str],
    scratch: str,
    env: Mapping[str, str],
    *,
    start: str = _START,
    more: Sequence[str] = (),
) -> tuple[list[str], dict[str, str]]:
    """The zygote's command line and environment. `start`: what Python runs; `more`: further words for bubblewrap."""
    # not -I: it would ignore PYTHONHASHSEED; the environment is ours from the first to the last variable
    zygote = [sys.executable, "-s", "-P", "-B", "-c", FIND + start, str(control), str(_ROOT)]
    environment = {**_ENVIRONMENT, "HOME": scratch, "TMPDIR": scratch, "MPLCONFIGDIR": f"{scratch}/mpl", **env}
    if not program:
        return zygote, environment
    more = [*(word for path in _lists() for word in ("--ro-bind", os.devnull, str(path))), *more]
    return bubblewrap.command(program, str(_GRADERS), readable, environment, more) + zygote, {}
