"""Schedules as pages and programs see them, and what a schedule visits now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from fleetward.access.contracts import Capability
from fleetward.access.queries import require
from fleetward.devices.queries.groups import list_groups
from fleetward.devices.queries.views import list_views
from fleetward.infra.tx import scoped, tenant_scope
from fleetward.kernel.actor import Actor, system_actor
from fleetward.kernel.errors import NotFound
from fleetward.tenancy.queries import list_settings
from fleetward.warranty.contracts import RunRow, UnfitFilter
from fleetward.warranty.models import Run, RunSchedule
from fleetward.warranty.queries.grid_filter import DeviceFilter
from fleetward.warranty.queries.meant import active_filter, group_query, plain_query
from fleetward.warranty.queries.runs import run_row
from fleetward.warranty.rules import is_night
from fleetward.warranty.schedules.contracts import (
    MOST_SCHEDULES,
    ScheduleRow,
    ScheduleTargetGone,
    ScheduleTargetUnfit,
)


@dataclass(frozen=True, slots=True)
class Target:
    """A view or a group: its name, and its filter as the address of the device list holds it."""

    name: str
    query: str

    def only(self, *, today: date, zone: str) -> DeviceFilter:
        """The filter on a day. Raises: ScheduleTargetUnfit."""
        try:
            return active_filter(self.query, today=today, zone=zone)
        except UnfitFilter:
            raise ScheduleTargetUnfit from None


@scoped
def list_schedules(*, actor: Actor, tenant: int) -> list[ScheduleRow]:
    """The schedules of a tenant, oldest first. Raises: NotFound, Forbidden."""
    require(actor, Capability.SEE_WARRANTY, tenant=tenant)
    found = RunSchedule.objects.filter(tenant_id=tenant).order_by("id")[:MOST_SCHEDULES]
    targets, runs = targets_of(tenant), _runs(list(found))
    return [_row(one, targets, runs) for one in found]


@scoped
def get_one_schedule(*, actor: Actor, tenant: int, uid: UUID) -> ScheduleRow:
    """One of them. Raises: NotFound, Forbidden."""
    require(actor, Capability.SEE_WARRANTY, tenant=tenant)
    found = RunSchedule.objects.filter(tenant_id=tenant, uid=uid).first()
    if found is None:
        raise NotFound
    return _row(found, targets_of(tenant), _runs([found]))


def schedules_due(*, now: datetime) -> list[tuple[int, int]]:
    """Tenant and id of each schedule that may start now."""
    days: dict[int, date] = {}
    for tenant, one in list_settings().items():
        local = now.astimezone(ZoneInfo(one.time_zone))
        if one.has_scheduled_runs and is_night(local):
            days[tenant] = local.date()
    with tenant_scope(days):
        rows = RunSchedule.objects.order_by("id").values_list("tenant_id", "id", "next_on")
        return [(tenant, one) for tenant, one, next_on in rows if next_on <= days[tenant]]


def targets_of(tenant: int) -> dict[UUID, Target]:
    """What schedules may name: the groups of a tenant, and the views that are shared there."""
    system = system_actor("Scheduled refresh", tenant)
    groups = {
        row.uid: Target(row.name, group_query(row.uid))
        for row in list_groups(actor=system, tenant=tenant)
    }
    views = {
        UUID(row.uid): Target(row.name, plain_query(row.view.query))
        for row in list_views(actor=system, tenant=tenant)
    }
    return groups | views


def _runs(schedules: list[RunSchedule]) -> dict[int, RunRow]:
    ids = [one.latest_run_id for one in schedules if one.latest_run_id]
    return {run.id: run_row(run) for run in Run.objects.filter(id__in=ids)} if ids else {}


def _row(stored: RunSchedule, targets: dict[UUID, Target], runs: dict[int, RunRow]) -> ScheduleRow:
    """What is gone is told at once, and not first in the night in which it is missed."""
    target = targets.get(stored.target)
    return ScheduleRow(
        uid=stored.uid,
        name=target.name if target else stored.name,
        view=stored.view_uid,
        group=stored.group_uid,
        query=target.query if target else "",
        every_days=stored.every_days,
        next_on=stored.next_on,
        problem=_problem(stored, target),
        latest_run=runs.get(stored.latest_run_id or 0),
        made_by=stored.made_by,
        created_at=stored.created_at,
        updated_at=stored.updated_at,
    )


def _problem(stored: RunSchedule, target: Target | None) -> str:
    if target is None:
        return ScheduleTargetGone.code
    return "" if stored.problem == ScheduleTargetGone.code else stored.problem
