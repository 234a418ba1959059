"""What a tenant sets about machines that enrol (E9, E14), and last users and locations."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from fleetward.access.contracts import Capability
from fleetward.access.queries import require
from fleetward.agents.contracts import (
    MOST_DOMAINS,
    MOST_PRESENCE_DAYS,
    BadDomain,
    BadPresenceDays,
    Machine,
)
from fleetward.agents.models import EnrolmentSettings, Presence
from fleetward.agents.queries import settings_of
from fleetward.agents.rules import domain_of
from fleetward.audit.actions import record, use_case
from fleetward.audit.contracts import Verb
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import Actor
from fleetward.tenancy.queries import list_tenant_ids


@use_case
def set_domains(*, actor: Actor, tenant: int, domains: Sequence[str], now: datetime) -> bool:
    """List the domains from which machines enrol without a question; whether that is a change.

    Raises: NotFound, Forbidden, BadDomain.   Audit: enrolment.domains_changed, before and after
    """
    require(actor, Capability.MANAGE_ENROLMENT, tenant=tenant)
    given = sorted({domain_of(one) for one in domains})
    if len(given) > MOST_DOMAINS:
        raise BadDomain(f"{len(given)}")
    before = list(settings_of(tenant).domains)
    if before == given:
        return False
    EnrolmentSettings.objects.update_or_create(tenant_id=tenant, defaults={"domains": given})
    record(
        actor=actor,
        verb=Verb.DOMAINS_CHANGED,
        tenant=tenant,
        details={"domains": {"before": ", ".join(before), "after": ", ".join(given)}},
        now=now,
    )
    return True


@use_case
def set_presence(*, actor: Actor, tenant: int, collects: bool, days: int, now: datetime) -> bool:
    """Collect last signed-in users and locations, or not (E14); whether that is a change.

    Switched off, what was collected is deleted at once.

    Raises: NotFound, Forbidden, BadPresenceDays.   Audit: enrolment.presence_changed
    """
    require(actor, Capability.MANAGE_SETTINGS, tenant=tenant)
    if not 1 <= days <= MOST_PRESENCE_DAYS:
        raise BadPresenceDays
    before = settings_of(tenant)
    if (before.collects_presence, before.presence_days) == (collects, days):
        return False
    changes = {"collects_presence": collects, "presence_days": days}
    EnrolmentSettings.objects.update_or_create(tenant_id=tenant, defaults=changes)
    if not collects:
        Presence.objects.filter(tenant_id=tenant).delete()
    told = {
        name: {"before": getattr(before, name), "after": value}
        for name, value in changes.items()
        if getattr(before, name) != value
    }
    record(actor=actor, verb=Verb.PRESENCE_CHANGED, tenant=tenant, details=told, now=now)
    return True


def note_presence(*, tenant: int, device: int, machine: Machine, now: datetime) -> None:
    """Keep who is signed in and where, if the tenant wants that; else it is dropped (E14).

    Within a use case.
    """
    if not (machine.user or machine.location) or not settings_of(tenant).collects_presence:
        return
    Presence.objects.update_or_create(
        tenant_id=tenant,
        device_id=device,
        defaults={"user": machine.user, "location": machine.location, "seen_at": now},
    )


def purge_presence(*, now: datetime) -> int:
    """Delete what is older than its tenant keeps it; returns how much."""
    tenants, number = list_tenant_ids(), 0
    with tenant_scope(tenants):
        for tenant in Presence.objects.values_list("tenant_id", flat=True).distinct():
            before = now - timedelta(days=settings_of(tenant).presence_days)
            old = Presence.objects.filter(tenant_id=tenant, seen_at__lt=before)
            number += old.delete()[0]
    return number
