"""Grades on a Ray cluster."""

from __future__ import annotations

from autograder.clusters import OnRay
from autograder.errors import ConfigError
from autograder.runners.protocol import Engine


def open_ray(settings: OnRay) -> Engine:
    """Connect to it.

    Raises:
        ConfigError: Ray is not installed.
    """
    raise ConfigError("Ray is not installed here; install it: pip install 'autograder[ray]'.")
