"""Runs whole notebooks: a driver process between the judge and a kernel inside the sandbox."""

from __future__ import annotations

from autograder.notebook.messages import Progress
from autograder.notebook.run import execute

__all__ = ["Progress", "execute"]
