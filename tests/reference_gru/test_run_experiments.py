"""The command that runs the language-model experiments: its files, going on after any end, divergence, bad input."""

from __future__ import annotations

import csv
import fcntl
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from matplotlib.figure import Figure

from autograder.assignments.gru_attention.exhibits.gather import read_table
from reference.gru_attention import run_experiments
from reference.gru_attention.experiments import settings, states
from reference.gru_attention.experiments.made_up import texts
from tests.reference_gru.test_experiments import TINY

ROOT = Path(__file__).parents[2]
KILLED = """
import os, signal, sys
from pathlib import Path
from reference.gru_attention import run_experiments
from reference.gru_attention.experiments import settings, telling
from tests.reference_gru.test_experiments import TINY

settings.SIZES["toy"] = TINY
steps = iter(range(10**6))

def stepped(self):
    if next(steps) == {step}:
        os.kill(os.getpid(), signal.SIGKILL)

telling.Terminal.stepped = stepped
run_experiments.main(["--exp", "6", "--out", sys.argv[1]])
"""


@pytest.fixture(autouse=True)
def tiny(monkeypatch):
    """The smallest size; drawing, which takes longest, only where what is drawn is looked at."""
    monkeypatch.setitem(settings.SIZES, "toy", TINY)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr(Figure, "savefig", lambda _, path, **__: path.write_bytes(b"drawn"))


def run(*arguments: object) -> int:
    return run_experiments.main([str(argument) for argument in arguments])


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def figures_of(out: Path) -> dict[str, object]:
    """All that does not tell time: rows without seconds, other texts as they are, tensors as bytes."""
    found: dict[str, object] = {}
    for path in sorted(out.rglob("*")):
        name = str(path.relative_to(out))
        if path.suffix == ".csv":
            found[name] = [row | {"seconds": ""} for row in rows(path)]
        elif name == "samples.md":
            found[name] = path.read_text()
        elif path.parent.name == "parameters" and not path.name.startswith("."):
            tensors = torch.load(path, weights_only=True)
            found[name] = {key: value.numpy().tobytes() for key, value in tensors.items()}
    return found


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory) -> Path:
    """Experiments 1 and 6, run without an interruption."""
    out = tmp_path_factory.mktemp("undisturbed")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(settings.SIZES, "toy", TINY)
        assert run("--exp", "1,6", "--out", out) == 0
    return out


# ---- what it writes --------------------------------------------------------------------------------------------------
def test_files(undisturbed):
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in (undisturbed / "figures").iterdir())
    names = {str(path.relative_to(undisturbed)) for path in undisturbed.rglob("*") if path.is_file()}
    assert names == {
        "log.csv", "table.csv", "table.md", "gradient_norms.csv", "samples.csv", "samples.md", "states/lock",
        "states/exp1.pt", "states/exp6.pt", "parameters/exp1.pt", "parameters/exp6.pt", "figures/gradient_norms.png",
        "figures/3.1_epochs.png", "figures/3.1_seconds.png", "figures/3.2_epochs.png", "figures/3.2_seconds.png",
    }  # fmt: skip


def test_log_and_table_agree(undisturbed):
    log, table = rows(undisturbed / "log.csv"), rows(undisturbed / "table.csv")
    assert [(row["exp"], row["epoch"]) for row in log] == [(exp, str(e)) for exp in "16" for e in (1, 2)]
    assert [(row["exp"], row["architecture"], row["best_of_architecture"]) for row in table] == [
        ("6", "GRU", "True"),
        ("1", "RNN", "True"),
    ]
    for row in table:
        epochs = [found for found in log if found["exp"] == row["exp"]]
        assert (row["train_ppl"], row["valid_ppl"]) == (epochs[-1]["train_ppl"], epochs[-1]["valid_ppl"])
        valid = [float(found["valid_ppl"]) for found in epochs]
        assert float(row["best_valid_ppl"]) == min(valid) == valid[int(row["best_epoch"]) - 1]
        assert float(row["seconds"]) == pytest.approx(sum(float(found["seconds"]) for found in epochs))
        assert valid[-1] < valid[0]  # it learns
    for name in ("table.csv", "table.md"):
        assert [row.number for row in read_table(undisturbed / name).rows] == [6, 1]


def test_norms_and_samples(undisturbed):
    norms, texts_ = rows(undisturbed / "gradient_norms.csv"), rows(undisturbed / "samples.csv")
    for exp, architecture in (("1", "RNN"), ("6", "GRU")):
        own = [row for row in norms if row["exp"] == exp]
        assert [int(row["step"]) for row in own] == list(range(1, 36))
        assert {row["architecture"] for row in own} == {architecture}
        curve = [float(row["rescaled"]) for row in own]
        assert (min(curve), max(curve), curve[-1]) == (0, 1, 1)
        found = [row for row in texts_ if row["exp"] == exp]
        assert [(int(row["number"]), int(row["length"])) for row in found] == [
            (number, length) for length in (35, 70) for number in range(1, 11)
        ]
        assert all(len(row["text"].split(" ")) == int(row["length"]) for row in found)
        for short, long in zip(found[:10], found[10:], strict=True):
            assert long["text"].startswith(short["text"] + " ") and long["first_word"] == short["first_word"]
    assert (undisturbed / "samples.md").read_text().count("\n## ") == 3  # the first stands on the first line


# ---- going on --------------------------------------------------------------------------------------------------------
class Died(BaseException):
    """As a kill would: nothing behind it runs but what the system does."""


def test_whatever_ends_it_the_figures_are_the_same(tmp_path, monkeypatch, undisturbed):
    """Dies right before or after a file takes its place, at places that follow on one another."""
    deaths = [(place, after) for place in (0, 1, 2, 3, 6) for after in (False, True)]
    replace_file, died = os.replace, 0
    for place, after in deaths:
        calls = iter(range(10**6))

        def dying(old, new, place=place, after=after, calls=calls):
            at = next(calls)
            if at == place and not after:
                raise Died
            replace_file(old, new)
            if at == place:
                raise Died

        with monkeypatch.context() as patch:
            patch.setattr(states.os, "replace", dying)
            try:
                run("--exp", "1,6", "--out", tmp_path)
            except Died:
                died += 1
    assert died == len(deaths)
    assert run("--exp", "1,6", "--out", tmp_path) == 0
    assert figures_of(tmp_path) == figures_of(undisturbed)


@pytest.mark.slow
def test_kill_9(tmp_path, undisturbed):
    steps_an_epoch = 11  # 10 of training, 1 of validation
    code = KILLED.format(step=steps_an_epoch + 5)
    done = subprocess.run([sys.executable, "-c", code, tmp_path], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == -signal.SIGKILL and "epoch 1 of 2" in done.stdout and "epoch 2" not in done.stdout
    assert run("--exp", "6", "--out", tmp_path) == 0
    ours, theirs = figures_of(tmp_path), figures_of(undisturbed)
    assert ours["log.csv"] == [row for row in theirs["log.csv"] if row["exp"] == "6"]
    assert ours["parameters/exp6.pt"] == theirs["parameters/exp6.pt"]


def test_what_is_through_is_not_run_again(tmp_path, capsys, monkeypatch, undisturbed):
    before = figures_of(undisturbed)
    monkeypatch.setattr("reference.gru_attention.experiments.runs.train_epoch", None)
    assert run("--exp", "1,6", "--out", undisturbed) == 0
    assert "0 of 2 runs to do" in capsys.readouterr().out and figures_of(undisturbed) == before


def test_ctrl_c(tmp_path, capsys, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("reference.gru_attention.experiments.runs.train_epoch", interrupted)
    assert run("--exp", "1", "--out", tmp_path) == 130
    assert capsys.readouterr().err.endswith("the same command goes on after the last whole epoch.\n")


# ---- divergence ------------------------------------------------------------------------------------------------------
def test_a_run_that_diverges_ends_alone(tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(settings.SETTINGS, 1, replace(settings.SETTINGS[1], initial_lr=3e38))
    for _ in range(2):  # it stays as it is
        assert run("--exp", "1,5", "--out", tmp_path) == 0
        printed = capsys.readouterr().out
        assert "2 of 15 runs are through, of which 1 diverged" in printed and "of experiment 1 and 6 no" in printed
    five, one = rows(tmp_path / "table.csv")
    assert (five["exp"], five["diverged"], one["exp"], one["diverged"]) == ("5", "False", "1", "True")
    assert (one["train_ppl"], one["valid_ppl"], one["best_of_architecture"]) == ("nan", "nan", "False")
    assert "diverged: its loss was no number in epoch 1" in (tmp_path / "table.md").read_text()
    assert len([row for row in rows(tmp_path / "log.csv") if row["exp"] == "1"]) == 1
    names = {path.name for path in (tmp_path / "figures").iterdir()}
    assert names == {f"3.1_{axis}{ending}.png" for axis in ("epochs", "seconds") for ending in ("", "_diverged")}
    assert not (tmp_path / "parameters").exists()


# ---- options and bad input -------------------------------------------------------------------------------------------
def write_folder(folder: Path, **changed: str | bytes | None) -> Path:
    folder.mkdir()
    for part, text in (texts(TINY.words, 1) | changed).items():
        if isinstance(text, bytes):
            (folder / f"{part}.txt").write_bytes(text)
        elif text is not None:
            (folder / f"{part}.txt").write_text(text)
    return folder


def test_a_folder_of_texts_and_the_made_up_one(tmp_path, undisturbed):
    folder = write_folder(tmp_path / "ptb")
    (folder / "valid.txt").rename(folder / "ptb.valid.txt")
    assert run("--exp", "1", "--data", folder, "--out", tmp_path / "out", "--save-best") == 0
    assert figures_of(tmp_path / "out")["parameters/exp1.pt"] == figures_of(undisturbed)["parameters/exp1.pt"]


def test_save_best_keeps_those_of_all_runs(tmp_path, capsys):
    assert run("--exp", "5", "--out", tmp_path, "--save-best") == 0
    assert [path.name for path in (tmp_path / "parameters").iterdir()] == ["exp5.pt"]
    assert "Without saved parameters of experiment 1 and 6" in capsys.readouterr().out


def test_estimate(tmp_path, capsys):
    assert run("--exp", "5,12", "--estimate", "--out", tmp_path / "out") == 0
    printed = capsys.readouterr().out
    assert "│ 5   │ RNN " in printed and "│ 12  │ Transformer │ 0.01 M  │ " in printed and " ms " in printed
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--exp", "16"], "There is no experiment 16: they are 1 to 15, or all."),
        (["--exp", "1,,2"], "There is no experiment without a number"),
        (["--exp", "-1"], "There is no experiment -1"),
        (["--exp", "one"], "There is no experiment one"),
        (["--size", "huge"], "invalid choice"),
        (["--seed", "x"], "a seed is a whole number"),
        (["--sise", "toy"], "--sise"),
        (["--data", "nowhere"], "There is no folder nowhere"),
    ],
)
def test_options_with_mistakes(tmp_path, capsys, arguments, told):
    assert run(*arguments, "--out", tmp_path / "out") == 3
    error = capsys.readouterr().err
    assert told in error and len(error.splitlines()) == 1 and not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"test": None}, "There is neither test.txt nor ptb.test.txt in "),
        ({"train": ""}, "train.txt is empty"),
        ({"valid": " \n\n"}, "valid.txt is empty"),
        ({"valid": b"\xff\xfe\x00"}, "valid.txt is not a text in UTF-8"),
        ({"valid": " a few words \n"}, "The text valid has 4 words with the ends of its sentences; a batch of 4"),
    ],
)
def test_texts_with_mistakes(tmp_path, capsys, changed, told):
    folder = write_folder(tmp_path / "ptb", **changed)
    assert run("--data", folder, "--out", tmp_path / "out") == 3
    assert told in capsys.readouterr().err and not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (lambda whole: whole[: len(whole) // 2], "is damaged; remove it to begin this experiment anew."),
        (lambda whole: b"", "is damaged; remove it"),
        (lambda whole: b"some text", "is damaged; remove it"),
    ],
)
def test_half_a_state(tmp_path, capsys, undisturbed, content, told):
    path = tmp_path / "states" / "exp6.pt"
    path.parent.mkdir()
    path.write_bytes(content((undisturbed / "states" / "exp6.pt").read_bytes()))
    assert run("--exp", "1,6", "--out", tmp_path) == 3
    error = capsys.readouterr().err
    assert str(path) in error and told in error
    assert not (tmp_path / "log.csv").exists()  # nothing was begun


@pytest.mark.parametrize("stored", [[1], {"history": 1}, {"history": [[1]], "identity": {}, "keeps_best": 1}])
def test_other_files_are_no_states(tmp_path, capsys, stored):
    (tmp_path / "states").mkdir()
    torch.save(stored, tmp_path / "states" / "exp2.pt")
    assert run("--exp", "1", "--out", tmp_path) == 3
    assert "exp2.pt" in capsys.readouterr().err


def test_states_of_other_runs_are_not_mixed_in(capsys, undisturbed):
    assert run("--exp", "2", "--seed", "2", "--out", undisturbed) == 3
    assert "is of another run: its corpus is " in capsys.readouterr().err


def test_what_was_not_saved_can_not_be_asked_for_later(tmp_path, capsys):
    assert run("--exp", "5", "--out", tmp_path) == 0
    assert run("--exp", "5", "--out", tmp_path, "--save-best") == 3
    assert "is of a run without --save-best" in capsys.readouterr().err
    assert run("--exp", "1", "--out", tmp_path, "--save-best") == 0  # of those that are named


def test_parameters_that_are_damaged(tmp_path, capsys):
    assert run("--exp", "1", "--out", tmp_path) == 0
    path = tmp_path / "parameters" / "exp1.pt"
    path.write_bytes(b"")
    assert run("--exp", "1", "--out", tmp_path) == 3
    torch.save({"x": torch.zeros(1)}, path)
    assert run("--exp", "1", "--out", tmp_path) == 3
    first, second = capsys.readouterr().err.splitlines()
    assert "exp1.pt is damaged; remove it and" in first and "exp1.pt is of another model; remove it and" in second


def test_one_process_a_folder(tmp_path, capsys):
    (tmp_path / "states").mkdir()
    with (tmp_path / "states" / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert run("--exp", "1", "--out", tmp_path) == 3
    assert "Another process is running experiments into" in capsys.readouterr().err


def test_a_disk_that_is_full(tmp_path, capsys, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(states.torch, "save", full)
    assert run("--exp", "1", "--out", tmp_path) == 3
    assert capsys.readouterr().err == f"{tmp_path}: No space left on device.\n"


def test_nowhere_to_write(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert run("--exp", "1", "--out", tmp_path / "file") == 3
    assert capsys.readouterr().err == f"Nothing can be written to {tmp_path / 'file'}: Not a directory.\n"
