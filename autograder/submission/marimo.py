"""A marimo notebook as cells: a script whose cells are functions under `@app.cell`, run in the order of their names.

app = marimo.App()

@app.cell
def _(torch):          what it reads
    model = …          the cell
    return (model,)    what it gives to others
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field

_DEFINES = ("function", "class_definition")


@dataclass
class Part:
    """One cell: its text, what it reads of others, and what it gives them; `text` for those that only show words."""

    source: str
    reads: set[str] = field(default_factory=set)
    gives: set[str] = field(default_factory=set)
    text: bool = False


def is_marimo(code: str) -> bool:
    return "marimo.App(" in code and "@app." in code


def parts(code: str) -> list[Part]:
    """The cells, each after those whose names it reads; none where the file can't be read or holds no such cells."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about the student's escapes
        try:
            tree = ast.parse(code)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return []
    lines = code.split("\n")
    return list(_in_order([part for node in tree.body if (part := _part(node, lines)) is not None]))


def _part(node: ast.stmt, lines: list[str]) -> Part | None:
    if isinstance(node, ast.With) and _of_app(node.items[0].context_expr) == "setup":
        return Part(_body(node.body, lines), gives=_bound(node.body))
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) or not node.decorator_list:
        return None
    kind = _of_app(node.decorator_list[0])
    if kind in _DEFINES:
        return Part("\n".join(lines[node.lineno - 1 : node.end_lineno]), gives={node.name})
    if kind != "cell" or isinstance(node, ast.ClassDef) or _is_off(node.decorator_list[0]):
        return None
    given = node.body[-1]
    body = node.body[:-1] if isinstance(given, ast.Return) else node.body
    if len(body) == 1 and (words := _words(body[0])):
        return Part(words, text=True)
    reads = {argument.arg for argument in node.args.args}
    gives = {n.id for n in ast.walk(given) if isinstance(n, ast.Name)} if isinstance(given, ast.Return) else set()
    return Part(_body(body, lines), reads, gives)


def _of_app(node: ast.expr) -> str:
    """`cell` of `app.cell` and `app.cell(hide_code=True)`."""
    node = node.func if isinstance(node, ast.Call) else node
    return node.attr if isinstance(node, ast.Attribute) and getattr(node.value, "id", "") == "app" else ""


def _is_off(decorator: ast.expr) -> bool:
    keywords = decorator.keywords if isinstance(decorator, ast.Call) else []
    return any(k.arg == "disabled" and isinstance(k.value, ast.Constant) and bool(k.value.value) for k in keywords)


def _body(body: list[ast.stmt], lines: list[str]) -> str:
    """The statements' lines, as much to the left as they go."""
    if not body:
        return ""
    first, last = body[0], body[-1]
    start = min([first.lineno, *(d.lineno for d in getattr(first, "decorator_list", []))]) - 1
    inside = " " * first.col_offset
    return "\n".join(line.removeprefix(inside) for line in lines[start : last.end_lineno])


def _bound(body: list[ast.stmt]) -> set[str]:
    stored = {n.id for s in body for n in ast.walk(s) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    aliases = {a for s in body if isinstance(s, ast.Import | ast.ImportFrom) for a in s.names}
    return stored | {(alias.asname or alias.name).partition(".")[0] for alias in aliases}


def _words(node: ast.stmt) -> str:
    """The text of a cell that is nothing but `mo.md("…")`."""
    call = node.value if isinstance(node, ast.Expr) else None
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute) or call.func.attr != "md":
        return ""
    value = call.args[0].value if call.args and isinstance(call.args[0], ast.Constant) else ""
    return value.strip() if isinstance(value, str) else ""


def _in_order(found: list[Part]) -> Iterator[Part]:
    """The order of the file, but what reads a name comes after what gives it; circles stay as they are."""
    owners = {name: number for number, part in enumerate(found) for name in part.gives}
    done: set[int] = set()

    def before(number: int) -> Iterator[int]:
        stack = [(number, False)]
        while stack:
            at, ready = stack.pop()
            if ready:
                yield at
            elif at not in done:
                done.add(at)
                stack.append((at, True))
                needs = {owners[name] for name in found[at].reads if name in owners} - done
                stack += [(need, False) for need in sorted(needs, reverse=True)]

    for number in range(len(found)):
        yield from (found[at] for at in before(number))
