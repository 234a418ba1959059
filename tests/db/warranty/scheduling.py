"""Schedules of views and groups, made and started as tests need them."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from fleetward.devices.actions import make_group, save_view
from fleetward.devices.contracts import ViewInput
from fleetward.devices.models import Group, GroupMember
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import system_actor
from fleetward.notifications.models import Notification
from fleetward.warranty.actions.running import plan_run
from fleetward.warranty.contracts import RunRow
from fleetward.warranty.models import Run, RunSchedule
from fleetward.warranty.schedules.actions import add_schedule, start_schedule
from fleetward.warranty.schedules.contracts import ScheduleInput, ScheduleRow
from fleetward.warranty.schedules.queries import list_schedules
from tests.cast import NOW, Cast, actor_of

DAY = timedelta(days=1)
NIGHT = NOW.replace(hour=2) + DAY


def group_of(tenant: int, devices: list[int]) -> UUID:
    uid = make_group(actor=system_actor("Tests", tenant), tenant=tenant, name="Lyon", now=NOW)
    join(tenant, uid, devices)
    return uid


def join(tenant: int, uid: UUID, devices: list[int]) -> None:
    with tenant_scope([tenant]):
        group = Group.objects.get(uid=uid).id
        GroupMember.objects.bulk_create(
            GroupMember(tenant_id=tenant, group_id=group, device_id=one) for one in devices
        )


def view_of(cast: Cast, query: str = "status=OUT", *, is_shared: bool = True) -> UUID:
    view = ViewInput("Out", query=query, is_shared=is_shared)
    return save_view(actor=actor_of(cast.admin), tenant=cast.acme.id, view=view, now=NOW)


def add(tenant: int, **given: object) -> UUID:
    schedule = ScheduleInput(**{"every_days": 7, **given})  # type: ignore[arg-type]
    actor = system_actor("Tests", tenant)
    return add_schedule(actor=actor, tenant=tenant, schedule=schedule, now=NOW)


def start(tenant: int, now: datetime = NIGHT) -> RunRow | None:
    with tenant_scope([tenant]):
        (schedule,) = RunSchedule.objects.values_list("id", flat=True)
    actor = system_actor("Scheduled refresh", tenant)
    return start_schedule(actor=actor, tenant=tenant, schedule=schedule, now=now)


def visited(tenant: int, run: RunRow) -> int:
    plan_run(run_id=run.id, tenant=tenant, now=NIGHT)
    with tenant_scope([tenant]):
        return Run.objects.get(id=run.id).devices


def only(cast: Cast) -> ScheduleRow:
    (row,) = list_schedules(actor=actor_of(cast.reader), tenant=cast.acme.id)
    return row


def told(tenant: int) -> int:
    with tenant_scope([tenant]):
        return Notification.objects.filter(kind="SCHEDULE_FAILED").count()
