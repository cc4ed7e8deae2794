"""Tiers of isolation behind one small protocol; see protocol.py. Imports nothing heavy: a cold start is measured."""

from __future__ import annotations

from autograder.sandbox.host import ZygoteSandbox, best_tier, open_sandbox
from autograder.sandbox.inprocess import InProcess
from autograder.sandbox.protocol import Process, Sandbox, Tier, Usage
from autograder.wire.limits import Limits

__all__ = [
    "InProcess",
    "Limits",
    "Process",
    "Sandbox",
    "Tier",
    "Usage",
    "ZygoteSandbox",
    "best_tier",
    "open_sandbox",
]
