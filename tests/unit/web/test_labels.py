"""Labels as PDF: every code opens its device, and whatever a device is called can be printed."""

from __future__ import annotations

import io

import pypdfium2
import pytest
import zxingcpp

from fleetward.web.labels import GRIDS, Label, Stock, write_labels

LINK = "https://fleet.example.org/t/7Q2M4X9KTB/devices/6f1d2c1e-8a55-4c7e-9a55-{:012d}/"


def labels_of(count: int, name: str = "PC-00042") -> list[Label]:
    lines = ("S/N: 5XK2QL3", "Latitude 7450", "Warranty until 28 February 2027")
    return [Label(LINK.format(number), name, lines) for number in range(count)]


def pdf_of(stock: Stock, labels: list[Label], *, skipped: int = 0) -> pypdfium2.PdfDocument:
    out = io.BytesIO()
    write_labels(out, stock, labels, skipped=skipped)
    return pypdfium2.PdfDocument(out.getvalue())


def codes_on(pdf: pypdfium2.PdfDocument, page: int) -> list[str]:
    """What a scanner reads of a page."""
    picture = pdf[page].render(scale=3).to_pil()
    return [found.text for found in zxingcpp.read_barcodes(picture)]


def text_on(pdf: pypdfium2.PdfDocument, page: int = 0) -> str:
    text: str = pdf[page].get_textpage().get_text_range()
    return text


@pytest.mark.parametrize("stock", Stock)
def test_every_label_has_the_code_of_its_device(stock: Stock) -> None:
    count = GRIDS[stock].per_page + 1
    pdf = pdf_of(stock, labels_of(count))
    assert len(pdf) == 2
    read = [code for page in range(2) for code in codes_on(pdf, page)]
    assert sorted(read) == [LINK.format(number) for number in range(count)]
    assert "S/N: 5XK2QL3" in text_on(pdf, 1)


@pytest.mark.parametrize("stock", Stock)
def test_the_labels_of_a_sheet_lie_within_its_page(stock: Stock) -> None:
    grid = GRIDS[stock]
    left, top = grid.corner(grid.per_page - 1)
    assert left + grid.label[0] <= grid.page[0] + 0.01
    assert top + grid.label[1] <= grid.page[1] + 0.01


def test_a_sheet_that_was_begun_goes_on() -> None:
    grid = GRIDS[Stock.A4_24]
    assert len(pdf_of(Stock.A4_24, labels_of(22), skipped=2)) == 1
    pdf = pdf_of(Stock.A4_24, labels_of(23), skipped=2)
    assert len(pdf) == 2
    assert codes_on(pdf, 1) == [LINK.format(22)]
    assert len(pdf_of(Stock.ROLL_62, labels_of(1), skipped=20)) == 1
    assert grid.corner(0) == (0, 0.5)
    assert grid.corner(23) == (140, 259.5)


@pytest.mark.parametrize(
    "name", ["Zażółć gęślą jaźń, Žluťoučký kůň", "Ελληνικά", "Русский", "Größe, façade, Ærø"]
)
def test_names_keep_their_accents_and_alphabets(name: str) -> None:
    assert name in text_on(pdf_of(Stock.A4_24, labels_of(1, name)))


@pytest.mark.parametrize(
    "name", ["東京オフィス", "会议室", "서울", "🙂", "", "\t\n\0", "x" * 500, "﷽" * 60]
)
def test_no_name_is_too_odd(name: str) -> None:
    pdf = pdf_of(Stock.A4_40, labels_of(1, name))
    assert codes_on(pdf, 0) == [LINK.format(0)]
    assert "S/N: 5XK2QL3" in text_on(pdf)


def test_what_no_font_has_is_a_box() -> None:
    assert "PC □ 1" in text_on(pdf_of(Stock.A4_24, labels_of(1, "PC 🙂 1")))


def test_what_is_too_long_is_cut_and_says_so() -> None:
    shown = text_on(pdf_of(Stock.A4_24, labels_of(1, "long name " * 30)))
    assert "long name" in shown
    assert "…" in shown
