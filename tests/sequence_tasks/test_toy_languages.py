"""The judge's own recognisers and strings of the two small languages, and the chance of a false alarm."""

from __future__ import annotations

import random

import numpy as np
import pytest
from scipy import stats

from autograder.assignments.sequence_tasks import lessons
from autograder.assignments.sequence_tasks.checks import checking, generating, sampling
from autograder.assignments.sequence_tasks.grammars import (
    BRACKETS,
    LETTERS,
    WORDS,
    almost,
    brackets,
    depth_of,
    mixed,
    ndfa,
    short_brackets,
    short_ndfa,
    valid_brackets,
    valid_ndfa,
)

FALSE_ALARMS = 1e-6  # of one hand-in, all checks together


def balanced(pairs: int) -> set[str]:
    """All balanced strings of so many pairs, by the rule S = (S)S."""
    if not pairs:
        return {""}
    return {f"({a}){b}" for inside in range(pairs) for a in balanced(inside) for b in balanced(pairs - 1 - inside)}


def test_exhaustive_recognisers() -> None:
    words = {f"s{word * count}s" for word in WORDS for count in range(4)}
    texts = [*short_ndfa(), *words, "", "ssx", "sabc!s\n"]
    assert {text for text in texts if valid_ndfa(text)} == {text for text in texts if text in words}
    short = list(short_brackets(8))
    wanted = set.union(*(balanced(pairs) for pairs in range(1, 5)))
    assert {text for text in short if valid_brackets(text)} == wanted
    assert not valid_brackets("") and depth_of("(a)") == -1 and depth_of("((()))()") == 3


def test_strings_of_the_judge() -> None:
    rng = np.random.default_rng(1)
    for _ in range(300):
        assert valid_ndfa(ndfa(rng)) and valid_brackets(brackets(rng)) and not valid_ndfa(mixed(rng))
        assert not valid_ndfa(almost(rng, ndfa, valid_ndfa, LETTERS))
        assert not valid_brackets(almost(rng, brackets, valid_brackets, BRACKETS))


def test_examples_that_students_see() -> None:
    recognisers = {checking.IS_NDFA.name: valid_ndfa, checking.IS_BRACKETS.name: valid_brackets}
    for name, valid in recognisers.items():
        assert all(map(valid, checking.VALID[name]))
        for wrong in (checking.WRONG, checking.ALIKE, checking.OTHER_SYMBOLS):
            assert not any(map(valid, wrong[name]))
        lengths = {len(text) % 4 if name == checking.IS_NDFA.name else len(text) % 2 for text in checking.VALID[name]}
        assert all(len(text) % 4 in lengths or len(text) % 2 in lengths for text in checking.ALIKE[name])
    assert not any(map(valid_ndfa, checking.MIXED))


def geometric(stop: float) -> list[float]:
    """How often a word stands in a string, where it stops with this probability before each repetition."""
    return [stop * (1 - stop) ** count for count in range(400)]


@pytest.mark.parametrize("law", [*map(geometric, (0.1, 0.25, 0.5, 0.7)), *([1 / m] * m for m in (4, 6, 11, 21, 101))])
def test_right_laws_of_words_pass(law: list[float]) -> None:
    many = generating.MANY
    missing = (1 - law[0]) ** many + 3 * (1 - (1 - law[0]) / 3) ** many
    third = sorted(law)[-3]  # the third most frequent length
    few_lengths = 3 * (1 - third) ** many
    one_length = float(stats.binom.sf(int(generating.MOST_OF_ONE * many), many, max(law)))
    strings = sorted([law[0], *(p / 3 for p in law[1:] for _ in WORDS)], reverse=True)
    groups = [strings[n::8] for n in range(8)], [*([one] for one in strings[:7]), strings[7:]]  # each has to show
    few_strings = min(sum((1 - sum(one)) ** many for one in way) for way in groups)
    same = (law[0] ** 2 + sum(p**2 for p in law[1:]) / 3) ** generating.FEW
    assert missing + few_lengths + one_length + few_strings + 2 * same < FALSE_ALARMS / 4


def reaches(opening: float, depth: int) -> float:
    """Probability that a walk from depth 1 reaches a depth before 0."""
    ratio = (1 - opening) / opening
    return (1 - ratio) / (1 - ratio**depth)


@pytest.mark.parametrize("opening", [0.25, 0.3, 0.4, 7 / 16, 0.49])
def test_right_laws_of_brackets_pass(opening: float) -> None:
    many = generating.MANY
    shallow = (1 - reaches(opening, generating.DEEP + 1)) ** many
    alone = 1 - opening  # `()`, the most frequent string
    nested = alone / (1 - opening * (1 - opening))  # nothing side by side
    lengths = 2 * (1 - 2 * (opening * (1 - opening)) ** 2 * (1 - opening)) ** many
    one_length = float(stats.binom.sf(int(generating.MOST_OF_ONE * many), many, alone))
    assert shallow + nested**many + lengths + one_length + 2 * alone**generating.FEW < FALSE_ALARMS / 4


@pytest.mark.parametrize("most", [4, 8, 12])
def test_uniform_balanced_strings_pass(most: int) -> None:
    """A uniform number of pairs up to `most`, each balanced string of so many equally often."""
    shallow = [sum(depth_of(text) <= generating.DEEP for text in balanced(n)) / len(balanced(n)) for n in range(1, 8)]
    share = sum(shallow[: min(most, 7)]) / most + max(most - 7, 0) / most * shallow[6]
    assert share**generating.MANY < FALSE_ALARMS / 4


def test_a_list_dealt_out_is_told_from_draws() -> None:
    few = ["ss", "sabc!s", "sklm!s", "suvw!s", "sabc!abc!s", "sklm!klm!s", "suvw!uvw!s", "sabc!abc!abc!s"]
    draw = random.Random(1)
    assert generating.canned((few * 250)[:2000]) and not generating.canned(draw.choices(few, k=2000))
    assert not generating.canned([f"s{n}" for n in range(2000)])


def test_law_of_samples() -> None:
    """The likelihood ratio of right draws is a chi-square, and the bound is beyond its reach."""
    assert stats.chi2.sf(sampling.CRITICAL, 12) < FALSE_ALARMS / 10
    rng, letters = np.random.default_rng(2), np.arange(4)
    w2i = {token: number for number, token in enumerate([*sampling.LETTERS, *sampling.MARKS])}
    logits = np.full((8, 8), sampling.NEVER)
    for row in logits:
        row[letters] = np.log(rng.permutation(sampling.LAW))
    model = sampling.Model(None, w2i, logits, "last", None)  # type: ignore[arg-type]
    found = {}
    for temperature, other in ((1.0, 1.0), (0.4, 0.4), (3.0, 3.0), (1.0, 2.0), (0.4, 1.0), (3.0, 1.0)):
        values = []
        for _ in range(8):
            tokens = [0]
            law = sampling.law_of(logits, other)
            while len(tokens) < 400:
                tokens.append(int(rng.choice(8, p=law[tokens[-1]])))
            values.append(sampling.surprise(model, tokens, 1, temperature)[0])
        found[temperature, other] = float(np.mean(values))
    right = [value for (temperature, other), value in found.items() if temperature == other]
    wrong = [value for (temperature, other), value in found.items() if temperature != other]
    assert all(6 < value < 18 for value in right) and min(wrong) > 1.3 * sampling.CRITICAL


@pytest.mark.parametrize("language", lessons.LANGUAGES, ids=lambda one: one.name)
def test_lessons(language: lessons.Language) -> None:
    drawn, other = lessons.drawn_lessons(language, 3), lessons.drawn_lessons(language, 4)
    train = drawn.train
    symbols = {number: symbol for symbol, number in drawn.ids.items()}
    start, end = drawn.w2i[".start"], drawn.w2i[".end"]
    for row in np.split(np.arange(len(train.ids)), np.cumsum(train.lengths)[:-1])[:50]:
        ids, targets = train.ids[row], train.targets[row]
        assert ids[0] == start and targets[-1] == end and (ids[1:] == targets[:-1]).all()
        assert language.valid("".join(symbols[int(number)] for number in ids[1:]))
        assert drawn.valid([*ids.tolist(), end]) and not drawn.valid(ids.tolist())
    assert drawn.w2i != other.w2i and len(drawn.w2i) == len(language.symbols) + lessons.DECOYS + 4
    assert [len(prefixes) for prefixes in drawn.prefixes] == [lessons.PREFIXES] * 2
    assert drawn.prefixes[0][0] == [start] and all(prefix[0] == start for prefix in drawn.prefixes[1])
