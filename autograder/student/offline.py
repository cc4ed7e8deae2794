"""What notebooks expect of a machine with a network and a browser, made harmless: downloads, progress bars, Drive."""

from __future__ import annotations

import functools
import importlib.abc
import importlib.machinery
import importlib.util
import os
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

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


def _download(*args: Any, **kwargs: Any) -> bool:
    """nltk.download: everything that may be downloaded is there already."""
    return True


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


def _prepare_tqdm() -> None:
    """Progress bars count silently; the notebook ones also need packages that are not here."""
    try:
        tqdm = importlib.import_module("tqdm")
    except ImportError:
        return

    if "tqdm.notebook" in sys.modules and not hasattr(sys.modules["tqdm.notebook"], "__file__"):
        return  # done before

    class Quiet(tqdm.tqdm):  # type: ignore[misc,name-defined]
        """tqdm that never prints."""

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **{**kwargs, "disable": True})

    def trange(*args: Any, **kwargs: Any) -> Quiet:
        return Quiet(range(*args), **kwargs)

    Quiet.__name__ = Quiet.__qualname__ = "tqdm"
    for name in ("tqdm.notebook", "tqdm.auto", "tqdm.autonotebook"):
        module = types.ModuleType(name)
        module.__dict__.update(tqdm=Quiet, trange=trange, tqdm_notebook=Quiet, tnrange=trange)
        sys.modules[name] = module
        setattr(tqdm, name.partition(".")[2], module)
    tqdm.__dict__.update(tqdm=Quiet, trange=trange, tqdm_notebook=Quiet, tnrange=trange)


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
    """Stands for things of the browser or of Colab: may be called, asked and entered, does nothing."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self

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
