"""Which hand-ins have code in common that nobody gave them. It proposes whom to look at, and decides nothing."""

from autograder.similarity.pairs import THRESHOLD, own_lines, similar_pairs
from autograder.similarity.script import script

__all__ = ["THRESHOLD", "own_lines", "script", "similar_pairs"]
