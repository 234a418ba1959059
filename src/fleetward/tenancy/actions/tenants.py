"""Making tenants, and a tenant's own settings."""

from __future__ import annotations

import zoneinfo
from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from django.db import transaction

from fleetward.audit.actions import record, use_case
from fleetward.audit.contracts import Verb
from fleetward.kernel.actor import Actor
from fleetward.kernel.errors import ChangedMeanwhile
from fleetward.kernel.rights import Capability, require
from fleetward.kernel.texts import N_
from fleetward.tenancy.contracts import (
    ARCHIVE_DAYS,
    BadSetting,
    Region,
    SettingsOvertaken,
    TenantKind,
    TenantRow,
    TenantSettings,
)
from fleetward.tenancy.models import Tenant
from fleetward.tenancy.queries import get_tenant_by_id

EXPIRING_DAYS = range(1, 731)
REMINDER_DAYS = range(1, 366)
MOST_REMINDERS = 5
LANGUAGES = ("en", "fr")
DEFAULTS = TenantSettings()
NOTHING_SEEN: Mapping[str, Any] = {}


def create_tenant(
    *,
    actor: Actor,
    name: str,
    now: datetime,
    settings: TenantSettings = DEFAULTS,
    region: Region = Region.EU,
    kind: TenantKind = TenantKind.CUSTOMER,
) -> TenantRow:
    """Make a tenant with a new Customer ID. Raises: BadSetting.   Audit: tenant.created"""
    name = name.strip()
    if not name:
        raise BadSetting("name", N_("a tenant needs a name"))
    _check(settings)
    with transaction.atomic():
        tenant = Tenant.objects.create(
            name=name[:120],
            kind=kind,
            region=region,
            created_at=now,
            **asdict(settings),
        )
        # The maker does not have the new tenant within reach yet; its trail begins with this.
        maker = replace(actor, roles={**actor.roles, tenant.id: "SYSTEM"})
        _record_creation(actor=maker, tenant=tenant, now=now)
    return get_tenant_by_id(tenant.id)


@use_case
def _record_creation(*, actor: Actor, tenant: Tenant, now: datetime) -> None:
    record(
        actor=actor,
        verb=Verb.TENANT_CREATED,
        tenant=tenant.id,
        subject=f"tenant:{tenant.customer_id}",
        details={"name": tenant.name},
        now=now,
    )


@use_case
def adjust_settings(
    *,
    actor: Actor,
    tenant: int,
    changes: Mapping[str, Any],
    now: datetime,
    seen: Mapping[str, Any] = NOTHING_SEEN,
    state: str | None = None,
) -> TenantRow:
    """Change what is given of a tenant's settings (and `name`); all else stays as it is now.

    `seen`: what they were when the actor looked; what is not there is overwritten whatever it is.
    `state`: the one in which all of them are to be.

    Raises: NotFound, Forbidden, BadSetting, SettingsOvertaken, ChangedMeanwhile.
    Audit: tenant.settings_changed, before and after
    """
    require(actor, Capability.MANAGE_SETTINGS, tenant=tenant)
    before = _locked(tenant)
    if state not in (None, before.state):
        raise ChangedMeanwhile
    _refuse_overtaken(before, changes, seen)
    given = dict(changes)
    name = given.pop("name", before.name)
    settings = replace(before.settings, **given)
    _store(actor=actor, before=before, name=name, settings=settings, now=now)
    return get_tenant_by_id(tenant)


def _locked(tenant: int) -> TenantRow:
    """The tenant, which nobody changes until this transaction ends; its devices do not wait."""
    Tenant.objects.select_for_update(no_key=True).get(id=tenant)
    return get_tenant_by_id(tenant)


def _refuse_overtaken(
    before: TenantRow, changes: Mapping[str, Any], seen: Mapping[str, Any]
) -> None:
    """Two who want the same do not stand in each other's way."""
    present = {"name": before.name, **asdict(before.settings)}
    overtaken = tuple(
        name
        for name, wanted in changes.items()
        if present[name] not in (wanted, seen.get(name, present[name]))
    )
    if overtaken:
        raise SettingsOvertaken(overtaken)


def _store(
    *, actor: Actor, before: TenantRow, name: str, settings: TenantSettings, now: datetime
) -> None:
    _check(settings)
    if not name.strip():
        raise BadSetting("name", N_("a tenant needs a name"))
    changed = {
        field: {"before": getattr(before.settings, field), "after": getattr(settings, field)}
        for field in asdict(settings)
        if getattr(before.settings, field) != getattr(settings, field)
    }
    if before.name != name.strip():
        changed["name"] = {"before": before.name, "after": name.strip()}
    if not changed:
        return
    Tenant.objects.filter(id=before.id).update(name=name.strip()[:120], **asdict(settings))
    record(
        actor=actor,
        verb=Verb.TENANT_SETTINGS_CHANGED,
        tenant=before.id,
        subject=f"tenant:{before.customer_id}",
        details=changed,
        now=now,
    )


def _check(settings: TenantSettings) -> None:
    if settings.time_zone not in zoneinfo.available_timezones():
        raise BadSetting("time_zone", N_("there is no such time zone"))
    if settings.expiring_days not in EXPIRING_DAYS:
        raise BadSetting("expiring_days", N_("give a number of days from 1 to 730"))
    given = settings.reminder_days
    are_days = all(days in REMINDER_DAYS for days in given)
    if not are_days or len(set(given)) < len(given) or len(given) > MOST_REMINDERS:
        raise BadSetting(
            "reminder_days", N_("give up to five different numbers of days from 1 to 365")
        )
    if settings.archive_days not in ARCHIVE_DAYS:
        raise BadSetting("archive_days", N_("choose 30, 45, 60 or 90 days, or never"))
    if settings.language not in LANGUAGES:
        raise BadSetting("language", N_("choose one of the languages offered"))
