"""What tests and calls have shown of a connection: that it works, fails, or needs a person."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db.models import Case, F, Value, When

from fleetward.access.contracts import Capability
from fleetward.access.queries import require
from fleetward.audit.actions import record, use_case
from fleetward.audit.contracts import Verb
from fleetward.connections.actions.opened import StoredConnection
from fleetward.connections.actions.rows import locked, start_afresh, subject_of
from fleetward.connections.actions.telling import tell_admins
from fleetward.connections.contracts import PAUSED, Health, PastError, State
from fleetward.connections.models import Connection, Quota
from fleetward.connections.rules import with_error
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import Actor
from fleetward.notifications.contracts import Kind, Level

LONGEST_SAID = 500
MOST_FAILURES = 30_000


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
    found = locked(tried.tenant, tried.provider)
    text = health.text[:LONGEST_SAID]
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
    found.tested_at, found.state_text = now, health.text[:LONGEST_SAID]
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
    new = PastError(now, text[:LONGEST_SAID])
    _latest, *earlier = with_error(found.errors, new)
    found.latest_error, found.latest_error_at = new.text, new.at
    found.earlier_errors = [{"at": e.at.isoformat(), "text": e.text} for e in earlier]


def _swap(found: Connection) -> None:
    found.sealed = {**found.sealed, **found.sealed_next}
    found.secret_expires_on, found.reminded_days = found.next_expires_on, None
    start_afresh(found)


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
    paused.state, paused.state_text = state, text[:LONGEST_SAID]
    _remember(paused, text, now)
    paused.sealed_token, paused.token_expires_at = "", None
    paused.save()
    tell_admins(
        tenant=tenant,
        kind=Kind.CONNECTION_REFUSED,
        key=f"connection:{paused.uid}:{revision}:{paused.latest_success_at}",
        params={"provider": paused.label or provider, "state": state, "text": text[:300]},
        level=Level.ERROR,
        now=now,
    )
    record(
        actor=actor,
        verb=Verb.CONNECTION_PAUSED,
        tenant=tenant,
        subject=subject_of(provider),
        details={"state": state, "text": text[:LONGEST_SAID]},
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
