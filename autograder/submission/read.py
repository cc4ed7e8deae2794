"""The way from a path to a `Submission`, read top to bottom in `read_submission`."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from autograder.errors import SubmissionError
from autograder.records import Submission
from autograder.submission.archive import zip_files
from autograder.submission.choose import EXPORTS, candidates, choose, is_named
from autograder.submission.companions import Companion, Companions
from autograder.submission.content import Contents, check_size, is_zip, parse
from autograder.submission.files import Budget, File, disk_file, folder_files
from autograder.submission.folder import unique_names
from autograder.submission.joining import joined
from autograder.submission.limits import ReadLimits, listed, shown
from autograder.submission.report import ReportFile, broken_rules, find_report

_DEFAULT = ReadLimits()


@dataclass(frozen=True)
class _HandIn:
    """The files that came in. `bundle`: as a folder or a zip, where the report belongs too."""

    files: list[File]
    bundle: bool
    remarks: list[str]


def read_submission(
    path: Path,
    *,
    expected: str,
    also: Sequence[str] = (),
    names: Sequence[str] = (),
    either: bool = False,
    limits: ReadLimits = _DEFAULT,
) -> Submission:
    """Read a notebook, a script, a folder or a zip. Executes, imports and extracts nothing of it.

    `expected` is what the notebook should be called; `also` are file names as good. `names` are functions and classes
    of which the notebook defines some; they tell it from other notebooks. `either`: where files of several of these
    names are there, the one that defines more counts.

    Raises SubmissionError with one sentence to the student if nothing can be graded.
    """
    budget = Budget(limits)
    path = Path(path)
    hand_in = _open(_resolve(path), budget)
    asked = (expected, *also)
    found = candidates(hand_in.files, asked) if hand_in.bundle else hand_in.files
    if not found:
        raise _without_notebook(hand_in, path, expected)
    read = _reader(budget)
    imports = _importer(hand_in, asked, limits, read)
    file = choose(found, asked, names, limits, read, lambda one: _readable(imports, one), either)
    contents, beside = read(file), imports(file)
    companions = [companion.file for companion in beside]
    others = [one for one in hand_in.files if one not in companions]
    cells = joined(contents.cells, beside)
    check_size(cells, file.path, limits)
    report = find_report(hand_in.files, file, limits) if hand_in.bundle else ReportFile()
    return Submission(
        name=unique_names([path])[path],
        source=path,
        notebook=shown(file.path, 500),
        cells=cells,
        markdown=contents.markdown,
        has_report=report.found,
        report=report.data,
        report_name=report.name,
        breaches=broken_rules(others, file, report) if hand_in.bundle else (),
        remarks=(
            *_name_remarks(file, contents, asked),
            *hand_in.remarks,
            *report.remarks,
            *_chosen(found, file, asked if either and hand_in.bundle else ()),
            *_extra(hand_in, file, companions),
            *contents.remarks,
        ),
        headings=contents.headings,
        stored=contents.stored,
        elsewhere=contents.elsewhere,
    )


def _importer(
    hand_in: _HandIn, asked: Sequence[str], limits: ReadLimits, read: Callable[[File], Contents]
) -> Callable[[File], list[Companion]]:
    """What a file imports: none where the assignment asks for notebooks alone, and this is one."""
    scripts = ".py" in {PurePosixPath(name).suffix for name in asked}
    companions = Companions(hand_in.files, read, limits)

    def imports(file: File) -> list[Companion]:
        known = hand_in.bundle and (scripts or read(file).kind == "script")
        return companions.of(file) if known else []

    return imports


def _readable(imports: Callable[[File], list[Companion]], file: File) -> list[File]:
    """The files that one imports; none where it, or what it imports, can't be read."""
    try:
        return [companion.file for companion in imports(file)]
    except SubmissionError:
        return []


def _reader(budget: Budget) -> Callable[[File], Contents]:
    """What is in a file, read once."""
    cache: dict[str, Contents] = {}

    def read(file: File) -> Contents:
        if file.path not in cache:
            cache[file.path] = parse(budget.read(file), file.path, budget.limits)
        return cache[file.path]

    return read


def hand_in_files(path: Path) -> list[File]:
    """List the files of a hand-in as `read_submission` does, the notebook among them; a file alone is one.

    Raises SubmissionError if there is nothing at the path, or a folder or zip can't be listed.
    """
    return _open(_resolve(path), Budget(_DEFAULT)).files


def _without_notebook(hand_in: _HandIn, path: Path, expected: str) -> SubmissionError:
    exports = [file.path for file in hand_in.files if file.suffix in EXPORTS]
    told = f" but {listed(exports)}, which may be made of one" if exports else ""
    return SubmissionError(f"{shown(path.name)} holds no notebook{told}; hand in {shown(expected)} and the report.")


def _resolve(path: Path) -> Path:
    """Raises SubmissionError if there is nothing at the path, or a link that leads out of its folder."""
    try:
        mode = os.lstat(path).st_mode
        if stat.S_ISLNK(mode):
            target = path.resolve(strict=True)
            if path.parent.resolve() not in target.parents:
                raise SubmissionError(f"{shown(path.name)} is a link that leads elsewhere; hand in the file itself.")
            path, mode = target, os.lstat(target).st_mode
        if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
            raise SubmissionError(f"{shown(path.name)} is not an ordinary file; hand in the notebook itself.")
        return path if path.name not in ("", "..") else path.resolve()
    except (OSError, ValueError, RuntimeError) as error:  # missing; a NUL in the path; a loop of links
        reason = getattr(error, "strerror", None) or str(error)
        raise SubmissionError(f"{shown(str(path), 500)} can't be opened ({reason}); check the path.") from error


def _open(path: Path, budget: Budget) -> _HandIn:
    """Raises SubmissionError if a folder or zip can't be listed."""
    if path.is_dir():
        files, remarks = folder_files(path, budget.limits)
        return _unpack(_HandIn(files, True, remarks), budget, path.name)
    file = disk_file(path, path.name)
    if not is_zip(file.load(4)):
        return _HandIn([file], False, [])
    files, remarks = zip_files(budget.read(file), path.name, budget.limits)
    if file.suffix != ".zip":
        remarks.append(f"{shown(path.name)} is really a zip and was opened as one.")
    return _unpack(_HandIn(files, True, remarks), budget, path.name)


def _unpack(hand_in: _HandIn, budget: Budget, name: str) -> _HandIn:
    """Learning platforms put a student's zip into a zip. One such level is opened, if the notebook isn't outside.

    Raises SubmissionError if the inner zip can't be opened, or holds another one instead of a notebook.
    """
    inner = [file for file in hand_in.files if file.suffix == ".zip"]
    if not inner or any(file.suffix in (".ipynb", ".py") for file in hand_in.files):
        return hand_in
    files = [file for file in hand_in.files if file not in inner]
    remarks = list(hand_in.remarks)
    for file in inner:
        found, more = zip_files(budget.read(file), file.path, budget.limits, inside=file.path + "/")
        files += found
        if len(files) > budget.limits.files:
            raise SubmissionError(f"{shown(name)} holds too many files; hand in only the notebook and the report.")
        remarks += [*more, f"{shown(file.path)} is a zip inside the hand-in and was opened."]
    if not candidates(files) and any(file.suffix == ".zip" for file in files):
        raise SubmissionError(
            f"{shown(name)} holds zips inside zips; hand in one zip with the notebook and the report."
        )
    return _HandIn(files, True, remarks)


def _name_remarks(file: File, contents: Contents, asked: Sequence[str]) -> list[str]:
    if any(is_named(file.name, name) for name in asked):
        return []
    if contents.kind == "script" and file.suffix == ".py":
        return [f"The hand-in is the script {shown(file.name)}; the assignment asks for {shown(asked[0])}."]
    return [f"The notebook is called {shown(file.name)}; the assignment asks for {shown(asked[0])}."]


def _chosen(found: list[File], chosen: File, asked: Sequence[str]) -> list[str]:
    others = [file.path for file in found if file.name in asked and file.name != chosen.name]
    if not others or chosen.name not in asked:
        return []
    return [f"Of {listed([chosen.path, *others])}, {shown(chosen.name)} was graded: it defines more, or as much."]


def _extra(hand_in: _HandIn, chosen: File, beside: list[File]) -> list[str]:
    others = [file for file in hand_in.files if file not in (chosen, *beside) and file.suffix != ".pdf"]
    code = [file.path for file in others if file.suffix in (".ipynb", ".py")]
    rest = [file.path for file in others if file.suffix not in (".ipynb", ".py")]
    remarks = []
    if beside:
        names = listed([file.path for file in beside])
        remarks.append(f"{shown(chosen.name)} imports these files of the hand-in, which were read too: {names}.")
    if code:
        remarks.append(f"The assignment allows no new notebooks or scripts; these were not read: {listed(code)}.")
    if rest:
        remarks.append(f"Beside notebook and report, files count only where a check reads them: {listed(rest)}.")
    return remarks
