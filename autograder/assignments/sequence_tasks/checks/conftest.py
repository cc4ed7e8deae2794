"""What every check is handed."""

from autograder.kit.fixtures import lab  # noqa: F401
