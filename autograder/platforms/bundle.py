"""Makes what a course uploads to a platform: this package, the lock, one assignment, and how it is to be graded there.

The zip's root, which Gradescope unpacks to `/autograder/source/` and a course to PrairieLearn's
`serverFilesCourse/autograder/`:

    setup.sh run_autograder (Gradescope) or grade.sh (PrairieLearn)
    requirements.txt        the lock
    platform.toml           steps, time, memory, isolation: see settings.py
    assignment.txt          the assignment's name, or its folder's in this zip
    rubric.toml             the course's own, where it has one
    secret                  what all inputs come from
    autograder/ reference/ assignment/

The same sources and secret give the same zip, byte by byte.
"""

from __future__ import annotations

import io
import os
import secrets
import zipfile
from collections.abc import Collection, Iterator
from pathlib import Path

from autograder.errors import ConfigError
from autograder.folder import BUILT_IN, Folder, find_folder, is_built_in
from autograder.judge.seeds import VARIABLE
from autograder.platforms.entry import ASSIGNMENT, RUBRIC, SECRET
from autograder.platforms.settings import NAME, STEPS, Settings, load_settings, stages_of
from autograder.preflight import course_of
from autograder.rubric import Rubric, load_rubric

HERE = Path(__file__).resolve().parent
PACKAGE = HERE.parent
ROOT = PACKAGE.parent
LOCK = ROOT / "requirements.txt"
SCRIPTS = {
    "gradescope": {"setup.sh": "setup.sh", "run_autograder": "run_autograder.sh"},
    "prairielearn": {"setup.sh": "setup.sh", "grade.sh": "grade.sh"},
}
SKIPPED = {"__pycache__", "node_modules"}
MOST_BYTES = 100_000_000  # Gradescope's bound on an autograder's zip
EARLIEST = (1980, 1, 1, 0, 0, 0)  # of the files in a zip: the same sources give the same bytes

TEXT = """\
# How hand-ins are graded on the platform; docs/platforms.md explains each line.
steps = [{steps}]
minutes = {minutes:g}
cpus = {cpus:g}
memory_mb = {memory_mb}
weakest_tier = {weakest_tier}
hidden_checks = "{hidden_checks}"
"""


def write_bundle(platform: str, assignment: str, rubric: Path | None, out: Path) -> tuple[Path, list[str]]:
    """Write the zip into `out`; returns it and sentences for staff about what is in it.

    Raises:
        ConfigError: the assignment, its rubric or the course's settings are wrong, or something is missing here.
        OSError: `out` can't be written.
    """
    folder = find_folder(assignment)
    course = course_of(rubric, folder)
    checked = load_rubric(folder.rubric, course)
    own = Path("course") / folder.name / NAME
    settings = load_settings(own)
    stages = stages_of(settings, checked)
    files = {
        **{name: (HERE / script).read_bytes() for name, script in SCRIPTS[platform].items()},
        **dict(_package(folder)),
        LOCK.name: _lock(),
        NAME: own.read_bytes() if own.is_file() else settings_text(settings, checked).encode(),
        ASSIGNMENT: (folder.name if is_built_in(folder) else f"assignment/{folder.name}").encode(),
        SECRET: (os.environ.get(VARIABLE) or secrets.token_hex(32)).encode(),
    }
    if course is not None:
        files[RUBRIC] = course.read_bytes()
    data = zipped(files, SCRIPTS[platform])
    if len(data) > MOST_BYTES:
        raise ConfigError(f"The zip would have {len(data):,} bytes, more than the {MOST_BYTES:,} that platforms take.")
    out.mkdir(parents=True, exist_ok=True)
    target = out / f"{folder.name}-{platform}.zip"
    target.write_bytes(data)
    return target, list(_told(checked, settings, [step for step in STEPS if step in stages[-1]], course))


def _told(rubric: Rubric, settings: Settings, steps: Collection[str], course: Path | None) -> Iterator[str]:
    fit = f"{settings.cpus:g} CPU, {settings.memory_mb} MB, {settings.minutes:g} minutes"
    yield f"Grades {', '.join(steps)} within {fit}; student code in isolation tier {settings.weakest_tier} or better."
    yield f"The assignment has {rubric.rules.points:g} points: give it as many on the platform."
    if course is not None:
        yield f"The course's own rubric is in it: {course}."
    if VARIABLE not in os.environ:
        yield f"{VARIABLE} is not set: a new secret was drawn. Set it, and every zip gives the same inputs."


def settings_text(settings: Settings, rubric: Rubric) -> str:
    """Return the settings as a file states them, the steps by name."""
    wanted = stages_of(settings, rubric)[-1]
    steps = ", ".join(f'"{step}"' for step in STEPS if step in wanted)
    return TEXT.format(**{**vars(settings), "steps": steps})


def _lock() -> bytes:
    """Raises:
    ConfigError: the lock is not there.
    """
    if not LOCK.is_file():
        raise ConfigError(f"There is no {LOCK}, the list of packages that the platform is to install.")
    return LOCK.read_bytes()


def _package(folder: Folder) -> Iterator[tuple[str, bytes]]:
    """Give our files, of assignments and references that one alone, by their names in the zip."""
    for path in walk(PACKAGE):
        if not path.is_relative_to(BUILT_IN) or path.parent == BUILT_IN or path.is_relative_to(folder.path):
            yield path.relative_to(ROOT).as_posix(), path.read_bytes()
    if not is_built_in(folder):
        for path in walk(folder.path):
            yield f"assignment/{folder.name}/{path.relative_to(folder.path).as_posix()}", path.read_bytes()
        return
    reference = ROOT / "reference"
    for path in (reference / "__init__.py", *walk(reference / folder.name)):
        if path.is_file():
            yield path.relative_to(ROOT).as_posix(), path.read_bytes()


def walk(folder: Path) -> Iterator[Path]:
    """Give the files under a folder in one order, without caches and hidden ones; links are not followed."""
    for base, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in SKIPPED and not name.startswith("."))
        for name in sorted(names):
            path = Path(base, name)
            if not name.startswith(".") and not path.is_symlink():
                yield path


def zipped(files: dict[str, bytes], programs: Collection[str]) -> bytes:
    """Return a zip of the files; `programs` may be started."""
    holder = io.BytesIO()
    with zipfile.ZipFile(holder, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, EARLIEST)
            entry.external_attr = (0o100755 if name in programs else 0o100644) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, files[name])
    return holder.getvalue()
