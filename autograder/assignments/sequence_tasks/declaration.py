"""What sequence_tasks asks for, all items."""

from __future__ import annotations

from pathlib import Path

from autograder.assignments.sequence_tasks import classification, toys
from autograder.kit.declare import Declaration

DECLARATION = Declaration(Path(__file__).parent, {**classification.ITEMS, **toys.ITEMS})
