"""`autograder new-assignment`: writes the folder of a small working assignment, to be changed into one's own."""

from __future__ import annotations

import keyword
import re
from pathlib import Path

from autograder.errors import ConfigError
from autograder.folder import built_in

STARTER = Path(__file__).parent / "starter"  # files as they are written, each with .txt behind its name
PLACEHOLDER = "NAME"
ALLOWED = re.compile(r"[a-z][a-z0-9_]{0,39}")


def new_assignment(name: str, folder: Path) -> list[Path]:
    """Write the assignment `name` to a new folder of that name in `folder`; return the files that were written.

    Raises:
        ConfigError: the name can't be one of an assignment, it stands for something already, or nothing can be written.
    """
    check_name(name)
    target = folder / name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        target.mkdir()
    except FileExistsError as error:
        raise ConfigError(f"{error.filename} is there already; nothing was written.") from error
    written = []
    for source in sorted(STARTER.rglob("*.txt")):
        path = target / source.relative_to(STARTER).with_suffix("")
        path.parent.mkdir(exist_ok=True)
        path.write_text(source.read_text(encoding="utf-8").replace(PLACEHOLDER, name), encoding="utf-8")
        written.append(path)
    return written


def check_name(name: str) -> None:
    """Raises:
    ConfigError: the name can't be one of an assignment.
    """
    if not ALLOWED.fullmatch(name) or keyword.iskeyword(name):
        raise ConfigError(
            f"It can't be called {name!r:.60}: take small letters, digits and _, a letter first, at most 40."
        )
    if name in built_in():
        raise ConfigError(f"There is an assignment called {name} already; it comes with the autograder.")
