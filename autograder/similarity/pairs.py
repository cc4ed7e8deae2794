"""Finds the pairs. copydetect (winnowing, as MOSS does it) compares; what is compared is chosen here.

Left out is what can't be anybody's own: lines of the template, runs of tokens that the template has too (given code
laid out anew), and runs that more than a third of the class has, ten hand-ins at least: the task or the lecture wrote
those. So a solution that goes round in a third of the class looks like common knowledge.

Every run of RUN tokens counts (copydetect's window of 1), so that nothing hangs on Python's random hashes. All pairs
are screened in one pass over the runs that hand-ins share; copydetect sees the best of them alone.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from autograder.grades import Pair, Passage
from autograder.records import Cell
from autograder.similarity.script import Code, code_of, lines_of, tokens_of

if TYPE_CHECKING:
    from copydetect import CodeFingerprint

RUN = 16  # tokens, two or three lines: the shortest run that counts
FEWEST = 60  # tokens that a hand-in must have of its own to be compared: a few short lines are alike by chance
THRESHOLD = 0.5
MOST_PAIRS = 500
MOST_PASSAGES = 200  # of one pair
_GAP = 4  # lines without own code inside a passage
_COMMON = 10  # hand-ins that must share a run before it may count as common
_BLOCK = 2_000_000  # pairs counted at once

Hashes = NDArray[np.int64]
_Name = tuple[str, bool]  # of a hand-in, and whether it is no hand-in of this class


@dataclass(frozen=True)
class _Given:
    """The template's cells, lines and runs."""

    cells: frozenset[str]
    lines: frozenset[str]
    runs: Hashes


def similar_pairs(
    hand_ins: Mapping[str, Sequence[Cell]],
    *,
    template: Sequence[str] = (),
    against: Mapping[str, Sequence[Cell]] | None = None,
    threshold: float = THRESHOLD,
) -> tuple[Pair, ...]:
    """Return the pairs of which one side has at least this share of its own code in common with the other, the most
    alike first, at most MOST_PAIRS.

    `template`: the sources of the code cells that were handed out. `against`: hand-ins of other years and the
    reference, compared with the class's but not with each other.
    """
    given = _given(template)
    codes = {name: own_code(cells, given) for name, cells in hand_ins.items()}
    common = _common_runs(codes.values())
    codes = {name: _without(code, common) for name, code in codes.items()}
    others = {name: _without(own_code(cells, given), common) for name, cells in (against or {}).items()}
    names = [*((name, False) for name in codes), *((name, True) for name in others)]
    texts = [*codes.values(), *others.values()]
    alike = []
    for left, right in _screened(texts, len(codes), threshold):
        shares, spans = _compared(texts[left], texts[right])
        if max(shares) >= threshold:
            alike.append(_pair(names[left], names[right], shares, _shared(spans, texts[left], texts[right])))
    alike.sort(key=lambda pair: (-max(pair.share_left, pair.share_right), -pair.lines, pair.left, pair.right))
    return tuple(alike[:MOST_PAIRS])


def own_lines(cells: Sequence[Cell], template: Sequence[str]) -> frozenset[int]:
    """The numbers of the script's lines on which the student wrote something."""
    return frozenset(own_code(cells, _given(template)).lines)


def own_code(cells: Sequence[Cell], given: _Given) -> Code:
    """What of this code the template did not give."""
    tokens = tokens_of(cells, given.cells)
    code = code_of(tokens)
    spelled = lines_of(tokens)
    kept = ~_covered(code, given.runs)
    kept &= np.fromiter((spelled[line] not in given.lines for line in code.lines), bool, len(code.lines))
    return _chosen(code, kept)


def _given(template: Sequence[str]) -> _Given:
    tokens = tokens_of([Cell(number, source) for number, source in enumerate(template, 1)])
    lines = frozenset(lines_of(tokens).values())
    return _Given(frozenset(source.strip() for source in template), lines, np.unique(_runs(code_of(tokens).letters)))


# ---- runs of tokens --------------------------------------------------------------------------------------------------
def _runs(letters: str) -> Hashes:
    """A hash for each run, in the order of the text; equal within this process alone."""
    from copydetect.utils import hashed_kgrams

    return np.asarray(hashed_kgrams(letters, RUN), dtype=np.int64)


def _covered(code: Code, runs: Hashes) -> NDArray[np.bool_]:
    """By token: whether it stands in one of these runs."""
    inside = np.zeros(len(code.letters), dtype=bool)
    starts = np.flatnonzero(np.isin(_runs(code.letters), runs))
    for step in range(RUN):
        inside[starts + step] = True
    return inside


def _chosen(code: Code, kept: NDArray[np.bool_]) -> Code:
    places = np.flatnonzero(kept)
    return Code("".join(code.letters[place] for place in places), tuple(code.lines[place] for place in places))


def _without(code: Code, runs: Hashes) -> Code:
    return _chosen(code, ~_covered(code, runs)) if len(runs) else code


def _common_runs(codes: Iterable[Code]) -> Hashes:
    """Runs that more than a third of the hand-ins have, and at least _COMMON of them."""
    sets = [np.unique(_runs(code.letters)) for code in codes]
    if len(sets) < _COMMON:
        return np.empty(0, dtype=np.int64)
    runs, counts = np.unique(np.concatenate(sets), return_counts=True)
    common: Hashes = runs[counts >= max(_COMMON, len(sets) // 3 + 1)]
    return common


# ---- which pairs are worth a look ------------------------------------------------------------------------------------
def _screened(codes: Sequence[Code], own: int, threshold: float) -> list[tuple[int, int]]:
    """The pairs that may reach the threshold, at most twice as many as are told; the first `own` are the class's."""
    sets = [np.unique(_runs(c.letters)) if len(c.letters) >= FEWEST else np.empty(0, dtype=np.int64) for c in codes]
    sizes = np.array([max(1, len(runs)) for runs in sets])
    left, right, shared = _shared_runs(sets, own)
    share = shared / np.minimum(sizes[left], sizes[right])
    # Shares are of tokens in the end: a run cut in two loses up to RUN runs at each cut, so the screen is wider.
    order = np.argsort(-share, kind="stable")
    order = order[share[order] >= threshold / 2][: 2 * MOST_PAIRS]
    return [(int(left[place]), int(right[place])) for place in order]


def _shared_runs(sets: Sequence[Hashes], own: int) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Each pair with a shared run, and how many. The work is the number of runs by the pairs that share each."""
    size = len(sets)
    counts = np.zeros(size * size, dtype=np.int32)
    for owners in _owners(sets):
        first, second = np.triu_indices(owners.shape[1], 1)
        step = max(1, _BLOCK // max(1, len(first)))
        for start in range(0, len(owners), step):
            block = owners[start : start + step].astype(np.int64)
            _count(counts, (block[:, first] * size + block[:, second]).ravel())
    found = np.flatnonzero(counts)
    left, right = found // size, found % size
    mine = left < own  # owners are sorted: a pair of two others has both beyond
    return left[mine], right[mine], counts[found][mine]


def _count(counts: NDArray[np.int32], pairs: NDArray[np.int64]) -> None:
    if len(pairs) > len(counts) // 8:
        counts += np.bincount(pairs, minlength=len(counts)).astype(np.int32)
    else:
        found, times = np.unique(pairs, return_counts=True)
        counts[found] += times.astype(np.int32)


def _owners(sets: Sequence[Hashes]) -> Iterable[NDArray[np.int32]]:
    """For each number of owners from 2 on: the runs that so many hand-ins have, as rows of those hand-ins."""
    if not sets:
        return
    runs = np.concatenate(list(sets))
    owner = np.repeat(np.arange(len(sets), dtype=np.int32), [len(each) for each in sets])
    order = np.argsort(runs, kind="stable")
    runs, owner = runs[order], owner[order]
    starts = np.flatnonzero(np.r_[True, runs[1:] != runs[:-1]]) if len(runs) else np.empty(0, dtype=np.int64)
    lengths = np.diff(np.r_[starts, len(runs)])
    for length in np.unique(lengths):
        if length > 1:
            yield owner[starts[lengths == length][:, None] + np.arange(length)]


# ---- a pair ----------------------------------------------------------------------------------------------------------
def _compared(one: Code, other: Code) -> tuple[tuple[float, float], list[tuple[int, int]]]:
    """The share of each side's letters that the other has, and where they stand in the first."""
    from copydetect import compare_files

    _, shares, slices = compare_files(_fingerprint(one.letters), _fingerprint(other.letters))
    spans = [] if slices[0].size == 0 else [(int(start), int(end)) for start, end in zip(*slices[0], strict=True)]
    return (min(1.0, float(shares[0])), min(1.0, float(shares[1]))), spans


def _pair(left: _Name, right: _Name, shares: tuple[float, float], shared: tuple[int, tuple[Passage, ...]]) -> Pair:
    return Pair(left[0], right[0], *shares, *shared, against=right[1])


def _shared(spans: Sequence[tuple[int, int]], one: Code, other: Code) -> tuple[int, tuple[Passage, ...]]:
    """How many lines of the first these spans touch, and the passages that they are, as many as anybody reads."""
    lines = {line for start, end in spans for line in one.lines[start:end]}
    matches = islice(chain.from_iterable(_matches(span, one, other) for span in spans), MOST_PASSAGES)
    passages = islice(chain.from_iterable(_passages(match, one, other) for match in matches), MOST_PASSAGES)
    return len(lines), tuple(passages)


def _fingerprint(letters: str) -> CodeFingerprint:
    from copydetect import CodeFingerprint

    return CodeFingerprint("", RUN, 1, filter=False, fp=io.StringIO(letters))


def _matches(span: tuple[int, int], one: Code, other: Code) -> Iterator[tuple[int, int, int]]:
    """What makes up a span of shared runs: equal letters of both sides, as (place, place on the other, length)."""
    at, end = span
    while at + RUN <= end:
        place = other.letters.find(one.letters[at : at + RUN])
        if place < 0:  # the next run that is shared begins a little further on
            at += 1
            continue
        length = _equal(one.letters[at:end], other.letters[place : place + end - at])
        yield at, place, length
        at = max(at + 1, at + length - RUN + 1)


def _equal(left: str, right: str) -> int:
    """How many letters both begin with."""
    both = zip(left, right, strict=False)
    return next((place for place, (mine, other) in enumerate(both) if mine != other), min(len(left), len(right)))


def _passages(match: tuple[int, int, int], one: Code, other: Code) -> Iterator[Passage]:
    """The match as lines, cut where either side goes on much further down: there is given code between."""
    at, place, length = match
    left, right = (np.asarray(c.lines[s : s + length]) for c, s in ((one, at), (other, place)))
    cuts = np.flatnonzero((np.diff(left) > _GAP) | (np.diff(right) > _GAP)) + 1
    for mine, theirs in zip(np.split(left, cuts), np.split(right, cuts), strict=True):
        yield Passage((int(mine[0]), int(mine[-1])), (int(theirs[0]), int(theirs[-1])))
