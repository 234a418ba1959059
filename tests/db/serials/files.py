"""Files of serials in tests: sent, and read in this thread."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from fleetward.devices.models import SerialList
from fleetward.devices.serial_lists.actions import match_serials, read_serials, upload_serials
from fleetward.devices.serial_lists.contracts import SerialListRow, SerialOutcome
from fleetward.devices.serial_lists.queries import get_serial_list, list_serial_rows
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import Actor
from fleetward.kernel.clock import utc_now
from tests.cast import actor_of
from tests.db.bulk.work import Place
from tests.db.imports.lists import csv_of

HEADERS = ("Serial number", "Manufacturer", "Product number")


@dataclass
class Desk(Place):
    """A tenant whose administrator deletes by file."""

    sent: list[uuid.UUID] = field(default_factory=list)

    @property
    def actor(self) -> Actor:
        return actor_of(self.cast.admin)

    def upload(
        self, rows: Sequence[Sequence[str]] | bytes, headers: Sequence[str] = HEADERS
    ) -> uuid.UUID:
        data = rows if isinstance(rows, bytes) else csv_of(rows, headers)
        uid = upload_serials(
            actor=self.actor,
            tenant=self.tenant,
            file_name="old machines.csv",
            chunks=[data],
            now=utc_now(),
        )
        self.sent.append(uid)
        return uid

    def read(self, uid: uuid.UUID) -> SerialListRow:
        self.work(uid)
        return self.found(uid)

    def work(self, uid: uuid.UUID, clock: Callable[[], datetime] = utc_now) -> None:
        """Its jobs, one after the other."""
        for job in (read_serials, match_serials):
            job(tenant=self.tenant, serials=self.stored(uid).id, clock=clock)

    def given(
        self, rows: Sequence[Sequence[str]] | bytes, headers: Sequence[str] = HEADERS
    ) -> SerialListRow:
        """Sent and read."""
        return self.read(self.upload(rows, headers))

    def found(self, uid: uuid.UUID) -> SerialListRow:
        return get_serial_list(actor=self.actor, tenant=self.tenant, uid=uid)

    def stored(self, uid: uuid.UUID) -> SerialList:
        with tenant_scope([self.tenant]):
            return SerialList.objects.get(uid=uid)

    def words(self, row: SerialListRow) -> list[str]:
        """Outcomes in the order of the file, with the reason of refused rows."""
        rows = list_serial_rows(actor=self.actor, tenant=self.tenant, uid=row.uid)
        return [one.refusal or str(one.outcome) for one in rows]

    def counted(self, row: SerialListRow) -> Mapping[str, int]:
        return {
            str(outcome): row.counts[outcome] for outcome in SerialOutcome if row.counts[outcome]
        }
