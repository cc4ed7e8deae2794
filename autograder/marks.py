"""A person's marks and confirmed penalties: the file, who it is about, and the proposals that a person starts from.

```toml
[[marks]]
student = "jane"          # the submission's name; left out: everybody
item = "lab1.f.answer"
points = 2.5
comment = "Right, the reason is thin."
by = "Ann"

[[penalties]]             # a broken rule of the hand-in, confirmed by a person
student = "jane"
rule = "The report is the notebook printed to PDF."
by = "Ann"
```
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from autograder.errors import ConfigError
from autograder.evidence import Answer, ReportFindings
from autograder.records import Item
from autograder.rubric import Rubric, is_multiple, load_toml, read_strictly

PROPOSER = "the grader's proposal"


@dataclass(frozen=True)
class Mark:
    """A person's points for one item."""

    points: float
    comment: str = ""
    by: str = ""


@dataclass(frozen=True)
class StudentMarks:
    """What a person decided about one submission. `broken_rule`: the rules broken, as sentences; empty for none."""

    marks: Mapping[str, Mark] = field(default_factory=dict)  # by item
    broken_rule: str = ""


@dataclass(frozen=True)
class Marks:
    """A whole file, `source`. `everybody` and, by submission, `own`: marks by item. `penalties`: sentences by
    submission."""

    everybody: Mapping[str, Mark] = field(default_factory=dict)
    own: Mapping[str, Mapping[str, Mark]] = field(default_factory=dict)
    penalties: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    source: str = ""

    def marks_for(self, name: str) -> StudentMarks:
        """What concerns the submission of this name; its own marks go before everybody's."""
        rules = " ".join(self.penalties.get(name, ()))
        return StudentMarks({**self.everybody, **self.own.get(name, {})}, rules)

    def without_submission(self, names: Iterable[str]) -> list[str]:
        """The students of the file who are not among `names`: typing errors, or not handed in."""
        return sorted({*self.own, *self.penalties} - set(names))


@dataclass(frozen=True)
class _Mark:
    """One table `[[marks]]`; without `student` it holds for everybody."""

    item: str
    points: float
    by: str
    student: str | None = None
    comment: str = ""


@dataclass(frozen=True)
class _Penalty:
    """One table `[[penalties]]`."""

    student: str
    rule: str
    by: str


def load_marks(path: Path, rubric: Rubric) -> Marks:
    """Read a file of marks; `student` and `comment` of a mark may be left out, nothing else.

    Raises:
        ConfigError: the file can't be read, a key or an item is unknown, something is missing or said twice, or the
            points don't fit the rubric; the message names file and entry.
    """
    table = load_toml(path)
    for key, value in table.items():
        if key not in ("marks", "penalties") or not isinstance(value, list):
            raise ConfigError(f"{path}: `{key}`: only [[marks]] and [[penalties]] tables are expected")
    everybody: dict[str, Mark] = {}
    own: dict[str, dict[str, Mark]] = {}
    for number, raw in enumerate(table.get("marks", []), 1):
        where = _where(path, "marks", number, raw)
        entry = read_strictly(_Mark, raw, where)
        problem = _problem(entry, rubric)
        mine = everybody if entry.student is None else own.setdefault(entry.student, {})
        if problem or entry.item in mine:
            raise ConfigError(f"{where}: {problem or 'marked twice'}")
        mine[entry.item] = Mark(entry.points, entry.comment, entry.by)
    return Marks(everybody, own, _penalties(path, table.get("penalties", [])), str(path))


def _problem(entry: _Mark, rubric: Rubric) -> str:
    """What is wrong with a mark taken alone; empty when nothing is."""
    points = {item.id: item.points for item in rubric.items}.get(entry.item)
    if points is None:
        return f"the rubric has no item `{entry.item}`"
    if not 0 <= entry.points <= points:
        return f"`points` must lie between 0 and {points:g}"
    if not is_multiple(entry.points, rubric.rules.step):
        return f"`points` must be a multiple of the step {rubric.rules.step:g}"
    if not entry.by.strip():
        return "`by` must say who marked"
    return "`student` is empty; leave it out to mean everybody" if entry.student == "" else ""


def _penalties(path: Path, tables: list[Any]) -> dict[str, tuple[str, ...]]:
    """The confirmed penalties as sentences by student; no penalty falls on everybody."""
    found: dict[str, tuple[str, ...]] = {}
    said: set[tuple[str, str]] = set()
    for number, raw in enumerate(tables, 1):
        where = _where(path, "penalties", number, raw)
        entry = read_strictly(_Penalty, raw, where)
        if not (entry.student and entry.rule.strip() and entry.by.strip()):
            raise ConfigError(f"{where}: `student`, `rule` and `by` must not be empty")
        if (entry.student, entry.rule) in said:
            raise ConfigError(f"{where}: said twice")
        said.add((entry.student, entry.rule))
        found[entry.student] = (*found.get(entry.student, ()), f"{entry.rule} (Confirmed by {entry.by}.)")
    return found


def _where(path: Path, kind: str, number: int, raw: object) -> str:
    """`marks.toml: [[marks]] 3 (jane, tf.1)`."""
    named = [str(raw[key]) for key in ("student", "item") if key in raw] if isinstance(raw, dict) else []
    return f"{path}: [[{kind}]] {number}" + (f" ({', '.join(named)})" if named else "")


# ---- proposals -------------------------------------------------------------------------------------------------------
def proposed_marks(name: str, findings: ReportFindings, rubric: Rubric) -> str:
    """A file of marks for one submission, as far as the report allows, for a person to correct and hand in.

    What the tool proposes is there as marks; what needs a person is there behind a #. So is every reason, since it
    tells the key, and the `comment` of a mark is for the student to read. No penalty is proposed but behind a #: it
    counts only when a person takes that away.
    """
    answers = {answer.item: answer for answer in findings.answers}
    parts = [_HEAD.format(name=_line(name), report=_line(findings.name or "none"))]
    parts += [
        f"# About the report: {_line(sentence)}" for sentence in (findings.problem, *findings.remarks) if sentence
    ]
    for item in rubric.items:
        if item.marking != "automatic":
            parts.append(_proposed(name, item, answers.get(item.id), rubric))
    parts += [f"# Proposed penalty: {_line(rule)}\n{_penalty(name, rule)}" for rule in findings.broken_rules]
    if findings.printed:
        evidence = "\n".join(f"#   - {_line(sentence)}" for sentence in findings.printed)
        parts.append(
            f"# Evidence that the report is the notebook printed to PDF; read it before you confirm:\n{evidence}"
        )
    return "\n\n".join(parts) + "\n"


_HEAD = """# Proposed marks of {name}; report: {report}
# Check every entry, change `points` and `by`, take the # from what you decide, and grade again with MARKS=this file.
# Students read every `comment` and `by`; what stands behind a # is for you alone."""


def _proposed(name: str, item: Item, answer: Answer | None, rubric: Rubric) -> str:
    head = f"# {item.id}, {item.points:g} points: {_line(item.asks)}"
    points = answer.proposed if answer is not None else None
    fits = points is not None and 0 <= points <= item.points and is_multiple(points, rubric.rules.step)
    said = f"\n# Found: {_found(answer)}" if answer is not None else ""
    if not fits:
        return f"{head}{said}\n{_commented(_mark(name, item.id, '', ''))}"
    return f"{head}{said}\n{_mark(name, item.id, f'{points:g}', PROPOSER)}"


def _found(answer: Answer) -> str:
    said = f"{answer.said.capitalize()}. " if answer.said else ""
    quote = f"“{_line(answer.quote)}” " if answer.quote else ""
    return f"{said}{quote}{_line(answer.why)}"


def _mark(name: str, item: str, points: str, by: str) -> str:
    lines = [f"student = {_text(name)}", f"item = {_text(item)}", f"points = {points}".rstrip()]
    return "\n".join(["[[marks]]", *lines, f"comment = {_text('')}", f"by = {_text(by)}"])


def _penalty(name: str, rule: str) -> str:
    return _commented(f"[[penalties]]\nstudent = {_text(name)}\nrule = {_text(rule)}\nby = {_text('')}")


def _commented(text: str) -> str:
    return "\n".join(f"# {line}" for line in text.splitlines())


def _line(text: str) -> str:
    """Any text as one printable line, so that nothing a student wrote ends a comment or a string."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def _text(text: str) -> str:
    """A TOML string; of printable text, JSON's notation is TOML's."""
    return json.dumps(_line(text), ensure_ascii=False)
