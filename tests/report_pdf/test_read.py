"""Reading PDFs: honest ones give text and figures; damaged and hostile ones a sentence, in bounded time and memory."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from autograder.report_pdf import read
from autograder.report_pdf.read import Pdf, PdfLimits, read_pdf

from . import pdfs

SHORT = PdfLimits(seconds=4, page_seconds=2, memory_mb=400)
HELLO = b"BT /F1 12 Tf 72 700 Td (Hello attention) Tj ET\n"


def test_an_honest_report() -> None:
    found = read_pdf(pdfs.report(pictures=3, producer="pdfTeX-1.40.25", title="Homework 3", creator="LaTeX"))
    assert found.problem == "" and found.remarks == ()
    assert found.count == len(found.pages) >= 2 and found.words > 1000 and found.images == 3
    assert "Problem 1.10 The memory of an LSTM" in found.pages[0]
    assert (found.producer, found.creator, found.title) == ("pdfTeX-1.40.25", "LaTeX", "Homework 3")


def test_ligatures_are_written_out() -> None:
    content = "BT /F1 12 Tf 72 700 Td (of\x03cial) Tj ET".encode("latin-1")
    cmap = b"1 begincodespacerange <00> <ff> endcodespacerange\n1 beginbfchar <03> <FB01> endbfchar\n"
    font = f"/Font << /F1 {6} 0 R >>"
    data = pdfs.one_page(pdfs.stream(content), font, pdfs.FONT[:-2] + "/ToUnicode 7 0 R >>", pdfs.stream(cmap))
    assert read_pdf(data).pages[0].strip() == "official"


def test_figures_are_counted_once_and_logos_not() -> None:
    pdf = pdfs.paper()
    for page in range(3):
        if page:
            pdf.add_page()
        pdfs.write(pdf, pdfs.prose(100))
        pdf.image(pdfs.picture(side=30), w=10)  # a small logo
        pdf.image(pdfs.picture(side=100), w=40)  # the same picture on every page is one
        pdf.image(pdfs.picture(shade=50 + page, side=100), w=40)
    assert read_pdf(bytes(pdf.output())).images == 4


@pytest.mark.parametrize(("strokes", "drawings"), [(40, 1), (2, 0)])
def test_vector_figures(strokes: int, drawings: int) -> None:
    lines = b"0 0 m 10 10 l S\n" * strokes
    form = pdfs.stream(lines, "/Type /XObject /Subtype /Form /BBox [0 0 100 100]")
    data = pdfs.one_page(pdfs.stream(HELLO + b"/X1 Do"), "/Font << /F1 5 0 R >> /XObject << /X1 6 0 R >>", form)
    found = read_pdf(data)
    assert found.drawings == drawings and found.images == 0 and "Hello" in found.pages[0]


def test_inline_pictures() -> None:
    picture = b"BI /W 2 /H 2 /BPC 8 /CS /G ID \x00\x01\x02\x03 EI\n"
    assert read_pdf(pdfs.one_page(pdfs.stream(HELLO + picture + picture))).images == 2


# ---- no text ---------------------------------------------------------------------------------------------------------
def test_no_text_may_be_a_scan() -> None:
    pdf = pdfs.paper()
    pdf.image(pdfs.picture(side=300))
    found = read_pdf(bytes(pdf.output()))
    assert "scanned" in found.problem and found.images == 1 and found.words == 0


def test_few_words() -> None:
    found = read_pdf(pdfs.from_text("Homework 3"))
    assert found.problem == "" and "only 2 words" in found.remarks[0]


def test_passwords() -> None:
    for user, problem in (("secret", "The report is protected by a password."), ("", "")):
        pdf = pdfs.paper()
        pdf.set_encryption(owner_password="owner", user_password=user)
        pdfs.write(pdf, pdfs.prose(100))
        found = read_pdf(bytes(pdf.output()))
        assert found.problem == problem and (found.words > 90) == (not problem)


@pytest.mark.parametrize(
    "data",
    [b"", b"%PDF-1.4", b"%PDF-1.7\n" + bytes(range(256)) * 20, b"\x00" * 10_000, b"<html>no PDF</html>"],
    ids=["empty", "head", "noise", "zeros", "html"],
)
def test_no_pdf_at_all(data: bytes) -> None:
    found = read_pdf(data)
    assert found.pages == () and found.problem == "The report is damaged or no PDF."


def test_a_file_cut_short_gives_what_is_there_or_a_problem() -> None:
    whole = pdfs.report()
    for share in (0.3, 0.6, 0.95):
        found = read_pdf(whole[: int(len(whole) * share)])
        assert found.problem or found.words > 0
    broken_table = whole.replace(b"startxref\n", b"startxref\n9")
    assert read_pdf(broken_table).words == read_pdf(whole).words


# ---- attacks ---------------------------------------------------------------------------------------------------------
def loop_of_pages() -> bytes:
    return pdfs.raw("<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 9 >>")


def nested_arrays() -> bytes:
    return pdfs.one_page(pdfs.stream(b"[" * 200_000))


def form_in_itself() -> bytes:
    keys = "/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /X1 6 0 R >> >>"
    form = pdfs.stream(b"/X1 Do /X1 Do", keys)
    return pdfs.one_page(pdfs.stream(b"/X1 Do"), "/XObject << /X1 6 0 R >>", form)


def bomb() -> bytes:
    return pdfs.one_page(pdfs.stream(b" " * 300_000_000))


def bomb_of_words() -> bytes:
    return pdfs.one_page(pdfs.stream(b"(x) Tj " * 9_000_000))


def huge_count() -> bytes:
    return pdfs.raw("<< /Type /Pages /Kids [3 0 R] /Count 999999999 >>", "<< /Type /Page /Parent 2 0 R >>")


def stream_of_itself() -> bytes:
    return pdfs.one_page(b"<< /Length 4 0 R >>\nstream\nx\nendstream")


def chain_of_tables() -> bytes:
    return b"%PDF-1.4\nxref\n0 1\n0000000000 65535 f \ntrailer << /Prev 9 /Size 1 >>\nstartxref\n9\n%%EOF"


@pytest.mark.parametrize(
    "attack",
    [loop_of_pages, nested_arrays, form_in_itself, bomb, bomb_of_words, huge_count, stream_of_itself, chain_of_tables],
)
def test_attacks_end_in_a_sentence(attack: Callable[[], bytes]) -> None:
    found = read_pdf(attack(), SHORT)
    assert isinstance(found, Pdf) and found.words < 100_000
    assert found.problem or found.remarks


def test_a_page_that_hangs_does_not_cost_the_others() -> None:
    slow = pdfs.stream(b"(x) Tj " * 2_000_000)
    page = "<< /Type /Page /Parent 2 0 R /Contents {} 0 R /Resources << /Font << /F1 7 0 R >> >> /MediaBox [0 0 9 9] >>"
    data = pdfs.raw(
        "<< /Type /Pages /Kids [3 0 R 4 0 R] /Count 2 >>",
        page.format(5),
        page.format(6),
        slow,
        pdfs.stream(HELLO),
        pdfs.FONT,
    )
    found = read_pdf(data, PdfLimits(seconds=20, page_seconds=1))
    assert found.count == 2 and found.pages[0] == "" and "Hello" in found.pages[1] and found.problem == ""
    assert any("could not be read in full: 1." in remark for remark in found.remarks)


def test_what_was_read_before_a_kill_stays() -> None:
    slow = pdfs.stream(b"(x) Tj " * 2_000_000)
    page = "<< /Type /Page /Parent 2 0 R /Contents {} 0 R /Resources << /Font << /F1 7 0 R >> >> /MediaBox [0 0 9 9] >>"
    data = pdfs.raw(
        "<< /Type /Pages /Kids [3 0 R 4 0 R] /Count 2 >>",
        page.format(5),
        page.format(6),
        pdfs.stream(HELLO),
        slow,
        pdfs.FONT,
    )
    found = read_pdf(data, PdfLimits(seconds=1, page_seconds=60))
    assert "Hello" in found.pages[0] and found.problem == ""
    assert "Of the report's 2 pages only the first 1 were read." in found.remarks


def test_many_pages_are_cut() -> None:
    pdf = pdfs.paper()
    for _ in range(30):
        pdfs.write(pdf, "some words on a page")
        pdf.add_page()
    found = read_pdf(bytes(pdf.output()), PdfLimits(pages=10))
    assert (found.count, len(found.pages)) == (31, 10)
    assert "Of the report's 31 pages only the first 10 were read." in found.remarks


def test_caps_on_text_and_size() -> None:
    data = pdfs.from_text(*["word " * 200] * 4)
    found = read_pdf(data, PdfLimits(page_chars=500, chars=1200))
    assert [len(page) for page in found.pages] == [500, 500, 200, 0]
    assert "larger than" in read_pdf(data, PdfLimits(bytes=100)).problem


def test_scripts_are_reported() -> None:
    action = "/Type /Catalog /Pages 2 0 R /OpenAction << /S /JavaScript /JS (app.alert(1)) >>"
    page = "<< /Type /Page /Parent 2 0 R /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>"
    data = pdfs.raw("<< /Type /Pages /Kids [3 0 R] /Count 1 >>", page, pdfs.stream(HELLO), pdfs.FONT, root=action)
    assert any("JavaScript" in remark for remark in read_pdf(data).remarks)
    assert not any("JavaScript" in remark for remark in read_pdf(pdfs.report()).remarks)


def test_the_clock_is_bounded_from_outside_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A child that sleeps uses no processor time: the parent ends it."""
    script = tmp_path / "child.py"
    script.write_text('import time\nprint(\'{"kind": "document", "pages": 3}\', flush=True)\ntime.sleep(60)\n')
    monkeypatch.setattr(read, "CHILD", script)
    monkeypatch.setattr(read, "_GRACE", 1)
    started = time.monotonic()
    found = read_pdf(b"%PDF", PdfLimits(seconds=0))
    assert time.monotonic() - started < 30 and "too much time" in found.problem and found.count == 3


@pytest.mark.parametrize(
    "line",
    [
        '{"kind": "page", "text": 5, "images": -1}',
        '{"kind": "page", "text": "a", "images": 1e400}',
        "[1]",
        "{",
        '"x"',
        "[" * 9999,
    ],
)
def test_what_the_child_sends_is_checked(line: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    script = tmp_path / "child.py"
    script.write_text(f"print('''{{\"kind\": \"document\", \"pages\": true, \"title\": 7}}''')\nprint('''{line}''')\n")
    monkeypatch.setattr(read, "CHILD", script)
    found = read_pdf(b"%PDF")
    assert found.images == 0 and found.title == "" and found.count <= 1
