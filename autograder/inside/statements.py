"""Which top-level statements of a notebook run while it is loaded, and which wait: decided from the AST alone.

A notebook mixes definitions with experiments. Imports, definitions and cheap constants run; what reads files,
builds models, trains or calls the notebook's own functions waits until a graded function needs its result.
"""

from __future__ import annotations

import ast
import copy
import dis
import types
from dataclasses import dataclass, field, replace
from enum import Enum

from autograder.inside.names import COMPOUND, DEFINITIONS, FUNCTIONS, IMPORTS, blocks, dotted, reads, root, walk

STORE_ATTR = dis.opmap["STORE_ATTR"]


class Decision(Enum):
    """What happens to a statement at load time."""

    RUN = "run"
    DEFER = "defer"  # kept: it may run later, when a name that it sets is missed
    SKIP = "skip"  # never runs


@dataclass
class Known:
    """What is known of the notebook's names when a statement is looked at."""

    functions: set[str] = field(default_factory=set)  # calling one is an experiment
    models: set[str] = field(default_factory=set)  # constructing one is an experiment
    deferred: set[str] = field(default_factory=set)  # the newest binding has not run
    values: set[str] = field(default_factory=set)  # objects and classes made by statements that ran
    patchers: set[str] = field(default_factory=set)  # calling one adds a method to a class, or the like


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Calls by their last name: `np.load`, `read_csv`, `model.cuda`. They read, write, fetch, plot, train or wait.
HEAVY = _words(
    "open input DataLoader cuda backward step evaluate predict mount upload show display imshow sleep system popen run"
    " call check_call check_output Popen getoutput listdir scandir glob iglob walk rglob mkdir makedirs remove unlink"
    " rename rmtree copy2 copyfile copytree move unpack_archive extractall ZipFile urlopen urlretrieve from_pretrained"
    " summary get_ipython exec eval __import__ readlines readline state_dict quit exit _exit abort fork kill write"
    " writelines Thread Process Pool ThreadPoolExecutor ProcessPoolExecutor start SummaryWriter getpass"
)
HEAVY_PREFIXES = ("read_", "load", "save", "fetch_", "train", "fit", "plot", "download", "to_csv", "test_", "subplot")
HEAVY_ROOTS = _words(
    "plt sns requests urllib wget gdown drive files shutil subprocess wandb socket kagglehub kaggle"
    " opendatasets od px multiprocessing"
)
CHEAP_CUDA = _words("is_available device_count manual_seed manual_seed_all")
TAKES_FUNCTION = _words("map filter sorted reduce min max apply starmap applymap progress_apply transform")

# Bare calls that mean something for later definitions, by their last name.
SETTINGS = _words(
    "seed manual_seed manual_seed_all use_deterministic_algorithms set_default_dtype set_default_device"
    " set_default_tensor_type set_float32_matmul_precision set_printoptions set_grad_enabled filterwarnings"
    " simplefilter disable_warnings set_option setrecursionlimit basicConfig setattr"
)
MUTATORS = _words(
    "append extend insert add update discard remove pop setdefault clear sort reverse appendleft"
    " intersection_update difference_update symmetric_difference_update move_to_end add_argument"
)
FOLDERS = _words("mkdir makedirs")  # bare calls: trainings save there
QUIET = _words("print display get_ipython download warn simplefilter filterwarnings")


def judge(node: ast.stmt, known: Known) -> Decision:
    """Decide one top-level statement."""
    if isinstance(node, (*IMPORTS, *DEFINITIONS)) or type(node).__name__ == "TypeAlias":
        return Decision.RUN
    if isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign)):
        return _assignment(node, known)
    if isinstance(node, ast.Expr):
        return _expression(node, known)
    if isinstance(node, COMPOUND):
        return Decision.RUN if _eager_block(node, known) else Decision.DEFER
    if isinstance(node, (ast.Global, ast.Pass)):
        return Decision.SKIP
    return Decision.SKIP  # del, assert, raise, return: nothing a definition could need


def literal(node: ast.stmt) -> bool:
    """`NAME = constant`, the only assignment that runs when nothing but definitions may."""
    if not isinstance(node, (ast.Assign, ast.AnnAssign)) or node.value is None:
        return False
    try:
        ast.literal_eval(node.value)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return False
    return True


def cheap(node: ast.AST, known: Known) -> bool:
    """Whether evaluating it neither experiments nor needs the result of something that waits."""
    for child in walk(node):
        if isinstance(child, ast.Name):
            if child.id in known.deferred and not isinstance(child.ctx, ast.Store):
                return False
        elif isinstance(child, ast.Call):
            if _heavy_call(child, known):
                return False
        elif isinstance(child, (ast.Await, ast.Yield, ast.YieldFrom)):
            return False
    return True


def _heavy_call(call: ast.Call, known: Known) -> bool:
    name = dotted(call.func)
    last = name.rpartition(".")[2]
    if name == "nltk.download":  # does nothing here
        return False
    if isinstance(call.func, ast.Name) and (last in known.functions or last in known.models):
        return True
    if root(call.func) in HEAVY_ROOTS or last in HEAVY or last.startswith(HEAVY_PREFIXES):
        return True
    if name.startswith("torch.cuda.") and last not in CHEAP_CUDA:
        return True
    if last in TAKES_FUNCTION:
        given = [*call.args, *(keyword.value for keyword in call.keywords)]
        return any(isinstance(value, ast.Name) and value.id in known.functions | known.models for value in given)
    return False


def _assignment(node: ast.Assign | ast.AnnAssign | ast.AugAssign, known: Known) -> Decision:
    if node.value is None:  # `x: int` alone
        return Decision.SKIP
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    waiting = isinstance(node, ast.AugAssign) and root(node.target) in known.deferred
    if waiting or not cheap(node.value, known) or not all(cheap(target, known) for target in targets):
        return Decision.DEFER
    return Decision.RUN


def _expression(node: ast.Expr, known: Known) -> Decision:
    call = node.value
    if isinstance(call, ast.NamedExpr):
        return Decision.RUN if cheap(call.value, known) else Decision.DEFER
    if not isinstance(call, ast.Call):
        return Decision.SKIP
    name = dotted(call.func)
    last, start = name.rpartition(".")[2], root(call.func)
    if name in ("nltk.download", "tqdm.pandas") or name.startswith("sys.path."):
        return Decision.RUN
    if start in known.deferred:  # `df.dropna(inplace=True)`: belongs to the statement that makes df
        return Decision.DEFER if last in MUTATORS or _in_place(call) else Decision.SKIP
    arguments_cheap = all(cheap(value, known) for value in [*call.args, *(k.value for k in call.keywords)])
    if last in SETTINGS and last not in known.functions:
        return Decision.RUN if arguments_cheap else Decision.SKIP
    if start in known.values and last in MUTATORS and isinstance(call.func, ast.Attribute):
        return Decision.RUN if arguments_cheap else Decision.DEFER
    if name in known.patchers and all(cheap(value, known) for value in _handed(call)):
        return Decision.RUN
    return Decision.SKIP


def makes_folder(node: ast.stmt, known: Known) -> bool:
    """Whether it is a bare call that makes a folder, `os.makedirs("checkpoints", exist_ok=True)`."""
    if not isinstance(node, ast.Expr) or not isinstance(node.value, ast.Call):
        return False
    call = node.value
    return dotted(call.func).rpartition(".")[2] in FOLDERS and all(
        cheap(part, known)
        for part in (*_handed(call), *([call.func.value] if isinstance(call.func, ast.Attribute) else []))
    )


def _handed(call: ast.Call) -> list[ast.expr]:
    """The arguments of `f(a)(b)`."""
    found = [*call.args, *(keyword.value for keyword in call.keywords)]
    return found + (_handed(call.func) if isinstance(call.func, ast.Call) else [])


def _in_place(call: ast.Call) -> bool:
    return any(k.arg == "inplace" and isinstance(k.value, ast.Constant) and k.value.value for k in call.keywords)


def _eager_block(node: ast.stmt, known: Known) -> bool:
    """Whether a whole compound statement may run: its heads are cheap and everything inside is eager."""
    if isinstance(node, ast.While) and isinstance(node.test, ast.Constant):
        return False
    heads = [getattr(node, "test", None), getattr(node, "iter", None), getattr(node, "subject", None)]
    heads += [item.context_expr for item in getattr(node, "items", [])]
    if not all(cheap(head, known) for head in heads if head is not None):
        return False
    if any(reads(handler.type) & known.deferred for handler in getattr(node, "handlers", []) if handler.type):
        return False
    inside = replace(known, values=known.values | _loop_values(node))
    return all(_eager_or_quiet(child, inside) for block in blocks(node) for child in block)


def _loop_values(node: ast.stmt) -> set[str]:
    """Names set inside the block: what runs with it may change them."""
    return {child.id for child in walk(node) if isinstance(child, ast.Name) and isinstance(child.ctx, ast.Store)}


def _eager_or_quiet(node: ast.stmt, known: Known) -> bool:
    """Inside a block, what is merely skippable (a print) does not make the whole block wait."""
    if isinstance(node, (ast.Pass, ast.Break, ast.Continue)):
        return True
    if isinstance(node, ast.Expr):
        if isinstance(node.value, ast.Constant):
            return True
        if isinstance(node.value, ast.Call) and dotted(node.value.func).rpartition(".")[2] in QUIET:
            return True
        if isinstance(node.value, ast.Call) and dotted(node.value.func).startswith("get_ipython."):
            return True
    return judge(node, known) is Decision.RUN


def heavy_constructor(node: ast.stmt) -> bool:
    """Whether a class reads files, trains or the like in `__init__`, so that constructing it is an experiment."""
    for item in node.body if isinstance(node, ast.ClassDef) else []:
        if isinstance(item, ast.FunctionDef) and item.name == "__init__":
            called = [dotted(child.func).rpartition(".")[2] for child in ast.walk(item) if isinstance(child, ast.Call)]
            return any(name in HEAVY - MUTATORS or name.startswith(HEAVY_PREFIXES) for name in called)
    return False


def may_patch(code: types.CodeType) -> bool:
    """Whether something in a statement sets attributes when it is called: sooner told than by its syntax tree."""
    if STORE_ATTR in code.co_code or "setattr" in code.co_names:
        return True
    return any(isinstance(inner, types.CodeType) and may_patch(inner) for inner in code.co_consts)


def patches(node: ast.stmt) -> bool:
    """Whether a function sets attributes and does nothing that takes time, as one that adds methods to a class."""
    if not isinstance(node, ast.FunctionDef):
        return False
    inside = list(ast.walk(node))
    if any(isinstance(child, ast.While | ast.Global) for child in inside):
        return False
    calls = [child for child in inside if isinstance(child, ast.Call)]
    if any(_heavy_call(call, Known()) for call in calls):
        return False
    stored = any(isinstance(child, ast.Attribute) and isinstance(child.ctx, ast.Store) for child in inside)
    return stored or any(dotted(call.func) == "setattr" for call in calls)


def soften(node: ast.stmt) -> ast.stmt:
    """A copy of a definition whose defaults are constants and whose class attributes are literals.

    For definitions that fail for want of a global, so that at least their bodies can be judged.
    """
    soft = copy.deepcopy(node)
    if isinstance(soft, FUNCTIONS):
        for values in (soft.args.defaults, soft.args.kw_defaults):
            for place, value in enumerate(values):
                if value is not None and not isinstance(value, ast.Constant):
                    values[place] = ast.copy_location(ast.Constant(None), value)
    elif isinstance(soft, ast.ClassDef):
        kept = [item for item in soft.body if isinstance(item, DEFINITIONS) or literal(item)]
        soft.body = kept or [ast.copy_location(ast.Pass(), soft)]
    return soft
