"""The file that stands whatever ends a grading, and the folders that student code is kept from."""

from __future__ import annotations

import contextlib
import os
import select
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from autograder.platforms.watch import FINAL, STOP_SECONDS, Stage, shut, watch, write_whole

EARLY = "there is no result"


def stage(tmp_path: Path, name: str, code: str) -> Stage:
    """A process that runs `code`, in which `done(text)` writes its file."""
    file = tmp_path / name
    start = f"def done(text): open({str(file)!r}, 'w').write(text)\n"
    return Stage(lambda seconds: [sys.executable, "-I", "-c", start + code], file)


def watched(tmp_path: Path, *codes: str, seconds: float = STOP_SECONDS + 20) -> tuple[bool, str]:
    target = tmp_path / "results" / "results.json"
    write_whole(target, EARLY)
    stages = [stage(tmp_path, f"{number}.json", code) for number, code in enumerate(codes)]
    good = watch(stages, target, seconds, lambda text: f"{text}, cut")
    assert [path.name for path in target.parent.iterdir()] == ["results.json"]
    return good, target.read_text()


def test_each_stage_replaces_the_one_before(tmp_path: Path) -> None:
    assert watched(tmp_path, "done('one')", "done('two')") == (True, "two")


def test_what_a_stage_leaves_when_it_fails_does_not_count(tmp_path: Path) -> None:
    assert watched(tmp_path / "1", "done('half'); raise SystemExit(3)", "done('two')") == (False, EARLY)
    assert watched(tmp_path / "2", "import os; os.kill(os.getpid(), 9)") == (False, EARLY)
    assert watched(tmp_path / "3", "pass") == (False, EARLY)


def test_the_first_stages_result_stands_when_the_second_fails(tmp_path: Path) -> None:
    assert watched(tmp_path, "done('one')", "done('half'); raise SystemExit(3)") == (True, "one, cut")


def test_after_a_final_stage_nothing_is_begun(tmp_path: Path) -> None:
    assert watched(tmp_path, f"done('refused'); raise SystemExit({FINAL})", "done('two')") == (True, "refused")


def test_time_is_up_for_a_stage_and_all_that_it_started(tmp_path: Path) -> None:
    forks = (
        "import os, signal, time\n"
        f"if os.fork() == 0: open({str(tmp_path / 'child')!r}, 'w').write(str(os.getpid()))\n"
        "signal.pause()"
    )
    assert watched(tmp_path, "done('one')", forks, seconds=STOP_SECONDS + 6) == (True, "one, cut")
    with contextlib.suppress(ProcessLookupError):  # it has ended, and somebody buried it
        child = os.pidfd_open(int((tmp_path / "child").read_text()))
        assert select.select([child], [], [], 30)[0], "it lives on"
        os.close(child)


def test_without_time_nothing_is_begun(tmp_path: Path) -> None:
    assert watched(tmp_path, "done('one')", seconds=STOP_SECONDS) == (False, EARLY)


def test_another_user_reads_and_writes_only_what_is_left_open() -> None:
    if os.geteuid() != 0:
        pytest.skip("NOT TESTED: only root can be another user")
    code = (
        "import sys; inner, checks, secret, results = sys.argv[1:]\n"
        "assert open(inner).read() == 'open'\n"
        "for path, mode in ((checks, 'r'), (secret, 'r'), (results, 'r'), (results, 'w'), (results + '.new', 'w')):\n"
        "    try: open(path, mode)\n"
        "    except PermissionError: continue\n"
        "    sys.exit(path)\n"
    )
    with tempfile.TemporaryDirectory() as folder:  # pytest's own folders are closed to others
        root = Path(folder)
        files = {
            "source/autograder/inside/server.py": "open",
            "source/autograder/checks.py": "closed",
            "source/secret": "closed",
            "results/results.json": "closed",
        }
        for name, text in files.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True, mode=0o755)
            (root / name).write_text(text)
        shut(root, [root / "source" / "autograder" / "inside"])
        paths = [str(root / name) for name in files]
        python = os.path.realpath("/usr/bin/python3") if os.path.exists("/usr/bin/python3") else sys.executable
        done = subprocess.run([python, "-I", "-c", code, *paths], user=65534, group=65534, extra_groups=[],
                              capture_output=True, text=True)  # fmt: skip
    assert done.returncode == 0, done.stderr
