"""Solved assignments. Each folder has one `source.py`; `python -m autograder.template NAME` makes the rest of it."""

from __future__ import annotations

from autograder.references import Texts as Texts
