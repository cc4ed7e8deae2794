"""Holds every tier that this machine gives to the list of promises, in real student processes."""

from __future__ import annotations

from dataclasses import dataclass, field

from autograder.errors import SandboxError, StudentError
from autograder.inside.zygote.promises import KEPT, PROMISES
from autograder.sandbox.host import ZygoteSandbox
from autograder.sandbox.protocol import TIERS
from autograder.wire.limits import Limits

_ENTRY = "autograder.inside.zygote.promises:serve"
_SECONDS, _LONGEST = 30.0, 4096


@dataclass(frozen=True)
class TierCheck:
    """One tier on this machine. `missing`: why it can't be had; `found`: by promise, empty where it is kept, or else
    what is wrong. A promise that the tier does not make is in there too."""

    number: int
    missing: str = ""
    found: dict[str, str] = field(default_factory=dict)

    @property
    def broken(self) -> list[str]:
        """The promises that this tier makes and does not keep."""
        return [name for name, wrong in self.found.items() if wrong and self.number in PROMISES[name].tiers]


def check_tier(number: int) -> TierCheck:
    """Ask two student processes of this tier, the second for what the first may have left behind.

    Raises nothing: a tier that can't be had says why.
    """
    try:
        sandbox = ZygoteSandbox(Limits(), (), (), number, _ENTRY, {})
    except SandboxError as error:
        return TierCheck(number, str(error))
    try:
        _ask(sandbox, ["empty"])
        return TierCheck(number, found=_ask(sandbox, list(PROMISES)))
    except SandboxError as error:
        return TierCheck(number, str(error))
    finally:
        sandbox.close()


def check_tiers() -> list[TierCheck]:
    """All of them, best first."""
    return [check_tier(number) for number in TIERS]


def _ask(sandbox: ZygoteSandbox, names: list[str]) -> dict[str, str]:
    """Raises: SandboxError: no process could be started."""
    process = sandbox.spawn()
    found: dict[str, str] = {}
    try:
        for name in names:
            try:
                answer = process.request(name.encode(), _SECONDS, _LONGEST)
            except StudentError as error:
                found[name] = f"the process ended: {error}"
                break
            found[name] = "" if answer == KEPT else answer.decode("utf-8", "replace")
    finally:
        process.close()
    return found
