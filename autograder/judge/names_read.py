"""Which names a part of a hand-in reads from the module level: not its parameters, and not what it assigns itself.

A test cell's `hidden` and a method's parameter `hidden` are two things: Python decides by where a name is bound, and so
does this. Nothing here recurses, since the code may be nested as deeply as a parser takes it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence

Function = (ast.FunctionDef, ast.AsyncFunctionDef)
Scope = (*Function, ast.Lambda, ast.ClassDef)
Comprehension = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
Names = frozenset[str]


def names_read(node: ast.AST) -> Iterator[ast.Name]:
    """Names that are read and bound by no function or comprehension around them, docstrings left out."""
    waiting: list[tuple[ast.AST, Names]] = [(node, frozenset())]
    while waiting:
        current, own = waiting.pop()
        if isinstance(current, ast.Name) and isinstance(current.ctx, ast.Load) and current.id not in own:
            yield current
        waiting += _inside(current, own)


def names_bound(nodes: Sequence[ast.AST]) -> set[str]:
    """Names that statements bind in the scope in which they stand, imports left out."""
    found = set()
    for node in _same_scope(nodes):
        if isinstance(node, (*Function, ast.ClassDef)):
            found.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, (ast.Store, ast.Del)):
            found.add(node.id)
        elif isinstance(node, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)) and node.name:
            found.add(node.name)
        elif isinstance(node, ast.MatchMapping) and node.rest:
            found.add(node.rest)
    return found


def _inside(node: ast.AST, own: Names) -> Iterable[tuple[ast.AST, Names]]:
    """What stands within a node, each with the names that are bound around it."""
    if isinstance(node, (*Function, ast.Lambda)):
        body = node.body if isinstance(node.body, list) else [node.body]
        within, inner = {id(part) for part in body}, _names_within(node, body, own)
        return [(part, inner if id(part) in within else own) for part in _children(node)]
    if isinstance(node, Comprehension):
        first = node.generators[0].iter  # evaluated outside
        inner = own | names_bound([generator.target for generator in node.generators])
        parts = [part for part in _children(node) if not isinstance(part, ast.comprehension)]
        for generator in node.generators:
            parts += [generator.target, *generator.ifs, *([] if generator.iter is first else [generator.iter])]
        return [(first, own), *((part, inner) for part in parts)]
    return [(part, own) for part in _children(node)]


def _names_within(
    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, body: Sequence[ast.AST], own: Names
) -> Names:
    """The names that are bound in or around a function's body."""
    given = node.args
    parameters = {a.arg for a in (*given.posonlyargs, *given.args, *given.kwonlyargs)}
    parameters |= {a.arg for a in (given.vararg, given.kwarg) if a is not None}
    imported, module_level = set(), set()
    for part in _same_scope(body):
        if isinstance(part, (ast.Import, ast.ImportFrom)):
            imported |= {alias.asname or alias.name.partition(".")[0] for alias in part.names}
        elif isinstance(part, ast.Global):
            module_level |= set(part.names)
    return frozenset((own | parameters | imported | names_bound(body)) - module_level)


def _same_scope(nodes: Sequence[ast.AST]) -> Iterator[ast.AST]:
    """All nodes whose names belong to the scope of `nodes`; of functions and classes only they themselves."""
    waiting = list(nodes)
    while waiting:
        current = waiting.pop()
        yield current
        if isinstance(current, ast.ClassDef):
            waiting += [*current.decorator_list, *current.bases]
        elif isinstance(current, Function):
            waiting += [*current.decorator_list, current.args]
        elif isinstance(current, ast.Lambda):
            waiting += [*current.args.defaults, *(d for d in current.args.kw_defaults if d is not None)]
        elif isinstance(current, ast.comprehension):  # its target is its own
            waiting += [current.iter, *current.ifs]
        else:
            waiting += ast.iter_child_nodes(current)


def _children(node: ast.AST) -> list[ast.AST]:
    """As ast.iter_child_nodes, without docstrings."""
    return [child for child in ast.iter_child_nodes(node) if not is_docstring(child)]


def is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
