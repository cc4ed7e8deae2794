"""Ready-made parts of torch in what a class reaches, and code that hides from being looked at.

Text only points a person to a line: names are found where they stand, and code that runs text, or picks from torch by
a name that is not written down, can't be read any further.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import cast

from autograder.judge.reach import Code, Function, Reach, Spot, root, walk

HIDDEN_NAMES = {  # what runs or picks things by names that can't be read: as a name,
    "exec", "eval", "compile", "__import__", "globals", "__builtins__", "__loader__", "__spec__",
}  # fmt: skip
HIDDEN = {  # and as an attribute, or imported
    "__subclasses__", "__globals__", "__builtins__", "__getattribute__", "f_globals", "f_locals", "f_builtins",
    "f_back", "tb_frame", "gi_frame", "cr_frame", "ag_frame", "CompilationUnit", "import_module", "load_inline",
    "attrgetter", "methodcaller", "load_library",
}  # fmt: skip
HIDDEN_MODULES = {  # what brings in things that are not written here, or works where nobody watches
    "importlib", "ctypes", "pickle", "marshal", "base64", "codecs", "builtins", "cffi", "inspect", "pydoc", "pkgutil",
    "runpy", "dill", "cloudpickle", "joblib", "traceback", "threading", "_thread", "concurrent", "multiprocessing",
    "subprocess", "sys.modules", "torch.jit.load", "torch.load", "torch.hub", "torch.package", "torch.multiprocessing",
    "torch.futures", "torch.jit.fork", "torch.jit._fork", "torch.utils.cpp_extension",
}  # fmt: skip
INNER = ("torch._C", "torch._VF", "torch.ops", "torch._ops", "torch.classes", "torch.nn.modules.rnn")
MODULES = {  # of torch; handed on as values they can be anything's, and what is taken from them can't be followed
    "torch", "torch.nn", "torch.nn.functional", "torch.nn.modules", "torch.nn.quantized", "torch.nn.quantizable",
    "torch.functional", "torch.ao", "torch.ao.nn", "torch.jit", "torch.fx", "torch.overrides",
    "torch.nn.modules.activation", "torch.nn.modules.transformer", "torch.nn.modules.module",
}  # fmt: skip
HARMLESS = "torch.nn.utils.rnn"  # packs and pads sequences
STARRED = ("nn", "modules", "functional", "quantized", "rnn", "transformer", "activation")  # what a star may bring
MOST_PATHS = 8  # of one name
MOST_HITS = 200  # a person needs a few
TAMPERING = {  # what looks into the process that watches, or switches the watching off
    "_getframe", "get_objects", "get_referrers", "TorchFunctionMode", "TorchDispatchMode", "DisableTorchFunction",
    "DisableTorchFunctionSubclass", "_DisableTorchDispatch", "_DisableFuncTorch", "_disable_functorch",
    "_DisableTorchFunction", "_disable_torch_function_impl", "_disable_profiler_legacy", "_enable_profiler_legacy",
    "_pop_torch_function_stack", "_len_torch_function_stack", "_push_on_torch_function_stack",
    "_set_torch_function_mode", "_ExcludeDispatchKeyGuard", "_get_current_function_mode", "_pop_mode", "_push_mode",
    "_get_current_function_mode_stack", "_profiler_enabled", "_get_current_dispatch_mode",
    "_get_current_dispatch_mode_stack",
}  # fmt: skip


@dataclass(frozen=True)
class Banned:
    """Names of torch that a task forbids. `plain`: those that could be an attribute of anything, so that they count
    only where they are torch's; `telling`: those that name nothing else."""

    plain: frozenset[str]
    telling: frozenset[str]

    def names(self) -> frozenset[str]:
        return self.plain | self.telling


@dataclass(frozen=True)
class Hit:
    """A place, and what it is about: "nn.GRU is used", "text is run as code"."""

    spot: Spot
    what: str

    def __str__(self) -> str:
        return f"{self.what} ({self.spot})" if self.spot.cell else self.what


def hits(reach: Reach, banned: Banned) -> list[Hit]:
    """Ready-made parts and unreadable code in what is reached, in the order of the hand-in, each line once."""
    search = Search(reach, banned)
    found = {(hit.spot.cell, hit.spot.line): hit for hit in islice(search.hits(), MOST_HITS)}
    for spot in reach.unread:
        found[spot.cell, spot.line] = Hit(spot, f"not all of {reach.start}'s text can be read")
    return [found[place] for place in sorted(found)]


def tampering(code: Code) -> list[Hit]:
    """Lines anywhere in the code that reach into the process which is watching."""
    found = {}
    for cell, tree in code.trees:
        for node in ast.walk(tree):
            name = _last_name(node)
            imported = isinstance(node, (ast.alias, ast.ImportFrom)) and name.partition(".")[0] == "autograder"
            if name in TAMPERING or imported:
                spot = code.spot(cell, node)
                found[cell, spot.line] = Hit(spot, f"{name} can switch the watching off")
    return [found[place] for place in sorted(found)]


def _last_name(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.alias):
        return node.name if node.name.startswith("autograder") else node.name.rpartition(".")[2]
    if isinstance(node, ast.ImportFrom):
        return node.module or ""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


class Search:
    """One pass over what is reached."""

    def __init__(self, reach: Reach, banned: Banned) -> None:
        self.reach, self.code, self.banned = reach, reach.code, banned
        self.own = {n for n, found in self.code.bindings.items() if n not in self.code.imports and found}
        self.imports = {name: dict(paths) for name, paths in self.code.imports.items()}
        self.stars = [star for star in self.code.stars if star.partition(".")[0] == "torch"]
        self.unused: set[int] = set()
        self.bases: set[int] = set()  # of attributes, and what else a module of torch may stand in
        self._places: dict[int, tuple[ast.Name, list[str], int]] = {}
        self._given: dict[str, list[tuple[str, ast.AST]]] = {}  # by the root of the value: name, value
        for _, node in reach.nodes():
            self._learn(node)
        self._follow()

    def _learn(self, node: ast.AST) -> None:
        """Names that are given something, and layers that are built and never used."""
        if isinstance(node, ast.Attribute):
            self.bases.add(id(node.value))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("hasattr", "getattr"):
            self.bases.update(id(argument) for argument in node.args[:1])
        elif isinstance(node, ast.Assign):
            if id(node) not in self.reach.bodies and all(isinstance(target, ast.Name) for target in node.targets):
                self.bases.add(id(node.value))
            for target in node.targets:
                if isinstance(target, ast.Name) and isinstance(node.value, ast.Name | ast.Attribute):
                    self._given.setdefault(root(node.value), []).append((target.id, node.value))
            target = node.targets[0]
            mine = isinstance(target, ast.Attribute) and root(target) == "self" and target.attr not in self.reach.loaded
            if mine and not self.reach.loaded & {"_modules", "children", "modules", "named_modules", "named_children"}:
                self.unused |= {id(inner) for inner in ast.walk(node.value)}

    def _follow(self) -> None:
        """Give names that stand for something of torch's its path, through as many names as there are."""
        waiting = list(self._given)
        while waiting:
            for name, value in self._given.get(waiting.pop(), ()):
                known = self.imports.get(name, {})
                new = [p for p in self.paths(value) if p.partition(".")[0] == "torch" and p not in known]
                if new and len(known) < MOST_PATHS:
                    self.imports[name] = known | dict.fromkeys(new)
                    waiting.append(name)

    def paths(self, node: ast.AST) -> list[str]:
        """`torch.nn.GRU` of `nn.GRU`, by all imports of that name; none where the root is not imported."""
        if not isinstance(node, ast.Attribute):
            return self._starts(node)
        start, attributes, count = self._place(node)
        return [".".join([path, *attributes[:count]]) for path in self._starts(start) if count]

    def root(self, node: ast.AST) -> str:
        """As reach.root, in a time that does not grow with a chain's length."""
        start = self._place(node)[0] if isinstance(node, ast.Attribute) else None
        return root(node) if start is None else start.id

    def _place(self, node: ast.Attribute) -> tuple[ast.Name, list[str], int]:
        """The name at the bottom of a chain, its attributes from there, and how many of them lead to this node: none
        where a call or an index stands between."""
        if id(node) not in self._places:
            passed, inner = list[ast.AST](), cast("ast.AST", node)
            while isinstance(inner, ast.Attribute | ast.Subscript | ast.Call | ast.Starred):
                passed.append(inner)
                inner = inner.func if isinstance(inner, ast.Call) else inner.value
            start = inner if isinstance(inner, ast.Name) else ast.Name("")
            attributes, plain = list[str](), True
            for outer in reversed(passed):
                plain = plain and isinstance(outer, ast.Attribute)
                if isinstance(outer, ast.Attribute):
                    attributes += [outer.attr] if plain else []
                    self._places[id(outer)] = start, attributes, len(attributes) if plain else 0
        return self._places[id(node)]

    def _starts(self, node: ast.AST) -> list[str]:
        if not isinstance(node, ast.Name):
            return []
        starts = list(self.imports.get(node.id, ()))
        if not starts and node.id in STARRED and node.id not in self.own:
            starts = [f"{star}.{node.id}" for star in self.stars]
        return starts

    def torch(self, name: str) -> bool:
        """Whether a name may stand for something of torch's."""
        return any(path.partition(".")[0] == "torch" for path in self.paths(ast.Name(name)))

    def hits(self) -> Iterator[Hit]:
        for cell, part in self.reach.parts:
            at_once = not isinstance(part, (*Function, ast.Lambda))
            for node in walk(part):
                what = "" if id(node) in self.unused else self.about(node, at_once)
                if what:
                    yield Hit(self.code.spot(cell, node), what)

    def about(self, node: ast.AST, at_once: bool) -> str:
        """Why a node is a hit; empty for all others. `at_once`: it runs when its cell does, not in a function."""
        if isinstance(node, ast.Attribute):
            return self.attribute(node) or self.module(node)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            return self.name(node, at_once) or self.module(node)
        return self.call(node) if isinstance(node, ast.Call) else ""

    def module(self, node: ast.Name | ast.Attribute) -> str:
        """A module of torch that is handed on: to a function, into a list, under another object's name."""
        if id(node) in self.bases or not isinstance(node.ctx, ast.Load):
            return ""
        handed = [path for path in self.paths(node) if path in MODULES]
        return f"the module `{handed[0]}` is handed on, and what is taken from it can't be read" if handed else ""

    def attribute(self, node: ast.Attribute) -> str:
        paths, start = self.paths(node), self.root(node)
        if HARMLESS in paths:
            return ""
        ours = any(path.partition(".")[0] == "torch" for path in paths) or self.torch(start)
        if node.attr in self.banned.names() and (ours or (node.attr in self.banned.telling and self.foreign(start))):
            return f"`{ast.unparse(node)}` is ready-made"
        if node.attr in HIDDEN:
            return f"`{node.attr}` runs or picks what is not written here"
        return self.inside(paths) or (
            f"`{ast.unparse(node)}` picks from torch by name" if ours and node.attr == "__dict__" else ""
        )

    def inside(self, paths: list[str]) -> str:
        """Parts of torch below its interface, and modules that bring in what can't be read."""
        for path in paths:
            if path.startswith(INNER):
                return f"`{path}` is inside torch"
            if path in HIDDEN_MODULES or path.partition(".")[0] in HIDDEN_MODULES or path.startswith("sys.modules."):
                return f"`{path}` brings in what is not written here, or works where nobody watches"
        return ""

    def foreign(self, start: str) -> bool:
        """Whether a name is neither the object itself nor something that the hand-in defines or imports elsewhere."""
        if start in ("self", "cls", "super"):
            return False
        return self.torch(start) or (start not in self.own and start not in self.imports)

    def name(self, node: ast.Name, at_once: bool) -> str:
        paths = self.imports.get(node.id, {})
        itself = node.id == self.reach.start and node.id in self.code.bindings and not at_once  # `super(GRU, self)`
        for path in () if itself else paths:
            if path.partition(".")[0] == "torch" and path.rpartition(".")[2] in self.banned.names():
                return f"`{node.id}` is torch's ready-made {path.rpartition('.')[2]}"
        if self.stars and not paths and node.id in self.banned.names() and (at_once or node.id not in self.own):
            return f"`{node.id}` is torch's, ready-made"
        if node.id in HIDDEN_NAMES or any(path.rpartition(".")[2] in HIDDEN for path in paths):
            return f"`{node.id}` runs or picks what is not written here"
        return self.inside(list(paths))

    def call(self, node: ast.Call) -> str:
        """getattr and vars on torch, and getattr of a banned name, or an unknown one, on anything but the object."""
        if not isinstance(node.func, ast.Name) or node.func.id not in ("getattr", "vars") or not node.args:
            return ""
        start, ours = self.root(node.args[0]), self.torch(self.root(node.args[0]))
        if node.func.id == "vars":
            return "`vars` picks from torch by name" if ours else ""
        wanted = node.args[1] if len(node.args) > 1 else None
        if isinstance(wanted, ast.Constant):
            picked = wanted.value in HIDDEN or (wanted.value in self.banned.names() and start != "self")
            return f"getattr takes the ready-made {wanted.value!s}" if picked else ""
        plain = isinstance(node.args[0], ast.Name) and start == "self"
        return "" if plain or (_begins(wanted) and not ours) else "getattr picks by a name that is not written here"


def _begins(name: ast.expr | None) -> bool:
    """Whether a name that is put together begins with letters that are written: `f"gate_{number}"`."""
    if isinstance(name, ast.BinOp):
        name = name.left
    if isinstance(name, ast.JoinedStr) and name.values:
        name = name.values[0]
    return isinstance(name, ast.Constant) and isinstance(name.value, str) and name.value[:1].isalpha()


def banned_names(*plain: str, telling: Collection[str]) -> Banned:
    return Banned(frozenset(plain), frozenset(telling))
