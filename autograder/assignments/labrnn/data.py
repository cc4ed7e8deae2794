"""Calls of a notebook's data functions, with what it can read and in the order that its parameters stand in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from autograder.assignments.labrnn.calling import arguments
from autograder.assignments.labrnn.reviews import NAMED_LIKE
from autograder.errors import StudentError, StudentException
from autograder.judge.expect import Mismatch
from autograder.judge.render import show, show_call
from autograder.kit.extensions import serve_csv
from autograder.kit.text_classification import values
from autograder.kit.text_classification.containers import (
    CONTAINERS,
    PAD,
    UNK,
    Reading,
    Row,
    contain,
    container_of,
)
from autograder.kit.text_classification.corpus import File
from autograder.kit.text_classification.kept_objects import show_instead, vocabulary_inside
from autograder.kit.text_classification.splits import handed_labels, read_split
from autograder.student.proxy import Object, Student
from autograder.wire.frames import Opaque

if TYPE_CHECKING:  # it knows the models too
    from autograder.assignments.labrnn.api import Context

READS_RIGHT = 2
WORDS = ("positive", "negative")


class Data:
    """lab1.a to lab1.d of a notebook."""

    student: Student
    context: Context

    def load_imdb(self, file: File, *, anywhere: bool = True, seed: int | None = None) -> Any:
        """`load_imdb(base_csv)` on a CSV file with these rows, as it came back.

        anywhere: also serve the file to code that opens a CSV of another name.
        """
        path = self.student.write_file("grading/reviews.csv", file.csv)
        serve_csv(self.student, path if anywhere else None, NAMED_LIKE)
        before = len(self.student.calls)
        try:
            return self.student.call("load_imdb", path, seed=seed, tidy=True)
        finally:
            for call in self.student.calls[before:]:
                call.target, call.args = f"{file.code}load_imdb", ("reviews.csv",)
            if self.student.fatal is None:
                serve_csv(self.student, None, NAMED_LIKE)

    def hparams(self, **changes: Any) -> Object:
        """A `HyperParams()` of the notebook's with some fields changed."""
        hparams: Object = self.student.call("HyperParams", keep=True)
        for name, value in changes.items():
            hparams.set(name, value)
        shown = ", ".join(f"{k}={show(v)}" for k, v in changes.items())
        hparams.notes["shown"] = f"(vars(h := HyperParams()).update({shown}) or h)" if changes else "HyperParams()"
        return hparams

    def _same_hparams(self) -> Object:
        """An unchanged `HyperParams()`, made only once per process."""
        key = (self.student, self.student.generation)
        if key not in self.context.hparams:
            self.context.hparams[key] = self.hparams()
        return self.context.hparams[key]

    def build_vocab(
        self, reviews: list[str], min_freq: int | None = None, hparams: Object | None = None
    ) -> dict[str, int]:
        """`build_vocab(reviews, min_freq, hparams)` as a plain dict; without `hparams` where the edition has none.

        Of an object that is no dict, the dict that it holds.
        """
        answer = self.raw_vocab(reviews, min_freq, hparams)
        if isinstance(answer, Opaque):
            kept = self.raw_vocab(reviews, min_freq, hparams, keep=True)
            self.student.calls.pop()
            answer = vocabulary_inside(kept) or answer
        return values.vocabulary(answer)

    def raw_vocab(
        self, reviews: list[str], min_freq: int | None = None, hparams: Object | None = None, *, keep: bool = False
    ) -> Any:
        """The same as it came back, or, with `keep`, as an object that stays there."""
        options: dict[str, Any] = {} if min_freq is None else {"min_freq": min_freq}
        if self.context.edition.hparams:
            options["hparams"] = hparams if hparams is not None else self._same_hparams()
        return self.call("build_vocab", keep=keep, x_train=self._corpus(reviews, options), **options)

    def _corpus(self, reviews: list[str], options: dict[str, Any]) -> Any:
        """The reviews in the container that this `build_vocab` can read: a list, else what its `load_imdb` returns."""
        if self.context.corpus_container is None:
            self.context.corpus_container = "list"
            for name in CONTAINERS:
                try:
                    self.call("build_vocab", x_train=contain(["kabab dobak", "dobak"], name), **options)
                except StudentException:
                    continue
                self.context.corpus_container = name
                break
            self.student.calls.clear()
        return contain(reviews, self.context.corpus_container)

    def raw_tokens(self, vocab: dict[str, int], review: str, *, shown: str = "", **options: Any) -> Any:
        """`tokenize(vocab, review)` as it came back. shown: Python for the review, where that is too long to print."""
        answer = self.call("tokenize", vocab=vocab, example=review, **options)
        if shown:
            show_instead(self.student.calls[-1], review, shown)
        return answer

    def tokenize(self, vocab: dict[str, int], review: str, *, shown: str = "") -> list[int]:
        """`tokenize(vocab, review)` as a list of integers."""
        return values.tokens(self.raw_tokens(vocab, review, shown=shown))

    def dataset(
        self,
        rows: Sequence[Row],
        vocab: dict[str, int],
        max_length: int | None = None,
        reading: Reading | None = None,
        shown: str = "",
    ) -> Object:
        """`IMDB(x, y, vocab, max_length)` on these rows, in the containers and with the labels that suit this notebook.

        shown: Python for x, where that is too long to print.
        """
        x, y = (reading or self._reading()).parts(rows)
        options: dict[str, Any] = {} if max_length is None else {"max_length": max_length}
        dataset: Object = self.call("IMDB", keep=True, x=x, y=y, vocab=vocab, **options)
        call = self.student.calls[-1]
        if shown:
            show_instead(call, x, shown)
        dataset.notes["shown"] = show_call(call)
        dataset.notes["title"] = "dataset"
        call.target = "dataset = IMDB"
        return dataset

    def call(self, name: str, *, keep: bool = False, echo: bool = False, **given: Any) -> Any:
        """Call a data function; the arguments have the assignment's names and go where the notebook takes them."""
        overridden = any(name in override.names for override in self.student.overrides)
        own = () if overridden else self.context.parameters.get(name, ())
        args, kwargs = arguments(name, own, given)
        return self.student.call(name, *args, keep=keep, echo=echo, **kwargs)

    def own_split(self) -> Any:
        """What the notebook's `load_imdb` gave in lab1.a, else gives now; None where it fails."""
        if self.context.split_file is None:
            rows = tuple((f"kabab number{i}", "positive" if i % 2 else "negative") for i in range(40))
            try:
                self.context.split, self.context.split_file = None, File(rows, tuple(f"number{i}" for i in range(40)))
                self.context.split = self.load_imdb(self.context.split_file)
            except StudentError:
                if self.student.fatal is not None:
                    self.student.begin_check()  # in a new process: whoever asks is not charged for this death
                return None  # lab1.a says what is wrong with it
        return self.context.split

    def _reading(self) -> Reading:
        """What the notebook's own `load_imdb` returns if its `IMDB` reads that, else the first that it reads."""
        if self.context.reading is None:
            usual = [Reading(name, name) for name in CONTAINERS]
            candidates = list(dict.fromkeys([*self._own_readings(), *usual]))
            grades: list[int] = []
            for candidate in candidates:
                grades.append(self._reads(candidate))
                if grades[-1] == READS_RIGHT:
                    break
            self.context.reading = best_reading(candidates, grades)
            self.context.container = self.context.reading.x
            self.student.calls.clear()
        return self.context.reading

    def _own_readings(self) -> list[Reading]:
        answer = self.own_split()
        try:
            split = read_split(answer, self.context.split_file or File((), ()))
        except Mismatch:
            return []  # as above: here any container will do
        x, y = (container_of(list(answer)[place]) for place in (0, 3))
        labels = handed_labels(answer, split)
        return [Reading(x, y, labels), Reading(x, x)] if labels else [Reading(x, y), Reading(x, x)]

    def _reads(self, reading: Reading) -> int:
        """0 unless `IMDB` gives the same, plausible answer twice for every row; READS_RIGHT if the labels are right."""
        rows = [("kabab dobak", "positive"), ("dobak", "negative"), ("kabab", "positive")]
        try:
            dataset = self.dataset(rows, {PAD: 0, UNK: 1, "kabab": 2, "dobak": 3}, 256, reading)
            got = [values.mapping(v) for v in dataset.call_each([(i,) for i in (0, 1, 2) * 2], method="[]")]
        except StudentException:
            return 0
        if None in got or repr(got[:3]) != repr(got[3:]):
            return 0
        right = [values.number((entry or {}).get("label")) for entry in got[:3]] == [1, 0, 1]
        return READS_RIGHT if right else 1


def best_reading(candidates: Sequence[Reading], grades: Sequence[int]) -> Reading:
    """The first that is read right; else the first that is read at all, the file's own words before other labels."""
    ranked = sorted(zip(grades, candidates, strict=False), key=lambda pair: (-pair[0], pair[1].labels != WORDS))
    right = next((reading for grade, reading in zip(grades, candidates, strict=False) if grade == READS_RIGHT), None)
    return right or (ranked[0][1] if ranked[0][0] else Reading("list", "list"))
