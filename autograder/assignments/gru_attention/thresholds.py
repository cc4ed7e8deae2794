"""Numbers of the assignment that a course may change: the rubric's [settings]."""

from __future__ import annotations

import msgspec


class Thresholds(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`times_the_reference`: of its perplexity in the same run, that a class trained by the judge may have at most."""

    times_the_reference: float
