"""Makes the PDFs that students hand in: reports, printed notebooks, and files that attack their reader."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

from fpdf import FPDF
from PIL import Image

from .texts import REASONS, SAID, STATEMENTS

CODE = ("Courier", 8)
TEXT = ("Helvetica", 10)


class Paper(FPDF):
    """`head` and `foot` stand on every page; `{n}` is the page's number, `{nb}` the last one's."""

    head = foot = ""

    def header(self) -> None:
        if self.head:
            self.set_font(TEXT[0], size=TEXT[1])
            self.cell(0, 6, self.head, new_x="LMARGIN", new_y="NEXT")

    def footer(self) -> None:
        if self.foot:
            self.set_y(-12)
            self.set_font(TEXT[0], size=TEXT[1])
            self.cell(0, 6, self.foot.replace("{n}", str(self.page_no())))


def paper(producer: str = "", title: str = "", head: str = "", foot: str = "", creator: str = "") -> Paper:
    pdf = Paper()
    pdf.head, pdf.foot = head, foot
    for value, put in ((producer, pdf.set_producer), (title, pdf.set_title), (creator, pdf.set_creator)):
        if value:
            put(value)
    pdf.add_page()
    return pdf


def write(pdf: FPDF, text: str, font: tuple[str, int] = TEXT) -> None:
    pdf.set_font(font[0], size=font[1])
    pdf.multi_cell(0, font[1] / 2, text.encode("latin-1", "replace").decode("latin-1"), new_x="LMARGIN", new_y="NEXT")


def answers(said: Sequence[bool] = SAID, reasons: Sequence[str] = REASONS) -> str:
    rows = zip(STATEMENTS, said, reasons, strict=True)
    return "\n".join(f"Problem 1.{n} {s}\n{v}. {r.capitalize()}" for n, (s, v, r) in enumerate(rows, 1))


def prose(words: int = 400) -> str:
    sentence = "The adaptive optimizers leave the plateau early while plain descent stays at chance level. "
    return sentence * (words // len(sentence.split()) + 1)


def picture(shade: int = 100, side: int = 120) -> Image.Image:
    return Image.radial_gradient("L").resize((side, side)).point(lambda value: min(value, shade))


def report(pictures: int = 2, code: Sequence[str] = (), appendix: Sequence[str] = (), **marks: str) -> bytes:
    """An honest report: answers, prose with some quoted code, figures, and perhaps code at the end."""
    pdf = paper(**marks)
    write(pdf, "Homework 3\nJane Doe\n1 True/False Questions (30 pts)\n" + answers())
    write(pdf, "2 Lab 1\n" + prose())
    for line in code:
        write(pdf, line, CODE)
    pdf.add_page()
    write(pdf, "3 Lab 2\n" + prose(600))
    for number in range(pictures):
        pdf.image(picture(60 + 20 * number), w=60)
        write(pdf, f"Figure {number + 1}: loss and accuracy")
    if appendix:
        pdf.add_page()
        write(pdf, "Appendix: code")
        for source in appendix:
            write(pdf, source, CODE)
    return bytes(pdf.output())


def notebook(cells: Sequence[str], prompt: str = "In [{n}]:", **marks: str) -> bytes:
    """A notebook as browsers and nbconvert print it: each cell under its prompt."""
    pdf = paper(**marks)
    write(pdf, "LabRNN\nIn this lab you train recurrent networks.")
    for number, source in enumerate(cells, 1):
        write(pdf, prompt.replace("{n}", str(number)) + "\n" + source, CODE)
        if prompt.startswith("In"):
            write(pdf, f"Out[{number}]: 0.{number}", CODE)
    return bytes(pdf.output())


def from_text(*pages: str, **marks: str) -> bytes:
    pdf = paper(**marks)
    for number, text in enumerate(pages):
        if number:
            pdf.add_page()
        write(pdf, text)
    return bytes(pdf.output())


# ---- by hand ---------------------------------------------------------------------------------------------------------
def raw(*objects: str | bytes, root: str = "/Type /Catalog /Pages 2 0 R") -> bytes:
    """A PDF of these objects, numbered from 2; object 1 is the root. pypdf finds them without a table of contents."""
    parts = [f"<< {root} >>".encode(), *(one.encode() if isinstance(one, str) else one for one in objects)]
    body = b"%PDF-1.4\n"
    places = []
    for number, part in enumerate(parts, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%b\nendobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(parts) + 1)
    return (
        body
        + head
        + table
        + b"trailer << /Root 1 0 R /Size %d >>\nstartxref\n%d\n%%%%EOF" % (len(parts) + 1, len(body))
    )


def stream(data: bytes, keys: str = "", packed: bool = True) -> bytes:
    data = zlib.compress(data, 9) if packed else data
    keys += " /Filter /FlateDecode" if packed else ""
    return b"<< %b /Length %d >>\nstream\n%b\nendstream" % (keys.encode(), len(data), data)


FONT = "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"


def one_page(content: bytes, resources: str = "/Font << /F1 5 0 R >>", *more: str | bytes) -> bytes:
    """Objects: 2 pages, 3 page, 4 content, 5 font, 6… as given."""
    page = f"<< /Type /Page /Parent 2 0 R /Contents 4 0 R /Resources << {resources} >> /MediaBox [0 0 600 800] >>"
    return raw("<< /Type /Pages /Kids [3 0 R] /Count 1 >>", page, content, FONT, *more)
