"""Installs the lock into a virtual environment and shows how far it is: `python install.py VENV LOCK`.

pip itself says a line for every package, or nothing at all. Here it is one line that moves on a terminal, and elsewhere
a line every ten seconds. All that pip says is kept in VENV/pip.log. Standard library alone: nothing is installed yet.
"""

from __future__ import annotations

import os
import re
import selectors
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

PIP = "pip==26.3"  # the first ones can't tell their progress; every Python brings another
OFTEN, SELDOM = 0.2, 10.0  # seconds between two lines: on a terminal, elsewhere
BAR = 24
FAILED = 3


@dataclass
class Progress:
    """Of one installation. `total`: packages in all; `found`: what pip has looked at; sizes in bytes."""

    total: int
    found: set[str] = field(default_factory=set)
    file: str = ""
    of_file: int = 0
    file_size: int = 0
    loaded: int = 0
    unpacking: bool = False
    unpacked: int = 0

    def hear(self, line: str) -> None:
        """Take in one line of what pip says."""
        if said := re.match(r"Collecting ([\w.-]+)|Requirement already satisfied: ([\w.-]+)", line):
            self.found.add(plain(said[1] or said[2]))
        elif said := re.match(r"\s+Downloading (?:\S*/)?([\w.]+)-", line):
            self._next_file(said[1])
        elif said := re.match(r"Progress (\d+) of (\d+)", line):
            self.of_file, self.file_size = int(said[1]), int(said[2])
        elif said := re.match(r"Installing collected packages: (.*)", line):
            self._next_file("")
            self.unpacking, self.total = True, len(said[1].split(","))

    def _next_file(self, name: str) -> None:
        self.loaded += self.of_file
        self.file, self.of_file, self.file_size = name, 0, 0

    def text(self) -> str:
        """Where it stands, in one line."""
        done = self.unpacked if self.unpacking else len(self.found)
        full = BAR * min(done, self.total) // max(self.total, 1)
        line = f"[{'#' * full}{'.' * (BAR - full)}] {'unpacked' if self.unpacking else 'found'} {done} of {self.total}"
        if self.unpacking:
            return line
        line += f", {megabytes(self.loaded + self.of_file)} downloaded"
        return (
            f"{line}; {self.file} {megabytes(self.of_file)} of {megabytes(self.file_size)}" if self.file_size else line
        )


def megabytes(size: int) -> str:
    """A size in bytes, as people say it."""
    return f"{size / 1e6:,.0f} MB"


def plain(name: str) -> str:
    """A package's name as indexes compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def names(lock: str) -> set[str]:
    """The packages of a lock."""
    return {plain(name) for name in re.findall(r"^([\w.-]+)==", lock, re.MULTILINE)}


def sizes(lock: str) -> str:
    """What the lock's `# Sizes:` line says of itself; empty where there is none."""
    said = re.search(r"^# Sizes: (.+)$", lock, re.MULTILINE)
    return said[1] if said else ""


class Line:
    """Shows where it stands: in place on a terminal, else one line in a while, and none twice."""

    def __init__(self) -> None:
        self._moves = sys.stdout.isatty()
        self._shown, self._at = "", time.monotonic()

    def show(self, text: str) -> None:
        now = time.monotonic()
        if text == self._shown or now - self._at < (OFTEN if self._moves else SELDOM):
            return
        self._shown, self._at = text, now
        if self._moves:
            width = shutil.get_terminal_size().columns - 1
            print(f"\r{text[:width]:<{width}}", end="", flush=True)
        else:
            print(text, flush=True)

    def close(self, text: str) -> None:
        """The last word stands on a line of its own."""
        if self._moves:
            print("\r" + " " * (shutil.get_terminal_size().columns - 1), end="\r")
        print(text, flush=True)


def run_pip(words: list[str], log: Path, progress: Progress, line: Line, packages: Path) -> int:
    """Run pip to its end; return its exit status. `packages`: the folder that it installs into."""
    before = count(packages)
    pip = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment())
    assert pip.stdout is not None
    with log.open("ab") as kept, selectors.DefaultSelector() as selector:
        selector.register(pip.stdout, selectors.EVENT_READ)
        rest = b""
        while True:
            if selector.select(OFTEN):
                chunk = os.read(pip.stdout.fileno(), 1 << 16)
                if not chunk:
                    return pip.wait()
                *lines, rest = (rest + chunk).split(b"\n")
                for said in lines:
                    if not said.startswith(b"Progress "):
                        kept.write(said + b"\n")
                    progress.hear(said.decode("utf-8", "replace"))
            elif progress.unpacking:
                progress.unpacked = max(count(packages) - before, 0)
            line.show(progress.text())


def count(packages: Path) -> int:
    """How many packages lie there whole: a package's RECORD is written last."""
    return sum(1 for _ in packages.glob("*.dist-info/RECORD"))


def environment() -> dict[str, str]:
    """pip says its lines at once and asks nothing."""
    return {**os.environ, "PYTHONUNBUFFERED": "1", "PIP_NO_INPUT": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}


def main(venv: str, lock: str) -> int:
    """Install; return the exit code."""
    text = Path(lock).read_text(encoding="utf-8")
    python, log = Path(venv, "bin", "python"), Path(venv, "pip.log")
    packages = next(Path(venv).glob("lib/python*/site-packages"))
    total = len(names(text))
    print(f"To come: {total} packages into {venv}{'; ' if sizes(text) else ''}{sizes(text)}", flush=True)
    log.write_bytes(b"")
    line, progress = Line(), Progress(total)
    install = [str(python), "-m", "pip", "install", "--progress-bar"]
    begun = time.monotonic()
    status = run_pip([*install, "off", PIP], log, Progress(1), line, packages)
    status = status or run_pip([*install, "raw", "-r", lock], log, progress, line, packages)
    if status:
        line.close("The packages were not installed; pip's last words:")
        print("\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-6:]), file=sys.stderr)
        print(f"All of them are in {log}; the same command again goes on.", file=sys.stderr)
        return FAILED
    line.close(f"{total} packages are installed, after {time.monotonic() - begun:,.0f} s.")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
