"""Making, changing, deleting and starting schedules (W7)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from fleetward.access.contracts import Capability
from fleetward.access.queries import require
from fleetward.audit.actions import attempt, record, use_case
from fleetward.audit.contracts import Verb
from fleetward.infra.tx import wait_turn
from fleetward.kernel.actor import Actor
from fleetward.kernel.errors import ChangedMeanwhile, DomainError, NotFound
from fleetward.kernel.texts import N_
from fleetward.notifications.actions import post
from fleetward.notifications.contracts import Kind, Level
from fleetward.tenancy.contracts import Role
from fleetward.tenancy.queries import get_tenant_by_id, list_member_ids
from fleetward.warranty.contracts import RunRow, RunState, UnfitFilter
from fleetward.warranty.models import Run, RunSchedule
from fleetward.warranty.rules import is_night, next_night
from fleetward.warranty.schedules.actions.refreshing import refresh_matching
from fleetward.warranty.schedules.contracts import (
    HINDRANCES,
    LONGEST_PAUSE,
    MOST_SCHEDULES,
    NO_DEVICE,
    BadSchedule,
    ScheduleGroupGone,
    ScheduleInput,
    ScheduleTargetGone,
    ScheduleTargetUnfit,
    TooManySchedules,
)
from fleetward.warranty.schedules.queries import Target, targets_of

_COUNT_LOCK = 7_308
PAGE = "/t/{customer_id}/warranty/schedules/"


@use_case
def add_schedule(*, actor: Actor, tenant: int, schedule: ScheduleInput, now: datetime) -> UUID:
    """Refresh what a shared view or a group has, at night, every so many days.

    Raises: NotFound, Forbidden, BadSchedule, TooManySchedules.   Audit: schedule.created
    """
    require(actor, Capability.REFRESH_WARRANTY, tenant=tenant)
    local = _local(tenant, now)
    given = _checked(schedule, local)
    target = _target(tenant, given, local)
    wait_turn(_COUNT_LOCK, tenant)
    if RunSchedule.objects.filter(tenant_id=tenant).count() >= MOST_SCHEDULES:
        raise TooManySchedules
    made = RunSchedule(
        tenant_id=tenant, name=target.name, made_by=actor.name, created_at=now, updated_at=now
    )
    _store(made, given)
    _record(actor, Verb.SCHEDULE_CREATED, made, now, every_days=made.every_days)
    return made.uid


@use_case
def change_schedule(
    *,
    actor: Actor,
    tenant: int,
    uid: UUID,
    changes: Mapping[str, Any],
    seen: datetime | None = None,
    now: datetime,
) -> bool:
    """Change the fields of a `ScheduleInput` that are given; False when all is as before.

    A view takes the place of the group, and the other way round. A view or group that is gone may
    stay, as long as another one is not named. `seen`: when the schedule had changed last as the
    actor saw it; None overwrites whatever it has.

    Raises: NotFound, Forbidden, BadSchedule, ChangedMeanwhile.   Audit: schedule.changed
    """
    held = _held(actor, tenant, uid, seen)
    before = ScheduleInput(held.every_days, held.view_uid, held.group_uid, held.next_on)
    local = _local(tenant, now)
    given = _checked(_merged(before, changes), local, before)
    if given == before:
        return False
    told = _told(held)
    if (given.view, given.group) != (before.view, before.group):
        held.name, held.problem = _target(tenant, given, local).name, ""
    held.updated_at = now
    _store(held, given)
    _record(actor, Verb.SCHEDULE_CHANGED, held, now, **_differences(told, _told(held)))
    return True


def _local(tenant: int, now: datetime) -> datetime:
    return now.astimezone(ZoneInfo(get_tenant_by_id(tenant).settings.time_zone))


def _merged(before: ScheduleInput, changes: Mapping[str, Any]) -> ScheduleInput:
    is_another = bool(changes.get("view") or changes.get("group"))
    return replace(replace(before, view=None, group=None) if is_another else before, **changes)


def _checked(
    schedule: ScheduleInput, local: datetime, before: ScheduleInput | None = None
) -> ScheduleInput:
    """With its next night. One that was missed stays; nobody may choose one that is over."""
    if not 1 <= schedule.every_days <= LONGEST_PAUSE:
        raise BadSchedule("every_days", N_("It starts every 1 to 90 days."))
    next_on = schedule.next_on or next_night(local, has_run=False)
    if next_on < local.date() and not (before and next_on == before.next_on):
        raise BadSchedule("next_on", N_("That day is over."))
    if (schedule.view is None) == (schedule.group is None):
        raise BadSchedule("target", N_("A schedule has either a view or a group."))
    return replace(schedule, next_on=next_on)


def _target(tenant: int, schedule: ScheduleInput, local: datetime) -> Target:
    target = targets_of(tenant).get(schedule.view or schedule.group or UUID(int=0))
    if target is None:
        raise BadSchedule("target", N_("There is no such group, and no such view that is shared."))
    try:
        target.only(today=local.date(), zone=str(local.tzinfo))
    except ScheduleTargetUnfit:
        problem = N_("The view shows deleted devices or a selection, or has an unknown filter.")
        raise BadSchedule("target", problem) from None
    except ScheduleGroupGone:
        problem = N_("Its filter asks for a group that was deleted.")
        raise BadSchedule("target", problem) from None
    return target


def _store(schedule: RunSchedule, given: ScheduleInput) -> None:
    schedule.view_uid, schedule.group_uid = given.view, given.group
    schedule.every_days = given.every_days
    schedule.next_on = given.next_on or schedule.next_on
    schedule.save()


def _told(schedule: RunSchedule) -> dict[str, object]:
    return {
        "name": schedule.name,
        "every_days": schedule.every_days,
        "next_on": schedule.next_on.isoformat(),
    }


def _differences(
    before: Mapping[str, object], after: Mapping[str, object]
) -> dict[str, dict[str, object]]:
    fields = [field for field, value in after.items() if before[field] != value]
    return {
        "before": {field: before[field] for field in fields},
        "after": {field: after[field] for field in fields},
    }


@use_case
def delete_schedule(
    *, actor: Actor, tenant: int, uid: UUID, seen: datetime | None = None, now: datetime
) -> str:
    """Forget a schedule; returns the name of its view or group. A run of it goes on.

    `seen` as for a change.   Raises: NotFound, Forbidden, ChangedMeanwhile.
    Audit: schedule.deleted
    """
    held = _held(actor, tenant, uid, seen)
    _record(actor, Verb.SCHEDULE_DELETED, held, now)
    held.delete()
    return held.name


def _held(actor: Actor, tenant: int, uid: UUID, seen: datetime | None) -> RunSchedule:
    """Nobody starts it while it changes."""
    require(actor, Capability.REFRESH_WARRANTY, tenant=tenant)
    found = RunSchedule.objects.select_for_update().filter(tenant_id=tenant, uid=uid).first()
    if found is None:
        raise NotFound
    if seen not in (None, found.updated_at):
        raise ChangedMeanwhile
    return found


@use_case
def start_schedule(*, actor: Actor, tenant: int, schedule: int, now: datetime) -> RunRow | None:
    """Refresh the devices that a schedule's view or group has at this moment.

    None by day, before its day, where the tenant is suspended or wants no scheduled runs, beside
    its latest run, and where it cannot start: why is kept, and told once unless there is just no
    device.
    Raises: NotFound, Forbidden.   Audit: run.started, or schedule.failed
    Repeat: once for its day, however many clocks strike. Days that were missed are one.
    """
    require(actor, Capability.REFRESH_WARRANTY, tenant=tenant)
    place = get_tenant_by_id(tenant)
    local = now.astimezone(ZoneInfo(place.settings.time_zone))
    is_wanted = place.settings.has_scheduled_runs and is_night(local)
    if not is_wanted or place.is_suspended(now.date()):
        return None
    held = RunSchedule.objects.select_for_update().filter(tenant_id=tenant, id=schedule).first()
    if held is None or held.next_on > local.date() or _is_running(held):
        return None
    held.next_on, held.updated_at = local.date() + timedelta(days=held.every_days), now
    try:
        with attempt():
            run = _start(actor, held, now)
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


def _start(actor: Actor, held: RunSchedule, now: datetime) -> RunRow:
    target = targets_of(held.tenant_id).get(held.target)
    if target is None:
        raise ScheduleTargetGone
    held.name = target.name
    if target.lacks_group:
        raise ScheduleGroupGone
    try:
        return refresh_matching(
            actor=actor, tenant=held.tenant_id, query=target.query, now=now, name=target.name
        )
    except UnfitFilter:
        raise ScheduleTargetUnfit from None


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
