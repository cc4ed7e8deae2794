"""What a format is: a name, and a function from a class to files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from autograder.grades import Class


@dataclass(frozen=True)
class Options:
    """What a person says about the assignment on the platform: its title there, and Canvas's number of it."""

    title: str
    assignment_id: str = ""


class Exporter(Protocol):
    """A module of this room. `NAME`: what the format is asked for by."""

    @property
    def NAME(self) -> str: ...

    def files(self, graded: Class, options: Options, /) -> Mapping[str, bytes]:
        """Return the files, by name.

        Raises:
            ConfigError: a name, an id or an option is none that the platform would take.
        """
        ...
