"""What students read: results as a text for terminals and as HTML for notebooks, both with the same words."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape

from autograder.own.judging import Result
from autograder.own.tasks import Sheet
from autograder.records import Counterexample, ItemScore, Outcome
from autograder.reports.failures import Failure, counterexample_text, explanation, failures

WIDTH = 100
SIGNS = {"passed": "✓", "failed": "✗", "waits": "…", "excused": "–", "error": "!"}
COLORS = {"passed": "#1a7f37", "failed": "#cf222e", "waits": "#9a6700", "excused": "#656d76", "error": "#8250df"}
FOOT = "These are the public checks; grading also runs others on the same properties."
BOX = "border:1px solid #8c959f66;border-radius:6px;padding:8px 12px;margin:6px 0;max-width:60em;line-height:1.45"
BACK = "margin-left:1.4em;white-space:pre-wrap;overflow-wrap:anywhere"
PRE = (
    "margin:4px 0 4px 1.4em;padding:6px 8px;background:#8c959f22;border-radius:4px;white-space:pre-wrap;overflow-x:auto"
)


@dataclass(frozen=True)
class Finding:
    """One thing to say of an item: the property, what was found, the calls that show it, a hint."""

    sentence: str
    told: str = ""
    shown: Counterexample | None = None
    hint: str = ""

    @property
    def example(self) -> str:
        """The calls, what came back and what was expected, as a text."""
        return counterexample_text(self.shown)


@dataclass(frozen=True)
class Entry:
    """One item on a card. `head`: what stands behind its name."""

    status: str
    item: str
    title: str
    head: str
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Card:
    """What `check` shows."""

    title: str
    entries: tuple[Entry, ...] = ()
    foot: str = field(default="")

    def __str__(self) -> str:
        parts = [_wrapped(self.title, "")] if self.title else []
        parts += [_text(entry) for entry in self.entries]
        return "\n".join([*parts, *([_wrapped(self.foot, "")] if self.foot else [])])

    def _repr_html_(self) -> str:
        """Called by Jupyter."""
        head = f"<strong>{escape(self.title)}</strong>" if self.title else ""
        foot = f'<div style="opacity:.75;margin-top:6px">{escape(self.foot)}</div>' if self.foot else ""
        return f'<div class="autograder-card" style="{BOX}">{head}{"".join(map(_html, self.entries))}{foot}</div>'


def result_card(sheet: Sheet, results: Sequence[Result]) -> Card:
    """Return the card of some items' results."""
    entries = tuple(entry_of(sheet, result) for result in results)
    return Card(f"{total(results)}." if len(results) > 1 else "", entries, FOOT)


def error_card(sentence: str) -> Card:
    """Return the card that says why nothing was judged."""
    return Card(sentence)


def total(results: Sequence[Result]) -> str:
    """`3 of 8 items pass all public checks`."""
    asked = [result for result in results if result.status != "excused"]
    return f"{sum(r.status == 'passed' for r in asked)} of {len(asked)} items pass all public checks"


def entry_of(sheet: Sheet, result: Result) -> Entry:
    """Return what is to be said of one item."""
    head = head_of(result) + more(sheet, result)
    return Entry(result.status, result.item.id, result.item.title, head, tuple(_findings(sheet, result)))


def head_of(result: Result) -> str:
    """`7 of 9 public checks pass`, and why the others can't be judged."""
    if result.status == "excused":
        return result.note
    count = f"{result.passed} of {len(result.counted)} public checks pass"
    rest = result.note if result.passed == 0 else f"the others {result.note}"
    return f"{count}; {rest}" if result.note else count


def more(sheet: Sheet, result: Result) -> str:
    """`; 3 more checks run when it is graded`, where public checks of the item are not on students' machines."""
    count = sheet.at_grading.get(result.item.id, 0)
    if not count or result.status == "excused":
        return ""
    return f"; {count} more check{'s run' if count > 1 else ' runs'} when it is graded"


def check_text(sheet: Sheet, outcome: Outcome, result: Result) -> str:
    """Return what is to be said of one check that did not pass."""
    if result.note:
        return _finding_text(Finding(outcome.sentence, f"It {result.note}."))
    if outcome.status in ("unjudged", "pending"):
        return _finding_text(_not_judged(outcome))
    return _finding_text(_finding(sheet, Failure(outcome)))


def _not_judged(outcome: Outcome) -> Finding:
    return Finding(outcome.sentence, f"Not judged: {outcome.message}".replace("the grader's machine", "this machine"))


def _findings(sheet: Sheet, result: Result) -> list[Finding]:
    if result.status in ("passed", "excused"):
        return []
    if result.note:  # on parts that don't work nothing else can be believed
        return []
    told = failures(ItemScore(result.item, "graded", None, result.outcomes))
    open_ones = [one for one in result.counted if one.status in ("unjudged", "pending")]
    return [_finding(sheet, one) for one in told] + [_not_judged(one) for one in open_ones]


def _finding(sheet: Sheet, failure: Failure) -> Finding:
    outcome = failure.outcome
    told = [_blame(outcome), failure.others and f"{failure.others}."]
    hint = "" if outcome.cause in ("load", "missing") else sheet.hint(outcome.item, outcome.check)
    return Finding(outcome.sentence, "\n".join(filter(None, told)), outcome.counterexample, hint)


def _blame(outcome: Outcome) -> str:
    if outcome.status == "error":
        return "The check itself failed, which is not your fault; please tell the course. " + _last_line(
            outcome.message
        )
    return explanation(outcome)


def _last_line(text: str) -> str:
    return text.strip().splitlines()[-1] if text.strip() else ""


# ---- as a text -------------------------------------------------------------------------------------------------------
def _text(entry: Entry) -> str:
    lines = [_wrapped(f"{SIGNS[entry.status]} {entry.item}  {entry.title}: {entry.head}.", "", "  ")]
    return "\n".join([*lines, *map(_finding_text, entry.findings)])


def _finding_text(finding: Finding) -> str:
    lines = [_wrapped(finding.sentence, "  - ", "    ")]
    lines += [_wrapped(line, "    ") if not _is_code(line) else f"    {line}" for line in finding.told.splitlines()]
    lines += [f"    {line}" for line in finding.example.splitlines()]
    lines += [_wrapped(f"Hint: {finding.hint}", "    ")] if finding.hint else []
    return "\n".join(lines)


def _is_code(line: str) -> bool:
    """A line of the excerpt of a cell that can't be read."""
    return line.startswith((" ", ">"))


def _wrapped(text: str, first: str, later: str | None = None) -> str:
    return textwrap.fill(
        text, WIDTH, initial_indent=first, subsequent_indent=first if later is None else later, break_long_words=False,
        break_on_hyphens=False,
    )  # fmt: skip


# ---- as HTML ---------------------------------------------------------------------------------------------------------
def _html(entry: Entry) -> str:
    sign = f'<span style="color:{COLORS[entry.status]};font-weight:bold">{SIGNS[entry.status]}</span>'
    head = f"{sign} <code>{escape(entry.item)}</code> {escape(entry.title)}: {escape(entry.head)}."
    status = f'data-item="{escape(entry.item)}" data-status="{escape(entry.status)}"'
    return f'<div style="margin:4px 0" {status}>{head}{"".join(map(_finding_html, entry.findings))}</div>'


def _finding_html(finding: Finding) -> str:
    told = f'<div style="white-space:pre-wrap">{escape(finding.told)}</div>' if finding.told else ""
    example = _example_html(finding.shown) if finding.shown else ""
    hint = f"<div><em>Hint:</em> {escape(finding.hint)}</div>" if finding.hint else ""
    return f'<div style="margin:6px 0 6px 1.4em"><div>{escape(finding.sentence)}</div>{told}{example}{hint}</div>'


def _example_html(example: Counterexample) -> str:
    """The calls stand alone in their box, to be copied and run."""
    call = f'<div>Try it:</div><pre style="{PRE}">{escape(example.call)}</pre>' if example.call else ""
    rows = (("It came back with", example.got), ("Expected", example.expected))
    told = [f'<div style="{BACK}">{name}: <code>{escape(text)}</code></div>' for name, text in rows if text]
    return call + "".join(told)
