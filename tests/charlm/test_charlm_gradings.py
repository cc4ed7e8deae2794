"""Whole gradings of the functions step: the reference, the blank, another style, a fault of each item."""

from __future__ import annotations

from typing import Any

import pytest
from handins import results_of

from autograder.batch import grade_paths
from autograder.preflight import Options, describe
from autograder.template import HOME as ROOT
from fixtures.charlm.build import CORPUS, ITEMS
from fixtures.corpus import Kind

VARIANTS = ("wrappers",)
FAULTS = ("p_state_kept", "t_shuffles_lists", "n_base_2", "s_context_scored")


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, dict[str, Any]]]:
    """By hand-in: the items of its results, by id."""
    folder = tmp_path_factory.mktemp("charlm")
    paths = []
    for name, source in (("reference", ROOT / "reference"), ("blank", ROOT / "student_template")):
        paths.append(folder / f"{name}.py")
        paths[-1].write_bytes((source / "charlm" / "models.py").read_bytes())
    chosen: dict[Kind, tuple[str, ...]] = {"variant": VARIANTS, "fault": FAULTS}
    for kind, names in chosen.items():
        for one in CORPUS.sources(kind):
            if one.path.stem in names:
                paths.append(folder / f"{one.path.stem}.py")
                paths[-1].write_text(CORPUS.build_one(one), encoding="utf-8")
    grade_paths(paths, describe(Options("charlm", folder / "out", 1, only="functions", unsafe=True)))
    return {
        path.stem: {entry["id"]: entry for entry in results_of(folder / "out" / path.stem)["extra_data"]["items"]}
        for path in paths
    }


def share(entries: dict[str, dict[str, Any]]) -> dict[str, float]:
    return {item: entries[item]["score"] / entries[item]["points"] for item in ITEMS}


@pytest.mark.parametrize("name", ["reference", *VARIANTS])
def test_right_ones_are_full(graded: dict[str, dict[str, dict[str, Any]]], name: str) -> None:
    assert share(graded[name]) == dict.fromkeys(ITEMS, 1.0)


def test_the_blank_is_zero(graded: dict[str, dict[str, dict[str, Any]]]) -> None:
    assert share(graded["blank"]) == dict.fromkeys(ITEMS, 0.0)


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_costs_its_item_alone(graded: dict[str, dict[str, dict[str, Any]]], name: str) -> None:
    label = next(label for label in CORPUS.labels("fault") if label.name == name)
    lost = {item for item, part in share(graded[name]).items() if part < 1}
    assert lost == {label.item}
