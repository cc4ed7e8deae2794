"""GitHub Classroom's folder of clones: `<assignment>-submissions/<assignment>-<login>/`."""

from __future__ import annotations

from collections.abc import Iterator

from autograder.intake.commits import last_commit
from autograder.intake.download import Claim, Entry, Found, HandInNames, Root, stranger
from autograder.submission.limits import shown

_ENDING = "-submissions"


def sign(entry: Entry) -> bool:
    """Whether the entry is a clone."""
    return entry.is_dir and (entry.path / ".git").is_dir()


def read(root: Root, asked: HandInNames) -> Iterator[Found]:
    """One hand-in a clone; its time is that of the last commit.

    Raises:
        ConfigError: the folder can't be listed.
    """
    assignment = root.name.removesuffix(_ENDING) if root.name.endswith(_ENDING) else ""
    for entry in root.entries():
        if not entry.is_dir:
            yield stranger(entry, "GitHub Classroom", asked)
            continue
        beyond = entry.name.removeprefix(f"{assignment}-") if assignment else ""
        login = beyond if beyond != entry.name else ""
        time = last_commit(entry.path / ".git")
        remarks = () if time else (f"{shown(entry.name)}: the time of its last commit could not be read from .git.",)
        claim = Claim(f"github: {login or entry.name}", login=login, labels=() if login else (entry.name,))
        yield Found(login or entry.name, (entry,), (claim,), login or entry.name, time, remarks=remarks)
