"""Which code a report may tell people to paste: calls of what was asked for, with arguments that do nothing else.

The renderer writes no other code (judge/render.py). This looks at what it wrote once more, as one does who doesn't
trust it, since whoever pastes a call runs it.
"""

from __future__ import annotations

import ast
import builtins
import re
import sys
import warnings
from collections.abc import Iterator

LONGEST = 20_000  # characters; the renderer writes far less
NODES = (
    ast.Module, ast.Expr, ast.Assign, ast.Import, ast.alias, ast.Call, ast.keyword, ast.Name, ast.Attribute,
    ast.Constant, ast.List, ast.Tuple, ast.Set, ast.Dict, ast.Starred, ast.Subscript, ast.Slice, ast.UnaryOp, ast.USub,
    ast.BinOp, ast.Mult, ast.Add, ast.Compare, ast.Lt, ast.BoolOp, ast.Or, ast.NamedExpr, ast.ListComp,
    ast.GeneratorExp, ast.comprehension, ast.JoinedStr, ast.FormattedValue, ast.Lambda, ast.arguments, ast.arg,
    ast.Load, ast.Store,
)  # fmt: skip
BUILT_IN = frozenset(("len", "list", "tuple", "set", "dict", "range", "slice", "vars"))
TYPES = frozenset(("object",))  # `dtype=object`: not called
MODULES = ("torch", "np", "pd")
OF_MODULES = re.compile(
    r"torch\.(tensor|zeros|full|arange|randint|randn|rand)|np\.(array|zeros|full|arange|random\.(randint|randn|rand))|"
    r"pd\.(Series|DataFrame)|(torch|np)\.(nan|inf|u?int(8|16|32|64)|float(16|32|64)|bool_?|str_)"
)
METHODS = frozenset(("to", "astype", "reshape", "rstrip", "join", "format", "update", "fill_", "parameters"))


def only_calls(code: str) -> bool:
    """Whether it is such code: nodes of NODES, and calls of nothing else than the statements are about, of the few
    constructors that the renderer writes, and of METHODS."""
    if len(code) > LONGEST:
        return False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # what Python has doubts about the renderer does not write
            tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError, Warning):
        return False
    heads = {id(node) for statement in tree.body for node in _head(statement)}
    known = BUILT_IN | {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and id(node) in heads}
    return all(isinstance(node, NODES) and _allowed(node, known, id(node) in heads) for node in ast.walk(tree))


def _head(statement: ast.stmt) -> Iterator[ast.AST]:
    """What a statement is about, outside in: of `LSTM(3).forward(x)`, also in `len(...)`, all but the arguments."""
    node: ast.AST | None = statement.value if isinstance(statement, (ast.Expr, ast.Assign)) else None
    while node is not None:
        yield node
        if isinstance(node, ast.Call):
            inside = isinstance(node.func, ast.Name) and node.func.id == "len" and len(node.args) == 1
            node = node.args[0] if inside else node.func
        else:
            node = node.value if isinstance(node, (ast.Attribute, ast.Subscript)) else None


def _allowed(node: ast.AST, known: frozenset[str], head: bool) -> bool:
    if isinstance(node, ast.Import):
        return all((one.name, one.asname) in (("pandas", "pd"), ("numpy", "np"), ("torch", None)) for one in node.names)
    if isinstance(node, ast.Assign):
        return len(node.targets) == 1 and isinstance(node.targets[0], ast.Name)
    if isinstance(node, ast.keyword):
        return node.arg is not None and not node.arg.startswith("_")
    if isinstance(node, (ast.Name, ast.arg)):
        return _name(node.id if isinstance(node, ast.Name) else node.arg, stored=not _loaded(node))
    if isinstance(node, ast.Attribute):
        path = _path(node)
        foreign = isinstance(node.value, ast.Name) and node.value.id in sys.stdlib_module_names
        return not node.attr.startswith("_") and not foreign and (path is None or _of_module(path))
    return _called(node, known, head) if isinstance(node, ast.Call) else True


def _loaded(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)


def _name(name: str, *, stored: bool) -> bool:
    """A name that is nobody's secret and no other function of Python's; nobody may give one of those another sense."""
    return not name.startswith("_") and (not hasattr(builtins, name) or (name in BUILT_IN | TYPES and not stored))


def _path(node: ast.Attribute) -> str | None:
    """`np.random.rand` where it begins with one of MODULES."""
    parts = [node.attr]
    inner: ast.AST = node.value
    while isinstance(inner, ast.Attribute):
        parts.append(inner.attr)
        inner = inner.value
    begins = isinstance(inner, ast.Name) and inner.id in MODULES
    return ".".join([inner.id, *reversed(parts)]) if isinstance(inner, ast.Name) and begins else None


def _of_module(path: str) -> bool:
    return path == "np.random" or OF_MODULES.fullmatch(path) is not None


def _called(call: ast.Call, known: frozenset[str], head: bool) -> bool:
    """Whether it may be called here; the names and attributes in it are looked at on their own."""
    function = call.func
    if isinstance(function, ast.Name):
        default = function.id[0].isupper() and not call.args and not call.keywords  # `Settings()`, as an argument
        return (function.id in known or default) and function.id not in MODULES
    if isinstance(function, ast.Attribute):
        return head or _path(function) is not None or function.attr in METHODS
    return head  # `LSTM(3)(x)`
