"""What the rows of a file of serials name (E10): by their serial, and what else they give."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fleetward.devices.models import Device, SelectionItem, SerialRow
from fleetward.devices.serial_lists.contracts import SerialState
from fleetward.infra.tx import tenant_scope
from tests.cast import NOW, add_devices
from tests.db.serials.files import Desk

pytestmark = pytest.mark.django_db

# Two batches of 50,000 rows, and what is around them.
MOST_STATEMENTS = 90
FLEET = (
    ("Dell", "AAA1111", "", ""),
    ("Dell", "SAME001", "", ""),
    ("Lenovo", "SAME001", "", ""),
    ("Lenovo", "SAME002", "20XW", ""),
    ("Lenovo", "SAME002", "20XX", ""),
    ("Lenovo", "SAME003", "", ""),
    ("Lenovo", "SAME003", "20XW", ""),
    ("HP", "SAME004", "", "EliteBook"),
    ("HPE", "SAME004", "", ""),
    ("HPE", "HPE0001", "", ""),
    ("Dell", "NONUMBER", "", ""),
)
# Rows, with a mark before each serial that is there for this case alone, and how they end.
CASES: Sequence[tuple[str, Sequence[tuple[str, ...]], Sequence[str]]] = (
    ("a serial alone", [("{}AAA1111",)], ["FOUND"]),
    ("however it is written", [(" '{}aaa1111 ",)], ["FOUND"]),
    ("nobody has it", [("{}ZZZ9999",)], ["NOT_FOUND"]),
    ("of another manufacturer", [("{}AAA1111", "Lenovo")], ["NOT_FOUND"]),
    ("by another name", [("{}AAA1111", "DELL Inc.")], ["FOUND"]),
    ("of two manufacturers", [("{}SAME001",)], ["AMBIGUOUS"]),
    ("of one of two", [("{}SAME001", "Lenovo")], ["FOUND"]),
    ("of two product numbers", [("{}SAME002", "Lenovo")], ["AMBIGUOUS"]),
    ("by its product number", [("{}SAME002", "Lenovo", "20xw")], ["FOUND"]),
    ("by that alone", [("{}SAME002", "", "20XX")], ["FOUND"]),
    ("of another product number", [("{}SAME002", "", "20XY")], ["NOT_FOUND"]),
    ("with a number or without", [("{}SAME003", "Lenovo")], ["AMBIGUOUS"]),
    ("with the number", [("{}SAME003", "Lenovo", "20XW")], ["FOUND"]),
    ("without that number", [("{}SAME003", "Lenovo", "20XZ")], ["FOUND"]),
    ("the device has no number", [("{}NONUMBER", "Dell", "12345")], ["FOUND"]),
    ("HP may be both", [("{}SAME004", "HP")], ["AMBIGUOUS"]),
    ("HP is HPE's", [("{}HPE0001", "HP")], ["FOUND"]),
    ("no serial", [("none",), ("", "Dell")], ["JUNK_SERIAL", "MISSING_SERIAL"]),
    ("a serial that a spreadsheet spoilt", [("1.2E+07",)], ["SCIENTIFIC_NOTATION"]),
    ("the same row twice", [("{}AAA1111",), ("{}aaa1111",)], ["DUPLICATE", "FOUND"]),
    ("the same device twice", [("{}AAA1111",), ("{}AAA1111", "Dell")], ["FOUND", "DUPLICATE"]),
    (
        "an ambiguous row beside a clear one",
        [("{}SAME001",), ("{}SAME001", "Dell"), ("{}SAME001", "Lenovo")],
        ["AMBIGUOUS", "FOUND", "FOUND"],
    ),
)  # fmt: skip


def marked(case: int, serial: str) -> str:
    return serial.format(f"C{case:02d}")


@pytest.fixture
def fleet(desk: Desk) -> Desk:
    """The same devices for each case."""
    with tenant_scope([desk.tenant]):
        Device.objects.bulk_create(
            Device(
                tenant_id=desk.tenant,
                manufacturer=manufacturer,
                serial=marked(case, "{}" + serial),
                product_number=product_number,
                model=model,
                origin="CSV",
                created_at=NOW,
                updated_at=NOW,
            )
            for case in range(len(CASES))
            for manufacturer, serial, product_number, model in FLEET
        )
    return desk


def test_e10_a_row_names_a_device(fleet: Desk) -> None:
    rows = [
        (marked(case, serial), *more)
        for case, (_, given, _) in enumerate(CASES)
        for serial, *more in given
    ]
    row = fleet.given(rows)
    words = iter(fleet.words(row))
    ended = {what: [next(words) for _ in given] for what, given, _ in CASES}
    assert ended == {what: list(wanted) for what, _, wanted in CASES}
    assert row.state is SerialState.READY
    assert row.done_rows == row.rows == len(rows)
    assert row.found == sum(list(wanted).count("FOUND") for _, _, wanted in CASES)


def test_batches_do_not_matter(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    for manufacturer, serial in (("Dell", "AAA1111"), ("Dell", "SAME001"), ("HP", "SAME001")):
        desk.change(desk.add(1, manufacturer)[0], serial=serial)
    rows = [("AAA1111",), ("AAA1111", "Dell"), ("AAA1111", "dell", "X"), ("SAME001",), ("none",)]
    whole = desk.words(desk.given(rows))
    monkeypatch.setattr("fleetward.devices.imports.actions.child.batch_rows", lambda: 1)
    assert desk.words(desk.given(rows)) == whole
    assert whole == ["FOUND", "DUPLICATE", "DUPLICATE", "AMBIGUOUS", "JUNK_SERIAL"]


def test_exactly_what_was_found_is_selected(desk: Desk) -> None:
    one, two, _ = desk.add(3)
    row = desk.given([(desk.get_serial(one),), ("ZZZ9999",), (desk.get_serial(two),)])
    stored = desk.stored(row.uid)
    with tenant_scope([desk.tenant]):
        items = SelectionItem.objects.filter(selection_id=stored.selection_id)
        assert set(items.values_list("device_id", flat=True)) == {one, two}


def test_nothing_found_is_nothing_selected(desk: Desk) -> None:
    row = desk.given([("ZZZ9999",)])
    assert (row.state, row.selection, row.deletion) == (SerialState.READY, None, None)


def test_deleted_devices_and_those_of_another_tenant_are_not_found(desk: Desk) -> None:
    (gone,) = desk.add(1)
    desk.change(gone, is_active=False)
    (theirs,) = add_devices(desk.cast.other.id, 1)
    with tenant_scope([desk.cast.other.id]):
        serial = Device.objects.get(id=theirs).serial
    assert desk.words(desk.given([(desk.get_serial(gone),), (serial,)])) == ["NOT_FOUND"] * 2


def test_a_long_list_takes_no_statement_for_each_row(desk: Desk) -> None:
    serials = [desk.get_serial(device) for device in desk.add(3)]
    rows = 100_000
    uid = desk.upload([*((one,) for one in serials), *((f"Q{n:07d}",) for n in range(rows - 3))])
    with CaptureQueriesContext(connection) as asked:
        row = desk.read(uid)
    assert desk.counted(row) == {"FOUND": 3, "NOT_FOUND": rows - 3}
    with tenant_scope([desk.tenant]):
        assert SerialRow.objects.filter(list_id=desk.stored(uid).id).count() == rows
    assert len(asked) < MOST_STATEMENTS
