"""The texts that the two saved models wrote, from tables, lists and plain text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice

from autograder.assignments.gru_attention.exhibits.found import Text
from autograder.assignments.gru_attention.exhibits.grids import LONGEST, MOST_ROWS, Grid
from autograder.assignments.gru_attention.exhibits.norms import SAVED, model_of
from autograder.assignments.gru_attention.exhibits.words import architecture, cell, roles, row_experiment

SHORT, LONG = 35, 70  # tokens: a training sequence, and twice that
LEAST = 12  # tokens of a line that is a text and no heading
MOST = 400  # texts of a hand-in, and tokens of one
NEAR = 4  # words
KNOWN = {"N", "<UNK>", "<EOS>", "UNK", "EOS"}
_NUMBERING = re.compile(r"^\s{0,8}(?:[-*>]\s{1,4})?(?:[\[(#]?\d{1,3}\s{0,2}[.):\]]{1,2}\s{1,4})?")
_LABEL = re.compile(
    r"^\s{0,8}(?:[-*>]\s{1,4})?(?=[^:>]{0,59}\d)([A-Za-z][\w .,()\[\]#/=-]{0,58}?\s?(?:[:\])]|->|=>))\s{1,4}"
)
_UNKNOWN = re.compile(r"<\s{0,2}(unk|eos)\s{0,2}>|&lt;(unk|eos)&gt;|\\<(unk|eos)\\?>")
_LENGTHS = re.compile(r"(?<!\d)(35|70)(?!\d)")
_DOUBLE = re.compile(r"double|twice|long")
_SINGLE = re.compile(r"single|short|training length|train_len")


def tokens(text: str) -> tuple[str, ...]:
    """The words of a text as it is printed."""
    known = _UNKNOWN.sub(lambda match: f"<{match[1] or match[2] or match[3]}>", text[: 4 * LONGEST])
    words = known.strip().strip("\"'`“”").split()
    return tuple(words[:MOST])


def said_length(text: str) -> int:
    """35 or 70 where a heading, a key or a file's name says so; 0 where it does not."""
    low = text.lower()[:300]
    numbers = {int(match) for match in _LENGTHS.findall(low)}
    if len(numbers) == 1:
        return numbers.pop()
    double, single = bool(_DOUBLE.search(low)), bool(_SINGLE.search(low))
    return 0 if double == single else LONG if double else SHORT


def grid_texts(grid: Grid) -> Iterator[tuple[str, Text]]:
    """The texts in a grid, each with its model."""
    places = roles(grid.columns)
    if {"train", "valid", "norm", "rescaled"} & places.keys():
        return
    if "text" in places:
        for row in grid.rows[:MOST]:
            words = tokens(cell(row, places, "text"))
            named = architecture(cell(row, places, "architecture")) or SAVED.get(
                row_experiment(grid, places, row) or 0, ""
            )
            told = cell(row, places, "length")
            length = int(told) if told in (str(SHORT), str(LONG)) else said_length(f"{told} {grid.place}")
            if words:
                yield named or model_of(grid.place), Text(words, length, cell(row, places, "first")[:60])
        return
    headed = [(heading, n) for n, heading in enumerate(grid.columns) if model_of(heading) or model_of(grid.place)]
    for heading, column in headed or [("", 0)]:  # lists under keys, or one list
        for row in grid.rows[:MOST]:
            if column < len(row) and len(words := tokens(row[column])) >= LEAST:
                yield (
                    model_of(heading) or model_of(grid.place),
                    Text(words, said_length(heading) or said_length(grid.place)),
                )
    if (
        grid.columns and len(words := tokens(grid.columns[0])) >= LEAST
    ):  # a list whose first text was taken for a heading
        yield model_of(grid.place), Text(words, said_length(grid.place))


def line_texts(name: str, text: str) -> Iterator[tuple[str, Text]]:
    """The texts of a plain text, a line each, under headings that name model and length."""
    model, length = model_of(name), said_length(name)  # of the file, until a heading says more
    for line in islice(text.splitlines(), MOST_ROWS):
        if line.count("|") > 1:
            continue  # a row of a table
        label, bare = labelled(line[: 4 * LONGEST])
        words = tokens(bare)
        if len(words) >= LEAST:
            named = model_of(label) or model
            if named and written(words):
                yield named, Text(words, said_length(label) or length)
        elif words:
            named, said = model_of(bare), said_length(bare)
            if named and named != model:
                model, length = named, said_length(name)
            length = said or length


def unwrapped(text: str) -> str:
    """The text with lines put together that were broken at some width: until an empty line, a heading or a new item."""
    lines: list[str] = []
    goes_on = False
    for line in islice(text.splitlines(), MOST_ROWS):
        bare = line.strip()
        begins = bare.startswith("#") or _NUMBERING.fullmatch(bare[:12] + " ") or labelled(line)[1] != line
        if goes_on and bare and not begins and len(lines[-1]) < 4 * LONGEST:
            lines[-1] += f" {bare}"
        else:
            lines.append(line)
        goes_on = bool(bare) and not bare.startswith("#") and not bare.endswith(":")
    return "\n".join(lines)


def labelled(line: str) -> tuple[str, str]:
    """What a line says of its text (`Sample 3 (35 words):`), and the text without that or a number in front of it."""
    if (found := _LABEL.match(line)) and len(line) - found.end() > found.end():
        return found[1], line[found.end() :]
    return "", _NUMBERING.sub("", line, count=1)


def written(words: Sequence[str]) -> bool:
    """Whether a line is what a model wrote and no prose or log: all in small letters, or all numbers of words."""
    if all(word.isdecimal() for word in words):
        return True
    odd = sum(word[:1].isdigit() or ":" in word or "=" in word for word in words)
    capitals = any(letter.isupper() for word in words if word not in KNOWN for letter in word)
    return not capitals and 10 * odd < len(words)


def likely(texts: Sequence[Text]) -> bool:
    """Whether most of a list have about the length of texts that were asked for."""
    near = sum(min(abs(len(text.tokens) - SHORT), abs(len(text.tokens) - LONG)) <= NEAR for text in texts)
    return 2 * near >= len(texts)


def sorted_out(texts: Sequence[Text]) -> tuple[list[Text], list[Text]]:
    """The texts of training length and those of twice that: by what is said of them, else by what they have."""
    middle = (SHORT + LONG) // 2
    short = [text for text in texts if (text.length or len(text.tokens)) <= middle]
    return short, [text for text in texts if (text.length or len(text.tokens)) > middle]
