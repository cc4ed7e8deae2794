"""The files of a zip, read in memory: nothing is ever extracted to disk.

Only what is asked for is decompressed, and only as far as it is asked for, so sizes in headers are never believed.
"""

from __future__ import annotations

import io
import re
import stat
import zipfile
from pathlib import PurePosixPath

from autograder.errors import SubmissionError
from autograder.submission.files import File, is_litter
from autograder.submission.limits import ReadLimits, shown

MAGIC = (b"PK\x03\x04", b"PK\x05\x06")
_ENTRY = b"PK\x01\x02"
_DRIVE = re.compile(r"[A-Za-z]:[\\/]")
_ENCRYPTED = 0x1
_UTF8_NAME = 0x800
# bzip2 and LZMA can't be stopped in the middle of a block by zipfile (a bomb), and no platform makes such zips.
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


def zip_files(data: bytes, name: str, limits: ReadLimits, inside: str = "") -> tuple[list[File], list[str]]:
    """The files of the zip called `name`, sorted; their paths start with `inside`. Litter is left out.

    Raises SubmissionError if the zip is damaged, hostile, protected by a password or holds too many files.
    """
    # Counted before zipfile builds an object for each of perhaps millions of entries.
    if data.count(_ENTRY) > limits.files:
        raise SubmissionError(f"{shown(name)} holds too many files; hand in only the notebook and the report.")
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        entries = archive.infolist()
    except Exception as error:  # zipfile leaks struct, Unicode, value and OS errors on hostile bytes
        raise SubmissionError(f"{shown(name)} is cut short or damaged; make the zip again and hand it in.") from error
    files: dict[str, File] = {}
    remarks: list[str] = []
    for entry in entries:
        path = zip_path(entry)
        _refuse_hostile(entry, path, name, limits.path_chars)
        if path.endswith("/") or is_litter(path):
            continue
        if path in files:
            remarks.append(f"{shown(name)} holds {shown(path)} twice; the last one counts.")
        files[path] = _zip_file(archive, entry, inside + path)
    return [files[path] for path in sorted(files)], remarks


def zip_path(entry: zipfile.ZipInfo) -> str:
    """The path with '/', and in UTF-8 where the zip does not say that it is (macOS)."""
    path = entry.orig_filename
    if not entry.flag_bits & _UTF8_NAME:
        try:
            path = path.encode("cp437").decode("utf-8")
        except UnicodeError:
            pass  # some other code page: the letters look wrong, the file is still found by its suffix
    return path.replace("\\", "/").replace("\0", "?")


def leads_out(path: str) -> bool:
    """Whether a path in a zip is absolute, of another drive, or climbs out. A letter and a colon alone are a name."""
    return path.startswith("/") or ".." in PurePosixPath(path).parts or _DRIVE.match(path) is not None


def is_ordinary(entry: zipfile.ZipInfo) -> bool:
    """Whether an entry says that it is a file or a folder, and no link or device."""
    return stat.S_IFMT(entry.external_attr >> 16) in (0, stat.S_IFREG, stat.S_IFDIR)


def is_encrypted(entry: zipfile.ZipInfo) -> bool:
    """Whether a password is needed."""
    return bool(entry.flag_bits & _ENCRYPTED)


def _refuse_hostile(entry: zipfile.ZipInfo, path: str, name: str, longest: int) -> None:
    """Raises SubmissionError for entries that no honest zip of a notebook holds."""
    if len(path) > longest:
        raise SubmissionError(f"{shown(name)} holds a file with a path of {len(path):,} characters; zip it again.")
    if leads_out(path):
        raise SubmissionError(
            f"{shown(name)} holds the path {shown(path)}, which leads out of the zip; zip it again and hand it in."
        )
    if not is_ordinary(entry):
        raise SubmissionError(
            f"{shown(name)} holds {shown(path)}, which is a link or not an ordinary file; "
            "make the zip again with the files themselves."
        )
    if is_encrypted(entry):
        raise SubmissionError(f"{shown(name)} is protected by a password; make a zip without one and hand it in.")


def _zip_file(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, path: str) -> File:
    def load(count: int) -> bytes:
        if entry.compress_type not in METHODS:
            raise SubmissionError(
                f"{shown(path)} is compressed in an unusual way; make an ordinary zip and hand it in."
            )
        try:
            with archive.open(entry) as stream:
                return stream.read(count)
        except Exception as error:  # as above, and zlib's
            raise SubmissionError(
                f"{shown(path)} is damaged inside its zip; make the zip again and hand it in."
            ) from error

    return File(path, load)
