"""Cells of tables as numbers, with points or with commas before their decimals."""

from __future__ import annotations

import re
from collections.abc import Sequence

_AROUND = str.maketrans("", "", "*`_ \t ±\\$")
_THOUSANDS = re.compile(r"-?\d{1,3}(,\d{3}){1,6}(\.\d{0,20})?")
_WITH_COMMA = re.compile(r"-?(?:\d{1,12}|\d{1,3}(?:[.\u202f ]\d{3}){1,4}),\d{1,20}(?:[eE][-+]?\d{1,3})?")
_WITH_POINT = re.compile(r"-?\d{0,12}\.\d{1,20}(?:[eE][-+]?\d{1,3})?")
_THREE = re.compile(r"\d{3}")


def number(cell: str) -> float | None:
    """`**1,234.5**` as a number; what overflowed or was none (`inf`, `nan`) is infinite; None for anything else."""
    bare = cell[:40].translate(_AROUND)
    if _THOUSANDS.fullmatch(bare):
        bare = bare.replace(",", "")
    try:
        value = float(bare)
    except ValueError:
        return None
    return float("inf") if value != value else value


def with_points(rows: Sequence[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """The rows, with points before decimals where all of their numbers have commas there: `1.234,5` is `1234.5`."""
    numbers = [bare for row in rows for cell in row if "," in (bare := cell[:40].translate(_AROUND)) or "." in bare]
    commas = [bare for bare in numbers if _WITH_COMMA.fullmatch(bare)]
    sure = [bare for bare in commas if not _THREE.fullmatch(bare.partition(",")[2]) or re.match("-?0,", bare)]
    if not sure or any(_WITH_POINT.fullmatch(b) and not _THREE.fullmatch(b.partition(".")[2]) for b in numbers):
        return list(rows)
    return [tuple(_with_point(cell) for cell in row) for row in rows]


def _with_point(cell: str) -> str:
    bare = cell[:40].translate(_AROUND)
    whole, comma, rest = bare.partition(",")
    if not (_WITH_COMMA.fullmatch(bare) or (not comma and re.fullmatch(r"-?\d{1,3}(?:\.\d{3}){1,4}", bare))):
        return cell
    plain = re.sub(r"[.\u202f ]", "", whole) + (f".{rest}" if comma else "")
    bold = "**" if "**" in cell else ""
    return f"{bold}{plain}{bold}"
