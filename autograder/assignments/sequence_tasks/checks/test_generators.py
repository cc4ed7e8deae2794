"""s6: strings of the two languages, judged as distributions by recognisers of the judge's own.

There are many right laws: the number of words may be geometric with any probability, or uniform; brackets may be one
outermost pair or several, drawn uniformly or by a walk, cut at some length or not. What is asked for is what every one
of them shows among 2,000 strings. For a law that gives each of these events a probability of at least 0.8 %, a false
alarm of any of the checks comes once in a million hand-ins or less often; tests/sequence_tasks/ holds that against laws.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from autograder.assignments.sequence_tasks.checks.generating import (
    DEEP,
    LEAST_DIFFERENT,
    LEAST_LENGTHS,
    LIVING,
    MANY,
    MOST_OF_ONE,
    canned,
    made,
    there,
)
from autograder.assignments.sequence_tasks.grammars import BRACKETS as SYMBOLS
from autograder.assignments.sequence_tasks.grammars import WORDS, Valid, depth_of, valid_ndfa
from autograder.assignments.sequence_tasks.toys import BRACKETS, NDFA
from autograder.judge.expect import expect
from autograder.judge.marks import item
from autograder.kit.lab import Lab

ITEM = "s6"
LIKE: dict[str, Valid] = {  # for a sign of life: whatever else stands there
    NDFA.name: lambda text: text == "ss" or any(word in text for word in WORDS),
    BRACKETS.name: lambda text: depth_of("".join(symbol for symbol in text if symbol in SYMBOLS)) > 0,
}


@item(ITEM, required=True)
def test_random_strings(lab: Lab) -> None:
    """The generators make random strings of their languages: many different ones, and not a fixed list dealt out."""
    for name in there(lab):
        strings = made(lab, name)
        different = len(set(strings))
        expect(
            different >= LEAST_DIFFERENT,
            f"{name}({MANY}) makes the same few strings again and again",
            got=f"{different} different strings",
            expected=f"at least {LEAST_DIFFERENT}",
        )
        expect(not canned(strings), f"{name} deals out a fixed list", got=f"{different} strings, each equally often")
        share = sum(times for text, times in Counter(strings).items() if LIKE[name](text)) / len(strings)
        message = f"hardly a string of {name} is anything like one of the language"
        expect(share >= LIVING, message, value=strings[0])


@item(ITEM, weight=3)
def test_ndfa_valid(lab: Lab) -> None:
    """Every string of generate_ndfa is an s, then one of the words abc!, klm!, uvw! any number of times, then an s."""
    expect_all(made(lab, NDFA.name), valid_ndfa, "a string is not of the language")


@item(ITEM, weight=3)
def test_brackets_valid(lab: Lab) -> None:
    """In every string of generate_brackets each bracket that is opened is closed, none is closed before it is opened, and nothing else stands there."""
    expect_all(made(lab, BRACKETS.name), lambda text: depth_of(text) >= 0, "a string is not balanced")


@item(ITEM)
def test_brackets_not_empty(lab: Lab) -> None:
    """No string of generate_brackets is empty: it holds at least one pair."""
    expect("" not in made(lab, BRACKETS.name), "an empty string is made")


@item(ITEM, weight=2)
def test_ndfa_words(lab: Lab) -> None:
    """All three words occur, and `ss`, in which no word stands, occurs too."""
    strings = made(lab, NDFA.name)
    seen = {word for word in WORDS if any(word in text for text in strings)} | ({"ss"} & set(strings))
    missing = [wanted for wanted in (*WORDS, "ss") if wanted not in seen]
    expect(not missing, f"among {len(strings)} strings some never occur", got=f"no {', no '.join(missing)}")


@item(ITEM)
def test_ndfa_lengths(lab: Lab) -> None:
    """A word is repeated sometimes more often, sometimes less: the strings of generate_ndfa have several lengths."""
    expect_lengths(made(lab, NDFA.name))


@item(ITEM)
def test_brackets_lengths(lab: Lab) -> None:
    """The strings of generate_brackets have several lengths, and none of these is nearly all of them."""
    expect_lengths(made(lab, BRACKETS.name))


@item(ITEM, weight=2)
def test_brackets_depth(lab: Lab) -> None:
    """Brackets stand inside brackets, in some strings more than three deep, and in some strings side by side."""
    strings = made(lab, BRACKETS.name)
    deepest = max(map(depth_of, set(strings)), default=0)
    expect(deepest > DEEP, f"no string of {len(strings)} is deep", got=f"at most {deepest}", expected="more than 3")
    expect(any(")(" in text for text in strings), f"in no string of {len(strings)} two pairs stand side by side")


def expect_all(strings: Sequence[str], valid: Valid, message: str) -> None:
    """Fail where a string is not valid; the shortest of those is shown."""
    wrong = {text: times for text, times in Counter(strings).items() if not valid(text)}
    if wrong:
        shown = min(wrong, key=lambda text: (len(text), text))
        expect(False, f"{message} ({sum(wrong.values())} of {len(strings)} are not)", value=shown)


def expect_lengths(strings: Sequence[str]) -> None:
    """Fail where hardly more than one length occurs."""
    lengths = Counter(map(len, strings))
    most = max(lengths.values(), default=0) / max(len(strings), 1)
    shown = f"{len(lengths)} lengths, the most frequent in {most:.0%} of the strings"
    expect(len(lengths) >= LEAST_LENGTHS and most <= MOST_OF_ONE, "hardly more than one length occurs", got=shown)
