"""What notebooks expect of a machine with a network and a browser, made harmless: downloads, progress bars, Drive."""

from __future__ import annotations

import functools
import importlib.abc
import importlib.machinery
import importlib.util
import io
import os
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from autograder.inside import compiled

# What real notebooks import for the eye alone, and no library here looks for.
DECORATION = (
    "ipywidgets", "seaborn", "plotly", "bokeh", "altair", "wordcloud", "graphviz", "torchviz", "wandb", "tensorboard",
    "tensorboardX", "torchsummary", "torchinfo", "livelossplot",
)  # fmt: skip


def data_folder() -> Path:
    """The folder of nltk data that ships with the harness."""
    return Path(__file__).resolve().parent / "nltk_data"


def prepare() -> None:
    """Called once before any submission's process is forked: install the stand-ins, load what is lazy."""
    os.environ.setdefault("MPLBACKEND", "Agg")
    _prepare_nltk()
    _prepare_tqdm()
    _prepare_decoration()
    compiled.install()


def _prepare_nltk() -> None:
    os.environ["NLTK_DATA"] = str(data_folder())
    try:
        nltk: Any = importlib.import_module("nltk")
        stopwords = importlib.import_module("nltk.corpus").stopwords
    except ImportError:
        return
    if hasattr(nltk, "pathsec"):
        # nltk refuses data that another account owns or that a group may write. These files are ours, but a
        # checkout with umask 002, or another uid inside the sandbox, looks exactly like that.
        nltk.pathsec.ENFORCE = False
    folder = str(data_folder())
    nltk.data.path[:] = [folder, *(path for path in nltk.data.path if path != folder)]
    for place in (nltk, nltk.downloader, nltk.downloader.Downloader):
        place.download = _download
    stopwords.ensure_loaded()
    reader = type(stopwords)
    if not hasattr(reader.words, "remembered"):
        reader.words = _remembering(reader.words)
    stopwords.words("english")
    nltk.word_tokenize("Loaded once. Ready.")


def _download(info_or_id: Any = None, *args: Any, **kwargs: Any) -> bool:
    """nltk.download, also as a method: whether the data is here, since nothing can be fetched."""
    if isinstance(info_or_id, _downloader()):
        return _download(*args, **kwargs)
    names = [info_or_id] if isinstance(info_or_id, str) else list(info_or_id or ())
    absent = [str(getattr(name, "id", name)) for name in names if not has_data(str(getattr(name, "id", name)))]
    if not absent:
        return True
    text = f"{', '.join(absent)}: not on this machine, and nothing can be downloaded"
    if kwargs.get("raise_on_error"):
        raise ValueError(text)
    if not kwargs.get("quiet"):
        print(f"[nltk_data] {text}")
    return False


def _downloader() -> type:
    kind: type = sys.modules["nltk.downloader"].Downloader
    return kind


def has_data(name: str) -> bool:
    """Whether a package of nltk's data is here. `punkt` is: its successor does its work."""
    name = {"punkt": "punkt_tab"}.get(name, name)
    return name.isidentifier() and any((group / name).exists() for group in data_folder().iterdir())


def _remembering(words: Any) -> Any:
    """Notebooks ask for the list once per word of the corpus; reading the file each time takes minutes."""
    memory: dict[str, tuple[str, ...]] = {}

    @functools.wraps(words)
    def remembered(self: Any, fileids: Any = None, *args: Any, **kwargs: Any) -> list[str]:
        if args or kwargs:
            return list(words(self, fileids, *args, **kwargs))
        key = f"{self.root}|{fileids!r}"
        if key not in memory:
            memory[key] = tuple(words(self, fileids))
        return list(memory[key])

    remembered.remembered = True  # type: ignore[attr-defined]
    return remembered


class _Nowhere(io.TextIOBase):
    """Where progress bars are drawn."""

    encoding = "utf-8"

    def write(self, text: str) -> int:
        return len(text)


def _prepare_tqdm() -> None:
    """Progress bars count, and are drawn nowhere; the notebook ones also need packages that are not here."""
    try:
        tqdm = importlib.import_module("tqdm")
    except ImportError:
        return
    if hasattr(tqdm.tqdm, "drawn"):
        return  # done before
    original, nowhere = tqdm.tqdm, _Nowhere()
    original.monitor_interval = 0  # no thread of its own

    class Quiet(original):  # type: ignore[misc,valid-type]
        """tqdm that draws nothing, of all its kinds: for terminals and for notebooks."""

        drawn = False
        container = None  # of a notebook's widgets

        def __init__(
            self, iterable: Any = None, desc: Any = None, total: Any = None, leave: Any = True, file: Any = None,
            *args: Any, **kwargs: Any,
        ) -> None:  # fmt: skip
            known = {name: value for name, value in kwargs.items() if name not in ("display", "gui", "notebook")}
            super().__init__(iterable, desc, total, leave, nowhere, *args, **known)

        def display(self, *args: Any, **kwargs: Any) -> None:
            """A notebook's bar takes other arguments than a terminal's."""

    def trange(*args: Any, **kwargs: Any) -> Quiet:
        return Quiet(range(*args), **kwargs)

    Quiet.__name__ = Quiet.__qualname__ = "tqdm"
    Quiet.__module__ = original.__module__
    for name in ("tqdm.notebook", "tqdm.auto", "tqdm.autonotebook"):
        module = types.ModuleType(name)
        module.__dict__.update(tqdm=Quiet, trange=trange, tqdm_notebook=Quiet, tnrange=trange)
        sys.modules[name] = module
        setattr(tqdm, name.partition(".")[2], module)
    for place in (tqdm, tqdm.std):
        place.__dict__.update(tqdm=Quiet, trange=trange)
    tqdm.__dict__.update(tqdm_notebook=Quiet, tnrange=trange)


class Decoration(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds packages that draw, log or print, and are not here: whatever is asked of them does nothing."""

    def __init__(self) -> None:
        self._names = {name for name in DECORATION if importlib.util.find_spec(name) is None}

    def find_spec(
        self, fullname: str, path: object = None, target: object = None
    ) -> importlib.machinery.ModuleSpec | None:
        """For these packages, their modules, and torch's own way to one of them."""
        if fullname.partition(".")[0] in self._names or (
            fullname == "torch.utils.tensorboard" and "tensorboard" in self._names
        ):
            return importlib.machinery.ModuleSpec(fullname, self, is_package=True)
        return None

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        """A module of which every name is a Nothing."""
        module = types.ModuleType(spec.name)
        module.__dict__["__getattr__"] = Nothing().__getattr__
        return module

    def exec_module(self, module: types.ModuleType) -> None:
        """Nothing runs."""


def _prepare_decoration() -> None:
    if not any(isinstance(finder, Decoration) for finder in sys.meta_path):
        sys.meta_path.insert(0, Decoration())


class Nothing:
    """Stands for things of the browser or of Colab: may be called, asked, indexed, entered and derived from; does
    nothing. As a decorator it gives the function back."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if len(args) == 1 and not kwargs and isinstance(args[0], types.FunctionType):
            return args[0]
        return self

    def __mro_entries__(self, bases: tuple[Any, ...]) -> tuple[type, ...]:
        return (Nothing,)

    def __getitem__(self, key: Any) -> Any:
        return self

    def __setitem__(self, key: Any, value: Any) -> None:
        return None

    def __len__(self) -> int:
        return 0

    def __bool__(self) -> bool:
        return True

    def __iter__(self) -> Iterator[Any]:
        return iter(())

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *args: object) -> None:
        return None


_colab: dict[str, types.ModuleType] = {}


def colab_stub(present: bool) -> None:
    """Make `from google.colab import drive` work, or take that away again.

    It is absent while cells load: notebooks find out by this import whether they run on Colab.
    """
    for name, module in _colab.items():
        if sys.modules.get(name) is module:
            del sys.modules[name]
    _colab.clear()
    if not present:
        return
    colab = types.ModuleType("google.colab")
    for name in ("drive", "files", "auth", "userdata", "output"):
        setattr(colab, name, Nothing())
        _colab[f"google.colab.{name}"] = getattr(colab, name)
    _colab["google.colab"] = colab
    if "google" not in sys.modules:
        _colab["google"] = types.ModuleType("google")
        _colab["google"].__dict__["colab"] = colab
    sys.modules.update(_colab)
