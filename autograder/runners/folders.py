"""The files of one submission's results, carried from where they were made to OUT/NAME."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from autograder.errors import ConfigError
from autograder.reports import write_bytes
from autograder.whole import EXECUTED

RESULTS = "results.json"
SOMETIMES = ("evidence.json", "accuracy.json", "marks.proposed.toml")  # those of an earlier run go


def files_of(folder: Path) -> dict[str, bytes]:
    """What stands in a folder of results, results.json first; nothing where there is no folder."""
    if not folder.is_dir():
        return {}
    found = sorted((path for path in folder.iterdir() if path.is_file() and not path.is_symlink()), key=_rank)
    return {path.name: path.read_bytes() for path in found if not path.name.startswith(".")}


def gone_with(files: Collection[str], ran: bool) -> tuple[str, ...]:
    """The files of an earlier run that these leave no place for. `ran`: the notebook's run was made anew."""
    before = (*(SOMETIMES if RESULTS in files else ()), *((EXECUTED,) if ran else ()))
    return tuple(name for name in before if name not in files)


def keep_files(folder: Path, files: Mapping[str, bytes], gone: Collection[str]) -> None:
    """Write the files of a result, each whole or not at all. `gone`: names of others, which go.

    Raises:
        ConfigError: the folder can't be written; the disk is full, say.
    """
    with told_of(folder):
        for name in gone:
            (folder / name).unlink(missing_ok=True)
        for name, data in files.items():
            write_bytes(folder / name, data)


@contextlib.contextmanager
def told_of(folder: Path) -> Iterator[None]:
    """Say which folder it is that can't be written.

    Raises:
        ConfigError: instead of an OSError.
    """
    try:
        yield
    except OSError as error:
        raise ConfigError(unwritten(folder, error.strerror or str(error))) from error


def unwritten(place: object, why: str) -> str:
    """The sentence about a folder that can't be written. `place`: the folder, and perhaps where it was named."""
    told = f"Results can't be written into {place}: {why}."
    return f"{told} What is done is kept; the same command goes on from there."


def _rank(path: Path) -> tuple[bool, str]:
    return path.name != RESULTS, path.name
