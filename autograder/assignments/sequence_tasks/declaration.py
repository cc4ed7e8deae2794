"""What sequence_tasks asks for, all items."""

from __future__ import annotations

from autograder.kit.declare import Declaration
from autograder.references import REFERENCES

from . import classification, toys

DECLARATION = Declaration(REFERENCES / "sequence_tasks", {**classification.ITEMS, **toys.ITEMS})
