"""How far a class is: lines, JSON lines, and live on a terminal."""

from __future__ import annotations

import io
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from autograder import progress
from autograder.class_plan import Done
from autograder.progress import JsonLines, Lines, Live, progress_of, sentence
from autograder.runners.local import Job, Result


def done(how: str = "graded", name: str = "jane", code: int = 0, problem: str = "", **more: Any) -> Done:
    told = "" if how == "cached" else "35 of 40 points"
    return Done(how, Result(Job(Path(name), name, Path(name)), code, 35.0, told, problem, 1.25, 40.0, **more))


@pytest.mark.parametrize(
    ("one", "told"),
    [
        (done(), "jane: 35 of 40 points"),
        (done("rescored"), "jane: 35 of 40 points (known; points made anew)"),
        (done(code=2, problem="It is empty."), "jane: It is empty."),
        (done(code=2, problem="it raised \x1b[2Jcleared"), "jane: it raised \\x1b[2Jcleared"),
        (done(name="a\x1b[31m"), "a\\x1b[31m: 35 of 40 points"),
        (done("held", fallen=("lab1.a", "the total")), "jane: published points would fall in lab1.a, the total; left"),
    ],
)
def test_a_sentence_for_each(one: Done, told: str) -> None:
    assert sentence(one).startswith(told)


def test_lines(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_of(3, "plain") as shown:
        assert isinstance(shown, Lines)
        shown.watch({"jane": "functions"})
        for how in ("graded", "cached", "cached"):
            shown.done(done(how))
    assert capsys.readouterr().out == "jane: 35 of 40 points\n2 of 3 were known and unchanged.\n"


def test_json_lines(capsys: pytest.CaptureFixture[str]) -> None:
    name = "Zoë \u2028 \udcff"
    with pytest.raises(KeyboardInterrupt), progress_of(9, "json") as shown:
        assert isinstance(shown, JsonLines)
        shown.done(done(name=name))
        shown.done(done("cached", code=2, problem='"quoted"\nand broken'))
        shown.done(done("held", fallen=("lab1.a",)))
        raise KeyboardInterrupt
    start, first, second, third, end = map(json.loads, capsys.readouterr().out.splitlines())
    assert start == {"event": "start", "submissions": 9}
    assert first == {
        "event": "done", "name": name, "how": "graded", "exit_code": 0, "total": 35.0, "maximum": 40.0, "problem": "",
        "seconds": 1.25, "fallen": [],
    }  # fmt: skip
    assert second["problem"] == '"quoted"\nand broken' and third["fallen"] == ["lab1.a"]
    assert end == {"event": "end", "submissions": 9, "interrupted": True, "graded": 1, "cached": 1, "held": 1}


# ---- live ------------------------------------------------------------------------------------------------------------
class Terminal(io.StringIO):
    """Takes what is drawn."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    found = Terminal()
    monkeypatch.setattr(progress, "sys", SimpleNamespace(stdout=found))  # pytest puts back sys.stdout itself
    for name, value in {"TERM": "xterm", "COLUMNS": "100", "LINES": "30"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("NO_COLOR", raising=False)
    return found


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [1000.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    return now


def picture(live: Live) -> str:
    with live.console.capture() as shown:
        live.console.print(live.picture())
    return shown.get()


def test_live_on_a_terminal(terminal: Terminal, clock: list[float]) -> None:
    with progress_of(100, "auto") as shown:
        assert isinstance(shown, Live)
        shown.done(done("cached"))
        shown.watch({"jane": "functions", "a\x1b[31m": "notebook"})
        assert "1 of 100 (1 cached)" in picture(shown) and "a minute" not in picture(shown)
        assert "  jane: functions" in picture(shown) and "\x1b[31m" not in picture(shown).replace("a\\x1b[31m", "")
        for number in range(6):
            clock[0] += 10
            shown.done(done(name=f"[red]:smile: {number}", code=3 if number == 5 else 0, problem="no zygote"))
        told = picture(shown)
        assert "7 of 100 (1 cached, 5 graded, 1 failed); 6 a minute, 15 min 30 s left" in told
        shown.watch({f"s{number}": "functions" for number in range(11)})
        assert "  s7: functions" in picture(shown) and "  and 3 more" in picture(shown)
    drawn = terminal.getvalue()
    assert "[red]:smile: 1: 35 of 40 points" in drawn and "no zygote" in drawn
    assert "1 of 100 were known and unchanged." in drawn and drawn.count("jane: functions") >= 1


def test_the_rate_is_of_what_is_graded_and_of_late(terminal: Terminal, clock: list[float]) -> None:
    live = Live(200)
    live.watch({})
    for how, seconds, count in (("rescored", 0.0, 50), ("graded", 60.0, 5), ("graded", 2.0, 2 * progress.WINDOW)):
        for _ in range(count):
            clock[0] += seconds
            live.done(done(how))
    assert "30 a minute, 3 min 30 s left" in picture(live)


def test_nothing_draws_beside_the_forks(terminal: Terminal) -> None:
    import threading

    before = threading.active_count()
    with progress_of(2, "auto") as shown:
        shown.watch({"jane": "functions"})
        assert threading.active_count() == before
        shown.done(done())


def test_where_there_is_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "sys", SimpleNamespace(stdout=io.StringIO()))
    assert isinstance(progress_of(1, "auto"), Lines)


@pytest.mark.parametrize(("seconds", "told"), [(0.4, "0 s"), (61, "1 min 01 s"), (3600 * 3 + 65, "3 h 01 min")])
def test_times(seconds: float, told: str) -> None:
    assert progress._time(seconds) == told
