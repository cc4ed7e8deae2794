"""The published tables, printed as logs and read back: parser, formula, grid, and which epoch was tested."""

from __future__ import annotations

from dataclasses import replace

from autograder.assignments.labrnn.evidence.plausibility import grid_findings, parameter_findings
from autograder.assignments.labrnn.evidence.settings import part_of
from autograder.kit.observer.plausibility import last_was_tested
from tests.labrnn_evidence.published import rows, settings, trainings

ALL = [*trainings("first"), *trainings("second")]


def test_all_parameter_counts_come_out() -> None:
    assert len(rows("first")) == 37 and len(rows("second")) == 79
    assert [logged.num_params for _, logged, _ in ALL] == [int(row["num_params"]) for row, _, _ in ALL]
    assert [logged.vocab_size for _, logged, _ in ALL] == [int(row["vocab_size"]) for row, _, _ in ALL]


def test_every_figure_comes_out() -> None:
    for row, logged, _ in trainings("second"):
        figures = [
            f"{getattr(epoch, f'{part}_{quantity}'):.3f}"
            for epoch in logged.epochs
            for part in ("train", "valid")
            for quantity in ("loss", "acc")
        ]
        names = [f"{p}_{q}_e{e}" for e in range(1, 6) for p in ("train", "valid") for q in ("loss", "acc")]
        assert figures == [row[name] for name in names]
        assert (logged.test_loss, logged.test_acc) == (float(row["test_loss"]), float(row["test_acc"]))
    tested = [(row["test_acc"], logged.test_acc) for row, logged, _ in trainings("first")]
    assert all(said == "" if read is None else float(said) == read for said, read in tested)


def test_one_count_disagrees_with_the_formula() -> None:
    flagged = [(row["run_label"], text) for row, _, t in ALL for text in parameter_findings(t)]
    assert len(flagged) == 1
    label, text = flagged[0]
    assert label.startswith("lab2.g bi")
    assert "1,564,874" in text and "1,565,074" in text and "200" in text and "one direction" in text


def test_a_count_that_is_off_by_one_is_flagged() -> None:
    for _, _, training in ALL:
        assert training.num_params is not None
        assert len(list(parameter_findings(replace(training, num_params=training.num_params + 1)))) == 1


def test_published_accuracies_are_on_the_grid_and_neighbours_are_not() -> None:
    full = [t for row, _, t in ALL if t.test_acc is not None and len(str(t.test_acc)) >= 8]
    assert len(full) > 60
    assert [text for t in full for text in grid_findings(t)] == []
    off = [replace(t, test_acc=(t.test_acc or 0) + 0.3 / 10_080) for t in full]
    assert sum(len(list(grid_findings(t))) for t in off) > 0.9 * len(off)
    assert [text for t in full for text in grid_findings(replace(t, test_acc=0.8701))] == []  # rounded: says nothing


def test_the_second_ones_tests_are_of_the_last_epoch() -> None:
    found = [t for _, _, t in trainings("second")]
    assert sum(map(last_was_tested, found)) > 40
    best = [replace(t, test_loss=min(e.valid_loss for e in t.epochs if e.valid_loss is not None)) for t in found]
    assert not any(map(last_was_tested, best))


def test_settings_tell_the_part() -> None:
    wrong = []
    for name in ("first", "second"):
        for row in rows(name):
            label = row["run_label"][:6]
            found = part_of(row["architecture"], settings(row))
            changed = sum(
                row[c] != default for c, default in [("embedding_dim", "1"), ("hidden_dim", "100"), ("n_layers", "1")]
            )
            if label == "lab2.f" and changed < 2:
                continue  # a search also meets the settings of (c), (d) and (e)
            if label == "lab2.g" and row["bidirectional"] == "False":
                continue  # the twin of the bidirectional one has the settings of (f)
            wrong += [(row["run_label"], found)] if found != label else []
    assert wrong == []
