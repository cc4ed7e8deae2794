"""`autograder explain`: items, checks, what each is worth, and what a course's own rubric changed. For staff."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from autograder.course import Change, known
from autograder.folder import Folder
from autograder.judge.plugin import Check, Judge
from autograder.judge.session import with_checks
from autograder.records import Item
from autograder.rubric import Rubric

WIDTH = 110
INDENT = 12


def explain(folder: Folder, rubric: Rubric, chosen: str = "") -> str:
    """Return the items whose ids begin with `chosen`, with their checks, in words.

    Raises:
        ConfigError: there is no such item, or the rubric does not fit the checks.
        GraderError: the checks could not be collected.
    """
    items = [item for item in rubric.items if item.id == chosen or not chosen or item.id.startswith(f"{chosen}.")]
    if not items:
        known([chosen], [item.id for item in rubric.items], rubric.assignment.name, "item")
    before, after, wrong = list[Check](), list[Check](), list[Exception]()

    def body(judge: Judge) -> None:
        before.extend(judge.checks)
        try:
            if rubric.course is not None:
                judge.adjust(rubric.course)
        except Exception as error:  # noqa: BLE001  # pytest would swallow it
            wrong.append(error)
        after.extend(judge.checks)

    with_checks(folder.checks, body, package=folder.package)
    if wrong:
        raise wrong[0]
    told = [_head(rubric)]
    told += [_item(item, [c for c in after if c.item == item.id], before) for item in items]
    return "\n\n".join(told)


def _head(rubric: Rubric) -> str:
    """Sums and rules, and what the course changed outside of checks."""
    rules = rubric.rules
    sums = f"{rules.points:g} points, {rules.bonus:g} bonus points, cap {rules.cap:g}, step {rules.step:g}, "
    lines = [rubric.assignment.title, f"{sums}penalty {rules.penalty:.0%} ({rules.penalty_order})"]
    if rubric.late.due:
        late = rubric.late
        lines.append(
            f"due {late.due} ({late.time_zone}), grace {late.grace_minutes} minutes, {late.free_days} free days, "
            f"then {late.loss_per_day:.4g} of the maximum a day, at most {late.most_loss:.4g}"
            + (f"; nothing counts after {late.until}" if late.until else "")
        )
    if rubric.course is not None:
        lines += [f"The course's own rubric: {rubric.course}", *(f"  {_change(c)}" for c in rubric.course.changes)]
    return "\n".join(lines)


def _change(change: Change) -> str:
    return f"{change.where}: {change.before} → {change.after}"


def _item(item: Item, checks: Sequence[Check], before: Sequence[Check]) -> str:
    """One item: head, what it asks, its checks."""
    bonus = " bonus" if item.bonus else ""
    lines = [f"{item.id}  {item.title}: {item.points:g}{bonus} points, {item.marking}, step {item.step}"]
    lines += textwrap.wrap(item.asks, WIDTH, initial_indent="  ", subsequent_indent="  ")
    if item.needs:
        lines.append(f"  Judged again on the reference's part where {', '.join(item.needs)} is broken.")
    whole = sum(check.weight for check in checks)
    known_before = {(check.item, check.name): check for check in before}
    for check in checks:
        lines += _check(check, item.points * check.weight / whole if whole else 0.0, known_before[item.id, check.name])
    return "\n".join(lines if checks else [*lines, "  No checks: a person marks this."])


def _check(check: Check, share: float, before: Check) -> list[str]:
    """Points when all checks run, name, what is special about it, and its sentence below."""
    kinds: list[str] = [check.visibility] if check.visibility == "hidden" else []
    kinds += ["required"] if check.required else []
    kinds += ["a remark"] if not check.weight and not check.required else []
    kinds += [f"weight {before.weight:g} → {check.weight:g}"] if check.weight != before.weight else []
    if check.required != before.required:
        kinds.append("not required → required" if check.required else "required → not required")
    said = f"  [{', '.join(kinds)}]" if kinds else ""
    head = f"  {share:5.2f}  ×{check.weight:g}  {check.name}{said}"
    margin = " " * INDENT
    return [head, *textwrap.wrap(check.sentence, WIDTH, initial_indent=margin, subsequent_indent=margin)]
