"""Starts pytest once, with nothing of it that graders don't need."""

from __future__ import annotations

import importlib
import os
import traceback
from collections.abc import Callable
from pathlib import Path

import hypothesis
import pytest

from autograder.errors import GraderError
from autograder.judge.plugin import Judge
from autograder.judge.suite import SuiteModules

# Plugins of pytest that cost time per check, print, or read files of the working folder.
UNUSED = ("terminal", "cacheprovider", "logging", "faulthandler", "doctest", "junitxml", "pastebin", "stepwise",
          "unittest", "nose", "warnings", "setuponly", "setupplan", "threadexception", "unraisableexception",
          "debugging", "tmpdir", "recwarn", "monkeypatch", "reports", "subtests")  # fmt: skip
# What people set for their own tests: options and plugins that would reach the judge, and may not even fit it.
THEIR_OWN = ("PYTEST_ADDOPTS", "PYTEST_PLUGINS")


def with_checks(folder: Path, body: Callable[[Judge], None], *, package: str = "", public_only: bool = False) -> None:
    """Collect the checks in `folder` and run `body` with the judge that holds them.

    `package`: what the folder's parent is imported as: then the checks and their conftest.py are modules of it. Without
    it pytest imports them in its own way, and puts folders on `sys.path`.

    Raises:
        GraderError: the checks could not be collected, or pytest ended without running `body`.
        KeyboardInterrupt: somebody pressed Ctrl-C.
    """
    set_profile()
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    for name in THEIR_OWN:
        os.environ.pop(name, None)
    judge, plugins = Judge(body, public_only), list[object]()
    options = ["--capture=no", "--assert=plain", "-c", os.devnull, f"--rootdir={folder}"]
    for name in UNUSED:
        options += ["-p", f"no:{name}"]
    if package:
        options += ["--noconftest", "--import-mode=importlib"]
        plugins += _suite(folder, f"{package}.{folder.name}")
    status = pytest.main([*options, str(folder)], plugins=[judge, *plugins])
    if status == pytest.ExitCode.INTERRUPTED:
        raise KeyboardInterrupt  # which pytest keeps for itself
    if judge.collect_errors:
        raise GraderError("the checks could not be collected:\n" + "\n".join(judge.collect_errors))
    if status not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        raise GraderError(f"pytest ended with {status!r} in {folder}")


def _suite(folder: Path, package: str) -> list[object]:
    """Return the plugins that make the suite modules of `package`, conftest.py being one of them.

    Raises:
        GraderError: conftest.py can't be imported.
    """
    plugins: list[object] = [SuiteModules(folder, package)]
    if (folder / "conftest.py").is_file():
        try:
            plugins.append(importlib.import_module(f"{package}.conftest"))
        except Exception as error:
            raise GraderError(f"the checks could not be collected:\n{traceback.format_exc()}") from error
    return plugins


def set_profile() -> None:
    """Few examples, no database, no deadlines: verdicts must not depend on the machine's mood."""
    hypothesis.settings.register_profile(
        "judge",
        max_examples=12,
        database=None,
        deadline=None,
        derandomize=False,
        print_blob=False,
        report_multiple_bugs=False,
        verbosity=hypothesis.Verbosity.quiet,
        phases=(hypothesis.Phase.explicit, hypothesis.Phase.generate, hypothesis.Phase.shrink),
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    hypothesis.settings.load_profile("judge")
