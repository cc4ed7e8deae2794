"""Is the report the notebook printed to PDF? Evidence for a person, who decides; silence in every case of doubt.

Many honest reports are printed by a browser, typeset by LaTeX, or quote code. So a program's mark alone says nothing,
and code counts only where much of the notebook's is there, from the beginning on: an appendix is no printed notebook.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from autograder.records import Cell
from autograder.report_pdf.read import Pdf

_PROMPT = re.compile(r"^[^\S\n]*(?:In|Out) ?\[ ?(\d{1,4}|\*)? ?\]:?", re.MULTILINE)
_BARE_PROMPT = re.compile(
    r"^[^\S\n]*\[ ?\d{1,4} ?\]: ", re.MULTILINE
)  # JupyterLab and nbconvert; references have no colon
_ADDRESS = re.compile(  # one word of a line
    r"localhost:\d+|127\.0\.0\.1:\d+|colab\.research\.google|colab\.google|kaggle\.com/code|/notebooks/|/lab/tree/"
    r"|\.ipynb|vscode-webview|file://\S+\.html",
    re.IGNORECASE,
)
_MAKER = re.compile(r"jupyter|nbconvert|ipython|colab", re.IGNORECASE)
_TITLE = re.compile(r"\.ipynb\b|\bcolab(oratory)?\b|jupyter", re.IGNORECASE)
_BROWSER = re.compile(
    r"Skia/PDF|WeasyPrint|wkhtmltopdf|Playwright|HeadlessChrome|Chromium|Firefox|Qt \d", re.IGNORECASE
)
_PAGE_OF = re.compile(r"(?:^|\s)(\d{1,4}) ?/ ?(\d{1,4})$")
_PROMPTS = 4  # an honest report may quote a cell or two
_MUCH, _SOME = 0.5, 0.25  # shares of the notebook's lines of code
_FEW_LINES = 25  # with fewer lines a share says nothing
_SAMPLE = 600  # lines of code that are looked for
_SHORTEST = 12  # letters of a line without blanks: shorter ones are found by chance
_BEFORE = 400  # words before the first code: that is a report with code at its end


@dataclass(frozen=True)
class _Overlap:
    """`share` of the notebook's code lines that the report holds; `before`: words on the pages before the first."""

    share: float
    lines: int
    before: int


def printed_marks(pdf: Pdf, cells: Sequence[Cell]) -> tuple[str, ...]:
    """The evidence, one sentence each; empty unless it is strong."""
    overlap = _overlap(pdf, cells)
    strong = [*_prompts(pdf, len(cells)), *_addresses(pdf), *_metadata(pdf)]
    code, browser = list(_code(overlap)), list(_browser(pdf))
    if strong or (code and (browser or overlap.share >= _MUCH)):
        return (*strong, *code, *browser)
    return ()


def _prompts(pdf: Pdf, cells: int) -> Iterator[str]:
    """A printed notebook has one for each cell or nearly so."""
    for pattern in (_PROMPT, _BARE_PROMPT):
        found = [match.group().strip() for page in pdf.pages for match in pattern.finditer(page)]
        if len(found) >= max(_PROMPTS, cells / 2):
            some = ", ".join(list(dict.fromkeys(found))[:3])
            yield f"{len(found)} lines start with a notebook's prompts ({some}, …); of {cells} code cells."


def _code(overlap: _Overlap) -> Iterator[str]:
    if overlap.lines >= _FEW_LINES and overlap.share >= _SOME and overlap.before < _BEFORE:
        yield f"{overlap.share:.0%} of the notebook's {overlap.lines} longer lines of code stand in the report."


def _addresses(pdf: Pdf) -> Iterator[str]:
    """The same address of a notebook at the edge of most pages: a browser's header or footer."""
    edges = Counter(address for page in pdf.pages for address in _edge_addresses(page))
    read = sum(bool(page.strip()) for page in pdf.pages)
    for text, pages in edges.most_common(1):
        if pages >= 2 and pages > read / 2:
            yield f"{pages} of {read} pages carry a notebook's address in their header or footer: {text}."


def _edge_addresses(page: str) -> set[str]:
    return {word.lower() for line in _edges(page) for word in line.split() if _ADDRESS.search(word)}


def _edges(page: str) -> list[str]:
    """The first and last two lines of a page."""
    lines = [line.strip()[:300] for line in page.splitlines() if line.strip()]
    return lines if len(lines) <= 4 else [*lines[:2], *lines[-2:]]


def _metadata(pdf: Pdf) -> Iterator[str]:
    for name, text in (("producer", pdf.producer), ("creator", pdf.creator)):
        if _MAKER.search(text):
            yield f"The file names a notebook program as its {name}: {text[:80]}."
    if _TITLE.search(pdf.title):
        yield f"The file's title is a notebook's: {pdf.title[:80]}."


def _browser(pdf: Pdf) -> Iterator[str]:
    """A browser made the file. Many honest documents come from one."""
    made = _BROWSER.search(f"{pdf.creator} {pdf.producer}")
    numbered = sum(any(_PAGE_OF.search(line) for line in _edges(page)) for page in pdf.pages)
    if made or (numbered >= 3 and numbered > len(pdf.pages) / 2):
        how = f"by {made.group()}" if made else "with page numbers such as 1/9"
        yield f"It was printed by a browser ({how}); that alone says nothing."


def _overlap(pdf: Pdf, cells: Sequence[Cell]) -> _Overlap:
    """Compared without blanks and quotes, since PDFs lose the ones and bend the others."""
    lines = list(dict.fromkeys(_bare(line) for cell in cells for line in cell.source.splitlines()))
    lines = [line for line in lines if len(line) >= _SHORTEST]
    step = len(lines) / _SAMPLE if len(lines) > _SAMPLE else 1
    sample = [lines[int(n * step)][:200] for n in range(min(len(lines), _SAMPLE))]
    pages = [_bare(page) for page in pdf.pages]
    whole = "".join(pages)
    found = [line for line in sample if line in whole]
    first = next((n for n, page in enumerate(pages) if sum(line in page for line in found) >= 3), len(pages))
    before = sum(len(page.split()) for page in pdf.pages[:first])
    return _Overlap(len(found) / len(sample) if sample else 0.0, len(sample), before)


def _bare(text: str) -> str:
    return re.sub(r"[\s'\"‘’“”`]+", "", text)
