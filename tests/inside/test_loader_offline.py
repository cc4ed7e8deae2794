"""What notebooks expect of the network, the browser and Google Drive."""

from __future__ import annotations

import shutil
from pathlib import Path
from textwrap import dedent

import nltk
import pytest
from nltk.corpus import stopwords

from autograder.inside.loader import Workspace, data_folder, prepare

prepare()


# ---- nltk ----------------------------------------------------------------------------------------------------------
# The English stop words are there, lower case, with contractions, without a network.
def test_stop_words() -> None:
    words = stopwords.words("english")
    assert len(words) == len(set(words)) == 198
    assert all(word == word.lower().strip() for word in words)
    assert {"i", "the", "don't", "you've", "ain"} <= set(words)
    assert "movie" not in words
    assert "english" in stopwords.fileids()


# Seen: the list is asked for once per word of the corpus; each answer is a list of its own.
def test_stop_words_once_per_word() -> None:
    kept = [word for word in ["the", "film"] * 5000 if word not in stopwords.words("english")]
    assert len(kept) == 5000
    stopwords.words("english").clear()
    assert stopwords.words("english")
    assert stopwords.words()


# word_tokenize and sent_tokenize work, with the usual abbreviations.
def test_tokenizers() -> None:
    assert nltk.word_tokenize("It wasn't bad. Mr. Smith liked it!") == [
        *["It", "was", "n't", "bad", "."],
        *["Mr.", "Smith", "liked", "it", "!"],
    ]
    text = "Dr. Jones met the U.S. team. They won, e.g. twice. Good!"
    assert nltk.sent_tokenize(text) == ["Dr. Jones met the U.S. team.", "They won, e.g. twice.", "Good!"]


# nltk refuses data that a group may write, as a checkout with umask 002 has it; this data is ours.
def test_group_writable_checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = Path(shutil.copytree(data_folder(), tmp_path / "nltk_data"))
    for path in [copy, *copy.rglob("*")]:
        path.chmod(path.stat().st_mode | 0o022)
    monkeypatch.setattr(nltk.data, "path", [str(copy)])
    assert str(copy) in str(nltk.data.find("corpora/stopwords"))
    assert nltk.tokenize.PunktTokenizer("english").tokenize("One. Two.") == ["One.", "Two."]


# Looking for the data finds it; downloading it does nothing and says whether it is there.
def test_find_and_download(capsys: pytest.CaptureFixture[str]) -> None:
    assert str(nltk.data.find("corpora/stopwords")).startswith(str(data_folder()))
    assert str(nltk.data.find("tokenizers/punkt_tab"))
    assert nltk.download("stopwords", quiet=True) is True
    assert nltk.downloader.Downloader().download("stopwords") is True
    assert nltk.download(["punkt", "stopwords"]) is True
    assert nltk.download(["punkt", "wordnet"], quiet=True) is False
    from nltk import download

    for absent in ("all", "wordnet", "omw-1.4", "../nltk_data", ""):
        assert download(absent) is False
    assert "wordnet" in capsys.readouterr().out
    with pytest.raises(ValueError, match="wordnet"):
        download("wordnet", raise_on_error=True)


# Seen: HyperParams() raising when nltk's data is missing.
def test_hyper_params_with_download_in_the_cell() -> None:
    workspace = Workspace("submission")
    report = workspace.load_cell(
        1,
        dedent("""
            import nltk
            from nltk.corpus import stopwords as sw
            try:
                nltk.data.find('corpora/stopwords')
            except LookupError:
                nltk.download('stopwords')
            class HyperParams:
                def __init__(self): self.STOP_WORDS = set(sw.words('english'))
            """),
    )
    assert report["status"] == "loaded"
    assert "the" in workspace.namespace["HyperParams"]().STOP_WORDS


# ---- tqdm ----------------------------------------------------------------------------------------------------------
# Every kind of progress bar counts in silence.
@pytest.mark.parametrize(
    "line",
    [
        "from tqdm.notebook import tqdm",
        "from tqdm.auto import tqdm",
        "from tqdm import tqdm",
        "from tqdm import tqdm_notebook as tqdm",
        "from tqdm.autonotebook import tqdm",
        "import tqdm as t; tqdm = t.notebook.tqdm",
    ],
)
def test_tqdm(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    workspace = Workspace("submission")
    report = workspace.load_cell(
        1,
        f"{line}\ndef f():\n    bar = tqdm([1, 2], desc='x', total=2)\n    bar.set_postfix(loss=1)\n"
        "    with tqdm(total=3) as b:\n        b.update(1)\n    return list(bar) + list(tqdm(range(2)))\n",
    )
    assert report["problems"] == []
    assert workspace.namespace["f"]() == [1, 2, 0, 1]
    assert capsys.readouterr() == ("", "")


# Seen: a widget, a plot or a coloured print above the training in its cell.
def test_packages_for_the_eye_do_nothing() -> None:
    workspace = Workspace("submission")
    source = """
        import seaborn as sns, plotly.express as px
        from ipywidgets import interact, IntSlider
        from torch.utils.tensorboard import SummaryWriter
        sns.set_theme(style='white')
        px.line([1, 2]).show()
        with SummaryWriter('runs') as writer:
            writer.add_scalar('loss', 1, 2)
        rate = IntSlider(min=1, max=3).value
        def model(): return 7
        """
    report = workspace.load_cell(1, dedent(source))
    assert report["status"] == "loaded" and workspace.namespace["model"]() == 7
    with pytest.raises(ImportError):
        import no_such_package  # noqa: F401
