"""Every row of a list ends with one outcome (hardening 1), and the devices are what it says."""

from __future__ import annotations

import pytest

from fleetward.devices.imports.contracts import Counts, ImportState
from fleetward.devices.imports.rules import MOST_NUMBERS
from fleetward.devices.models import Change, Device
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import Actor
from tests.cast import Cast, actor_of
from tests.db.imports.lists import analysed, csv_of, imported, outcomes, stored, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def acme(cast: Cast) -> tuple[Actor, int]:
    return actor_of(cast.device_admin), cast.acme.id


def test_new_rows_become_devices_with_canonical_values(acme: tuple[Actor, int]) -> None:
    found = imported(*acme, csv_of([(" abc1234 ", "Dell Inc.", "", "PC-1", "France")]))
    assert found.summary.state is ImportState.DONE
    device = stored(acme[1])["Dell", "ABC1234", ""]
    assert (device.name, device.country, device.origin) == ("PC-1", "FR", "CSV")


def test_the_same_list_again_changes_nothing(acme: tuple[Actor, int]) -> None:
    data = csv_of([("ABC1234", "Dell", "", "PC-1"), ("5CG1234567", "HP", "", "PC-2")])
    imported(*acme, data)
    again = imported(*acme, data)
    assert again.summary.counts == Counts(unchanged=2)
    with tenant_scope([acme[1]]):
        assert not Change.objects.exists()


def test_a_changed_row_keeps_its_history_and_what_is_not_in_the_list(
    acme: tuple[Actor, int],
) -> None:
    imported(*acme, csv_of([("ABC1234", "Dell", "", "PC-1", "FR")]))
    found = imported(*acme, csv_of([("ABC1234", "Dell", "", "PC-9", "")]))
    assert found.summary.counts == Counts(changed=1)
    assert stored(acme[1])["Dell", "ABC1234", ""].country == "FR"
    with tenant_scope([acme[1]]):
        change = Change.objects.get()
    assert change.fields == {"name": {"before": "PC-1", "after": "PC-9"}}
    assert (change.kind, change.import_run_id) == ("CHANGED", found.summary.id)


def test_e12_of_a_serial_that_stands_twice_the_last_row_counts(acme: tuple[Actor, int]) -> None:
    rows = [("ABC1234", "Dell", "", "first"), ("XYZ1234", "Dell"), ("abc1234", "DELL", "", "last")]
    found = imported(*acme, csv_of(rows))
    assert words(*acme, found) == ["DUPLICATE_ROW", "NEW", "NEW"]
    assert stored(acme[1])["Dell", "ABC1234", ""].name == "last"


def test_refused_rows_stop_no_others_and_name_their_reason(acme: tuple[Actor, int]) -> None:
    rows = [
        ("To be filled by O.E.M.", "HP"),
        ("", "HP"),
        ("5CG1234567", ""),
        ("1.2E+07", "HP"),
        ("5CG7654321", "HP"),
    ]
    found = imported(*acme, csv_of(rows))
    assert words(*acme, found) == [
        "JUNK_SERIAL",
        "MISSING_SERIAL",
        "MISSING_MANUFACTURER",
        "SCIENTIFIC_NOTATION",
        "NEW",
    ]
    assert found.summary.counts == Counts(new=1, refused=4)
    assert found.report.refusals["JUNK_SERIAL"] == 1


def test_t10_without_product_number_the_only_device_of_that_serial_is_meant(
    acme: tuple[Actor, int],
) -> None:
    imported(*acme, csv_of([("5CG1234567", "HP", "A1B2C3", "PC-1")]))
    found = imported(*acme, csv_of([("5CG1234567", "HP", "", "PC-2")]))
    assert words(*acme, found) == ["CHANGED"]
    assert stored(acme[1])["HP", "5CG1234567", "A1B2C3"].name == "PC-2"


def test_t10_without_product_number_several_devices_are_ambiguous(acme: tuple[Actor, int]) -> None:
    imported(*acme, csv_of([("5CG1234567", "HP", "AAA"), ("5CG1234567", "HP", "BBB")]))
    found = imported(*acme, csv_of([("5CG1234567", "HP", "", "PC-2")]))
    assert words(*acme, found) == ["AMBIGUOUS_SERIAL"]
    assert outcomes(*acme, found)[2].field == "serial"


def test_t10_a_product_number_completes_the_only_device_without_one(
    acme: tuple[Actor, int],
) -> None:
    imported(*acme, csv_of([("5CG1234567", "HP", "")]))
    found = imported(*acme, csv_of([("5CG1234567", "HP", "AAA")]))
    assert words(*acme, found) == ["CHANGED"]
    assert list(stored(acme[1])) == [("HP", "5CG1234567", "AAA")]


def test_t10_two_product_numbers_complete_none(acme: tuple[Actor, int]) -> None:
    imported(*acme, csv_of([("5CG1234567", "HP", "")]))
    found = imported(*acme, csv_of([("5CG1234567", "HP", "AAA"), ("5CG1234567", "HP", "BBB")]))
    assert words(*acme, found) == ["NEW", "NEW"]
    assert len(stored(acme[1])) == 3


def test_t10_rows_of_one_list_name_the_same_machine(acme: tuple[Actor, int]) -> None:
    rows = [("5CG1234567", "HP", "AAA", "first"), ("5CG1234567", "HP", "", "last")]
    found = imported(*acme, csv_of(rows))
    assert words(*acme, found) == ["DUPLICATE_ROW", "NEW"]
    assert stored(acme[1])["HP", "5CG1234567", "AAA"].name == "last"


def test_e10_a_deleted_device_that_is_listed_again_comes_back(acme: tuple[Actor, int]) -> None:
    data = csv_of([("ABC1234", "Dell", "", "PC-1")])
    imported(*acme, data)
    with tenant_scope([acme[1]]):
        Device.objects.update(is_active=False)
    found = imported(*acme, data)
    assert found.summary.counts == Counts(new=1)
    assert list(stored(acme[1])) == [("Dell", "ABC1234", "")]
    with tenant_scope([acme[1]]):
        assert [c.kind for c in Change.objects.all()] == ["RESTORED"]


def test_t10_two_tenants_list_the_same_serial_and_know_nothing_of_each_other(cast: Cast) -> None:
    data = csv_of([("ABC1234", "Dell", "", "PC-1")])
    ours, theirs = actor_of(cast.device_admin), actor_of(cast.outsider)
    imported(theirs, cast.other.id, data)
    found = imported(ours, cast.acme.id, data)
    assert found.summary.counts == Counts(new=1)
    assert len(stored(cast.acme.id)) == len(stored(cast.other.id)) == 1


def test_the_preview_says_what_the_import_does_and_stores_nothing(acme: tuple[Actor, int]) -> None:
    imported(*acme, csv_of([("ABC1234", "Dell", "", "PC-1"), ("XYZ1234", "Dell")]))
    rows = [
        ("ABC1234", "Dell", "", "PC-9"),
        ("XYZ1234", "Dell"),
        ("NEW1234", "Dell"),
        ("NEW1234", "Dell"),
        ("none", "Dell"),
    ]
    before = {key: device.name for key, device in stored(acme[1]).items()}
    preview = analysed(*acme, csv_of(rows)).report
    assert {key: device.name for key, device in stored(acme[1]).items()} == before
    assert preview.expected == Counts(new=1, changed=1, unchanged=1, refused=2)
    changed = next(row for row in preview.sample if row.changes)
    assert changed.changes == {"name": ("PC-1", "PC-9")}
    assert imported(*acme, csv_of(rows)).summary.counts == preview.expected


def test_batches_make_no_difference(
    acme: tuple[Actor, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [(f"SN{n % 240:05d}", "Lenovo", "", f"PC-{n}") for n in range(250)]
    monkeypatch.setattr("fleetward.devices.imports.actions.child.batch_rows", lambda: 100)
    # One transaction around the test: another connection would see nothing of it.
    monkeypatch.setattr("fleetward.devices.imports.actions.lanes.lane_count", lambda: 1)
    found = imported(*acme, csv_of(rows))
    assert found.summary.counts == Counts(new=240, refused=10)
    assert found.summary.done_rows == found.summary.rows == 250
    assert len(outcomes(*acme, found)) == 250


def test_the_preview_shows_the_first_rows_of_the_list_for_each_outcome(
    acme: tuple[Actor, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Batches are in the order of serials, and each has a dozen of its own to show."""
    monkeypatch.setattr("fleetward.devices.imports.actions.child.batch_rows", lambda: 15)
    rows = [(f"SN{n:05d}", "Lenovo") for n in range(30, 0, -1)]
    found = analysed(*acme, csv_of([*rows, ("none", "Dell")]))
    shown = [(row.row_no, row.outcome) for row in found.report.sample]
    assert shown == [*((n, "NEW") for n in range(2, 14)), (32, "REFUSED")]


def test_e12_the_first_refused_rows_are_those_of_the_file_in_preview_and_result(
    acme: tuple[Actor, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Found in batches by serial, and again among the outcome rows."""
    monkeypatch.setattr("fleetward.devices.imports.actions.child.batch_rows", lambda: 4)
    monkeypatch.setattr("fleetward.devices.imports.actions.lanes.lane_count", lambda: 1)
    imported(*acme, csv_of([("5CG1234567", "HP", "AAA"), ("5CG1234567", "HP", "BBB")]))
    rows = [(f"SN{n:05d}", "Lenovo", "", "x" * 300) for n in range(9, 0, -1)]
    data = csv_of([*rows, ("5CG1234567", "HP"), ("SN00099", "Lenovo"), ("none", "Dell")])
    before = analysed(*acme, data).report
    after = imported(*acme, data)
    assert before.refused == after.report.refused
    assert before.refusals == after.report.refusals
    ended: dict[tuple[str, str], list[int]] = {}
    for row_no, row in outcomes(*acme, after).items():
        if row.refusal:
            ended.setdefault((row.refusal, row.field), []).append(row_no)
    assert {(r.refusal, r.field): (r.count, list(r.first)) for r in after.report.refused} == {
        kind: (len(numbers), numbers[:MOST_NUMBERS]) for kind, numbers in ended.items()
    }
    assert set(ended) == {
        ("VALUE_TOO_LONG", "name"),
        ("AMBIGUOUS_SERIAL", "serial"),
        ("JUNK_SERIAL", "serial"),
    }
