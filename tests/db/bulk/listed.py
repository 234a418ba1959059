"""A tenant whose lists are imported and undone."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from fleetward.devices.actions import (
    add_device,
    change_device,
    delete_devices,
    restore_devices,
)
from fleetward.devices.bulk.actions import (
    undo_import,
)
from fleetward.devices.bulk.contracts import (
    BulkRow,
    UndoPreview,
)
from fleetward.devices.bulk.queries.undoing import preview_undo
from fleetward.devices.contracts import (
    ChangeRow,
    DeviceInput,
    Origin,
)
from fleetward.devices.imports.contracts import ImportDetail
from fleetward.devices.models import BulkItem, Device
from fleetward.devices.queries.history import list_changes
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.clock import utc_now
from tests import invariants
from tests.db.bulk.work import Place, every_device_has_its_outcome
from tests.db.imports.lists import csv_of, imported

HEADERS = (
    "Serial number",
    "Manufacturer",
    "Product number",
    "Device name",
    "Model",
    "Assigned user",
    "Asset tag",
    "Location",
    "Country",
    "Purchase date",
)
STORED = (
    "manufacturer",
    "serial",
    "product_number",
    "name",
    "model",
    "assigned_user",
    "asset_tag",
    "location",
    "country",
    "purchased_on",
    "is_virtual",
    "is_active",
)


def row_of(serial: str, manufacturer: str = "Dell", **cells: str) -> list[str]:
    return [serial, manufacturer, *(cells.get(header, "") for header in HEADERS[2:])]


@dataclass
class Lists(Place):
    """The tenant, and what happens to its lists and devices."""

    latest: list[ImportDetail] = field(default_factory=list)

    def load(self, *rows: list[str]) -> ImportDetail:
        found = imported(self.actor, self.tenant, csv_of(rows, HEADERS))
        self.latest.append(found)
        return found

    def id_of(self, serial: str, manufacturer: str = "Dell") -> int:
        with tenant_scope([self.tenant]):
            return Device.objects.get(serial=serial, manufacturer=manufacturer).id

    def uid_of(self, serial: str) -> uuid.UUID:
        return self.get_device(self.id_of(serial)).uid

    def preview(self, found: ImportDetail) -> UndoPreview:
        return preview_undo(
            actor=self.actor, tenant=self.tenant, uid=found.summary.uid, now=utc_now()
        )

    def begin_undo(self, found: ImportDetail) -> BulkRow:
        return undo_import(
            actor=self.actor, tenant=self.tenant, uid=found.summary.uid, now=utc_now()
        )

    def undo_list(self, found: ImportDetail) -> BulkRow:
        """The preview tells what then happens."""
        foreseen = self.preview(found).counts
        row = self.finish(self.begin_undo(found))
        assert row.counts == foreseen
        every_device_has_its_outcome(self, row)
        invariants.everything_holds(self.tenant)
        return row

    def edit(self, serial: str, **changes: str | bool | date | None) -> None:
        """A person changes a device."""
        change_device(
            actor=self.actor,
            tenant=self.tenant,
            uid=self.uid_of(serial),
            changes=changes,
            now=utc_now(),
        )

    def delete(self, serial: str) -> None:
        delete_devices(
            actor=self.actor, tenant=self.tenant, uids=[self.uid_of(serial)], now=utc_now()
        )

    def restore(self, serial: str) -> None:
        restore_devices(
            actor=self.actor, tenant=self.tenant, uids=[self.uid_of(serial)], now=utc_now()
        )

    def enter(self, serial: str, **fields: str) -> None:
        add_device(
            actor=self.actor,
            tenant=self.tenant,
            device=DeviceInput("Dell", serial, **fields),
            origin=Origin.MANUAL,
            now=utc_now(),
        )

    def latest_change(self, serial: str) -> ChangeRow:
        uid = self.uid_of(serial)
        return list_changes(actor=self.actor, tenant=self.tenant, uid=uid).rows[0]

    def codes(self, run: BulkRow) -> dict[str, str]:
        """How each device ended, by serial: its refusal, or its outcome."""
        with tenant_scope([self.tenant]):
            return {
                i.serial: i.refusal or i.outcome for i in BulkItem.objects.filter(run_id=run.id)
            }

    def devices_now(self) -> Mapping[str, tuple[object, ...]]:
        """Every device as it is, by serial; those that are not active are not there."""
        with tenant_scope([self.tenant]):
            rows = Device.objects.filter(tenant_id=self.tenant, is_active=True)
            return {
                f"{r.manufacturer} {r.serial} {r.product_number}": tuple(
                    getattr(r, name) for name in STORED
                )
                for r in rows
            }
