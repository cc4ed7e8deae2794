"""Log lines in several words, and texts that are none."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.evidence import Epoch
from autograder.kit.observer.logs import MOST_RUNS, read_logs
from autograder.kit.observer.repeats import distinct

TWO_EPOCHS = (Epoch(0.69, None, None, 0.5), Epoch(0.61, None, None, 0.625))
STYLES = {
    "one line": "Epoch 1/2 | train loss 0.69 | val acc 0.50\nEpoch 2/2 | train loss 0.61 | val acc 0.625\n",
    "percent": "Epoch [1/2]: Train Loss: 0.69, Valid Acc: 50.0%\nEpoch [2/2]: Train Loss: 0.61, Valid Acc: 62.5%\n",
    "from zero": "epoch: 0\ntrain_loss=0.69\nvalid_accuracy=0.5\nepoch: 1\ntrain_loss=0.61\nvalid_accuracy=0.625\n",
    "no epochs": "Training loss: 0.690 - Validation accuracy: 0.5000\n"
    "Training loss: 0.610 - Validation accuracy: 0.6250\n",
    "one word": "Epoch 1\ttrainLoss 0.69\tvalAcc 0.5\nEpoch 2\ttrainLoss 0.61\tvalAcc 0.625\n",
    "with bars": "100%|####| 365/365 [00:10<00:00, 33.1it/s, loss=0.1]\nEpoch 1 train loss 0.69 val acc 0.5\n"
    " 50%|##  | 180/365 [00:10<00:00, train_loss=0.2]\nEpoch 2 train loss 0.61 val acc 0.625\n",
    "other text": "Saving model ...\nepoch: 1\ntrain_loss: 0.69\nETA 12 s\nval_acc: 0.5\nBest epoch: 1 of 3\n"
    "epoch: 2\ntrain_loss: 0.61\nval_acc: 0.625\n",
}  # fmt: skip


@pytest.mark.parametrize("style", STYLES)
def test_styles(style: str) -> None:
    text = STYLES[style]
    [run] = read_logs(text + "Test loss: 0.40, test acc: 81.25%\n")
    assert run.epochs == TWO_EPOCHS and (run.test_loss, run.test_acc) == (0.4, 0.8125)
    again = read_logs(f"{text}test_acc: 0.5\ntest_loss: 0.7\n" * 3)
    assert [r.epochs for r in again] == [TWO_EPOCHS] * 3
    assert [(r.test_loss, r.test_acc) for r in again] == [(0.7, 0.5)] * 3


def test_two_trainings_without_test_figures() -> None:
    assert [r.epochs for r in read_logs(STYLES["one line"] * 2)] == [TWO_EPOCHS] * 2
    assert [r.epochs for r in read_logs(STYLES["from zero"] * 2)] == [TWO_EPOCHS] * 2


def test_a_test_after_every_epoch_is_one_training() -> None:
    lines = [f"epoch: {n}\ntrain_loss: 0.5, train_acc: 0.7\ntest_loss: 0.{n}, test_acc: 0.8{n}\n" for n in range(1, 6)]
    [run] = read_logs("".join(lines))
    assert len(run.epochs) == 5 and run.test_acc == 0.85


def test_one_that_was_cut_off() -> None:
    whole = "The model has 79,398 trainable parameters\nepoch: 1\ntrain_loss: 0.6, train_acc: 0.7\n"
    first, second = read_logs(f"Length of vocabulary is 37996\n{whole}test_loss: 0.4, test_acc: 0.8\n{whole}")
    assert (first.test_acc, second.test_acc) == (0.8, None)
    assert first.vocab_size == second.vocab_size == 37996 and second.num_params == 79398


def test_a_printed_result_adds_decimals_and_no_training() -> None:
    text = "epoch: 1\ntrain_loss: 0.6, train_acc: 0.7\ntest_loss: 0.412, test_acc: 0.881\n"
    [run] = read_logs(
        text + "{'num_params': 9, 'test_loss': 0.41234, 'test_acc': 0.8805556, 'train_loss': [0.6, 0.5]}\n"
    )
    assert (run.test_loss, run.test_acc) == (0.41234, 0.8805556) and len(run.epochs) == 1


@pytest.mark.parametrize(
    "text",
    [
        "", "\0" * 50, "loss acc epoch param vocab", "train_loss: nan, train_acc: inf", "test_acc: 7",
        "the test accuracy of the best of 3 models", "best test acc 0.88", "accuracy\nloss\n0.5", "train_acc: -0.5",
        "hparam 0", "hyperparams: 1", "hyperparameters: 128", "hyper-parameters 256", "Hyper parameters: 1 of 48",
        "param set 3", "params 1/48", "parameter combination 1200", "config 1200 parameters", "params: {'lr': 0.001}",
        "param_grid 4800", "best parameters: 1024", "HParams(N_LAYERS=2, HIDDEN_DIM=300)", "trial 7 params: 4000",
        "epoch: 5", "N_EPOCHS 5", "Epochs: 5, lr: 0.001", "Epoch 1/5: 100%|###| 365/365 [00:10<00:00, loss=0.69]",
        "test set: 10000", "Testing on 10000 reviews", "accuracy                           0.87     10000",
        "best train loss: 0.3", "train loss plot saved in 3 files", "expected train_loss\n0.69",
        "Learning rate 0.01, train batches 365, test batches 105", "Train size: 35000, valid size: 5000",
        "train_loss: " + "9" * 500, "test_loss: 1e999, test_acc: 1e999", "model parameters: 9" + "9" * 40,
    ],
)  # fmt: skip
def test_no_trainings(text: str) -> None:
    assert read_logs(text) == ()


@pytest.mark.parametrize(
    "line",
    ["acc ", "train_loss: 1 ", "epoch", "epoch: 1\n", "1 ", "1,", "param ", "vocab len ", "loss", "train_loss: 0.5\n",
     "param\n", "test_loss: 0.5, test_acc: 0.5\ntrain_loss: 0.5\n", "{'test_acc': 0.5\n", "vocab size - - "],
)  # fmt: skip
def test_floods_are_cut(line: str) -> None:
    runs = read_logs(line * (2_000_000 // len(line)))
    assert len(runs) <= MOST_RUNS and all(len(run.epochs) <= 200 for run in runs)


words = st.sampled_from(
    ["train", "valid", "test", "loss", "acc", "epoch", "param", "vocab", "size", ":", " ", "\n", "\r"]
)


@given(st.lists(words | st.text(max_size=5) | st.floats().map(str) | st.integers().map(str)).map("".join))
@settings(max_examples=200)
def test_any_text_is_read(text: str) -> None:
    for run in read_logs(text):
        shares = [run.test_acc, *(a for e in run.epochs for a in (e.train_acc, e.valid_acc))]
        assert all(share is None or 0 <= share <= 1 for share in shares)


# ---- told twice ------------------------------------------------------------------------------------------------------
def log(number: int, epochs: int = 3, ways: tuple[str, ...] = ("{}",)) -> list[str]:
    """A training's lines, each in all the ways."""
    lines = [f"The model has {40_000 + number:,} trainable parameters"]
    for e in range(1, epochs + 1):
        lines += [
            f"epoch: {e}",
            f"train_loss: 0.6{e}{number}, train_acc: 0.5{e}",
            f"valid_loss: 0.5{e}{number}, valid_acc: 0.6{e}",
        ]
    lines += [f"test_loss: 0.4{number}, test_acc: 0.8{number}"]
    return [way.format(line) for line in lines for way in ways]


def text(*blocks: list[str]) -> str:
    return "\n".join(line for block in blocks for line in block) + "\n"


LOGGERS = ("INFO:root:{}", "2023-11-02 10:11:12,345 - INFO - {}", "[11/02 10:11] {}", "{} ", "main.train | {}")
TOLD = {
    "once": text(log(1), log(2)),
    "twice in blocks": text(log(1), log(2), log(1), log(2)),
    "each twice": text(log(1), log(1), log(2), log(2)),
    "streams in turns": text(log(1)[:4], log(1)[:7], log(1)[4:], log(1)[7:], log(2)),
    "table at the end": text(log(1), log(2), [f"run {n}: test loss 0.4{n}, test accuracy 8{n}.00%" for n in (1, 2)]),
    "weights saved": text(log(1), log(2)).replace("valid_acc: 0.61", "valid_acc: 0.61\nSaving: valid_loss: 0.511", 1),
    "best so far": text(log(1), log(2)).replace("valid_acc: 0.62", "valid_acc: 0.62\nbest valid loss: 0.511", 1),
    "result displayed": text(log(1), ["{'num_params': 40001, 'test_loss': 0.41, 'test_acc': 0.81}"], log(2)),
    **{f"logged {way}": text(log(1, ways=("{}", way)), log(2, ways=("{}", way))) for way in LOGGERS},
    **{f"numbered {word}": text([f"{word} {n}" for n in (1,)], log(1), [f"{word} {n}" for n in (2,)], log(2))
       for word in ("hparam", "hyperparams:", "Param set", "Experiment", "params no.", "config", "Trial")},
}  # fmt: skip


@pytest.mark.parametrize("way", TOLD)
def test_what_is_told_twice_counts_once(way: str) -> None:
    found = distinct(read_logs(TOLD[way]))
    assert [(len(run.epochs), run.test_acc, run.num_params) for run in found] == [(3, 0.81, 40_001), (3, 0.82, 40_002)]
    assert all(run.lines and all(line in TOLD[way] for line in run.lines) for run in found)


def test_trainings_that_differ_stay_apart() -> None:
    """Even where all stay at chance level, or were cut off after their first epoch."""
    tests = [[f"test_loss: 0.69{k}, test_acc: 0.499"] for k in (3, 4)]
    plateau = [f"epoch: {e}\ntrain_loss: 0.693, train_acc: 0.50{e}" for e in range(1, 6)]
    assert len(distinct(read_logs(text(plateau, tests[0], plateau, tests[1])))) == 2
    assert len(distinct(read_logs(text(*([f"epoch: 1\ntrain_loss: 0.6{n}, train_acc: 0.5"] for n in range(9)))))) == 9


def test_a_model_alone_is_no_training() -> None:
    assert distinct(read_logs("The model has 41,402 trainable parameters\n" * 4)) == ()
