"""Saving, testing, pausing and removing connections, keeping their quota, and W3's reminders.

Vendors are asked elsewhere, outside of any transaction (`warranty.actions.services`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta

from django.db.models import Case, F, Value, When

from fleetward.access.contracts import Capability
from fleetward.access.queries import require
from fleetward.audit.actions import record, use_case
from fleetward.audit.contracts import Verb
from fleetward.connections.contracts import (
    PAUSED,
    BadField,
    Draft,
    Health,
    Limits,
    NotSetUp,
    PastError,
    Saved,
    Slot,
    State,
)
from fleetward.connections.models import Connection, Quota
from fleetward.connections.rules import Pace, due_reminder, reserve, with_error
from fleetward.connections.seals import seal_field
from fleetward.connections.stored import StoredConnection
from fleetward.infra import sql
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import Actor
from fleetward.kernel.clock import day_in
from fleetward.kernel.texts import N_
from fleetward.notifications.actions import post
from fleetward.notifications.contracts import Kind, Level
from fleetward.tenancy.contracts import Role
from fleetward.tenancy.queries import get_tenant_by_id, list_member_ids

LONGEST_VALUE = 500
LONGEST_TEXT = 4_000
MOST_FAILURES = 30_000
SERVICES_PAGE = "/t/{customer_id}/settings/external-services/"


def subject_of(provider: str) -> str:
    """How the trail names a tenant's connection."""
    return f"connection:{provider}"


@use_case
def save_connection(*, actor: Actor, tenant: int, draft: Draft, now: datetime) -> Saved:
    """Store a connection; secrets left out are kept (W2), tokens of other credentials dropped (W4).

    A new secret for credentials that work is stored beside the old one and waits for its test
    (W3). Raises: NotFound, Forbidden, BadField.   Audit: connection.saved
    """
    require(actor, Capability.MANAGE_CONNECTIONS, tenant=tenant)
    draft = _checked(draft)
    owner = get_tenant_by_id(tenant)
    found, is_new = Connection.objects.select_for_update().get_or_create(
        tenant_id=tenant,
        provider=draft.provider,
        defaults={"created_at": now, "updated_at": now},
    )
    if is_new:
        Quota.objects.create(
            connection=found, tenant_id=tenant, next_at=now, used_on=now.date(), used=0
        )
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
        _start_afresh(found)
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
        _drop_next(found)
        found.sealed_next, found.next_expires_on = waiting, expires_on
        return
    found.sealed = {**found.sealed, **sealed}
    # A new secret never inherits the end of the one before it.
    has_date = bool(sealed) or expires_on is not None
    if has_date and expires_on != found.secret_expires_on:
        found.secret_expires_on, found.reminded_days = expires_on, None


def _drop_next(found: Connection) -> None:
    found.sealed_next, found.next_expires_on = {}, None
    found.next_tested_at, found.next_error = None, ""


def _start_afresh(found: Connection) -> None:
    """Nothing that was known of other credentials counts for these."""
    found.revision += 1
    _drop_next(found)
    found.state, found.state_text, found.tested_at = State.UNTESTED, "", None
    found.sealed_token, found.token_expires_at, found.token_locked_until = "", None, None


@use_case
def set_enabled(
    *, actor: Actor, tenant: int, provider: str, is_enabled: bool, now: datetime
) -> None:
    """Switch a connection on or off; its credentials stay.

    Raises: NotFound, Forbidden, NotSetUp.   Audit: connection.enabled, connection.disabled
    """
    require(actor, Capability.MANAGE_CONNECTIONS, tenant=tenant)
    found = _locked(tenant, provider)
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
    found = _locked(tenant, provider)
    if not found.sealed_next:
        return False
    _drop_next(found)
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
    _locked(tenant, provider).delete()
    record(
        actor=actor,
        verb=Verb.CONNECTION_REMOVED,
        tenant=tenant,
        subject=subject_of(provider),
        now=now,
    )


@use_case
def record_test(
    *,
    actor: Actor,
    tried: StoredConnection,
    health: Health,
    now: datetime,
) -> None:
    """Keep what a test of `tried` said. A waiting secret that passed takes the old one's place
    (W3); one that failed blames nothing that is in use.

    Raises: NotFound, Forbidden, NotSetUp.   Audit: connection.tested
    Repeat: a test of credentials that were changed meanwhile says nothing of the new ones.
    """
    require(actor, Capability.MANAGE_CONNECTIONS, tenant=tried.tenant)
    found = _locked(tried.tenant, tried.provider)
    text = health.text[:LONGEST_VALUE]
    record(
        actor=actor,
        verb=Verb.CONNECTION_TESTED,
        tenant=tried.tenant,
        subject=subject_of(tried.provider),
        details={"is_ok": health.is_ok, "text": text, "new_secret": tried.is_next},
        now=now,
    )
    present = {**found.sealed, **found.sealed_next} if tried.is_next else found.sealed
    if found.revision != tried.revision or present != tried.sealed:
        return
    if tried.is_next and not health.is_ok:
        found.next_tested_at, found.next_error = now, text
    else:
        _judge(found, tried, health, now)
    found.save()


def _judge(found: Connection, tried: StoredConnection, health: Health, now: datetime) -> None:
    if tried.is_next:
        _swap(found)
    found.tested_at, found.state_text = now, health.text[:LONGEST_VALUE]
    if health.is_ok:
        found.state, found.latest_success_at = State.OK, now
        found.simulated_at = tried.base_url if health.is_simulated else ""
        return
    _remember(found, health.text, now)
    # A failing test does not wake up what a vendor has refused.
    if State(found.state) not in PAUSED:
        found.state = State.FAILING


def _remember(found: Connection, text: str, now: datetime) -> None:
    """Keep the vendor's words as the latest error."""
    new = PastError(now, text[:LONGEST_VALUE])
    _latest, *earlier = with_error(found.errors, new)
    found.latest_error, found.latest_error_at = new.text, new.at
    found.earlier_errors = [{"at": e.at.isoformat(), "text": e.text} for e in earlier]


def _swap(found: Connection) -> None:
    found.sealed = {**found.sealed, **found.sealed_next}
    found.secret_expires_on, found.reminded_days = found.next_expires_on, None
    _start_afresh(found)


@use_case
def pause_connection(
    *,
    actor: Actor,
    tenant: int,
    provider: str,
    revision: int,
    state: State,
    text: str,
    now: datetime,
) -> bool:
    """Stop using a connection that needs a person, and tell the IT Admins once (W15).

    False when it is paused already or has other credentials by now.   Audit: connection.paused
    """
    found = Connection.objects.select_for_update().filter(
        tenant_id=tenant, provider=provider, revision=revision
    )
    paused = found.exclude(state__in=PAUSED).first()
    if paused is None:
        return False
    paused.state, paused.state_text = state, text[:LONGEST_VALUE]
    _remember(paused, text, now)
    paused.sealed_token, paused.token_expires_at = "", None
    paused.save()
    customer_id = get_tenant_by_id(tenant).customer_id
    post(
        tenant=tenant,
        users=list_member_ids(tenant=tenant, roles=[Role.IT_ADMIN]),
        kind=Kind.CONNECTION_REFUSED,
        key=f"connection:{paused.uid}:{revision}:{paused.latest_success_at}",
        params={"provider": paused.label or provider, "state": state, "text": text[:300]},
        now=now,
        level=Level.ERROR,
        link=SERVICES_PAGE.format(customer_id=customer_id),
    )
    record(
        actor=actor,
        verb=Verb.CONNECTION_PAUSED,
        tenant=tenant,
        subject=subject_of(provider),
        details={"state": state, "text": text[:LONGEST_VALUE]},
        now=now,
    )
    return True


def note_success(*, connection: StoredConnection, is_simulated: bool, now: datetime) -> None:
    """Remember that the vendor answered. Joins the transaction in which answers are stored."""
    found = Connection.objects.filter(
        tenant_id=connection.tenant, id=connection.id, revision=connection.revision
    )
    unsure = Case(
        When(state__in=[State.UNTESTED, State.FAILING], then=Value(str(State.OK))),
        default=F("state"),
    )
    simulated_at = connection.base_url if is_simulated else ""
    found.update(latest_success_at=now, state=unsure, simulated_at=simulated_at)
    Quota.objects.filter(connection_id=connection.id).exclude(failures=0).update(
        failures=0, held_until=None
    )


def note_failure(
    *,
    tenant: int,
    connection_id: int,
    revision: int,
    text: str,
    wait_after: Callable[[int], timedelta],
    now: datetime,
) -> int:
    """Remember trouble; how many times in a row there was some.

    `wait_after` says from that number for how long no worker may call.
    """
    with tenant_scope([tenant]):
        asked = Connection.objects.select_for_update().filter(
            tenant_id=tenant, id=connection_id, revision=revision
        )
        for found in asked:
            _remember(found, text, now)
            found.save(update_fields=["latest_error", "latest_error_at", "earlier_errors"])
        quota = Quota.objects.select_for_update().filter(connection_id=connection_id).first()
        if quota is None:
            return 0
        if quota.held_until is None or quota.held_until <= now:
            quota.failures = min(quota.failures + 1, MOST_FAILURES)
        quota.held_until = now + wait_after(quota.failures)
        quota.next_at = max(quota.next_at, quota.held_until)
        quota.save()
        return quota.failures


def forget_failures(*, tenant: int, now: datetime) -> None:
    """A new run begins with patience; a vendor's own Retry-After stays in force."""
    Quota.objects.filter(tenant_id=tenant).exclude(failures=0).update(failures=0, held_until=now)


def take_slot(*, tenant: int, connection_id: int, limits: Limits, most: timedelta) -> Slot:
    """Reserve the next call of a connection over all workers (W15).

    Nothing is reserved when its moment is further away than `most`. The caller waits outside of
    any transaction.
    """
    if limits.is_open:
        return count_calls(tenant=tenant, connection_id=connection_id, calls=1, most=most)
    with tenant_scope([tenant]):
        rows = sql.fetch("connections", "read_pace", {"connection": connection_id})
        if not rows:
            return Slot(most, is_taken=False)
        now, next_at, bucket, counts, day, used = rows[0]
        known = Pace(next_at, bucket, tuple(counts), day, used)
        moment, pace = reserve(known, now, limits)
        wait = timedelta(seconds=moment - now)
        if wait > most:
            return Slot(wait, is_taken=False)
        params = {
            "connection": connection_id,
            "next_at": pace.next_at,
            "bucket": pace.bucket,
            "counts": "{" + ",".join(map(str, pace.counts)) + "}",
            "day": pace.day,
            "used": pace.used,
        }
        sql.execute("connections", "take_slot", params)
    return Slot(wait)


def count_calls(*, tenant: int, connection_id: int, calls: int, most: timedelta) -> Slot:
    """The same for several calls of a connection without limits: only trouble holds them."""
    with tenant_scope([tenant]):
        params = {"connection": connection_id, "calls": calls, "most": most.total_seconds()}
        counted = sql.fetch("connections", "count_calls", params)
    if not counted:
        return Slot(most, is_taken=False)
    return Slot(timedelta(seconds=max(0.0, counted[0][0])))


@use_case
def remind_of_expiry(*, actor: Actor, tenant: int, now: datetime, today: date) -> int:
    """Warn IT Admins of secrets that expire in 60, 30, 14, 7 or 1 days, once each (W3), or that
    had expired before there was a warning: `days` is then negative.

    Repeat: a second call on the same day warns of nothing. Returns how many were warned of.
    """
    customer_id = get_tenant_by_id(tenant).customer_id
    due = 0
    for one in Connection.objects.select_for_update().filter(tenant_id=tenant):
        expires_on = one.secret_expires_on
        days = due_reminder(expires_on, today, one.reminded_days) if expires_on else None
        if expires_on is None or days is None:
            continue
        due += 1
        one.reminded_days = days
        one.save(update_fields=["reminded_days"])
        post(
            tenant=tenant,
            users=list_member_ids(tenant=tenant, roles=[Role.IT_ADMIN]),
            kind=Kind.SECRET_EXPIRES,
            key=f"secret:{one.uid}:{expires_on}:{days}",
            params={
                "provider": one.label or one.provider,
                "days": (expires_on - today).days,
            },
            now=now,
            level=Level.WARNING,
            link=SERVICES_PAGE.format(customer_id=customer_id),
        )
    return due


def _locked(tenant: int, provider: str) -> Connection:
    found = (
        Connection.objects.select_for_update().filter(tenant_id=tenant, provider=provider).first()
    )
    if found is None:
        raise NotSetUp(provider)
    return found
