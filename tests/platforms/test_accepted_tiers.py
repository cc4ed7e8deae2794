"""Which isolation a course accepts for student code on a platform."""

from __future__ import annotations

import pytest

from autograder.errors import ConfigError
from autograder.platforms import one
from autograder.platforms.settings import Settings
from autograder.sandbox import fallback
from autograder.sandbox.protocol import TIERS


@pytest.mark.parametrize(
    ("there", "accepted", "reads_all", "told"),
    [
        (1, 2, True, ""),
        (2, 2, True, ""),  # Landlock bounds what the right to read everything reaches
        (2, 1, False, "only isolation tier 2"),
        (3, 2, False, "`weakest_tier = 3`"),
        (3, 3, False, ""),
        (3, 3, True, "can't read Python's own folders"),
        (4, 3, False, "Nobody's code is run here"),
    ],
)
def test_student_code_is_run_only_in_a_tier_that_was_accepted(
    monkeypatch: pytest.MonkeyPatch, there: int, accepted: int, reads_all: bool, told: str
) -> None:
    monkeypatch.setattr(one, "best_tier", lambda: TIERS[there])
    monkeypatch.setattr(fallback, "reads_all_files", lambda: reads_all)
    settings = Settings(weakest_tier=accepted)
    if not told:
        one.require_tier(settings)
        return
    with pytest.raises(ConfigError) as caught:
        one.require_tier(settings)
    assert told in str(caught.value)
