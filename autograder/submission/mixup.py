"""Whether a hand-in is the work for something else: a wrong file or option gives zeros that nobody understands.

By lines, not by a parser: cells that are no Python count too.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

from autograder.errors import SubmissionError
from autograder.folder import built_in, find_folder
from autograder.records import Cell, Submission
from autograder.rubric import Heading, Rubric, load_rubric
from autograder.submission.exports import LIBRARIES
from autograder.submission.limits import listed

_HEAD = re.compile(
    r"[ \t]{0,60}(?:async[ \t]{1,5})?"
    r"(?:def[ \t]{1,5}(\w{1,100})[ \t]{0,5}\((?![ \t]{0,5}(?:self|cls)\b)|class[ \t]{1,5}(\w{1,100}))"
)
_BOUND = re.compile(r"[ \t]{0,60}(\w{1,100})[ \t]{0,5}(?::[^=\n]{0,200})?=(?!=)")
_FROM = re.compile(r"[ \t]{0,60}from[ \t]{1,5}([\w.]{1,200})[ \t]{1,5}import\b(.{0,1000})")
_WORD = re.compile(r"\w{1,100}|\*")
_FRAMEWORKS = LIBRARIES | frozenset(
    "tensorflow keras torchtext torchvision torchaudio transformers datasets gensim spacy jax flax scipy seaborn plotly"
    " lightning pytorch_lightning google IPython ipywidgets".split()
)
_LAB = re.compile(
    r"\W{0,10}(?:\w{1,20}\W{1,3}){0,3}?(?:lab|homework|assignment|exercise)\W{0,3}(\d{1,2})\b", re.IGNORECASE
)
_LISTED = 10  # lines of an import in parentheses that are looked at


def refuse_other(submission: Submission, rubric: Rubric, names: Collection[str]) -> None:
    """Raises:
    SubmissionError: none of `names`, of what is graded, is defined, imported from a file of the student's, or
        stands where nothing runs it.
    """
    bound = set(_names(submission.cells))
    if {"*", *names} & (bound | submission.elsewhere.keys()):
        return
    other = next(iter(_others(submission.cells, rubric.assignment)), "")
    guess = f"it looks like the work for {other} (ASSIGNMENT={other})" if other else "is it the work for something else"
    what = listed(sorted(names), 20)
    raise SubmissionError(
        f"{submission.notebook} defines nothing of what {rubric.assignment.name} asks for ({what}): {guess}"
        f"{';' if other else '?'} hand in {rubric.assignment.notebook} with your solution."
    )


def another_assignment(cells: Sequence[Cell], asked: Heading) -> tuple[str, ...]:
    """A sentence if the code defines all that tells another assignment, and at most half of what tells this one."""
    own = _defined(cells, asked)
    if 2 * len(own) > len(asked.defines):
        return ()
    for name in _others(cells, asked):
        names = ", ".join(asked.defines)
        lacks = f"Of {names}, only {', '.join(own)} is defined" if own else f"None of {names} is defined"
        return (f"{lacks}; this looks like {name} (ASSIGNMENT={name}).",)
    return ()


def later_lab(submission: Submission, rubric: Rubric) -> tuple[str, ...]:
    """A sentence if the notebook's headings are those of a lab that the assignment does not have."""
    own = {int(number) for item in rubric.items for number in re.findall(r"\Alab(\d+)\b", item.id)}
    labs = [(cell, int(match[1])) for cell, title in submission.headings if (match := _LAB.match(title))]
    if not own or not labs or any(number in own for _, number in labs):
        return ()
    cell, number = labs[0]
    return (
        f"Text cell {cell} is headed as lab {number}, and no heading names lab {' or '.join(map(str, sorted(own)))}: "
        f"the notebook may be for another lab; what it holds of {rubric.assignment.name} was graded.",
    )


def _others(cells: Sequence[Cell], asked: Heading) -> Iterator[str]:
    """The other assignments of which all that tells them is defined."""
    for name in built_in():
        other = load_rubric(find_folder(name).rubric).assignment
        if name != asked.name and len(_defined(cells, other)) == len(other.defines):
            yield name


def _defined(cells: Sequence[Cell], assignment: Heading) -> list[str]:
    heads = (_HEAD.match(line) for cell in cells for line in cell.source.split("\n"))
    found = {head[1] or head[2] for head in heads if head}
    return [name for name in assignment.defines if name in found]


def _names(cells: Sequence[Cell]) -> Iterator[str]:
    """What the code defines and assigns, and imports from elsewhere than libraries; `*` for all of a file."""
    for cell in cells:
        lines = cell.source.split("\n")
        for number, line in enumerate(lines):
            if head := _HEAD.match(line):
                yield head[1] or head[2]
            elif bound := _BOUND.match(line):
                yield bound[1]
            elif (imported := _FROM.match(line)) and imported[1].partition(".")[0] not in _FRAMEWORKS:
                below = lines[number + 1 : number + _LISTED] if "(" in imported[2] and ")" not in imported[2] else []
                yield from _WORD.findall(imported[2] + " ".join(text[:200] for text in below))
