"""Schedules as pages and programs see them, and what a schedule visits now."""

from __future__ import annotations

from collections.abc import Mapping
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
from fleetward.warranty.queries.grid_groups import is_whole, named_by
from fleetward.warranty.queries.meant import active_filter, group_query, plain_query
from fleetward.warranty.queries.runs import run_row
from fleetward.warranty.rules import is_night
from fleetward.warranty.schedules.contracts import (
    MOST_SCHEDULES,
    ScheduleGroupGone,
    ScheduleRow,
    ScheduleTargetGone,
    ScheduleTargetUnfit,
)

_SEEN_AT_ONCE = (ScheduleTargetGone.code, ScheduleGroupGone.code)


@dataclass(frozen=True, slots=True)
class Target:
    """A view or a group: its name, and its filter as the address of the device list holds it."""

    name: str
    query: str
    # The groups of the tenant, with the filters of the dynamic ones.
    groups: Mapping[UUID, str]

    def only(self, *, today: date, zone: str) -> DeviceFilter:
        """The filter on a day. Raises: ScheduleTargetUnfit, ScheduleGroupGone."""
        try:
            only = active_filter(self.query, today=today, zone=zone)
        except UnfitFilter:
            raise ScheduleTargetUnfit from None
        if self.lacks_group:
            raise ScheduleGroupGone
        return only

    @property
    def lacks_group(self) -> bool:
        """Whether it leaves nothing because a group is lost (as `grid_groups.is_lost`)."""
        return not all(map(self._is_there, named_by(self.query) or ()))

    def _is_there(self, group: UUID) -> bool:
        stored = self.groups.get(group)
        return stored == "" or (stored is not None and is_whole(stored, self.groups.keys()))


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


@dataclass(frozen=True, slots=True)
class GroupUses:
    """The names of what asks for a group, and would show nothing without it."""

    groups: tuple[str, ...]
    views: tuple[str, ...]
    schedules: tuple[str, ...]


@scoped
def uses_of_group(*, actor: Actor, tenant: int, uid: UUID) -> GroupUses:
    """Which dynamic groups, views that the actor finds, and schedules use a group.

    Raises: NotFound, Forbidden.
    """
    require(actor, Capability.SEE_DEVICES, tenant=tenant)
    groups = list_groups(actor=actor, tenant=tenant)
    views = list_views(actor=actor, tenant=tenant)
    schedules = RunSchedule.objects.filter(tenant_id=tenant, group_uid=uid).order_by("id")
    return GroupUses(
        groups=tuple(row.name for row in groups if uid in (named_by(row.query) or ())),
        views=tuple(
            row.name for row in views if uid in (named_by(plain_query(row.view.query)) or ())
        ),
        schedules=tuple(schedules.values_list("name", flat=True)),
    )


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
    rows = list_groups(actor=system, tenant=tenant)
    filters = {row.uid: row.query for row in rows}
    groups = {row.uid: Target(row.name, group_query(row.uid), filters) for row in rows}
    views = {
        UUID(row.uid): Target(row.name, plain_query(row.view.query), filters)
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
    if target.lacks_group:
        return ScheduleGroupGone.code
    return "" if stored.problem in _SEEN_AT_ONCE else stored.problem
