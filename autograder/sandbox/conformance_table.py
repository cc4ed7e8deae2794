"""The conformance list as text: a line a promise, a column a tier."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from autograder.inside.zygote.promises import PROMISES
from autograder.sandbox.conformance import TierCheck
from autograder.sandbox.protocol import TIERS

_WIDTH = 11


def lines(checks: Sequence[TierCheck]) -> Iterator[str]:
    """`kept`, `BROKEN`, `-` for what a tier does not promise, and nothing where the tier can't be had."""
    widest = max(len(promise.says) for promise in PROMISES.values())
    heads = [f"{check.number} {TIERS[check.number].name}" for check in checks]
    yield " " * widest + "  " + " ".join(f"{head:{max(_WIDTH, len(head))}}" for head in heads).rstrip()
    for name, promise in PROMISES.items():
        words = [f"{_word(check, name):{max(_WIDTH, len(head))}}" for check, head in zip(checks, heads, strict=True)]
        yield f"{promise.says:{widest}}  {' '.join(words)}".rstrip()
    for check in checks:
        if check.missing:
            yield f"Tier {check.number}: {check.missing}."
        for name in check.broken:
            yield f"Tier {check.number} does not keep: {PROMISES[name].says} In fact {check.found[name]}."


def _word(check: TierCheck, name: str) -> str:
    if check.missing:
        return ""
    if check.number not in PROMISES[name].tiers:
        return "-"
    return "BROKEN" if name in check.broken else "kept" if name in check.found else "not asked"
