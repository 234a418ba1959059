"""Two tenants between which devices move, and whoever moves them."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from fleetward.audit.actions import record, use_case
from fleetward.audit.contracts import Verb
from fleetward.devices.actions import reassign_devices, return_devices
from fleetward.devices.contracts import ChangeKind, Move, Moved
from fleetward.devices.models import Change, Device, Group, GroupMember
from fleetward.infra import sql
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import Actor, ActorKind
from fleetward.tenancy.contracts import TenantRow
from tests.cast import NOW, add_devices, make_tenant

LATER = NOW + timedelta(hours=1)
REFERENCE = uuid.UUID("6f1d2c1e-8a55-4c7e-9a55-0c6b5d1c2f10")


def mover(*tenants: int) -> Actor:
    """An admin of the partner that manages these tenants."""
    return Actor(
        ActorKind.USER,
        "admin@partner.example",
        roles=dict.fromkeys(tenants, "MANAGING_ADMIN"),
        request_id="move-request",
    )


def reader(tenant: int) -> Actor:
    """Somebody who sees one tenant and no other."""
    return Actor(ActorKind.USER, "reader", roles={tenant: "REPORT_ADMIN"}, request_id="reading")


@use_case
def transfer(
    *, actor: Actor, move: Move, devices: Sequence[int], is_back: bool = False
) -> list[Moved]:
    """What whoever moves devices does: with an entry in the trail of both tenants."""
    moved = (return_devices if is_back else reassign_devices)(
        actor=actor, move=move, devices=devices
    )
    for tenant in (move.source, move.target):
        record(actor=actor, verb=Verb.DEVICE_CHANGED, tenant=tenant, now=move.at)
    return moved


@dataclass
class World:
    """Devices go from `source` to `target`."""

    source: TenantRow = field(default_factory=lambda: make_tenant("Source"))
    target: TenantRow = field(default_factory=lambda: make_tenant("Target"))
    reference: uuid.UUID = REFERENCE

    @property
    def both(self) -> list[int]:
        return [self.source.id, self.target.id]

    @property
    def actor(self) -> Actor:
        return mover(*self.both)

    def move(self, at: datetime = NOW) -> Move:
        return Move(self.source.id, self.target.id, self.reference, at)

    def go(self, devices: Iterable[int], at: datetime = NOW) -> list[Moved]:
        return transfer(actor=self.actor, move=self.move(at), devices=list(devices))

    def come_back(self, devices: Iterable[int], at: datetime = LATER) -> list[Moved]:
        return transfer(actor=self.actor, move=self.move(at), devices=list(devices), is_back=True)

    def list_again(self, device: int, **values: object) -> int:
        """A listing of the same machine in the target; its id."""
        known = self.row(device)
        same = {name: getattr(known, name) for name in ("manufacturer", "serial", "product_number")}
        number = add_devices(self.target.id, 1)[0]
        with tenant_scope(self.both):
            Device.objects.filter(id=number).update(**{"name": "", **same, **values})
        return number

    def row(self, device: int) -> Device:
        with tenant_scope(self.both):
            return Device.objects.get(id=device)

    def history(self, tenant: int, device: int) -> list[str]:
        with tenant_scope([tenant]):
            rows = Change.objects.filter(device_id=device, tenant_id=tenant).order_by("id")
            return [str(ChangeKind(kind)) for kind in rows.values_list("kind", flat=True)]


def make_group(tenant: int, name: str, devices: Iterable[int]) -> Group:
    """A static group with its members."""
    with tenant_scope([tenant]):
        group = Group.objects.create(
            tenant_id=tenant, kind="STATIC", name=name, created_at=NOW, updated_at=NOW
        )
        GroupMember.objects.bulk_create(
            GroupMember(tenant_id=tenant, group_id=group.id, device_id=device) for device in devices
        )
        return group


def members(group: Group) -> set[int]:
    with tenant_scope([group.tenant_id]):
        rows = GroupMember.objects.filter(group_id=group.id)
        return set(rows.values_list("device_id", flat=True))


def write(tenants: Iterable[int], text: str, **params: Any) -> list[tuple[Any, ...]]:
    """Run a statement that returns rows, in the scope of these tenants."""
    with tenant_scope(tenants):
        return sql.fetch_text(text, params)
