"""Labels for devices as PDF: a QR code that opens the page of the device, and what it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import as_file, files
from itertools import groupby
from typing import IO

import segno
from reportlab.lib.units import mm
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.pdfmetrics import getFont, registerFont, stringWidth
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

PLAIN, BOLD = "DejaVuSans", "DejaVuSans-Bold"
# Every reader of PDF brings these or the like: an embedded one would take megabytes.
HAN, KANA, HANGUL = "STSong-Light", "HeiseiKakuGo-W5", "HYGothic-Medium"
UNKNOWN = "□"
PADDING, GAP = 2.5, 2.0
LARGEST_CODE = 30.0
# Of the name, and of the other lines, in points.
SIZES, SMALLEST = (9.0, 7.5), 5.0
LEADING = 1.3
# White around a code, in its squares, without which scanners do not find it.
QUIET = 4


class Stock(StrEnum):
    """What is printed on."""

    A4_24 = "a4-24"
    A4_21 = "a4-21"
    A4_40 = "a4-40"
    LETTER_30 = "letter-30"
    ROLL_62 = "roll-62"


@dataclass(frozen=True, slots=True)
class Grid:
    """Where the labels of a sheet lie, in millimetres; a roll has one to a page."""

    page: tuple[float, float]
    label: tuple[float, float]
    columns: int = 1
    rows: int = 1
    left: float = 0
    top: float = 0
    gap: float = 0

    @property
    def per_page(self) -> int:
        return self.columns * self.rows

    def corner(self, place: int) -> tuple[float, float]:
        """The upper left corner of a label, from that of its page."""
        row, column = divmod(place, self.columns)
        width, height = self.label
        return self.left + column * (width + self.gap), self.top + row * height


GRIDS = {
    Stock.A4_24: Grid((210, 297), (70, 37), 3, 8, top=0.5),
    Stock.A4_21: Grid((210, 297), (63.5, 38.1), 3, 7, left=7.25, top=15.15, gap=2.5),
    Stock.A4_40: Grid((210, 297), (52.5, 29.7), 4, 10),
    Stock.LETTER_30: Grid((215.9, 279.4), (66.7, 25.4), 3, 10, left=4.8, top=12.7, gap=3.1),
    Stock.ROLL_62: Grid((62, 29), (62, 29)),
}


@dataclass(frozen=True, slots=True)
class Label:
    """`link` is what the code opens; `lines` stand below the name."""

    link: str
    name: str
    lines: Sequence[str]


def write_labels(
    out: IO[bytes], stock: Stock, labels: Sequence[Label], *, skipped: int = 0
) -> None:
    """Write one label after the other; the first `skipped` of the first sheet are used already."""
    grid = GRIDS[stock]
    _register_fonts()
    canvas = Canvas(out, pagesize=(grid.page[0] * mm, grid.page[1] * mm), invariant=True)
    canvas.setTitle("Fleetward")
    mask = _mask_of(labels)
    for number, label in enumerate(labels, start=skipped % grid.per_page):
        place = number % grid.per_page
        if place == 0 and number:
            canvas.showPage()
        left, top = grid.corner(place)
        canvas.saveState()
        # From here on the lower left corner of the label is 0, 0.
        canvas.translate(left * mm, (grid.page[1] - top - grid.label[1]) * mm)
        _draw(canvas, grid, label, mask)
        canvas.restoreState()
    canvas.save()


def _mask_of(labels: Sequence[Label]) -> int | None:
    """The pattern of the first code is good for all: their links differ in a few letters.

    To look for the best of eight each time is two thirds of the work; readers know them all.
    """
    return _code(labels[0].link).mask if labels else None


def _code(link: str, mask: int | None = None) -> segno.QRCode:
    return segno.make_qr(link, error="m", mask=mask)


@cache
def _register_fonts() -> None:
    folder = files("fleetward.web") / "static" / "dist" / "fonts"
    for name in (PLAIN, BOLD):
        with as_file(folder / f"{name}.ttf") as path:
            registerFont(TTFont(name, str(path)))
    for name in (HAN, KANA, HANGUL):
        registerFont(UnicodeCIDFont(name))


def _draw(canvas: Canvas, grid: Grid, label: Label, mask: int | None) -> None:
    width, height = (side * mm for side in grid.label)
    code = min(height - 2 * PADDING * mm, LARGEST_CODE * mm)
    _draw_code(canvas, _code(label.link, mask), PADDING * mm, (height - code) / 2, code)
    left = (PADDING + GAP) * mm + code
    room = width - left - PADDING * mm
    texts = [(BOLD, SIZES[0], label.name), *((PLAIN, SIZES[1], line) for line in label.lines)]
    shown = [(font, size, text) for font, size, text in texts if text]
    block = sum(size * LEADING for _, size, _ in shown)
    base = (height + block) / 2
    for font, size, text in shown:
        base -= size * LEADING
        _draw_text(canvas, left, base + size * 0.3, text, (font, size), room)


def _draw_code(canvas: Canvas, code: segno.QRCode, left: float, bottom: float, side: float) -> None:
    """As one path of the runs of dark squares; its own white border is within the side."""
    rows = [bytes(row) for row in code.matrix]
    square = side / (len(rows) + 2 * QUIET)
    path = canvas.beginPath()
    for number, row in enumerate(rows):
        start = 0
        for is_dark, run in groupby(row):
            length = len(list(run))
            if is_dark:
                path.rect(
                    left + (QUIET + start) * square,
                    bottom + side - (QUIET + number + 1) * square,
                    length * square,
                    square,
                )
            start += length
    canvas.drawPath(path, stroke=0, fill=1)


def _draw_text(
    canvas: Canvas, left: float, base: float, text: str, font: tuple[str, float], room: float
) -> None:
    """Smaller where it is too wide, and cut where that is not enough."""
    name, size = font
    while size > SMALLEST and _width(text, name, size) > room:
        size -= 0.5
    if _width(text, name, size) > room:
        while text and _width(f"{text}…", name, size) > room:
            text = text[:-1]
        text = f"{text}…"
    line = canvas.beginText(left, base)
    for run_font, run in _runs(text, name):
        line.setFont(run_font, size)
        line.textOut(run)
    canvas.drawText(line)


def _width(text: str, font: str, size: float) -> float:
    return float(sum(stringWidth(run, name, size) for name, run in _runs(text, font)))


def _runs(text: str, font: str) -> Iterator[tuple[str, str]]:
    """Stretches of text with a font that has their characters; none is a box."""
    chosen = [_glyph(char, font) for char in text if char.isprintable()]
    for name, run in groupby(chosen, key=lambda one: one[0]):
        yield name, "".join(char for _, char in run)


def _glyph(char: str, font: str) -> tuple[str, str]:
    code = ord(char)
    if code in getFont(font).face.charToGlyph:
        return font, char
    for first, last, name in _OTHERS:
        if first <= code <= last:
            return name, char
    return font, UNKNOWN


_OTHERS = (
    (0x3040, 0x30FF, KANA),
    (0x3400, 0x9FFF, HAN),
    (0xAC00, 0xD7A3, HANGUL),
    (0x3000, 0x303F, HAN),
    (0xFF00, 0xFFEF, HAN),
)
