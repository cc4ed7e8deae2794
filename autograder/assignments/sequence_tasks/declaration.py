"""What sequence_tasks asks for, all items."""

from __future__ import annotations

from pathlib import Path

from autograder.kit.declare import Declaration

from . import classification, toys

DECLARATION = Declaration(Path(__file__).parent, {**classification.ITEMS, **toys.ITEMS})
