"""A transfer from its file to its end: what each row becomes, and who has the devices then."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from fleetward.audit.models import Entry
from fleetward.devices.models import Device
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.clock import utc_now
from fleetward.kernel.errors import KeyReused
from fleetward.notifications.models import Notification
from fleetward.tenancy.contracts import TenantRow
from fleetward.transfers.actions import move_transfer, start_transfer
from fleetward.transfers.contracts import RowOutcome, TransferState
from tests.cast import add_devices
from tests.db.transfers.desk import Desk, file_of

pytestmark = pytest.mark.django_db
GOOD, NOT_FOUND = "Asset successfully created", "Device not found"


def verbs(tenant: TenantRow) -> list[str]:
    with tenant_scope([tenant.id]):
        found = Entry.objects.filter(tenant_id=tenant.id, verb__startswith="transfer.")
        return list(found.order_by("id").values_list("verb", flat=True))


def news(tenant: TenantRow) -> list[str]:
    with tenant_scope([tenant.id]):
        found = Notification.objects.filter(tenant_id=tenant.id).order_by("id")
        return list(found.values_list("kind", flat=True))


def test_x6_good_rows_move_and_bad_ones_stop_none(desk: Desk) -> None:
    one, two, three = desk.serials(desk.add(3))
    found = desk.moved(desk.rows_to([one, "ZZZ9999", two, one.lower(), "1.2E+10", "", three]))
    assert desk.words(found.row.uid) == [
        GOOD,
        NOT_FOUND,
        GOOD,
        "Duplicate row",
        "Serial number in scientific notation",
        "Serial number missing",
        GOOD,
    ]
    assert (found.row.state, found.row.moved, found.row.failed) == (TransferState.DONE, 3, 4)
    assert (desk.held_by(desk.source), desk.held_by(desk.target)) == (0, 3)
    assert found.refusals == {"SCIENTIFIC_NOTATION": 1, "MISSING_SERIAL": 1}


def test_x2_a_serial_that_the_actor_sees_elsewhere_is_not_found(desk: Desk) -> None:
    (theirs,) = add_devices(desk.target.id, 1)
    (deleted,) = desk.add()
    desk.change(deleted, is_active=False)
    found = desk.moved(desk.rows_to(desk.serials([theirs, deleted, theirs])))
    assert desk.words(found.row.uid) == [NOT_FOUND] * 3
    assert found.row.state is TransferState.DONE


def test_x3_the_manufacturer_tells_two_devices_of_one_serial_apart(desk: Desk) -> None:
    dell, lenovo = desk.add(), desk.add(manufacturer="Lenovo")
    for device in (*dell, *lenovo):
        desk.change(device, serial="SAME001")
    rows = [
        ("SAME001", desk.target.customer_id, ""),
        ("same001", desk.target.customer_id, "Dell Inc."),
        ("SAME001", desk.target.customer_id, "HP"),
    ]
    found = desk.moved(file_of(rows, ("Serial Number", "Customer ID", "Manufacturer")))
    assert desk.words(found.row.uid) == ["Ambiguous serial number", GOOD, NOT_FOUND]
    assert desk.get_device(*dell).tenant_id == desk.target.id
    assert desk.get_device(*lenovo).tenant_id == desk.source.id


def test_x6_of_two_rows_of_one_device_the_first_moves_it(desk: Desk) -> None:
    """However the second names it: alike, or without its manufacturer."""
    (serial,) = desk.serials(desk.add())
    target = desk.target.customer_id
    rows = [(serial, target, "Dell"), (serial, target, ""), (serial, target, "dell")]
    found = desk.moved(file_of(rows, ("Serial Number", "Customer ID", "Manufacturer")))
    assert desk.words(found.row.uid) == [GOOD, "Duplicate row", "Duplicate row"]


TOLERATED: Sequence[tuple[str, str, str]] = (
    ("a BOM", "utf-8-sig", "Serial Number,Customer ID\n{s},{c}\n"),
    ("semicolons", "utf-8", "Serial Number;Customer ID\r\n{s};{c}\r\n"),
    ("tabs", "utf-16", "Serial Number\tCustomer ID\n{s}\t{c}\n"),
    ("Windows-1252", "cp1252", "Serial Number;Customer ID;Société\n{s};{c};Crème\n"),
    ("blank lines", "utf-8", "\n\nSerial Number,Customer ID\n\n{s},{c}\n\n\n"),
    ("an apostrophe", "utf-8", "Serial Number,Customer ID\n'{s},'{c}\n"),
    ("quotes and blanks", "utf-8", 'Serial Number,Customer ID\n" {s} "," {c} "\n'),
    ("other headers", "utf-8", "customer id,SERIAL NUMBER\n{c},{s}\n"),
    ("small letters", "utf-8", "Serial Number,Customer ID\n{s_lower},{c_lower}\n"),
)


@pytest.mark.parametrize(("what", "encoding", "text"), TOLERATED, ids=[c[0] for c in TOLERATED])
def test_x8_files_as_spreadsheets_save_them(
    desk: Desk, what: str, encoding: str, text: str
) -> None:
    (serial,) = desk.serials(desk.add())
    target = desk.target.customer_id
    given = text.format(s=serial, c=target, s_lower=serial.lower(), c_lower=target.lower())
    found = desk.moved(given.encode(encoding))
    assert desk.words(found.row.uid) == [GOOD], what


def test_x11_each_move_is_in_the_trail_of_source_target_and_partner(desk: Desk) -> None:
    found = desk.moved(desk.rows_to([*desk.serials(desk.add(2)), "ZZZ9999"]))
    assert verbs(desk.partner) == ["transfer.submitted", "transfer.started", "transfer.executed"]
    assert verbs(desk.source) == ["transfer.sent"]
    assert verbs(desk.target) == ["transfer.received"]
    for tenant in (desk.source, desk.target, desk.partner):
        with tenant_scope([tenant.id]):
            entry = Entry.objects.filter(tenant_id=tenant.id).latest("id")
        assert entry.details["outcomes_sha256"] == found.outcome_digest
        others = {desk.source.customer_id, desk.target.customer_id} - {tenant.customer_id}
        told = [other for other in others if other in str(entry.details)]
        assert bool(told) is (tenant is desk.partner)


def test_x7_one_notification_tells_the_end_also_when_every_row_failed(desk: Desk) -> None:
    found = desk.moved(desk.rows_to(["ZZZ9999", "1E5"]))
    assert (found.row.state, found.row.moved, found.row.failed) == (TransferState.DONE, 0, 2)
    assert news(desk.partner) == ["TRANSFER_READY", "TRANSFER_DONE"]
    assert news(desk.source) == news(desk.target) == []
    assert verbs(desk.source) == verbs(desk.target) == []


def test_source_and_target_hear_of_it_once(desk: Desk) -> None:
    found = desk.moved(desk.rows_to(desk.serials(desk.add(2))))
    move_transfer(tenant=desk.source.id, transfer=desk.stored(found.row.uid).id, clock=utc_now)
    assert news(desk.partner) == ["TRANSFER_READY", "TRANSFER_DONE"]
    assert news(desk.source) == ["DEVICES_SENT"]
    assert news(desk.target) == ["DEVICES_RECEIVED"]


def test_t14_a_listing_of_the_target_merges_and_the_row_says_so(desk: Desk) -> None:
    (device,) = desk.add()
    (serial,) = desk.serials([device])
    (listed,) = add_devices(desk.target.id, 1)
    desk.change(listed, serial=serial, name="Ours")
    waiting = desk.previewed(desk.rows_to([serial]))
    assert waiting.preview.effects["MERGED_LISTINGS"] == 1
    found = desk.start(waiting.row.uid)
    assert found.row.counts == {RowOutcome.MERGED: 1}
    assert desk.words(found.row.uid) == [GOOD]
    assert desk.held_by(desk.target) == 1
    assert desk.get_device(device).name == "Ours"


def test_x10_personal_data_are_counted_and_do_not_travel(desk: Desk) -> None:
    desk.add(assigned_user="Ada", location="Lyon")
    desk.add(asset_tag="A-1")
    with tenant_scope([desk.source.id]):
        ids = list(Device.objects.order_by("id").values_list("id", flat=True))
    waiting = desk.previewed(desk.rows_to(desk.serials(ids)))
    preview = waiting.preview
    assert (preview.users, preview.locations, preview.tags) == (1, 1, 1)
    assert preview.effects["SEALED_DEVICES"] == 2
    desk.start(waiting.row.uid)
    moved = [desk.get_device(device) for device in ids]
    assert {(d.assigned_user, d.location, d.asset_tag) for d in moved} == {("", "", "")}


def test_a_transfer_needs_as_many_slices_as_rows_say(desk: Desk, set_env: object) -> None:
    set_env(FLEETWARD_TRANSFERS__SLICE_ROWS="2")  # type: ignore[operator]
    serials = desk.serials(desk.add(5))
    found = desk.moved(desk.rows_to([*serials, "ZZZ9999", *serials]))
    assert desk.words(found.row.uid) == [GOOD] * 5 + [NOT_FOUND] + ["Duplicate row"] * 5
    assert desk.held_by(desk.target) == 5


def test_however_the_file_is_cut_the_outcomes_are_the_same(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    dell, lenovo = desk.add(), desk.add(manufacturer="Lenovo")
    for device in (*dell, *lenovo):
        desk.change(device, serial="SAME001")
    (other,) = desk.serials(desk.add())
    target = desk.target.customer_id
    rows = [(s, target, m) for s in ("SAME001", other) for m in ("", "Dell", "", "Lenovo")]
    data = file_of(rows, ("Serial Number", "Customer ID", "Manufacturer"))
    whole = desk.words(desk.previewed(data).row.uid)
    monkeypatch.setattr("fleetward.devices.imports.actions.naming.batch_rows", lambda: 1)
    assert desk.words(desk.previewed(data).row.uid) == whole


def test_the_same_key_is_the_same_transfer(desk: Desk) -> None:
    data = desk.rows_to(desk.serials(desk.add()))
    first = desk.upload(data, "key-1")
    assert desk.upload(data, "key-1") == first
    with pytest.raises(KeyReused):
        desk.upload(desk.rows_to(["ZZZ9999"]), "key-1")
    assert desk.upload(data, "key-2") != first


def test_starting_twice_is_starting_once(desk: Desk) -> None:
    found = desk.moved(desk.rows_to(desk.serials(desk.add())))
    start_transfer(actor=desk.actor, tenant=desk.source.id, uid=found.row.uid, now=utc_now())
    assert desk.found(found.row.uid).row.state is TransferState.DONE
    assert verbs(desk.partner).count("transfer.started") == 1


def test_the_device_keeps_its_identity(desk: Desk) -> None:
    (device,) = desk.add()
    before = desk.get_device(device)
    desk.moved(desk.rows_to([before.serial]))
    after = desk.get_device(device)
    assert (after.id, after.uid, after.origin) == (before.id, before.uid, before.origin)
