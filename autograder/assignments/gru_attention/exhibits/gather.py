"""From a hand-in to its exhibits: which of its files are read, within which bounds."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path, PurePosixPath

import msgspec
import numpy as np

from autograder.assignments.gru_attention.context import Context
from autograder.assignments.gru_attention.exhibits.arrays import bracketed, listed
from autograder.assignments.gru_attention.exhibits.found import Curve, Exhibits, NormCurve, RunTable, Text
from autograder.assignments.gru_attention.exhibits.grids import MOST_CELLS, Grid, grids, lines
from autograder.assignments.gru_attention.exhibits.latex import plain
from autograder.assignments.gru_attention.exhibits.logs import logged
from autograder.assignments.gru_attention.exhibits.norms import norm_curves
from autograder.assignments.gru_attention.exhibits.recognise import (
    LEAST_ROWS,
    Series,
    curves,
    joined,
    run_table,
    series,
)
from autograder.assignments.gru_attention.exhibits.texts import MOST, grid_texts, likely, line_texts, unwrapped
from autograder.assignments.gru_attention.exhibits.words import roles
from autograder.bounded import Stages
from autograder.errors import StageOverrun, SubmissionError
from autograder.records import Submission
from autograder.submission.files import File
from autograder.submission.limits import shown
from autograder.submission.read import hand_in_files

TEXTS = (".csv", ".tsv", ".md", ".json", ".jsonl", ".txt", ".log", ".out", ".tex")
ARRAYS = (".npy", ".npz")
UNREAD = (".pkl", ".pickle", ".xlsx", ".xls", ".mat", ".h5")  # results in forms that are not opened here
LARGEST, LARGEST_ALL = 2_000_000, 12_000_000  # bytes of a file, and of all
MOST_FILES, MOST_GRIDS, MOST_TABLES, MOST_ARRAYS = 300, 2_000, 5, 100
_SAMPLES = re.compile("sampl|generat")
TOO_MUCH = "The files with results took too much time or memory to be read; a person must look at them."


def exhibits_of(context: Context) -> Exhibits:
    """The exhibits of the hand-in that is being judged, read once."""
    if context.exhibits is None:
        context.exhibits = gather(context.submission) if context.submission is not None else Exhibits()
    return context.exhibits


def gather(submission: Submission) -> Exhibits:
    """Read a hand-in's exhibits in a process of their own. Raises nothing of the hand-in's fault."""
    if submission.source.suffix.lower() == ".py" and submission.source.is_file():
        return Exhibits()  # a script alone brings nothing
    try:
        data: bytes = Stages().run("evidence", lambda: msgspec.msgpack.encode(found_in(submission)))
    except StageOverrun:
        return Exhibits(remarks=(TOO_MUCH,))
    return msgspec.msgpack.decode(data, type=Exhibits)


def found_in(submission: Submission) -> Exhibits:
    """Read what stands in the files and in the notebook."""
    collection = Collection()
    for name, text in notebook_texts(submission):
        collection.text(name, text)
    try:
        files = hand_in_files(submission.source)
    except SubmissionError:
        files = []
    for file in wanted(files, collection):
        collection.file(file)
    return collection.exhibits()


def notebook_texts(submission: Submission) -> Iterator[tuple[str, str]]:
    """Text cells and stored outputs, by where they stand."""
    for place, text in enumerate(submission.markdown, 1):
        yield f"text cell {place}.md", text[:LARGEST]
    for number, output in submission.stored.items():
        yield f"output of cell {number} {submission.heading_above(number)[:60]}", output[:LARGEST]


def wanted(files: list[File], collection: Collection) -> Iterator[File]:
    """The files that may hold results, the first MOST_FILES of them."""
    for file in files:
        if file.suffix in UNREAD:
            collection.remark(f"{shown(file.path)} is not opened by the grader; hand in CSV, JSON or text instead.")
    some = [file for file in files if file.suffix in (*TEXTS, *ARRAYS)]
    if len(some) > MOST_FILES:
        collection.remark(f"Of {len(some)} files with results the first {MOST_FILES} were read.")
    yield from some[:MOST_FILES]


def read_table(path: Path) -> RunTable:
    """Return the fullest table of runs in a file of one's own, which need not have all of them.

    Raises:
        SubmissionError: the file can't be read, or holds none.
    """
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise SubmissionError(f"The table {path.name} can't be read: {error.strerror}.") from error
    if len(data) > LARGEST:
        raise SubmissionError(f"The table {path.name} is larger than {LARGEST / 1e6:g} MB.")
    found = Collection(least_rows=1)
    try:
        found.text(path.name, data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise SubmissionError(f"The table {path.name} is not a text in UTF-8.") from error
    if not found.tables:
        raise SubmissionError(
            f"{path.name} holds no table with columns for experiment, architecture or optimizer, and for the "
            "perplexities of training and validation."
        )
    return found.tables[0]


class Collection:
    """What was found so far. Of two that tell of the same, the fuller one stays. least_rows: of a table of runs."""

    def __init__(self, least_rows: int = LEAST_ROWS) -> None:
        self.least_rows = least_rows
        self.left, self.grids = LARGEST_ALL, 0
        self.tables: list[RunTable] = []
        self.curves: dict[int, Curve] = {}
        self.series: Series = {}
        self.norms: dict[str, list[NormCurve]] = {}
        self.texts: dict[str, dict[str, list[Text]]] = {}  # by model and place: a list that is there twice counts once
        self.remarks: list[str] = []

    def remark(self, sentence: str) -> None:
        """Note one, of a few."""
        if len(self.remarks) < 20:
            self.remarks.append(sentence)

    def file(self, file: File) -> None:
        """Read one file, if there is room for it."""
        allowed = min(LARGEST, self.left)
        try:
            data = file.load(allowed + 1)
        except SubmissionError as error:
            self.remark(str(error))
            return
        if len(data) > allowed:
            self.remark(f"{shown(file.path)} is too large to be read for results (more than {allowed / 1e6:.1f} MB).")
            return
        self.left -= len(data)
        name = "/".join(PurePosixPath(file.path).parts[-2:])
        if file.suffix in ARRAYS:
            for part, content in unpacked(data, allowed) if file.suffix == ".npz" else [("", data)]:
                self.array(f"{name} {part}".strip(), content)
            return
        text = data.decode("utf-8-sig", errors="replace").replace("\0", "")
        self.text(name, text)

    def array(self, name: str, data: bytes) -> None:
        """An array of numbers; one of objects is a pickle and stays shut."""
        try:
            values = np.lib.format.read_array(io.BytesIO(data), allow_pickle=False)
        except (ValueError, OSError, EOFError, SyntaxError, TypeError, MemoryError):
            self.remark(f"{shown(name)} is no plain array of numbers and is not opened; hand in CSV or JSON instead.")
            return
        if values.dtype.kind in "iuf" and values.ndim in (1, 2) and 0 < values.size <= MOST_CELLS:
            rows = values.reshape(len(values), -1).tolist()
            self.grid(Grid(name, (), tuple(tuple(map(str, row)) for row in rows)))

    def text(self, name: str, text: str) -> None:
        """Grids of a text, and texts that models wrote."""
        if name.lower().endswith(".tex"):
            text = plain(text)
        structured = name.lower().endswith((".json", ".jsonl", ".csv", ".tsv"))
        for grid in grids(name, text) if structured else lines(name, text):
            self.grid(grid)
        if not structured:
            for grid in chain(logged(name, text), bracketed(name, text), listed(name, text)):
                self.grid(grid)
            for some in (text, unwrapped(text)):
                written = list(islice(line_texts(name, some), 4 * MOST))
                if written and likely([one for _, one in written]):
                    self.written(name, written, sure=True)
                    break

    def grid(self, grid: Grid) -> None:
        """All that a grid may be."""
        self.grids += 1
        if self.grids > MOST_GRIDS:
            return
        table = run_table(grid, self.least_rows)
        if table is not None:
            self.tables = sorted([*self.tables, table], key=_fullness, reverse=True)[:MOST_TABLES]
        elif found := curves(grid):
            for one, curve in found.items():
                if one not in self.curves or len(curve.valid) > len(self.curves[one].valid):
                    self.curves[one] = curve
        else:
            for one, parts in series(grid).items():
                self.series.setdefault(one, {}).update(parts)
        for model, own in norm_curves(grid).items():
            self.norms[model] = [*self.norms.get(model, []), *own][:20]
        sure = "text" in roles(grid.columns) or bool(_SAMPLES.search(grid.place.lower()))
        self.written(grid.place, list(grid_texts(grid)), sure)

    def written(self, place: str, found: list[tuple[str, Text]], sure: bool) -> None:
        """Texts from one place. Where nothing says that they are what models wrote, their lengths must."""
        if not sure and not likely([text for _, text in found]):
            return
        for model, text in found[:MOST]:
            by_place = self.texts.setdefault(model, {})
            if sum(map(len, by_place.values())) < MOST:
                by_place.setdefault(place, []).append(text)

    def exhibits(self) -> Exhibits:
        """All of it, as data."""
        texts = {model: tuple(once(by_place)) for model, by_place in self.texts.items() if model}
        norms = {model: tuple(found) for model, found in self.norms.items()}
        apart = {one: curve for one, parts in self.series.items() if (curve := joined("several files", parts))}
        return Exhibits(tuple(self.tables), apart | self.curves, norms, texts, tuple(self.remarks))


def unpacked(data: bytes, allowed: int) -> Iterator[tuple[str, bytes]]:
    """The arrays of an .npz by their names, so many bytes of them in all; what is no zip as it is."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for info in archive.infolist()[:MOST_ARRAYS]:
                with archive.open(info) as member:
                    content = member.read(allowed + 1)
                allowed -= len(content)
                if allowed < 0:
                    return
                yield info.filename.removesuffix(".npy")[:100], content
    except (zipfile.BadZipFile, zlib.error, OSError, ValueError, RuntimeError, NotImplementedError, EOFError):
        yield "", b""


def once(by_place: dict[str, list[Text]]) -> list[Text]:
    """The texts of all places, without a place whose texts stand in a fuller one already: a table beside its CSV."""
    kept: list[list[Text]] = []
    for texts in sorted(by_place.values(), key=len, reverse=True):
        known = {text.tokens for others in kept for text in others}
        if any(text.tokens not in known for text in texts):
            kept.append(texts)
    return [text for texts in kept for text in texts]


def _fullness(table: RunTable) -> tuple[int, bool]:
    return len({row.number for row in table.rows} & set(range(1, 16))), table.presented
