"""What the checkers of a hand-in say of strings, and the examples that students may see."""

from __future__ import annotations

from collections.abc import Sequence

from autograder.assignments.sequence_tasks.toys import IS_BRACKETS, IS_NDFA
from autograder.judge.expect import expect
from autograder.kit.known_law import each
from autograder.kit.lab import Lab

START, END = ".start", ".end"
VALID = {
    IS_NDFA.name: ("ss", "sabc!s", "sklm!klm!s", "suvw!uvw!uvw!s", "sabc!abc!abc!abc!s"),
    IS_BRACKETS.name: ("()", "(())", "()()", "(()(()))", "((((()))))", "()(()())()"),
}
WRONG = {  # no other symbols, and words unmixed
    IS_NDFA.name: (
        "s", "sss", "sabc!", "abc!s", "sabcs", "sab!s", "s!cbas", "sabc!ss", "ssabc!s", "sabc!sabc!s", "sab",
        "sabc!klm", "abc!abc!", "sacb!s", "skml!s", "saabc!s", "sabc!bc!s", "as", "sa",
    ),
    IS_BRACKETS.name: ("(", ")", ")(", "(()", "())", "())(()", "((())", "(()))", "))((", "()(", "())()("),
}  # fmt: skip
ALIKE = {  # as long as valid ones, and of the same symbols: whoever looks at the length tells nothing apart
    IS_NDFA.name: (
        "as", "sa", "scba!s", "sacb!s", "s!abcs", "abc!ss", "sskl!m", "sbca!s", "suwv!uvw!s", "sklm!lkm!s", "csab!s",
    ),
    IS_BRACKETS.name: (")(", "((", "))", "())(", "(()(", ")())", "((((", "()(()(", "(()))(", "()))", "))((()"),
}  # fmt: skip
OTHER_SYMBOLS = {
    IS_NDFA.name: ("sxyz!s", "sabcdefs", "s()s", "sabc?s", "sabz!s"),
    IS_BRACKETS.name: ("a", "(a)", "[]", "()s", "()!", "a()"),
}
MIXED = ("sabc!klm!s", "sabc!abc!uvw!s", "sklm!uvw!klm!s", "sabc!klm!uvw!s", "suvw!abc!s", "sklm!abc!abc!s")


def marked(text: str) -> list[str]:
    """A string as the tokens that a checker is handed."""
    return [START, *text, END]


def badly_marked(text: str) -> list[list[str]]:
    """A valid string with a marker too little, too much, or in another place."""
    inside = list(text)
    middle = len(inside) // 2
    return [
        inside, [START, *inside], [*inside, END], [END, *inside, START], [START, START, *inside, END],
        [START, *inside, END, END], [START, *inside, END, *inside, END], [START, *inside, ".pad"],
        [START, *inside, END, ".pad"], [".unk", *inside, END],
        *([START, *inside[:middle], mark, *inside[middle:], END] for mark in (START, END, ".pad", ".unk")),
    ]  # fmt: skip


def expect_answers(lab: Lab, name: str, cases: Sequence[list[str]], wanted: bool) -> None:
    """Fail where a checker says something else of one of these."""
    message = "a valid string is not accepted" if wanted else "an invalid string is accepted"
    for answer in each(lab, name, cases):
        expect(answer is wanted, message, got=answer, expected=wanted)


def share_right(lab: Lab, name: str) -> float:
    """The mean of the shares of valid examples accepted and of those rejected that only look alike.

    Raises:
        StudentError, Mismatch: it does not answer.
    """
    good = list(each(lab, name, [marked(text) for text in VALID[name]]))
    bad = list(each(lab, name, [marked(text) for text in ALIKE[name]]))
    return float(sum(good) / len(good) + bad.count(False) / len(bad)) / 2
