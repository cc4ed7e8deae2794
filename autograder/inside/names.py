"""What a statement binds, changes and reads: facts read off its AST, nothing executed."""

from __future__ import annotations

import ast
from collections.abc import Iterator

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
IMPORTS = (ast.Import, ast.ImportFrom)
COMPOUND = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Try, ast.Match) + (
    (ast.TryStar,) if hasattr(ast, "TryStar") else ()
)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def walk(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes that are evaluated when `node` is: bodies of functions and lambdas are left out."""
    stack = [node]
    while stack:
        current = stack.pop()
        yield current
        if isinstance(current, FUNCTIONS):
            stack.extend(current.decorator_list)
            stack.extend(default for default in [*current.args.defaults, *current.args.kw_defaults] if default)
        elif isinstance(current, ast.Lambda):
            stack.extend(default for default in [*current.args.defaults, *current.args.kw_defaults] if default)
        else:
            stack.extend(ast.iter_child_nodes(current))


def binds(node: ast.stmt) -> set[str]:
    """The top-level names that executing the statement would set."""
    if isinstance(node, DEFINITIONS):
        return {node.name}
    if isinstance(node, IMPORTS):
        return {alias.asname or alias.name.split(".")[0] for alias in node.names if alias.name != "*"}
    found: set[str] = set()
    _collect(node, found)
    return found


def _collect(node: ast.AST, found: set[str]) -> None:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (*DEFINITIONS, *IMPORTS)):
            found |= binds(child)
        elif isinstance(child, COMPREHENSIONS):  # their own variables stay inside, a walrus gets out
            found |= {n.target.id for n in walk(child) if isinstance(n, ast.NamedExpr)}
        elif isinstance(child, ast.Lambda):
            continue
        else:
            if isinstance(child, ast.Name) and isinstance(child.ctx, ast.Store):
                found.add(child.id)
            elif isinstance(child, (ast.MatchAs, ast.MatchStar)) and child.name:
                found.add(child.name)
            _collect(child, found)


def changes(node: ast.stmt) -> set[str]:
    """The names whose objects the statement changes in place: `d[k] = v`, `o.a = v`, `d.update(…)`."""
    found: set[str] = set()
    for child in walk(node):
        if isinstance(child, (ast.Subscript, ast.Attribute)) and isinstance(child.ctx, ast.Store):
            found.add(root(child))
        elif isinstance(child, ast.Expr) and isinstance(child.value, ast.Call):
            found.add(root(child.value.func) if isinstance(child.value.func, ast.Attribute) else "")
    return found - {""}


def reads(node: ast.AST) -> set[str]:
    """The names that executing the statement looks up, as far as its own text tells."""
    return {child.id for child in walk(node) if isinstance(child, ast.Name) and not isinstance(child.ctx, ast.Store)}


def root(node: ast.AST) -> str:
    """`a` of `a.b[c].d`; empty when the expression does not start with a name."""
    while isinstance(node, (ast.Attribute, ast.Subscript, ast.Starred)):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def dotted(node: ast.AST) -> str:
    """`a.b.c` for names and attributes; what is called or indexed on the way is left out."""
    parts: list[str] = []
    while True:
        if isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        elif isinstance(node, ast.Call):
            node = node.func
        elif isinstance(node, ast.Subscript):
            node = node.value
        else:
            break
    if isinstance(node, ast.Name):
        parts.append(node.id)
    return ".".join(reversed(parts))


def blocks(node: ast.stmt) -> list[list[ast.stmt]]:
    """The bodies of a compound statement, in the order of the text."""
    found = [getattr(node, "body", [])]
    found += [handler.body for handler in getattr(node, "handlers", [])]
    found += [case.body for case in getattr(node, "cases", [])]
    found += [getattr(node, "orelse", []), getattr(node, "finalbody", [])]
    return [block for block in found if block]
