"""`pytest --autograder LabRNN.ipynb`: one test for each public check."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Called by pytest."""
    group = parser.getgroup("autograder", "public checks of an assignment")
    group.addoption(
        "--autograder", metavar="NOTEBOOK", help="Run the public checks on this notebook, and nothing else."
    )
    group.addoption("--autograder-item", metavar="ITEM", default="", help="Only those of this item.")
    group.addoption("--autograder-assignment", default="", help="Needed only where several are installed.")


def pytest_configure(config: pytest.Config) -> None:
    """Called by pytest.

    Raises:
        pytest.UsageError: there is no such file.
    """
    path = config.getoption("--autograder", default=None)
    if path:
        if not Path(path).exists():
            raise pytest.UsageError(f"--autograder: there is no file {path}")
        config.args[:] = [str(Path(path).absolute())]
        config.pluginmanager.register(Collecting(Path(path).absolute()))


class Collecting:
    """Collects the one file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def pytest_collect_file(self, file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
        """Called by pytest for each file."""
        ours = file_path == self._path and file_path.suffix != ".py"
        return Notebook.from_parent(parent, path=file_path) if ours else None

    @pytest.hookimpl(tryfirst=True)
    def pytest_pycollect_makemodule(self, module_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
        """Called by pytest for scripts, which it would import."""
        return Notebook.from_parent(parent, path=module_path) if module_path == self._path else None


class Notebook(pytest.File):
    """A hand-in and the public checks on it."""

    def collect(self) -> Iterator[pytest.Item]:
        """One item for each check, in the order of the assignment.

        Raises:
            pytest.Collector.CollectError: the notebook can't be read, or there is no such item.
        """
        from autograder.errors import AutograderError
        from autograder.own.files import judge_file, read_file
        from autograder.own.tasks import find_sheet

        try:
            sheet = find_sheet(self.config.getoption("--autograder-assignment"))
            items = sheet.chosen(self.config.getoption("--autograder-item"))
            found = judge_file(sheet, read_file(sheet, self.path), items)
        except AutograderError as error:
            raise self.CollectError(str(error)) from error
        for item in items:
            result = found[item.id]
            for outcome in result.outcomes:
                yield Check.from_parent(
                    self, name=f"{item.id}::{outcome.check}", sheet=sheet, result=result, outcome=outcome
                )
            if not result.outcomes:
                yield Check.from_parent(self, name=item.id, sheet=sheet, result=result, outcome=None)


class Check(pytest.Item):
    """One public check; what it found is known by then."""

    def __init__(self, *, sheet: Any, result: Any, outcome: Any, **options: Any) -> None:
        super().__init__(**options)
        self.sheet, self.result, self.outcome = sheet, result, outcome

    def runtest(self) -> None:
        """Tell pytest what the check found.

        Raises:
            Failed: the property does not hold.
        """
        if self.outcome is None:
            pytest.skip(self.result.note)
        if self.outcome.status == "passed":
            return
        if self.outcome.status == "skipped" or self.outcome.is_remark:
            pytest.skip(self.outcome.message)
        raise Failed(self.outcome, self.result)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The sentence, and the call that shows it."""
        from autograder.own.cards import check_text

        if isinstance(excinfo.value, Failed):
            return check_text(self.sheet, excinfo.value.outcome, self.result)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """What pytest's report is headed with."""
        return self.path, None, self.name


class Failed(AssertionError):
    """A check that did not pass."""

    def __init__(self, outcome: Any, result: Any) -> None:
        super().__init__(outcome.sentence)
        self.outcome, self.result = outcome, result
