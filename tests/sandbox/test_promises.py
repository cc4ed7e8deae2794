"""The list that `autograder tier --check` prints: kept by every tier that makes the promise, and able to fail."""

from __future__ import annotations

import os
import warnings

import pytest

from autograder.inside.zygote.promises import ALL, PROMISES
from autograder.sandbox.conformance import TierCheck, check_tier, check_tiers
from autograder.sandbox.conformance_table import lines


@pytest.fixture(scope="module")
def checks() -> dict[int, TierCheck]:
    return {check.number: check for check in check_tiers()}


@pytest.mark.parametrize("number", sorted(ALL))
@pytest.mark.parametrize("name", PROMISES)
def test_promises_are_kept(checks: dict[int, TierCheck], name: str, number: int) -> None:
    check = checks[number]
    if check.missing:
        warnings.warn(f"NOT TESTED on this machine: {check.missing}", stacklevel=1)
        pytest.skip(f"NOT TESTED on this machine: {check.missing}")
    if number in PROMISES[name].tiers:
        assert check.found[name] == ""


# Bounds are set without isolation too, though nothing is promised of them.
NOT_WITHOUT_ISOLATION = [name for name, promise in PROMISES.items() if 4 not in promise.tiers and name != "bounds"]


@pytest.mark.parametrize("name", NOT_WITHOUT_ISOLATION)
def test_probes_can_fail(checks: dict[int, TierCheck], name: str) -> None:
    """Without isolation, as root, nothing of what is promised elsewhere holds."""
    if os.getuid() != 0:
        pytest.skip("NOT TESTED on this machine: a plain user is kept from some of it by the system")
    assert checks[4].found[name]


def test_a_tier_that_can_not_be_had_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda _: None)
    check = check_tier(1)
    assert "bubblewrap is not installed" in check.missing and check.found == {}
    assert any("bubblewrap is not installed" in line for line in lines([check]))


def test_a_broken_promise_is_said() -> None:
    found = dict.fromkeys(PROMISES, "") | {"network": "it opened an internet socket"}
    text = "\n".join(lines([TierCheck(1, found=found), TierCheck(4, found=found)]))
    assert text.count("BROKEN") == 1, "tier 4 does not promise it"
    assert "Tier 1 does not keep: It has no network. In fact it opened an internet socket." in text
