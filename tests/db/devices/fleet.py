"""A fleet of devices with every kind of coverage, many ties and many holes."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterable
from datetime import date, timedelta

from fleetward.devices.actions import make_group, save_view
from fleetward.devices.contracts import ViewInput
from fleetward.devices.models import Device, Group, GroupMember
from fleetward.infra import sql
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import system_actor
from fleetward.tenancy.contracts import Role
from fleetward.warranty.actions.answers import store_answers
from fleetward.warranty.actions.grouping import make_dynamic_group
from fleetward.warranty.contracts import (
    Answer,
    AnswerKind,
    DeviceKey,
    Entitlement,
    EntitlementKind,
    Reason,
)
from fleetward.warranty.models import Coverage
from fleetward.warranty.models import Entitlement as Line
from tests.cast import NOW, TODAY, Cast, actor_of, add_devices

MAKERS = ("Dell", "Lenovo", "HP")
MODELS = ("Latitude 5440", "ThinkPad T14", "EliteBook 840", "")
REASONS = (Reason.NOT_CHECKED, Reason.NOT_FOUND_AT_VENDOR, Reason.VENDOR_NOT_SUPPORTED)
COVER = """
INSERT INTO warranty_coverage (
    device_id, tenant_id, manufacturer, starts_on, ends_on, reason, source, is_simulated, checked_at
)
SELECT
    d.id, d.tenant_id, d.manufacturer, %(starts)s, %(ends)s, %(reason)s, 'dell', %(simulated)s,
    %(at)s
FROM devices_device d WHERE d.id = %(device)s
ON CONFLICT (device_id) DO UPDATE SET
    manufacturer = excluded.manufacturer, starts_on = excluded.starts_on,
    ends_on = excluded.ends_on, reason = excluded.reason,
    source = excluded.source, is_simulated = excluded.is_simulated, checked_at = excluded.checked_at
RETURNING 1
"""


def cover(
    tenant: int,
    device: int,
    ends_on: date | None = None,
    reason: Reason | None = None,
    simulated: bool = False,
) -> None:
    """Give a device a coverage row, as a run would."""
    with tenant_scope([tenant]):
        sql.fetch_text(
            COVER,
            {
                "device": device,
                "starts": date(2024, 1, 1) if ends_on else None,
                "ends": ends_on,
                "reason": "" if ends_on else str(reason or Reason.NOT_CHECKED),
                "simulated": simulated,
                "at": NOW,
            },
        )


def random_end(chance: random.Random) -> date | None:
    """Ends close to the borders of the statuses, many the same; sometimes open, sometimes none."""
    if chance.random() < 0.3:
        return None
    if chance.random() < 0.1:
        return date.max
    near = chance.choice([-400, -1, 0, 1, 29, 30, 31, 179, 180, 181, 700])
    return TODAY + timedelta(days=near)


def make_fleet(tenant: int, count: int, seed: int = 1, inactive: int = 0) -> list[int]:
    """Devices with names, models and users that repeat, and coverage of every kind; their ids."""
    chance = random.Random(seed)
    ids = add_devices(tenant, count + inactive)
    with tenant_scope([tenant]):
        for number, device in enumerate(Device.objects.filter(id__in=ids).order_by("id")):
            device.manufacturer = chance.choice(MAKERS)
            device.model = chance.choice(MODELS)
            device.name = chance.choice(["PC-ä", "pc-b", "", f"NB_{number % 7}%"])
            device.assigned_user = chance.choice(["", "zoé", "Bob"])
            device.is_active = number < count
            device.archived_on = TODAY if number >= count and number % 2 else None
            changed = ["manufacturer", "model", "name", "assigned_user"]
            device.save(update_fields=[*changed, "is_active", "archived_on"])
            if not device.is_active:
                sql.fetch_text(
                    "DELETE FROM warranty_coverage WHERE device_id = %s RETURNING 1", [device.id]
                )
    for device_id in ids[:count]:
        cover(
            tenant,
            device_id,
            random_end(chance),
            chance.choice(REASONS),
            simulated=chance.random() < 0.2,
        )
    return ids


def group_of(tenant: int, name: str, devices: Iterable[int]) -> uuid.UUID:
    """A static group with members."""
    actor = system_actor("Tests", tenant)
    uid = make_group(actor=actor, tenant=tenant, name=name, now=NOW)
    with tenant_scope([tenant]):
        group = Group.objects.get(uid=uid)
        GroupMember.objects.bulk_create(
            GroupMember(tenant_id=tenant, group_id=group.id, device_id=device) for device in devices
        )
    return uid


def dynamic_group_of(tenant: int, name: str, query: str) -> uuid.UUID:
    """A dynamic group of what a filter leaves."""
    actor = system_actor("Tests", tenant)
    return make_dynamic_group(actor=actor, tenant=tenant, name=name, query=query, now=NOW)


def first_view_of(cast: Cast, role: Role, query: str) -> uuid.UUID:
    """A view that the users of a role find first."""
    view = ViewInput("First", query, is_shared=True, default_role=role)
    return save_view(actor=actor_of(cast.admin), tenant=cast.acme.id, view=view, now=NOW)


def answer(tenant: int, device: int, ends_on: date) -> None:
    """Store what a vendor says of a device: a line of cover until that day."""
    line = Entitlement("dell", "ND", "Cover", EntitlementKind.BASE, TODAY, ends_on)
    said = Answer(DeviceKey("X"), AnswerKind.FOUND, None, (line,))
    with tenant_scope([tenant]):
        answers = [(device, said, False)]
        store_answers(tenant=tenant, source="dell", answers=answers, now=NOW)


def known(tenant: int, device: int) -> tuple[date | None, str, list[date | None]]:
    """The end of a device's coverage, its latest error, and the ends of the lines behind it."""
    with tenant_scope([tenant]):
        row = Coverage.objects.get(device_id=device)
        lines = Line.objects.filter(device_id=device).order_by("id")
        return row.ends_on, row.latest_error, list(lines.values_list("ends_on", flat=True))
