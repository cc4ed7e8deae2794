"""What the assignment asks for, as students may know it: tasks, the functions they are about, and hints."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from autograder.errors import ConfigError
from autograder.folder import Folder, built_in, find_folder
from autograder.records import Item

HINTS = "hints.toml"


@dataclass(frozen=True)
class Sheet:
    """One assignment. `names`: by item, the function or class that it is about; `hints`: by check, or by item."""

    folder: Folder
    title: str
    notebook: str
    also: tuple[str, ...]
    defines: tuple[str, ...]
    items: tuple[Item, ...]
    names: Mapping[str, str]
    hints: Mapping[str, str] = field(default_factory=dict)
    at_grading: Mapping[str, int] = field(default_factory=dict)  # by item, public checks that are not here
    either: bool = False  # see rubric.Heading

    def chosen(self, asked: str) -> tuple[Item, ...]:
        """The items of this id, or whose ids begin with it; all for an empty one.

        Raises:
            ConfigError: there is none; the sentence names the nearest.
        """
        if not isinstance(asked, str):
            raise ConfigError(f"An item is asked for by its id, like {self.items[0].id!r}, not by {asked!r:.60}.")
        found = tuple(item for item in self.items if item.id == asked or not asked or item.id.startswith(f"{asked}."))
        if found:
            return found
        by_name = tuple(item for item in self.items if self.names.get(item.id) == asked)
        if by_name:
            return by_name
        every = [*(item.id for item in self.items), *dict.fromkeys(self.names.values())]
        near = difflib.get_close_matches(asked.lower(), [one.lower() for one in every], 1, 0.5)
        told = next((one for one in every if near and one.lower() == near[0]), "")
        rest = f"Did you mean {told!r}?" if told else f"There are: {', '.join(item.id for item in self.items)}."
        raise ConfigError(f"There is no item {asked!r}. {rest}")

    def hint(self, item: str, check: str) -> str:
        """What to think about where a check fails."""
        return self.hints.get(f"{item}.{check}") or self.hints.get(check) or self.hints.get(item, "")


def find_sheet(assignment: str = "") -> Sheet:
    """Read an assignment by its name; without one, the only one that is installed.

    Raises:
        ConfigError: there is none, or several.
    """
    if not assignment:
        there = built_in()
        if len(there) != 1:
            raise ConfigError(f"Say which assignment; there are: {', '.join(there) or 'none'}.")
        [assignment] = there
    return read_sheet(find_folder(assignment))


def read_sheet(folder: Folder) -> Sheet:
    """Read the folder's rubric and hints; errors as the folder's own code raises them."""
    rubric = tomllib.loads(folder.rubric.read_text(encoding="utf-8"))
    hints = folder.path / HINTS
    about: dict[str, Any] = rubric["assignment"]
    return Sheet(
        folder,
        about.get("title", folder.name),
        about.get("notebook", ""),
        tuple(about.get("also", ())),
        tuple(about.get("defines", ())),
        _items(rubric["items"]),
        dict(folder.module("prepare").GRADED),
        tomllib.loads(hints.read_text(encoding="utf-8"))["hints"] if hints.is_file() else {},
        {one["id"]: one["at_grading"] for one in rubric["items"] if "at_grading" in one},
        about.get("either", False),
    )


def _items(told: Sequence[Mapping[str, Any]]) -> tuple[Item, ...]:
    """Those that checks of functions judge, without their points."""
    return tuple(
        Item(one["id"], one["title"], 0, asks=one.get("asks", ""), needs=tuple(one.get("needs", ())))
        for one in told
        if one.get("step", "functions") == "functions" and one.get("marking", "automatic") == "automatic"
    )
