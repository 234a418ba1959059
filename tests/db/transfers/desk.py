"""A partner with two customers that have accepted it, and transfers worked off in this thread."""

from __future__ import annotations

import csv
import io
import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from fleetward.devices.models import Device
from fleetward.identity.models import User
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import Actor
from fleetward.kernel.clock import utc_now
from fleetward.tenancy.contracts import Role, TenantRow
from fleetward.tenancy.models import Membership, Relation
from fleetward.transfers.actions import (
    match_transfer,
    move_transfer,
    read_transfer,
    start_transfer,
    upload_transfer,
)
from fleetward.transfers.contracts import OutcomeLine, TransferDetail, TransferState, Upload
from fleetward.transfers.models import Transfer
from fleetward.transfers.queries import get_transfer, iterate_rows
from fleetward.transfers.texts import description_of
from tests.cast import actor_of, add_devices, make_tenant, make_user, manage

HEADERS = ("Serial Number", "Customer ID")
_JOBS = {
    TransferState.READING: read_transfer,
    TransferState.MATCHING: match_transfer,
    TransferState.RUNNING: move_transfer,
    TransferState.CANCELLING: move_transfer,
}


def file_of(rows: Sequence[Sequence[str]], headers: Sequence[str] = HEADERS) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([headers, *rows])
    return text.getvalue().encode()


def make_customer(partner: TenantRow, name: str, state: str = "ACCEPTED") -> TenantRow:
    """A customer of a partner, with an IT Admin of its own."""
    made = make_tenant(name)
    manage(made, partner, state)
    make_user(f"admin@{name.lower()}.example", {made.id: Role.IT_ADMIN})
    return made


def hold_for(partner: TenantRow) -> TenantRow:
    """The holding tenant of a partner."""
    return make_tenant(partner.name, kind="HOLDING", owner_id=partner.id)


@dataclass
class Desk:
    """`source` and `target` are customers of `partner`; `admin` is the partner's."""

    partner: TenantRow = field(default_factory=lambda: make_tenant("Reseller", kind="PARTNER"))
    source: TenantRow = field(init=False)
    target: TenantRow = field(init=False)
    admin: User = field(init=False)

    def __post_init__(self) -> None:
        self.source = make_customer(self.partner, "Initech")
        self.target = make_customer(self.partner, "Hooli")
        self.admin = make_user("admin@reseller.example", {self.partner.id: Role.PARTNER_ADMIN})

    @property
    def actor(self) -> Actor:
        return actor_of(self.admin)

    def open_holding(self) -> TenantRow:
        """Unassigned Devices of the partner, which its certified admin sees."""
        Membership.objects.filter(user=self.admin).update(is_certified=True)
        return hold_for(self.partner)

    def admin_of(self, tenant: TenantRow) -> Actor:
        return actor_of(User.objects.get(email=f"admin@{tenant.name.lower()}.example"))

    def add(self, count: int = 1, **fields: object) -> list[int]:
        return add_devices(self.source.id, count, **fields)  # type: ignore[arg-type]

    def get_device(self, device: int) -> Device:
        with tenant_scope([self.source.id, self.target.id]):
            return Device.objects.get(id=device)

    def change(self, device: int, **fields: object) -> None:
        with tenant_scope([self.source.id, self.target.id]):
            Device.objects.filter(id=device).update(updated_at=utc_now(), **fields)

    def serials(self, devices: Sequence[int]) -> list[str]:
        return [self.get_device(device).serial for device in devices]

    def held_by(self, tenant: TenantRow) -> int:
        with tenant_scope([tenant.id]):
            return Device.objects.filter(tenant_id=tenant.id, is_active=True).count()

    def rows_to(self, serials: Sequence[str], target: TenantRow | None = None) -> bytes:
        return file_of([(serial, (target or self.target).customer_id) for serial in serials])

    def upload(self, data: bytes, key: str | None = None, name: str = "moves.csv") -> uuid.UUID:
        return upload_transfer(
            actor=self.actor,
            source=self.source.id,
            upload=Upload(name, key),
            chunks=[data],
            now=utc_now(),
        ).uid

    def work(self, uid: uuid.UUID) -> TransferDetail:
        """Its jobs one after the other, until it waits for a person or is over."""
        stored = self.stored(uid)
        while job := _JOBS.get(TransferState(stored.state)):
            job(tenant=self.source.id, transfer=stored.id, clock=utc_now)
            stored = self.stored(uid)
        return self.found(uid)

    def previewed(self, data: bytes) -> TransferDetail:
        return self.work(self.upload(data))

    def start(self, uid: uuid.UUID) -> TransferDetail:
        start_transfer(actor=self.actor, tenant=self.source.id, uid=uid, now=utc_now())
        return self.work(uid)

    def moved(self, data: bytes) -> TransferDetail:
        """Sent, looked at, and moved."""
        return self.start(self.previewed(data).row.uid)

    def found(self, uid: uuid.UUID) -> TransferDetail:
        return get_transfer(actor=self.actor, tenant=self.source.id, uid=uid, now=utc_now())

    def stored(self, uid: uuid.UUID) -> Transfer:
        with tenant_scope([self.source.id]):
            return Transfer.objects.get(uid=uid)

    def lines(self, uid: uuid.UUID) -> list[OutcomeLine]:
        return list(iterate_rows(actor=self.actor, tenant=self.source.id, uid=uid))

    def words(self, uid: uuid.UUID) -> list[str]:
        """State Descriptions in the order of the file."""
        return [description_of(line.outcome, line.refusal) for line in self.lines(uid)]

    def counted(self, uid: uuid.UUID) -> dict[str, int]:
        """Rows as they are stored, by outcome."""
        return dict(Counter(str(line.outcome) for line in self.lines(uid)))

    def end_relation(self, customer: TenantRow) -> None:
        Relation.objects.filter(customer_id=customer.id).update(state="ENDED")

    def lose_right(self) -> None:
        Membership.objects.filter(user=self.admin).update(role=Role.PARTNER_SERVICE)
