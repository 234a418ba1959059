"""Every file of the damaged corpus is refused with its code, in words that help."""

from __future__ import annotations

from pathlib import Path

import pytest

from fleetward.infra.files.errors import BY_CODE, FileRefused, FileTooDemanding, FileTooLarge
from fleetward.infra.files.isolated import read_in_child
from fleetward.infra.files.limits import Limits
from fleetward.infra.files.table import read_table
from tests.bad_files.corpus import BAD_FILES, GOOD, BadFile

# What only a separate process survives, and one that shows an ordinary refusal crossing over.
_CHILD_ONLY = {"far_corner.xlsx"}
_IN_CHILD = [bad for bad in BAD_FILES if bad.name in _CHILD_ONLY | {"longer_row.csv"}]
_IN_PROCESS = [bad for bad in BAD_FILES if bad.name not in _CHILD_ONLY]


def _written(folder: Path, bad: BadFile) -> Path:
    path = folder / bad.name
    path.write_bytes(bad.make())
    return path


@pytest.mark.parametrize("bad", _IN_PROCESS, ids=lambda bad: bad.name)
def test_bad_file_is_refused_with_its_code(bad: BadFile, tmp_path: Path) -> None:
    with pytest.raises(FileRefused) as refusal:
        read_table(_written(tmp_path, bad))
    assert refusal.value.code == bad.code
    assert "{" not in str(refusal.value)
    assert refusal.value.fix


@pytest.mark.parametrize("bad", _IN_CHILD, ids=lambda bad: bad.name)
def test_refusal_crosses_from_the_child_and_leaves_nothing(bad: BadFile, tmp_path: Path) -> None:
    result = tmp_path / "result.arrow"
    with pytest.raises(FileRefused) as refusal:
        read_in_child(_written(tmp_path, bad), result)
    assert refusal.value.code == bad.code
    assert not result.exists()


def _place(folder: Path, data: bytes) -> dict[str, object]:
    path = folder / "list.csv"
    path.write_bytes(data)
    with pytest.raises(FileRefused) as refusal:
        read_table(path)
    return refusal.value.details()


def test_longer_row_is_named_as_a_spreadsheet_counts_it(tmp_path: Path) -> None:
    data = b"\nSerial,Model\nA,B\n\nC,D,E\n"
    assert _place(tmp_path, data) == {"row": 5, "cells": 3, "columns": 2}


def test_unclosed_quote_names_the_row_in_which_it_opens(tmp_path: Path) -> None:
    data = b'Serial,Model\nA,"two\nlines"\nC,"open\nD,E\nF,G\n'
    assert _place(tmp_path, data) == {"row": 3}


def test_long_cell_is_named_by_row_and_column(tmp_path: Path) -> None:
    data = b"Serial,Model\nA,B\nC," + b"x" * 5000 + b"\n"
    assert _place(tmp_path, data) == {"row": 3, "column": 2, "limit": 4096}


def test_unreadable_byte_is_named_by_line(tmp_path: Path) -> None:
    assert _place(tmp_path, b"Serial\r\nA\r\n\x81\r\n") == {"row": 3}


@pytest.mark.parametrize(
    "limits", [Limits(plain_bytes=10), Limits(packed_bytes=10)], ids=["plain", "packed"]
)
def test_large_file_is_refused_by_size_alone(limits: Limits, tmp_path: Path) -> None:
    path = tmp_path / "list"
    path.write_bytes(GOOD if limits.plain_bytes == 10 else b"PK\x03\x04" + GOOD)
    with pytest.raises(FileTooLarge):
        read_table(path, limits=limits)


def test_child_that_takes_too_long_or_too_much_is_ended(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(GOOD)
    for limits in (Limits(wall_seconds=0), Limits(memory_bytes=1)):
        with pytest.raises(FileTooDemanding):
            read_in_child(path, tmp_path / "result.arrow", limits=limits)


def test_codes_are_unique_and_every_refusal_is_listed() -> None:
    assert set(BY_CODE.values()) == set(FileRefused.__subclasses__())
    assert all(code == error.code for code, error in BY_CODE.items())
