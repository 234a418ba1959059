"""`fleetward import`: the whole job from the command line, without a worker."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from fleetward.cli.import_file import import_file
from fleetward.tenancy.contracts import TenantRow
from tests.cast import make_tenant
from tests.db.imports.lists import csv_of, stored

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
    assert "Refused because" in errors.read_text("utf-8-sig").splitlines()[0]
    assert len(stored(acme.id)) == 1


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
