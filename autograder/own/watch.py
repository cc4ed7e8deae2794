"""Runs the checks again when the file has been saved: those that the change touches, and only them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from autograder.errors import SubmissionError
from autograder.own.files import judge_file, read_file
from autograder.own.judging import Result
from autograder.own.tasks import Sheet
from autograder.own.touching import read_texts
from autograder.records import Item

INTERVAL = 0.2  # seconds between two looks at the file
SETTLED = 0.1  # an editor may still be writing


class Watched:
    """The results of one file so far, and what the texts behind them were."""

    def __init__(self, sheet: Sheet, items: Sequence[Item]) -> None:
        self._sheet, self._items = sheet, items
        self._results: dict[str, Result] = {}
        self._digests: dict[str, str] = {}

    def judge(self, path: Path) -> list[Result]:
        """Judge the file as it is now; returns the results of the items that were touched since the last time.

        Raises:
            SubmissionError: it can't be read.
            GraderError: the checks can't be collected.
        """
        submission = read_file(self._sheet, path)
        texts = read_texts(submission.cells)
        digests = {item.id: texts.digest(self._sheet.names.get(item.id, "")) for item in self._sheet.items}
        touched = {item.id for item in self._sheet.items if digests[item.id] != self._digests.get(item.id)}
        for item in self._sheet.items:  # and what is judged by whether those are sound
            if touched & set(item.needs):
                touched.add(item.id)
        again = [item for item in self._items if item.id in touched]
        if not again:
            return []
        done = {one: result for one, result in self._results.items() if one not in touched}
        self._results = judge_file(self._sheet, submission, again, done)
        self._digests = digests
        return [self._results[item.id] for item in again]

    def all(self) -> list[Result]:
        """The results of all items asked for, as they are now."""
        return [self._results[item.id] for item in self._items if item.id in self._results]


def watch(
    path: Path, watched: Watched, tell: Callable[[list[Result], float], None], complain: Callable[[str], None]
) -> None:
    """Judge after each save until Ctrl-C. `tell` gets what was judged and how many seconds it took; `complain` why
    the file can't be read.

    Raises:
        KeyboardInterrupt: somebody pressed Ctrl-C.
        GraderError: the checks can't be collected.
    """
    for _ in saves(path):
        started = time.perf_counter()
        try:
            results = watched.judge(path)
        except SubmissionError as error:
            complain(str(error))
            continue
        tell(results, time.perf_counter() - started)


def saves(path: Path) -> Iterator[None]:
    """One at once, then one for each time that the file has changed; editors that replace it count."""
    seen = None
    while True:
        now = _stamp(path)
        if now != seen and now is not None:
            if seen is not None:
                time.sleep(SETTLED)
            seen = _stamp(path)
            yield None
        time.sleep(INTERVAL)


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:  # between the old file and the new one
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
