"""The command on a file: exit codes, what a change touches, and the same verdicts as staff's."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import pytest

from autograder.own import cli, watch
from autograder.own.cards import entry_of
from autograder.own.files import judge_file, read_file
from autograder.own.judging import Result
from autograder.own.tasks import find_sheet
from autograder.own.watch import Watched
from autograder.records import Item
from tests.in_process import graded

from .notebooks import DATASET, HEAD, TOKENIZE

CUT = TOKENIZE.replace(".split()]", ".split()][:3]")


def write(path: Path, *cells: str) -> Path:
    path.write_text("\n\n".join(f"# %%\n{cell}" for cell in (HEAD, *cells)), encoding="utf-8")
    return path


def run(path: Path, *words: str) -> int:
    return cli.main(["check", str(path), "--assignment", "labrnn", *words])


def test_exit_codes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path / "LabRNN.py", TOKENIZE)
    assert run(path, "--item", "lab1.c") == cli.PASSED
    assert run(write(path, CUT), "--item", "lab1.c") == cli.FAILED
    assert run(tmp_path / "none.ipynb") == cli.UNREADABLE
    (tmp_path / "broken.ipynb").write_text("{")
    assert run(tmp_path / "broken.ipynb") == cli.UNREADABLE
    assert run(path, "--item", "lab1.y") == cli.WRONG
    with pytest.raises(SystemExit) as ended:
        run(path, "--nonsense")
    assert ended.value.code == cli.WRONG
    assert "Did you mean" in capsys.readouterr().err


def test_ctrl_c_is_130(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    looks = iter([None])

    def interrupted(seconds: float) -> None:
        if next(looks, "end") == "end":
            raise KeyboardInterrupt

    monkeypatch.setattr(watch.time, "sleep", interrupted)
    assert run(write(tmp_path / "LabRNN.py", TOKENIZE), "--item", "lab1.c", "--watch") == cli.INTERRUPTED
    told = capsys.readouterr()
    assert "1 of 1 items pass all public checks; 1 judged" in told.out and "Interrupted" in told.err


def test_only_what_a_change_touches_is_judged_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []

    def judged(sheet: object, submission: object, items: Sequence[Item], done: dict[str, Result]) -> dict[str, Result]:
        asked.append([item.id for item in items])
        return done | {item.id: Result(item, "passed") for item in items}

    monkeypatch.setattr(watch, "judge_file", judged)
    sheet, path = find_sheet("labrnn"), tmp_path / "LabRNN.py"
    vocab = "def build_vocab(x_train, min_freq=5, hparams=None):\n    return {}\n"
    watched = Watched(sheet, sheet.items)
    watched.judge(write(path, vocab, TOKENIZE, DATASET))
    assert len(asked[0]) == 8
    for cells, again in (
        ((vocab, TOKENIZE, DATASET, "print(1)"), []),
        ((vocab, TOKENIZE, DATASET.replace("[: self", "[0 : self")), ["lab1.d"]),
        ((vocab, CUT, DATASET.replace("[: self", "[0 : self")), ["lab1.c", "lab1.d"]),
        ((vocab.replace("{}", "{1: 2}"), CUT, DATASET.replace("[: self", "[0 : self")), ["lab1.b", "lab1.c", "lab1.d"]),
    ):
        assert [result.item.id for result in watched.judge(write(path, *cells))] == again
    assert len(watched.all()) == 8


def test_saves_are_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "LabRNN.py", TOKENIZE)
    actions = iter([path.unlink, lambda: write(path, CUT), lambda: None])
    monkeypatch.setattr(watch.time, "sleep", lambda seconds: next(actions)())
    seen = watch.saves(path)
    next(seen)
    next(seen)  # gone in between, as editors do it
    assert path.read_text(encoding="utf-8").count("[:3]") == 1


def test_the_sentences_are_those_of_staff(tmp_path: Path) -> None:
    path = write(tmp_path / "LabRNN.py", CUT)
    [report] = graded(Path("labrnn"), [path], tmp_path)
    [entry] = [entry for entry in report.score.items if entry.item.id == "lab1.c"]
    staff = {(o.check, o.sentence, o.status, o.message) for o in entry.outcomes if o.visibility == "public"}
    sheet = find_sheet("labrnn")
    own = judge_file(sheet, read_file(sheet, path), sheet.chosen("lab1.c"))["lab1.c"].outcomes
    assert {(o.check, o.sentence, o.status, o.message) for o in own} == staff
    assert len(staff) == 12 and {status for _, _, status, _ in staff} >= {"passed", "failed"}


def test_a_card_says_how_many_checks_run_at_grading_only() -> None:
    sheet = dataclasses.replace(find_sheet("labrnn"), at_grading={"lab1.c": 3, "lab1.d": 1})
    texts = [str(entry_of(sheet, Result(item, "passed")).head) for item in sheet.items[1:4]]
    assert "more" not in texts[0]
    assert texts[1].endswith("; 3 more checks run when it is graded")
    assert texts[2].endswith("; 1 more check runs when it is graded")
