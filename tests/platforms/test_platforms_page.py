"""docs/platforms.md says what is so: targets, settings, workflows, figures of the settings."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess

import pytest
import yaml
from handins import ROOT

from autograder.platforms.settings import NOTEBOOK_MB, Settings

PAGE = (ROOT / "docs" / "platforms.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    found = re.findall(rf"^( *)```{language}\n(.*?)^ *```$", PAGE, re.MULTILINE | re.DOTALL)
    return [re.sub(rf"^{indent}", "", text, flags=re.MULTILINE) for indent, text in found]


def test_every_make_command_is_a_target() -> None:
    if shutil.which("make") is None:
        pytest.skip("NOT TESTED: there is no make on this machine")
    said = [line[2:] for text in blocks("console") for line in text.splitlines() if line.startswith("$ ")]
    assert len(said) == 5
    for line in said:
        words = [word for word in shlex.split(line) if not word.startswith("AUTOGRADER_SECRET")]
        assert words[0] == "make"
        words[1:1] = ["--no-print-directory", "-n", "-o", ".venv/.ready"]
        subprocess.run(words, cwd=ROOT, capture_output=True, check=True)


def test_the_settings_are_all_there_with_their_defaults() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*?) \|", PAGE, re.MULTILINE))
    assert rows.keys() == vars(Settings()).keys()
    for key in ("minutes", "cpus", "memory_mb", "weakest_tier"):
        assert rows[key] == f"{getattr(Settings(), key):g}"
    assert rows["hidden_checks"] == f"`{Settings().hidden_checks}`" and f"memory_mb = {NOTEBOOK_MB}" in PAGE


def test_the_courses_workflow_fits_the_reusable_one() -> None:
    whole, part = (yaml.safe_load(text) for text in blocks("yaml"))
    there = yaml.safe_load((ROOT / ".github" / "workflows" / "grade.yml").read_text(encoding="utf-8"))[True]
    inputs = there["workflow_call"]["inputs"]
    used = whole["jobs"]["grade"]["with"]
    assert used.keys() | part["with"].keys() <= inputs.keys()
    assert {name for name, told in inputs.items() if told.get("required")} <= used.keys()
    assert whole["jobs"]["grade"]["secrets"].keys() == there["workflow_call"]["secrets"].keys()
    assert json.loads(part["with"]["runner"]) == ["self-hosted", "gpu"]


def test_the_questions_info_names_the_script_that_is_made() -> None:
    (info,) = map(json.loads, blocks("json"))
    options = info["externalGradingOptions"]
    assert options["entrypoint"].startswith("/grade/serverFilesCourse/autograder/")
    assert (ROOT / "autograder" / "platforms" / options["entrypoint"].rpartition("/")[2]).is_file()
    assert options["timeout"] == Settings().minutes * 60
