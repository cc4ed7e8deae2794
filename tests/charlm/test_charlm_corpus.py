"""The corpus of charlm: how much of each kind, and that it can be built."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from fixtures.charlm.build import CORPUS, ITEMS
from fixtures.charlm.make_malformed import hand_ins
from fixtures.corpus import Kind

LEAST: dict[Kind, int] = {"variant": 12, "fault": 45, "hostile": 15, "degenerate": 15}


def test_counts() -> None:
    assert {kind: len(CORPUS.labels(kind)) >= least for kind, least in LEAST.items()} == dict.fromkeys(LEAST, True)
    assert len(hand_ins()) >= 8
    faults = Counter(label.item for label in CORPUS.labels("fault"))
    assert set(faults) == set(ITEMS) and min(faults.values()) >= 10
    names = [label.name for kind in LEAST for label in CORPUS.labels(kind)]
    assert len(names) == len(set(names))


def test_every_source_can_be_built(tmp_path: Path) -> None:
    built = CORPUS.build(tmp_path)
    for path in built:
        compile(path.read_text(encoding="utf-8"), path.name, "exec")
    assert len({path.read_bytes() for path in built}) == len(built)


def test_malformed_ones_are_the_same_every_time() -> None:
    assert {name: content for name, (content, _) in hand_ins().items()} == {
        name: content for name, (content, _) in hand_ins().items()
    }
