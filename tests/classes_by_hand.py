"""A class without a judge: the pool is a stand-in that says of each hand-in what its text says."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from autograder import batch
from autograder.assemble import report_of
from autograder.class_commands import grade_all
from autograder.class_plan import Wish
from autograder.course_file import Settings
from autograder.facts import Facts, FunctionFacts
from autograder.gradebook import Gradebook, open_gradebook
from autograder.gradebook.snapshot import Snapshot, take_snapshot
from autograder.records import Outcome
from autograder.run import Run
from autograder.runners.local import Job, Result
from autograder.runners.writing import fallen_items, row_of, write
from tests.elsewhere import write_assignment

RIGHT, HALF, WRONG = "right", "half", "wrong"  # what a hand-in's text says of itself
REFUSED, ERROR, FAILURE, DIES = "refused", "error", "failure", "dies"


def facts_of(text: str) -> Facts:
    """What the stand-in finds out about a hand-in."""
    word = text.split()[-1]
    if word == FAILURE:
        return Facts(failure="the sandbox was gone")
    if word == REFUSED:
        return Facts(functions=FunctionFacts(problem="It can't be read.", inputs="refused"))
    statuses = {RIGHT: ("passed", "passed"), HALF: ("passed", "failed"), ERROR: ("passed", "error")}
    outcomes = tuple(
        Outcome("double", name, f"{name} holds.", 1.0, False, "public", status)  # type: ignore[arg-type]
        for name, status in zip(("first", "second"), statuses.get(word, ("failed", "failed")), strict=True)
    )
    return Facts(
        functions=FunctionFacts(outcomes=outcomes, seconds={"total": 1.0}), started="2026-05-01T12:00:00+00:00"
    )


@dataclass
class Pool:
    """Stands for batch.grade_jobs. `graded`: the names of each run. `stop_after`: so many results are given, then
    somebody presses Ctrl-C; `says`: what is told of a hand-in instead of its own text."""

    graded: list[list[str]] = field(default_factory=list)
    stop_after: int | None = None
    says: dict[str, str] = field(default_factory=dict)
    recalled: dict[str, Facts] = field(default_factory=dict)

    def __call__(
        self,
        jobs: Sequence[Job],
        run: Run,
        on_result: Callable[[Result], None],
        *,
        watch: Callable[[Mapping[str, str]], None] | None = None,
        **_: Any,
    ) -> None:
        self.graded.append([])
        for job in jobs:
            if self.stop_after is not None and len(self.graded[-1]) == self.stop_after:
                raise KeyboardInterrupt(2)
            self.graded[-1].append(job.name)
            if watch is not None:
                watch({job.name: "functions"})
            on_result(self.result(job, run))

    def result(self, job: Job, run: Run) -> Result:
        """As a worker makes it."""
        text = self.says.get(job.name) or job.path.read_text()
        if job.recall is not None:
            self.recalled[job.name] = job.recall()
        facts = facts_of(text)
        report = report_of(run, facts, job.path, job.name, job.late)
        fallen = fallen_items(report, job.floor)
        if job.write and not fallen:
            write(run, report, job.folder)
        told = None if text.split()[-1] == DIES else facts
        return Result(job=job, seconds=0.1, facts=told, fallen=fallen, **row_of(report))


@dataclass
class Course:
    """An assignment of its own, a folder of hand-ins, and the command."""

    folder: Path
    pool: Pool
    settings: Settings = field(default_factory=Settings)

    def hand_in(self, **texts: str) -> None:
        """Add or change hand-ins."""
        (self.folder / "in").mkdir(exist_ok=True)
        for name, text in texts.items():
            (self.folder / "in" / f"{name}.py").write_text(f"def double(x): ...  # {text}\n")

    def write(self, name: str, text: str) -> str:
        (self.folder / name).write_text(text)
        return str(self.folder / name)

    def grade(self, wish: Wish | None = None, **changes: Any) -> list[str]:
        """Grade all; the names of those that were graded, sorted."""
        self.pool.graded.clear()
        self.code = grade_all(self.with_(**changes), wish or Wish())
        return sorted(name for names in self.pool.graded for name in names)

    def with_(self, **changes: Any) -> Settings:
        return Settings(**{name: getattr(self.settings, name) for name in Settings.__struct_fields__} | changes)

    @property
    def out(self) -> Path:
        return self.folder / "out"

    def book(self) -> Gradebook:
        return open_gradebook(str(self.out / "gradebook.db"))

    def now(self) -> Snapshot:
        """What holds."""
        book = self.book()
        try:
            return take_snapshot(book, "doubling")
        finally:
            book.close()

    def totals(self) -> dict[str, float | None]:
        return {name: one.row.total for name, one in self.now().scorings.items()}


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Course:
    """The stand-in is at work, and nothing of this machine's settings counts."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AUTOGRADER_SECRET", "x")
    pool = Pool()
    monkeypatch.setattr(batch, "grade_jobs", pool)
    assignment = write_assignment(tmp_path / "doubling")
    found = Course(tmp_path, pool)
    found.settings = replace_settings(assignment, tmp_path)
    return found


def replace_settings(assignment: Path, folder: Path) -> Settings:
    return Settings(assignment=str(assignment), submissions=str(folder / "in"), out=str(folder / "out"))


__all__ = ["Course", "Pool", "course", "facts_of", "replace"]
