"""Reminding of the end of coverage: once a day, all devices of a tenant in one message (S9)."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import structlog

from fleetward.access.contracts import Capability
from fleetward.access.queries import require
from fleetward.audit.actions import record, use_case
from fleetward.audit.contracts import Verb
from fleetward.infra import sql
from fleetward.infra.jobs import enqueue
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import Actor, system_actor
from fleetward.kernel.clock import day_in
from fleetward.notifications.actions import post
from fleetward.notifications.contracts import Kind, Level
from fleetward.tenancy.contracts import ADMIN_ROLES, Role
from fleetward.tenancy.queries import (
    get_tenant_by_id,
    list_member_ids,
    list_settings,
)
from fleetward.warranty.contracts import Digest, Unsent
from fleetward.warranty.models import Reminder, Reminding
from fleetward.warranty.queries.reminders import find_unsent

REMINDERS_PAGE = "/t/{customer_id}/warranty/reminders/?on={day}"
CALENDAR_PAGE = "/t/{customer_id}/warranty/reminders/calendar/"
MAIL = "web.mail_reminders"
# Reminders of ends that have been over for so long are forgotten. None of these is told again:
# ends before the day after the last one that was done are not looked at any more.
KEPT = timedelta(days=400)

log = structlog.get_logger(__name__)


def tenants_to_remind(*, now: datetime) -> list[int]:
    """Those in which a day has begun of which nobody was told yet."""
    settings = list_settings()
    with tenant_scope(settings):
        done = dict(Reminding.objects.values_list("tenant_id", "done_to"))
    return [
        tenant
        for tenant, one in settings.items()
        if done.get(tenant, date.min) < day_in(one.time_zone, now)
    ]


@use_case
def send_reminders(*, actor: Actor, tenant: int, now: datetime) -> int:
    """Tell IT Admins and Device Admins of the devices whose coverage ends within a threshold.

    Returns how many devices they are told of. A device that is gone or renewed has no such end.
    Raises: NotFound, Forbidden.   Audit: warranty.reminded
    Repeat: once a day for a tenant, and once for each device, threshold and end. What was missed
    while nothing ran is told the next time.
    """
    require(actor, Capability.REFRESH_WARRANTY, tenant=tenant)
    settings = get_tenant_by_id(tenant).settings
    today = day_in(settings.time_zone, now)
    claimed = sql.fetch("warranty", "claim_reminders", {"tenant": tenant, "today": today})
    if not claimed:
        return 0
    params = {
        "tenant": tenant,
        "thresholds": list(settings.reminder_days),
        "seen_from": claimed[0][0],
        "today": today,
    }
    devices, simulated, reminders = sql.fetch("warranty", "send_reminders", params)[0]
    Reminder.objects.filter(tenant_id=tenant, ends_on__lt=today - KEPT).delete()
    if devices:
        _tell(tenant, Digest(devices, simulated), today, now)
        record(
            actor=actor,
            verb=Verb.WARRANTY_REMINDED,
            tenant=tenant,
            subject=f"reminders:{today}",
            details={"devices": devices, "simulated": simulated, "reminders": reminders},
            now=now,
        )
    return int(devices)


def report_unsent(*, tenant: int, now: datetime) -> Unsent | None:
    """Tell IT Admins, and the operator's log, of reminders that were due and not sent.

    For the job alone, and no use case: nothing of the tenant's own changes.
    Repeat: an IT Admin is told once of each day from which on nothing was sent.
    """
    with tenant_scope([tenant]):
        watchdog = system_actor("Warranty reminders", tenant)
        unsent = find_unsent(actor=watchdog, tenant=tenant, now=now)
        if unsent is not None:
            _report(tenant, unsent, now)
    return unsent


def _report(tenant: int, unsent: Unsent, now: datetime) -> None:
    row = get_tenant_by_id(tenant)
    log.warning(
        "reminders not sent",
        tenant=row.customer_id,
        since=unsent.since.isoformat(),
        reminders=unsent.reminders,
    )
    post(
        tenant=tenant,
        users=list_member_ids(tenant=tenant, roles=ADMIN_ROLES),
        kind=Kind.REMINDERS_UNSENT,
        key=f"reminders-unsent:{unsent.since}",
        params={"reminders": unsent.reminders, "since": unsent.since.isoformat()},
        now=now,
        level=Level.ERROR,
        link=CALENDAR_PAGE.format(customer_id=row.customer_id),
    )


def _tell(tenant: int, digest: Digest, today: date, now: datetime) -> None:
    """One notification and, where there is a mail server, one mail for each of them."""
    roles = [*ADMIN_ROLES, Role.DEVICE_ADMIN]
    users = list_member_ids(tenant=tenant, roles=roles, right=Capability.EDIT_DEVICES)
    customer_id = get_tenant_by_id(tenant).customer_id
    post(
        tenant=tenant,
        users=users,
        kind=Kind.COVERAGE_ENDS,
        key=f"reminders:{today}",
        params={
            "devices": digest.devices,
            "simulated": digest.simulated,
            "sent_on": today.isoformat(),
        },
        now=now,
        level=Level.WARNING,
        link=REMINDERS_PAGE.format(customer_id=customer_id, day=today),
    )
    for user in users:
        enqueue(
            MAIL,
            key=f"{MAIL}:{tenant}:{user}:{today}",
            tenant=tenant,
            user=user,
            sent_on=today.isoformat(),
            devices=digest.devices,
            simulated=digest.simulated,
        )
