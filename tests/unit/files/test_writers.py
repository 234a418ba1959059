"""Nothing that we write can become a formula, and our own files read back as they were."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from fleetward.infra.files.csv_writer import csv_lines, neutralise, restore
from fleetward.infra.files.table import read_table
from fleetward.infra.files.xlsx_writer import write_xlsx

HEADERS = ("Serial", "Note")
ROWS = [("=1+1", "-2"), ("+x", "@y"), ("'=z", "'quoted'"), ("007", "1E5"), ("A", "tab\there")]


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@a", "\tx", "\rx"])
def test_formula_characters_are_neutralised_and_restored(cell: str) -> None:
    assert neutralise(cell) == f"'{cell}"
    assert restore(neutralise(cell)) == cell


def test_csv_comes_in_pieces_with_a_mark_for_spreadsheets() -> None:
    pieces = list(csv_lines(HEADERS, [("A", "é")] * 2500))
    assert pieces[0] == b"\xef\xbb\xbf"
    assert len(pieces) == 4
    assert b"".join(csv_lines(HEADERS, [], bom=False)) == b"Serial,Note\r\n"


def test_x8_our_own_csv_reads_back_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    path.write_bytes(b"".join(csv_lines(HEADERS, ROWS)))
    read = [tuple(map(restore, row[1:])) for row in read_table(path).frame.rows()]
    assert read == ROWS


def test_workbook_holds_text_only(tmp_path: Path) -> None:
    path = tmp_path / "out.xlsx"
    write_xlsx(path, HEADERS, ROWS)
    assert [row[1:] for row in read_table(path).frame.rows()] == ROWS
    with zipfile.ZipFile(path) as archive:
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")


def test_web_processes_do_not_load_the_data_library() -> None:
    modules = ("isolated", "csv_writer", "xlsx_writer", "errors", "reading")
    imports = "; ".join(f"import fleetward.infra.files.{name}" for name in modules)
    script = f"{imports}; import sys; sys.exit('polars' in sys.modules)"
    source = str(Path(__file__).parents[3] / "src")
    done = subprocess.run([sys.executable, "-c", script], env={"PYTHONPATH": source}, check=False)
    assert done.returncode == 0
