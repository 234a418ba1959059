"""Making, deleting and starting schedules (W7)."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from fleetward.access.contracts import Capability
from fleetward.access.queries import require
from fleetward.audit.actions import record, use_case
from fleetward.audit.contracts import Verb
from fleetward.kernel.actor import Actor
from fleetward.kernel.errors import DomainError, NotFound
from fleetward.kernel.texts import N_
from fleetward.notifications.actions import post
from fleetward.notifications.contracts import Kind, Level
from fleetward.tenancy.contracts import Role
from fleetward.tenancy.queries import get_tenant_by_id, list_member_ids
from fleetward.warranty.actions.runs import refresh_selection
from fleetward.warranty.actions.selecting import select_matching
from fleetward.warranty.contracts import RunRow, RunState
from fleetward.warranty.models import Run, RunSchedule
from fleetward.warranty.rules import is_night, next_night
from fleetward.warranty.schedules.contracts import (
    HINDRANCES,
    LONGEST_PAUSE,
    MOST_SCHEDULES,
    NO_DEVICE,
    BadSchedule,
    ScheduleInput,
    ScheduleTargetGone,
    ScheduleTargetUnfit,
    TooManySchedules,
)
from fleetward.warranty.schedules.queries import Target, targets_of

PAGE = "/t/{customer_id}/warranty/schedules/"


@use_case
def add_schedule(*, actor: Actor, tenant: int, schedule: ScheduleInput, now: datetime) -> UUID:
    """Refresh what a shared view or a group has, at night, every so many days.

    Raises: NotFound, Forbidden, BadSchedule, TooManySchedules.   Audit: schedule.created
    """
    require(actor, Capability.REFRESH_WARRANTY, tenant=tenant)
    zone = get_tenant_by_id(tenant).settings.time_zone
    local = now.astimezone(ZoneInfo(zone))
    target = _target(tenant, schedule, local.date(), zone)
    if not 1 <= schedule.every_days <= LONGEST_PAUSE:
        raise BadSchedule("every_days", N_("It starts every 1 to 90 days."))
    begins_on = schedule.begins_on or next_night(local, has_run=False)
    if begins_on < local.date():
        raise BadSchedule("begins_on", N_("That day is over."))
    if RunSchedule.objects.filter(tenant_id=tenant).count() >= MOST_SCHEDULES:
        raise TooManySchedules
    made = RunSchedule.objects.create(
        tenant_id=tenant,
        name=target.name,
        view_uid=schedule.view,
        group_uid=schedule.group,
        every_days=schedule.every_days,
        next_on=begins_on,
        made_by=actor.name,
        created_at=now,
    )
    _record(actor, Verb.SCHEDULE_CREATED, made, now, every_days=made.every_days)
    return made.uid


def _target(tenant: int, schedule: ScheduleInput, today: date, zone: str) -> Target:
    if (schedule.view is None) == (schedule.group is None):
        raise BadSchedule("target", N_("A schedule has either a view or a group."))
    target = targets_of(tenant).get(schedule.view or schedule.group or UUID(int=0))
    if target is None:
        raise BadSchedule("target", N_("There is no such group, and no such view that is shared."))
    try:
        target.only(today=today, zone=zone)
    except ScheduleTargetUnfit:
        problem = N_("The view shows deleted devices or a selection, or has an unknown filter.")
        raise BadSchedule("target", problem) from None
    return target


@use_case
def delete_schedule(*, actor: Actor, tenant: int, uid: UUID, now: datetime) -> str:
    """Forget a schedule; returns the name of its view or group. A run of it goes on.

    Raises: NotFound, Forbidden.   Audit: schedule.deleted
    """
    require(actor, Capability.REFRESH_WARRANTY, tenant=tenant)
    found = RunSchedule.objects.select_for_update().filter(tenant_id=tenant, uid=uid).first()
    if found is None:
        raise NotFound
    _record(actor, Verb.SCHEDULE_DELETED, found, now)
    found.delete()
    return found.name


@use_case
def start_schedule(*, actor: Actor, tenant: int, schedule: int, now: datetime) -> RunRow | None:
    """Refresh the devices that a schedule's view or group has at this moment.

    None by day, before its day, where the tenant wants no scheduled runs, beside its latest run,
    and where it cannot start: why is kept, and told once unless there is just no device.
    Raises: NotFound, Forbidden.   Audit: run.started, or schedule.failed
    Repeat: once for its day, however many clocks strike. Days that were missed are one.
    """
    require(actor, Capability.REFRESH_WARRANTY, tenant=tenant)
    settings = get_tenant_by_id(tenant).settings
    local = now.astimezone(ZoneInfo(settings.time_zone))
    if not (settings.has_scheduled_runs and is_night(local)):
        return None
    held = RunSchedule.objects.select_for_update().filter(tenant_id=tenant, id=schedule).first()
    if held is None or held.next_on > local.date() or _is_running(held):
        return None
    held.next_on = date.fromordinal(local.date().toordinal() + held.every_days)
    try:
        run = _start(actor, held, local.date(), now)
    except HINDRANCES as error:
        _fail(actor, held, error, now)
        return None
    Run.objects.filter(id=run.id).update(is_scheduled=True)
    held.latest_run_id, held.problem = run.id, ""
    held.save()
    return run


def _is_running(schedule: RunSchedule) -> bool:
    states = [state for state in RunState if state.is_open]
    return Run.objects.filter(id=schedule.latest_run_id or 0, state__in=states).exists()


def _start(actor: Actor, held: RunSchedule, today: date, now: datetime) -> RunRow:
    target = targets_of(held.tenant_id).get(held.target)
    if target is None:
        raise ScheduleTargetGone
    held.name = target.name
    settings = get_tenant_by_id(held.tenant_id).settings
    selection = select_matching(
        actor=actor,
        tenant=held.tenant_id,
        only=target.only(today=today, zone=settings.time_zone),
        query=target.query,
        today=today,
        expiring_days=settings.expiring_days,
        now=now,
    )
    return refresh_selection(actor=actor, tenant=held.tenant_id, selection=selection.uid, now=now)


def _fail(actor: Actor, held: RunSchedule, error: DomainError, now: datetime) -> None:
    is_known, held.problem = held.problem == error.code, error.code
    held.save()
    _record(actor, Verb.SCHEDULE_FAILED, held, now, problem=error.code)
    if is_known or error.code == NO_DEVICE:
        return
    post(
        tenant=held.tenant_id,
        users=list_member_ids(tenant=held.tenant_id, roles=[Role.IT_ADMIN, Role.DEVICE_ADMIN]),
        kind=Kind.SCHEDULE_FAILED,
        key=f"schedule:{held.uid}:{held.next_on}",
        params={"name": held.name},
        now=now,
        level=Level.ERROR,
        link=PAGE.format(customer_id=get_tenant_by_id(held.tenant_id).customer_id),
    )


def _record(
    actor: Actor, verb: Verb, schedule: RunSchedule, now: datetime, **details: object
) -> None:
    record(
        actor=actor,
        verb=verb,
        tenant=schedule.tenant_id,
        subject=f"schedule:{schedule.uid}",
        details={"name": schedule.name, **details},
        now=now,
    )
