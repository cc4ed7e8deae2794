"""The page of a pair: both sides, what they share marked and linked."""

from __future__ import annotations

import re

from autograder.class_report import render_pair
from autograder.class_report.sides import MOST_LINES, sides
from autograder.grades import Pair, Passage, ScriptLine

PAIR = Pair("anna", "ben", 0.9, 0.8, 3, (Passage((2, 4), (3, 5)),))


def lines(count: int, text: str = "x = 1") -> tuple[ScriptLine, ...]:
    return tuple(ScriptLine(n, 1 + n // 5, f"{text} # {n}", n != 3) for n in range(1, count + 1))


def test_own_lines_of_a_passage_are_marked_and_given_ones_are_not() -> None:
    left, right = sides(PAIR, lines(6), lines(6))
    assert [line.number for line in left.lines if line.passage] == [2, 4]  # 3 was given
    assert [line.number for line in right.lines if line.passage] == [4, 5]
    assert [line.number for line in left.lines if line.begins] == [2]


def test_each_passage_leads_to_the_other_side() -> None:
    text = render_pair(PAIR, lines(6), lines(6), title="Lab 1", back="../class.html")
    assert set(re.findall(r'href="#(\w+)"', text)) == {"a1", "b1"} == set(re.findall(r'id="(\w\d)"', text))
    assert 'href="../class.html"' in text and "nothing is deducted for it" in text


def test_code_is_escaped_and_nothing_can_run() -> None:
    bad = "</pre><script>alert(1)</script>\u202e\ud800"
    text = render_pair(Pair(bad, bad, 1.0, 1.0, 3, PAIR.passages, True), lines(6, bad), lines(6, bad), title=bad)
    assert "<script" not in text and "\u202e" not in text and text.encode()
    assert "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'" in text


def test_endless_code_is_cut() -> None:
    text = render_pair(PAIR, lines(MOST_LINES + 7), lines(3))
    assert "and 7 more lines" in text
    far = Pair("a", "b", 1.0, 1.0, 1, (Passage((1, 10**9), (1, 10**9)),))
    assert sides(far, lines(3), lines(3))[0].lines[0].passage == 1
