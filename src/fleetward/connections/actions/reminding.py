"""Warning of secrets that are about to expire (W3)."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db.models import Q

from fleetward.audit.actions import use_case
from fleetward.connections.actions.telling import tell_admins
from fleetward.connections.models import Connection
from fleetward.connections.rules import REMINDERS, due_reminder
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import Actor
from fleetward.notifications.contracts import Kind, Level
from fleetward.tenancy.queries import list_tenant_ids


def tenants_to_warn(*, now: datetime) -> list[int]:
    """Those with a secret that expires soon and whose last warning has not been given.

    Their own days are looked at later: nowhere is it more than a day after UTC.
    """
    latest = now.date() + timedelta(days=max(REMINDERS) + 1)
    with tenant_scope(list_tenant_ids()):
        soon = Connection.objects.filter(
            Q(reminded_days=None) | Q(reminded_days__gt=min(REMINDERS)),
            secret_expires_on__lte=latest,
        )
        return sorted(set(soon.values_list("tenant_id", flat=True)))


@use_case
def remind_of_expiry(*, actor: Actor, tenant: int, now: datetime, today: date) -> int:
    """Warn IT Admins of secrets that expire in 60, 30, 14, 7 or 1 days, once each (W3), or that
    had expired before there was a warning: `days` is then negative.

    Repeat: a second call on the same day warns of nothing. Returns how many were warned of.
    """
    due = 0
    for one in Connection.objects.select_for_update().filter(tenant_id=tenant):
        expires_on = one.secret_expires_on
        days = due_reminder(expires_on, today, one.reminded_days) if expires_on else None
        if expires_on is None or days is None:
            continue
        due += 1
        one.reminded_days = days
        one.save(update_fields=["reminded_days"])
        tell_admins(
            tenant=tenant,
            kind=Kind.SECRET_EXPIRES,
            key=f"secret:{one.uid}:{expires_on}:{days}",
            params={
                "provider": one.label or one.provider,
                "days": (expires_on - today).days,
            },
            level=Level.WARNING,
            now=now,
        )
    return due
