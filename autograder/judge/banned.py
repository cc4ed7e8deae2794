"""Ready-made parts of torch in what a class reaches, and code that hides from being looked at.

Text only points a person to a line: names are found where they stand, and code that runs text, or picks from torch by
a name that is not written down, can't be read any further.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from autograder.judge.names_read import names_read
from autograder.judge.reach import Code, Reach, Spot, root

HIDDEN = {  # what runs or picks things by names that can't be read
    "exec", "eval", "compile", "__import__", "globals", "__subclasses__", "__globals__", "__builtins__",
    "CompilationUnit", "import_module", "load_inline", "attrgetter", "methodcaller", "load_library",
}  # fmt: skip
HIDDEN_MODULES = ("importlib", "ctypes", "pickle", "marshal", "base64", "codecs", "builtins", "cffi", "torch.jit.load",
                  "torch.load", "torch.hub", "torch.package", "torch.utils.cpp_extension")  # fmt: skip
INNER = ("torch._C", "torch._VF", "torch.ops", "torch._ops", "torch.classes")
TAMPERING = {  # what looks into the process that watches, or switches the watching off
    "_getframe", "get_objects", "get_referrers", "TorchFunctionMode", "TorchDispatchMode", "DisableTorchFunction",
    "DisableTorchFunctionSubclass", "_DisableTorchDispatch", "_DisableFuncTorch", "_disable_functorch",
    "_DisableTorchFunction", "_disable_torch_function_impl", "_disable_profiler_legacy", "_enable_profiler_legacy",
    "_pop_torch_function_stack", "_len_torch_function_stack", "_push_on_torch_function_stack",
    "_set_torch_function_mode", "_ExcludeDispatchKeyGuard",
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
        return f"{self.what} ({self.spot})"


def hits(reach: Reach, banned: Banned) -> list[Hit]:
    """Ready-made parts and unreadable code in what is reached, in the order of the hand-in, each line once."""
    search = Search(reach, banned)
    found = {(hit.spot.cell, hit.spot.line): hit for hit in search.hits()}
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
        self.torch = {name for name, path in self.code.imports.items() if path.partition(".")[0] == "torch"}
        self.read = {id(name) for _, part in reach.parts for name in names_read(part)}
        self.unused: set[int] = set()
        self.switches: set[int] = set()  # of `model.eval()`, which sets a mode and runs nothing
        for _, node in reach.nodes():
            self._learn(node)

    def _learn(self, node: ast.AST) -> None:
        """Names that are given something of torch's, layers that are built and never used, and switches of mode."""
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "eval":
            self.switches |= set() if node.args or node.keywords else {id(node.func)}
        if isinstance(node, ast.Assign):
            dotted = self.dotted(node.value)
            if dotted.partition(".")[0] == "torch":
                self.torch |= {target.id for target in node.targets if isinstance(target, ast.Name)}
                self.code.imports.update({t.id: dotted for t in node.targets if isinstance(t, ast.Name)})
            target = node.targets[0]
            mine = isinstance(target, ast.Attribute) and root(target) == "self" and target.attr not in self.reach.loaded
            if mine and not self.reach.loaded & {"_modules", "children", "modules", "named_modules", "named_children"}:
                self.unused |= {id(inner) for inner in ast.walk(node.value)}

    def dotted(self, node: ast.AST) -> str:
        """`torch.nn.GRU` of `nn.GRU` by the imports; empty where the root is not imported."""
        path: list[str] = []
        while isinstance(node, ast.Attribute):
            path.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return ""
        start = self.code.imports.get(node.id, "")
        return ".".join([start, *reversed(path)]) if start else ""

    def hits(self) -> Iterator[Hit]:
        for cell, node in self.reach.nodes():
            what = "" if id(node) in self.unused else self.about(node)
            if what:
                yield Hit(self.code.spot(cell, node), what)

    def about(self, node: ast.AST) -> str:
        """Why a node is a hit; empty for all others."""
        if isinstance(node, ast.Attribute):
            return self.attribute(node)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            return self.name(node)
        if isinstance(node, ast.Call):
            return self.call(node)
        if isinstance(node, ast.Subscript):
            return self.lookup(node)
        return ""

    def attribute(self, node: ast.Attribute) -> str:
        dotted, start = self.dotted(node), root(node)
        ours = dotted.partition(".")[0] == "torch" or start in self.torch
        if node.attr in self.banned.names() and (ours or (node.attr in self.banned.telling and self.foreign(start))):
            return f"`{ast.unparse(node)}` is ready-made"
        if dotted.startswith(INNER):
            return f"`{dotted}` is inside torch"
        harmless = start in ("self", "re") or id(node) in self.switches or dotted == "torch.compile"
        if node.attr in HIDDEN and not harmless:
            return f"`{node.attr}` runs or picks what is not written here"
        if dotted in HIDDEN_MODULES or dotted.partition(".")[0] in HIDDEN_MODULES:
            return f"`{dotted}` brings in what is not written here"
        return f"`{ast.unparse(node)}` picks from torch by name" if ours and node.attr == "__dict__" else ""

    def foreign(self, start: str) -> bool:
        """Whether a name is neither the object itself nor something that the hand-in defines or imports elsewhere."""
        if start in ("self", "cls", "super"):
            return False
        module = self.code.imports.get(start, "torch")
        return module.partition(".")[0] == "torch" and start not in self.own

    def name(self, node: ast.Name) -> str:
        dotted = self.code.imports.get(node.id, "")
        if not dotted and id(node) not in self.read:  # a parameter or variable of the function in which it stands
            return ""
        star = any(module.partition(".")[0] == "torch" for module in self.code.stars)
        if dotted.partition(".")[0] == "torch" and dotted.rpartition(".")[2] in self.banned.names():
            return f"`{node.id}` is torch's ready-made {dotted.rpartition('.')[2]}"
        if star and not dotted and node.id in self.banned.names() and node.id not in self.own:
            return f"`{node.id}` is torch's, ready-made"
        if node.id in HIDDEN and node.id not in self.own:
            return f"`{node.id}` runs or picks what is not written here"
        return f"`{dotted}` is inside torch" if dotted.startswith(INNER) else ""

    def call(self, node: ast.Call) -> str:
        """getattr and vars on torch, and getattr of a banned name on anything but the object itself."""
        if not isinstance(node.func, ast.Name) or node.func.id not in ("getattr", "vars") or not node.args:
            return ""
        start = root(node.args[0])
        ours = start in self.torch
        if node.func.id == "vars":
            return "`vars` picks from torch by name" if ours else ""
        wanted = node.args[1] if len(node.args) > 1 else None
        if isinstance(wanted, ast.Constant):
            banned = wanted.value in self.banned.names() and start != "self"
            return f"getattr takes the ready-made {wanted.value!s}" if banned else ""
        return "getattr picks from torch by a name that is not written here" if ours else ""

    def lookup(self, node: ast.Subscript) -> str:
        return "`sys.modules` picks modules by name" if self.dotted(node.value) == "sys.modules" else ""


def banned_names(*plain: str, telling: Collection[str]) -> Banned:
    return Banned(frozenset(plain), frozenset(telling))
