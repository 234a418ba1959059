"""A CSV of ours as a workbook: the same cells, days as days, and nothing that could be run."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from subprocess import CalledProcessError

import pytest
from python_calamine import CalamineWorkbook

from fleetward.infra.files.csv_writer import csv_lines
from fleetward.infra.files.xlsx_table import (
    TOLD_EVERY,
    Cell,
    Stopped,
    workbook_in_child,
    write_workbook,
)

HEAD = ("Serial", "=Ends", "Checked")
KINDS = [Cell.TEXT, Cell.DAY, Cell.MOMENT]
ROWS = [
    ("=1+1", "2027-02-28", "2026-11-22 09:30"),
    ("007", "No end date", ""),
    ("2026-01-01", "1899-01-01", "2026-11-22 00:00"),
    ('\'quoted, "so"\nand é 漢', "", ""),
]


def source_of(folder: Path, rows: list[tuple[str, str, str]]) -> Path:
    path = folder / "list.csv"
    path.write_bytes(b"".join(csv_lines(HEAD, rows)))
    return path


def made(folder: Path, rows: list[tuple[str, str, str]]) -> Path:
    target = folder / "list.xlsx"
    write_workbook(source_of(folder, rows), target, KINDS, lambda number: None)
    return target


def cells_of(path: Path) -> list[list[object]]:
    return CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()


def sheet_of(path: Path) -> str:
    with zipfile.ZipFile(path) as archive:
        return archive.read("xl/worksheets/sheet1.xml").decode()


def test_text_is_text_and_days_are_days(tmp_path: Path) -> None:
    assert cells_of(made(tmp_path, ROWS)) == [
        ["Serial", "=Ends", "Checked"],
        ["=1+1", date(2027, 2, 28), datetime(2026, 11, 22, 9, 30)],
        ["007", "No end date", ""],
        ["2026-01-01", "1899-01-01", date(2026, 11, 22)],
        ['\'quoted, "so"\nand é 漢', "", ""],
    ]


def test_the_head_stands_still_columns_are_wide_enough_and_can_be_filtered(tmp_path: Path) -> None:
    sheet = sheet_of(made(tmp_path, [("A" * 30, "2027-02-28", "")]))
    assert '<pane ySplit="1"' in sheet
    assert '<autoFilter ref="A1:C2"/>' in sheet
    (width,) = re.findall(r'<col min="1" max="1" width="([\d.]+)"', sheet)
    assert 30 < float(width) < 35
    assert "<f>" not in sheet


def test_an_empty_list_is_a_head_alone(tmp_path: Path) -> None:
    assert cells_of(made(tmp_path, [])) == [["Serial", "=Ends", "Checked"]]


def test_how_far_it_is_is_told(tmp_path: Path) -> None:
    told: list[int] = []
    rows = [("A", "2027-02-28", "")] * (TOLD_EVERY + 1)
    write_workbook(source_of(tmp_path, rows), tmp_path / "a.xlsx", KINDS, told.append)
    assert told == [TOLD_EVERY, TOLD_EVERY + 1]


def heard(into: list[int]) -> Callable[[int], None]:
    return into.append


def test_a_child_makes_the_same(tmp_path: Path) -> None:
    numbers: list[int] = []
    target = tmp_path / "child.xlsx"
    workbook_in_child(source_of(tmp_path, ROWS), target, KINDS, heard(numbers))
    assert cells_of(target) == cells_of(made(tmp_path, ROWS))
    assert numbers[-1] == len(ROWS)


def test_whoever_waits_for_the_child_can_end_it(tmp_path: Path) -> None:
    seen: list[int] = []

    def stop(number: int) -> None:
        seen.append(number)
        raise Stopped

    rows = [("A" * 40, "2027-02-28", "")] * 100_000
    with pytest.raises(Stopped):
        workbook_in_child(source_of(tmp_path, rows), tmp_path / "a.xlsx", KINDS, stop)
    assert len(seen) == 1
    assert not (tmp_path / "a.xlsx").exists()


def test_a_child_that_fails_says_so(tmp_path: Path) -> None:
    with pytest.raises(CalledProcessError):
        workbook_in_child(tmp_path / "none.csv", tmp_path / "a.xlsx", KINDS, heard([]))
