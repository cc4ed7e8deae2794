"""Whether the machine is at fault: what a student's code wants that is not here, read off an exception's plain data.

A package, a corpus or a syntax that this machine lacks is no mistake: a person looks. An interface that other versions
of a library have is one, but the sentence says so and names what replaces it.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import platform
import re
import sys
from functools import lru_cache

NEWER_PYTHON = "and the grader runs Python"  # how inside/syntax.py ends its sentence
MODULE = re.compile(r"No module named '([A-Za-z_]\w{0,60})((?:\.\w{1,60}){0,8})'")
CORPUS = re.compile(r"Resource\s(?:\x1b\[\d+m)?'?([\w.-]{1,60})'?(?:\x1b\[\d+m)? not found")
OFFLINE = re.compile(r"name resolution|Name or service not known|urlopen error|getaddrinfo|Network is unreachable")
NO_NAME = re.compile(
    r"cannot import name '(\w{1,60})' from '(\w{1,60})|module '(\w{1,60})[\w.]{0,60}' has no attribute '(\w{1,60})'"
)
METHOD = re.compile(r"'(\w{1,60})' object has no attribute '(\w{1,60})'")
KEYWORD = re.compile(r"(\w{1,60})\(\) got an unexpected keyword argument '(\w{1,60})'")
NEWER_NAMES = {
    "itertools": "batched", "typing": "override TypeAliasType NoDefault ReadOnly TypeIs", "copy": "replace",
    "math": "sumprod fma", "warnings": "deprecated", "random": "binomialvariate", "statistics": "kde kde_random",
    "os": "process_cpu_count", "queue": "ShutDown",
}  # fmt: skip
DISTRIBUTIONS = {"numpy": "numpy", "pandas": "pandas", "torch": "torch", "sklearn": "scikit-learn", "nltk": "nltk",
                 "scipy": "scipy", "matplotlib": "matplotlib", "tqdm": "tqdm"}  # fmt: skip
OLD_METHODS = {
    "DataFrame.append": "pd.concat", "Series.append": "pd.concat", "DataFrame.iteritems": "items()",
    "Series.iteritems": "items()", "DataFrame.ix": "loc or iloc", "Series.ix": "loc or iloc",
    "DataFrame.as_matrix": "to_numpy()", "Series.as_matrix": "to_numpy()", "DataFrame.applymap": "map",
    "DataFrame.lookup": "loc", "DataFrame.get_value": "at", "DataFrame.set_value": "at", "Series.get_value": "at",
    "DataFrame.mad": "(df - df.mean()).abs().mean()", "DataFrame.swapaxes": "T",
}  # fmt: skip
OLD_KEYWORDS = {
    "error_bad_lines": "on_bad_lines='skip'", "warn_bad_lines": "on_bad_lines='warn'", "squeeze": "squeeze('columns')",
    "line_terminator": "lineterminator", "method": "ffill() or bfill()", "join_axes": "reindex",
    "prefix": "names", "mangle_dupe_cols": "nothing", "delim_whitespace": "sep=r'\\s+'",
    "date_parser": "date_format", "infer_datetime_format": "nothing", "verbose": "nothing",
}  # fmt: skip
PANDAS_CALLS = (
    "read_csv",
    "read_table",
    "to_csv",
    "fillna",
    "replace",
    "concat",
    "append",
    "reindex",
    "drop",
    "squeeze",
)
OLD_NAMES = {
    "pandas.np": "import numpy as np", "pandas.datetime": "datetime.datetime", "pandas.Panel": "DataFrame",
    "numpy.product": "np.prod", "numpy.cumproduct": "np.cumprod", "numpy.in1d": "np.isin", "numpy.alltrue": "np.all",
    "numpy.sometrue": "np.any", "numpy.row_stack": "np.vstack", "numpy.trapz": "np.trapezoid", "numpy.msort": "np.sort",
    "collections.Iterable": "collections.abc.Iterable", "collections.Mapping": "collections.abc.Mapping",
    "collections.Callable": "collections.abc.Callable", "collections.Sequence": "collections.abc.Sequence",
    "time.clock": "time.perf_counter", "sklearn.joblib": "import joblib",
}  # fmt: skip
OLD_MODULES = {"sklearn.cross_validation": "sklearn.model_selection", "sklearn.externals": "import joblib"}
BUILTIN_TYPES = ("str", "int", "float", "bool", "object", "complex", "long", "unicode")


def lack(kind: str, text: str) -> str:
    """One clause that names what this machine lacks, or nothing where the exception says something else."""
    if kind in ("ModuleNotFoundError", "ImportError") and (found := MODULE.search(text)) and not _installed(found[1]):
        return f"`{found[1]}` is not installed on the grader's machine"
    if kind == "LookupError" and (found := CORPUS.search(text)):
        return f"nltk's data `{found[1]}` is not on the grader's machine, which has no network"
    if kind in ("SyntaxError", "IndentationError") and NEWER_PYTHON in text:
        return f"it needs a newer Python than {_python()}, which the grader runs"
    if kind in ("ImportError", "AttributeError") and (found := NO_NAME.search(text)):
        name, module = (found[1], found[2]) if found[1] else (found[4], found[3])
        if name in NEWER_NAMES.get(module, "").split():
            return f"`{module}.{name}` needs a newer Python than {_python()}, which the grader runs"
    return ""


def drift(kind: str, text: str) -> str:
    """A clause that explains a mistake by what is different here, or nothing: the library's version, with what replaces
    an interface that it no longer has; or that there is no network."""
    if kind in ("URLError", "gaierror") and OFFLINE.search(text):
        return "the grader's machine has no network"
    if kind == "AttributeError" and (found := METHOD.search(text)):
        replacement = OLD_METHODS.get(f"{found[1]}.{found[2]}", "")
        return _older("pandas", replacement) if replacement else ""
    if kind == "TypeError" and (found := KEYWORD.search(text)) and found[1] in PANDAS_CALLS:
        return _older("pandas", OLD_KEYWORDS.get(found[2], ""), unknown=found[2] in OLD_KEYWORDS)
    if kind == "ModuleNotFoundError" and (found := MODULE.search(text)):
        return _older(found[1], OLD_MODULES.get(found[1] + found[2], "")) if found[2] else ""
    if kind in ("ImportError", "AttributeError") and (found := NO_NAME.search(text)):
        name, module = (found[1], found[2]) if found[1] else (found[4], found[3])
        replacement = OLD_NAMES.get(f"{module}.{name}", "")
        if module == "numpy" and name in BUILTIN_TYPES:
            replacement = name
        return _older(module, replacement, unknown=True)
    if kind == "AttributeError" and "was removed in the NumPy" in text:
        return _older("numpy", "", unknown=True)
    return ""


def _older(module: str, replacement: str, *, unknown: bool = False) -> str:
    """`pandas 3.1.1 runs here, which has this no longer: use pd.concat`."""
    version = _version(module)
    if not version or not (replacement or unknown):
        return ""
    if replacement and replacement != "nothing":
        return f"this is an older interface of {module}: {version} runs here, where `{replacement}` takes its place"
    return f"{version} runs here; other versions of {module} may have it"


@lru_cache(maxsize=256)
def _installed(module: str) -> bool:
    """Whether a top-level module is there: the judge and the student's process have the same libraries."""
    if module in sys.stdlib_module_names:
        return True
    try:
        return importlib.util.find_spec(module) is not None
    except (ImportError, ValueError):
        return False


@lru_cache(maxsize=64)
def _version(module: str) -> str:
    if module in sys.stdlib_module_names:
        return f"Python {_python()}"
    if module not in DISTRIBUTIONS:
        return ""
    try:
        return f"{module} {importlib.metadata.version(DISTRIBUTIONS[module])}"
    except importlib.metadata.PackageNotFoundError:
        return ""


def _python() -> str:
    return ".".join(platform.python_version_tuple()[:2])
