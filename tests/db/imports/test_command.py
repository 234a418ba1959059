"""`fleetward import`: the whole job from the command line, without a worker."""

from __future__ import annotations

from pathlib import Path

import pytest
import xlsxwriter
from click.testing import CliRunner, Result

from fleetward.cli.import_file import import_file
from fleetward.tenancy.contracts import TenantRow
from tests.cast import make_tenant
from tests.db.imports.lists import TOO_LONG, csv_of, stored

pytestmark = pytest.mark.django_db


@pytest.fixture
def acme() -> TenantRow:
    return make_tenant()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "list.csv"
    path.write_bytes(csv_of([("ABC1234", "Dell", "", "PC-1"), ("none", "Dell", "", "PC-2")]))
    return path


def run(acme: TenantRow, *arguments: object, answer: str = "") -> Result:
    given = [str(argument) for argument in (*arguments, "--tenant", acme.customer_id)]
    return CliRunner().invoke(import_file, given, input=answer)


def test_with_yes_it_imports_and_writes_the_refused_rows(acme: TenantRow, file: Path) -> None:
    errors = file.with_name("errors.csv")
    result = run(acme, file, "--yes", "--errors", errors)
    assert result.exit_code == 1, result.output
    assert "1 new, 0 changed, 0 unchanged, 1 refused" in result.output
    assert "  1 x Placeholder instead of a serial number. Replace it" in result.output
    assert "row 3 (serial)" in result.output
    assert len(stored(acme.id)) == 1
    first, line = errors.read_text("utf-8-sig").splitlines()
    assert first.startswith("Row in the file,Serial number,")
    assert first.endswith(",Refused because")
    assert line.startswith("3,none,Dell,")
    assert "Replace it with the number on the machine's label" in line


def test_the_refused_rows_name_the_column_and_can_be_sent_again(
    acme: TenantRow, file: Path
) -> None:
    file.write_bytes(TOO_LONG)
    errors = file.with_name("errors.csv")
    result = run(acme, file, "--yes", "--errors", errors)
    assert "1 x A value is too long. Shorten it. row 3 (location)" in result.output
    text = errors.read_text("utf-8-sig")
    assert text.splitlines()[1].endswith(",Site: A value is too long. Shorten it.")
    errors.write_text(text.replace("L" * 300, "Paris"), encoding="utf-8")
    again = run(acme, errors, "--yes")
    assert again.exit_code == 0, again.output
    assert "Row in the file: written by Fleetward, not imported" in again.output
    assert stored(acme.id)["Dell", "XYZ1234", ""].location == "Paris"


def test_it_says_how_the_list_was_read_and_what_to_look_at(acme: TenantRow, file: Path) -> None:
    rows = [("5XK2OL3", "Dell", "Étage"), ("", "", ""), *[(f"235{n}", "Dell") for n in range(6)]]
    file.write_bytes(csv_of(rows, ["Serial", "Make", "Shelf"]).decode().encode("cp1252"))
    said = run(acme, file, answer="n\n").output
    assert "Encoding: Windows-1252\nSeparator: ,\nBlank rows left out: 1\n" in said
    assert "  Shelf: not imported\n" in said
    hints = said.partition("Worth a look, imported as they are:\n")[2]
    assert "  6 x Leading zeros may be lost. Compare it" in hints
    assert "2354 (row 8), ...\n  1 x Letters that look like digits. This manufacturer" in hints
    assert "5XK2OL3 (row 2)\n" in hints


def test_it_names_the_sheets_that_it_does_not_read(acme: TenantRow, file: Path) -> None:
    book = file.with_suffix(".xlsx")
    with xlsxwriter.Workbook(book) as workbook:
        workbook.add_worksheet("Devices").write_row(0, 0, ["Serial", "Make"])
        workbook.worksheets()[0].write_row(1, 0, ["ABC1234", "Dell"])
        workbook.add_worksheet("Notes").write(0, 0, "nothing")
    said = run(acme, book, "--yes").output
    assert "Sheet: Devices\nSheets not read: Notes\n" in said


def test_it_asks_first_and_no_stores_nothing(acme: TenantRow, file: Path) -> None:
    result = run(acme, file, answer="n\n")
    assert "2 rows: 1 new, 0 changed, 0 unchanged, 1 refused" in result.output
    assert "Nothing was imported." in result.output
    assert result.exit_code == 2
    assert not stored(acme.id)


def test_asked_and_confirmed_it_imports(acme: TenantRow, file: Path) -> None:
    assert run(acme, file, answer="y\n").exit_code == 1
    assert len(stored(acme.id)) == 1


def test_columns_can_be_matched_by_hand(acme: TenantRow, file: Path) -> None:
    file.write_bytes(csv_of([("ABC1234", "PC-1")], ["Nummer", "Zustand"]))
    refused = run(acme, file, "--yes")
    assert refused.exit_code == 2
    assert "import_columns_missing" in refused.output
    taken = run(
        acme, file, "--yes", "--mapping", "serial=Nummer", "--manufacturer", "Dell Technologies"
    )
    assert taken.exit_code == 0, taken.output
    assert list(stored(acme.id)) == [("Dell", "ABC1234", "")]


def test_a_refused_file_says_why(acme: TenantRow, file: Path) -> None:
    file.write_bytes(b"%PDF-1.7")
    result = run(acme, file, "--yes")
    assert result.exit_code == 2
    assert "file_kind_unknown" in result.output


def test_an_unknown_tenant_is_told_in_words_of_the_command_line(file: Path) -> None:
    result = CliRunner().invoke(import_file, [str(file), "--tenant", "NOSUCH"])
    assert result.exit_code == 2
    assert "There is no tenant NOSUCH." in result.output


def test_a_customer_id_may_be_written_small(acme: TenantRow, file: Path) -> None:
    small = [str(file), "--yes", "--tenant", f" {acme.customer_id.lower()} "]
    assert CliRunner().invoke(import_file, small).exit_code == 1
    assert len(stored(acme.id)) == 1
