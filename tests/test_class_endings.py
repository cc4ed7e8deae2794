"""However a class run ends, the same command goes on from there, and the gradebook comes to the same rows."""

from __future__ import annotations

import contextlib
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from autograder.sandbox.processes import descendants
from autograder.system import linux
from fixtures.class_rows import rows_of
from tests.elsewhere import write_assignment

ROOT = Path(__file__).parents[1]
PATIENCE = 120.0
NAMES = ("ann", "bob", "cay", "dan", "eva", "fay")

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux's processes")


@pytest.fixture(autouse=True)
def _adopting() -> Iterator[None]:
    """Orphans of the run become children of this process, so that none is overlooked."""
    linux.adopt_orphans()
    yield
    linux._prctl(linux._SUBREAPER, 0)


class Class:
    """Hand-ins that take about a second each, and the command that grades them."""

    def __init__(self, folder: Path, seconds: float = 0.4) -> None:
        self.folder, self.tmp = folder, folder / "tmp"
        write_assignment(folder / "doubling")
        (folder / "in").mkdir()
        self.tmp.mkdir()
        for number, name in enumerate(NAMES):
            what = "2 * x" if number % 2 else "x + 3"
            text = f"import time\ndef double(x):\n    time.sleep({seconds})\n    return {what}\n"
            (folder / "in" / f"{name}.py").write_text(text)
        (folder / "in" / "bad.ipynb").write_text("{")

    def start(self, out: Path, *words: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "autograder", "grade-all", str(self.folder / "in"), "--out", str(out)]
        command += ["--assignment", str(self.folder / "doubling"), *words]
        env = {**os.environ, "AUTOGRADER_SECRET": "x", "TMPDIR": str(self.tmp), "PYTHONPATH": str(ROOT)}
        env.pop("PYTEST_DISABLE_PLUGIN_AUTOLOAD", None)
        return subprocess.Popen(
            command, cwd=self.folder, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            start_new_session=True,
        )  # fmt: skip

    def run(self, out: Path, *words: str) -> str:
        """To its end; what it printed."""
        with self.start(out, *words) as process:
            printed, err = process.communicate(timeout=300)
        assert process.returncode == 0, err
        return printed

    def gone(self, before: set[int]) -> bool:
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        return set(descendants(os.getpid())) <= before and not list(self.tmp.iterdir())


def await_it(condition: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.02)


def ended(out: Path) -> int:
    return len(list(out.glob("*/results.json")))


def processes(main: int, kind: str) -> list[int]:
    """Of a run: `worker`, `zygote` or `student`."""
    found: dict[int, tuple[int, bytes]] = {}
    for pid in descendants(main):
        with contextlib.suppress(OSError):
            parent = int(Path(f"/proc/{pid}/stat").read_bytes().rpartition(b") ")[2].split()[1])
            found[pid] = parent, Path(f"/proc/{pid}/cmdline").read_bytes()
    if kind == "worker":
        return [pid for pid, (parent, line) in found.items() if parent == main and b"autograder\0grade-all" in line]
    python = {
        pid
        for pid, (_, line) in found.items()
        if b"inside.zygote.zygote" in line and line.startswith(os.fsencode(sys.executable))
    }

    def depth(pid: int) -> int:
        return 1 + depth(found[pid][0]) if found[pid][0] in python else 0

    least = max((depth(pid) for pid in python), default=0)
    return [pid for pid in python if depth(pid) == (least if kind == "student" else least - 1)]


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Class:
    return Class(tmp_path_factory.mktemp("course"))


@pytest.fixture(scope="module")
def undisturbed(course: Class) -> Path:
    """The results of a run that nobody disturbed."""
    printed = course.run(course.folder / "undisturbed")
    assert "7 submissions: 6 graded, 1 could not be graded, the grader failed at 0." in printed
    return course.folder / "undisturbed"


def test_a_second_run_grades_nothing(course: Class, undisturbed: Path) -> None:
    rows = rows_of(undisturbed / "gradebook.db")
    printed = course.run(undisturbed)
    assert printed.startswith("7 of 7 were known and unchanged.\n") and rows_of(undisturbed / "gradebook.db") == rows
    assert rows["grading"].total() == 7 and rows["item"].total() == 7


def test_ctrl_c_keeps_what_is_done(course: Class, undisturbed: Path, tmp_path: Path) -> None:
    before, out = set(descendants(os.getpid())), tmp_path / "out"
    process = course.start(out, "--jobs", "1")
    await_it(lambda: ended(out) >= 2)
    os.killpg(process.pid, signal.SIGINT)
    printed, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130 and "Traceback" not in err
    assert err.endswith("\nInterrupted; what is done is kept; the same command goes on from there.\n")
    found = re.search(r"^(\d) submissions: ", printed, re.MULTILINE)
    assert found and 2 <= int(found[1]) < 7 and int(found[1]) == ended(out)
    assert len((out / "summary.csv").read_text().splitlines()) == 1 + ended(out)
    await_it(lambda: course.gone(before))
    known = ended(out)
    assert f"{known} of 7 were known and unchanged." in course.run(out)
    assert rows_of(out / "gradebook.db") == rows_of(undisturbed / "gradebook.db")


@pytest.mark.parametrize(
    "kind", ["main", "worker", *(pytest.param(kind, marks=pytest.mark.slow) for kind in ("zygote", "student"))]
)
def test_kill_9(course: Class, undisturbed: Path, tmp_path: Path, kind: str) -> None:
    """At a moment of its own each time; the number is told, so that it can be had again."""
    seed = random.randrange(1000)
    print("seed", seed)
    chance, before, out = random.Random(seed), set(descendants(os.getpid())), tmp_path / "out"
    process = course.start(out, "--jobs", "2")
    try:
        await_it(lambda: ended(out) >= 2)  # the unreadable one is first
        time.sleep(chance.uniform(0, 1.5))
        victims = [process.pid] if kind == "main" else []
        end = time.monotonic() + 5
        while not victims and time.monotonic() < end and process.poll() is None:
            victims = processes(process.pid, kind)
        assert victims, "nothing to kill"
        with contextlib.suppress(ProcessLookupError):
            os.kill(chance.choice(victims), signal.SIGKILL)
        process.communicate(timeout=PATIENCE)
        assert process.returncode in ((-9,) if kind == "main" else (0, 3))
        await_it(lambda: course.gone(before))
    finally:
        process.kill()
        process.communicate()
    course.run(out)
    assert rows_of(out / "gradebook.db") == rows_of(undisturbed / "gradebook.db")
    assert not list(out.rglob(".*")), "no half of a file"
    await_it(lambda: course.gone(before))


@pytest.mark.slow
def test_many_kills_of_any_process(course: Class, undisturbed: Path, tmp_path: Path) -> None:
    seed = random.randrange(1000)
    print("seed", seed)
    chance, before, out = random.Random(seed), set(descendants(os.getpid())), tmp_path / "out"
    for _ in range(15):
        process = course.start(out, "--jobs", "2")
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(chance.uniform(0.5, 12.0))
        alive = [process.pid, *descendants(process.pid)]
        with contextlib.suppress(ProcessLookupError):
            os.kill(chance.choice(alive), signal.SIGKILL)
        process.communicate(timeout=PATIENCE)
        await_it(lambda: course.gone(before))
    course.run(out)
    assert rows_of(out / "gradebook.db") == rows_of(undisturbed / "gradebook.db")
