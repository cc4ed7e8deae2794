"""A folder of many hand-ins: which of its entries are one, and what their output folders are called."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder.errors import ConfigError, SubmissionError
from autograder.submission.choose import is_named
from autograder.submission.files import disk_file, folder_files, is_litter
from autograder.submission.limits import ReadLimits, shown

# Archives that can't be read count too: their students must get a result that says so.
_SUFFIXES = (".ipynb", ".py", ".zip", ".7z", ".rar", ".gz", ".tgz", ".tar", ".ipynb.txt", ".ipynb.json")
_CODE = (".ipynb", ".py")
_PAGES = (".html", ".htm", ".md", ".rmd", ".qmd", ".txt")  # a hand-in if there is code in it
_SIGNS = re.compile(
    rb"jupyter|nbconvert|```|^[ \t]{0,40}(?:def|class)[ \t]{1,5}\w{1,100}[ \t]{0,5}[(:]", re.MULTILINE | re.IGNORECASE
)
_LONGEST = 200  # bytes; file systems stop at 255
_UNSAFE = re.compile(r'[/\\<>:"|?*\0-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]')
_DEVICE = re.compile(r"(?i)^(con|prn|aux|nul|com[\d¹²³]|lpt[\d¹²³])(?=\.|$)")  # no file of Windows can be called so


@dataclass(frozen=True)
class Skipped:
    """An entry that is no hand-in, and the sentence that says why."""

    path: Path
    sentence: str


def find_submissions(folder: Path) -> tuple[list[Path], list[Skipped]]:
    """The entries of the folder that are one submission each, and those that are none; both sorted by name.

    Any folder that is not hidden counts, also one without a notebook: its student must get a result that says so.

    Raises ConfigError if the folder can't be listed.
    """
    try:
        entries = sorted(Path(folder).iterdir())
    except OSError as error:
        raise ConfigError(f"The folder of submissions {folder} can't be listed: {error.strerror}.") from error
    found: list[Path] = []
    skipped: list[Skipped] = []
    for entry in entries:
        if is_litter(entry.name):
            skipped.append(Skipped(entry, f"{shown(entry.name)} is hidden or a system file; it was skipped."))
        elif may_be_hand_in(entry):
            found.append(entry)
        else:
            skipped.append(
                Skipped(entry, f"{shown(entry.name)} is no notebook, script, zip or folder; it was skipped.")
            )
    return found, skipped


def may_be_hand_in(entry: Path) -> bool:
    """Whether an entry is worth reading as a hand-in; what can't be read gets a result that says so. Raises nothing."""
    return entry.is_dir() or entry.name.lower().endswith(_SUFFIXES) or _is_page_with_code(entry)


def _is_page_with_code(entry: Path) -> bool:
    """A notebook that was exported: it can't be graded, but its student must get a result that says so."""
    head = disk_file(entry, entry.name).head(1 << 20) if entry.suffix.lower() in _PAGES else b""
    return _SIGNS.search(head) is not None


def unique_names(paths: Sequence[Path], taken: Collection[str] = ()) -> dict[Path, str]:
    """A folder name for each path: its stem, or its whole name where an earlier path has that stem already. Names that
    differ in case alone are one: on macOS and Windows, and in a zip that is unpacked there.

    Names in `taken` are not given out. The same paths in the same order give the same names.
    """
    used = set(map(_same, taken))
    names: dict[Path, str] = {}
    for path in paths:  # first all that can have their plain name, so that nobody loses it to a made-up one
        plain = safe_name(_stem(path))
        if path not in names and _same(plain) not in used:
            names[path] = plain
            used.add(_same(plain))
    for path in paths:
        if path not in names:
            names[path] = _free(safe_name(path.name), used)
            used.add(_same(names[path]))
    return {path: names[path] for path in paths}


def _stem(path: Path) -> str:
    """A folder called `v1.2` keeps its whole name."""
    path = path if path.name not in ("", "..") else path.resolve()
    return path.name if path.is_dir() else path.stem


def safe_name(name: str) -> str:
    """The name as a folder may be called on any system: no separator, nothing that deceives a reader, not hidden, not
    too long, and nothing that Windows refuses or drops."""
    name = _UNSAFE.sub("_", name).lstrip(".").encode("utf-8")[:_LONGEST].decode("utf-8", "ignore").rstrip(". ")
    return _DEVICE.sub(r"\1_", name) or "submission"


def _same(name: str) -> str:
    """The name as file systems compare it that mind no case."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def _free(name: str, used: set[str]) -> str:
    candidate, count = name, 1
    while _same(candidate) in used:
        count += 1
        candidate = f"{name}-{count}"
    return candidate


# ---- one hand-in or several ------------------------------------------------------------------------------------------
def several_hand_ins(folder: Path, asked: Sequence[str], names: Sequence[str]) -> bool:
    """Whether a folder seems to hold the hand-ins of several students, and not the files of one.

    `asked`: what the notebook should be called; `names`: functions and classes of which it defines some. One notebook
    at the top that has either makes it one hand-in, whatever else lies there. Raises nothing.
    """
    if not folder.is_dir():
        return False
    try:
        entries = sorted(entry for entry in folder.iterdir() if not is_litter(entry.name))
    except OSError:
        return False  # grading says why
    code = [disk_file(entry, entry.name) for entry in entries if entry.is_file() and entry.suffix.lower() in _CODE]
    defines = re.compile(rf"\b(?:def|class)\s+(?:{'|'.join(map(re.escape, names))})\b".encode())
    for found in (
        [file for file in code if any(is_named(file.name, name) for name in asked)],
        [file for file in code if defines.search(file.head(ReadLimits().file_bytes))],
    ):
        if found:
            return len(found) > 1 and not any(file.name in asked for file in found)
    return sum(entry.suffix.lower() == ".zip" or _holds_code(entry) for entry in entries) > 1


def _holds_code(entry: Path) -> bool:
    if not entry.is_dir() or entry.is_symlink():
        return False
    try:
        files, _ = folder_files(entry, ReadLimits())
    except SubmissionError:
        return True  # too much of everything
    return any(file.suffix in _CODE for file in files)
