"""Saving, enabling and removing connections. Asking a vendor is `warranty.actions.services`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta

from fleetward.access.contracts import Capability
from fleetward.access.queries import require
from fleetward.audit.actions import record, use_case
from fleetward.audit.contracts import Verb
from fleetward.connections.actions.rows import drop_next, locked, start_afresh, subject_of
from fleetward.connections.contracts import BadField, Draft, Saved, State, Terms
from fleetward.connections.models import Connection, Quota
from fleetward.connections.rules import kept_up, overtaken
from fleetward.connections.seals import seal_field
from fleetward.kernel.actor import Actor
from fleetward.kernel.clock import day_in
from fleetward.kernel.errors import ChangedMeanwhile
from fleetward.kernel.texts import N_
from fleetward.tenancy.contracts import SettingsOvertaken
from fleetward.tenancy.queries import get_tenant_by_id

LONGEST_VALUE = 500
LONGEST_TEXT = 4_000


@use_case
def save_connection(
    *, actor: Actor, tenant: int, draft: Draft, now: datetime, state: datetime | None = None
) -> Saved:
    """Store a connection; secrets left out are kept (W2), tokens of other credentials dropped (W4).

    A new secret for credentials that work is stored beside the old one and waits for its test
    (W3). `state`: when somebody had saved it last, for who means what was there then as a whole.

    Raises: NotFound, Forbidden, BadField, SettingsOvertaken, ChangedMeanwhile.
    Audit: connection.saved
    """
    require(actor, Capability.MANAGE_CONNECTIONS, tenant=tenant)
    draft = _checked(draft)
    owner = get_tenant_by_id(tenant)
    found, is_new = Connection.objects.select_for_update().get_or_create(
        tenant_id=tenant,
        provider=draft.provider,
        defaults={"created_at": now, "updated_at": now},
    )
    if state is not None and (is_new or state != found.updated_at):
        raise ChangedMeanwhile
    if is_new:
        Quota.objects.create(
            connection=found, tenant_id=tenant, next_at=now, used_on=now.date(), used=0
        )
    elif names := overtaken(draft, _terms(found)):
        raise SettingsOvertaken(names)
    else:
        draft = kept_up(draft, _terms(found))
    before = {"is_enabled": found.is_enabled, "settings": found.settings}
    has_other_settings = found.settings != dict(draft.settings)
    sealed = {
        name: seal_field(value, customer_id=owner.customer_id, provider=draft.provider, name=name)
        for name, value in draft.secrets.items()
    }
    waits = bool(sealed) and found.state == State.OK and not has_other_settings
    expires_on = draft.secret_expires_on or _end_of_life(
        day_in(owner.settings.time_zone, now), draft, bool(sealed)
    )
    _put(found, draft, sealed, expires_on, waits=waits)
    has_new_credentials = not waits and (has_other_settings or bool(sealed))
    if has_new_credentials:
        start_afresh(found)
    found.updated_at = now
    found.save()
    after = {"is_enabled": found.is_enabled, "settings": found.settings}
    record(
        actor=actor,
        verb=Verb.CONNECTION_SAVED,
        tenant=tenant,
        subject=subject_of(draft.provider),
        details={"before": before, "after": after, "new_secrets": sorted(sealed)},
        now=now,
    )
    return Saved(is_new, has_new_credentials, waits)


def _terms(found: Connection) -> Terms:
    return Terms(found.settings, found.is_enabled, found.secret_expires_on)


def _checked(draft: Draft) -> Draft:
    """Without spaces around and without empty secrets. Raises: BadField."""
    settings = {name: _tidy(value) for name, value in draft.settings.items()}
    secrets = {name: _tidy(value) for name, value in draft.secrets.items() if value.strip()}
    for name, value in [*settings.items(), *secrets.items()]:
        is_long = name in draft.multiline
        if len(value) > (LONGEST_TEXT if is_long else LONGEST_VALUE):
            raise BadField(name, N_("the value is too long"))
        lines = value.split("\n") if is_long else [value]
        if not all(line.isprintable() for line in lines):
            raise BadField(name, N_("the value contains characters that cannot be printed"))
    return replace(draft, settings=settings, secrets=secrets)


def _tidy(value: str) -> str:
    """Without spaces around, and with the ends of lines that browsers send made our own."""
    return value.strip().replace("\r\n", "\n")


def _end_of_life(today: date, draft: Draft, has_new_secret: bool) -> date | None:
    if not has_new_secret or not draft.lifetime_days:
        return None
    return today + timedelta(days=draft.lifetime_days)


def _put(
    found: Connection,
    draft: Draft,
    sealed: Mapping[str, str],
    expires_on: date | None,
    *,
    waits: bool,
) -> None:
    found.label, found.is_enabled = draft.label, draft.is_enabled
    found.settings = dict(draft.settings)
    if waits:
        waiting = {**found.sealed_next, **sealed}
        drop_next(found)
        found.sealed_next, found.next_expires_on = waiting, expires_on
        return
    found.sealed = {**found.sealed, **sealed}
    # A new secret never inherits the end of the one before it.
    has_date = bool(sealed) or expires_on is not None
    if has_date and expires_on != found.secret_expires_on:
        found.secret_expires_on, found.reminded_days = expires_on, None


@use_case
def set_enabled(
    *, actor: Actor, tenant: int, provider: str, is_enabled: bool, now: datetime
) -> None:
    """Switch a connection on or off; its credentials stay.

    Raises: NotFound, Forbidden, NotSetUp.   Audit: connection.enabled, connection.disabled
    """
    require(actor, Capability.MANAGE_CONNECTIONS, tenant=tenant)
    found = locked(tenant, provider)
    if found.is_enabled == is_enabled:
        return
    found.is_enabled, found.updated_at = is_enabled, now
    found.save(update_fields=["is_enabled", "updated_at"])
    verb = Verb.CONNECTION_ENABLED if is_enabled else Verb.CONNECTION_DISABLED
    record(actor=actor, verb=verb, tenant=tenant, subject=subject_of(provider), now=now)


@use_case
def discard_next_secret(*, actor: Actor, tenant: int, provider: str, now: datetime) -> bool:
    """Drop the secret that waits for its test; the one in use stays (W3). False if none waits.

    Raises: NotFound, Forbidden, NotSetUp.   Audit: connection.secret_discarded
    Repeat: a second call finds nothing.
    """
    require(actor, Capability.MANAGE_CONNECTIONS, tenant=tenant)
    found = locked(tenant, provider)
    if not found.sealed_next:
        return False
    drop_next(found)
    found.updated_at = now
    found.save()
    record(
        actor=actor,
        verb=Verb.CONNECTION_SECRET_DISCARDED,
        tenant=tenant,
        subject=subject_of(provider),
        now=now,
    )
    return True


@use_case
def remove_connection(*, actor: Actor, tenant: int, provider: str, now: datetime) -> None:
    """Forget a connection with its secrets. What the vendor answered stays.

    Raises: NotFound, Forbidden, NotSetUp.   Audit: connection.removed
    """
    require(actor, Capability.MANAGE_CONNECTIONS, tenant=tenant)
    locked(tenant, provider).delete()
    record(
        actor=actor,
        verb=Verb.CONNECTION_REMOVED,
        tenant=tenant,
        subject=subject_of(provider),
        now=now,
    )
