"""External services: saving, testing and switching the connections to providers (W2-W4, W20).

`connections` keeps them; what a provider is and what its answers are worth is known here.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from fleetward.access.contracts import Capability
from fleetward.access.queries import require
from fleetward.audit.actions import record, use_case
from fleetward.audit.contracts import Verb
from fleetward.connections import actions as connections
from fleetward.connections.contracts import (
    BadField,
    ConnectionRow,
    Draft,
    Health,
    Saved,
    SecretMissing,
    Terms,
)
from fleetward.connections.queries import rows_of
from fleetward.infra import sql
from fleetward.infra.jobs import enqueue
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import Actor
from fleetward.warranty.actions.answers import stage
from fleetward.warranty.contracts import ProviderTraits, UnknownField
from fleetward.warranty.models import HealthDay
from fleetward.warranty.queries.eligible import offers
from fleetward.warranty.queries.providers import base_url_of, get_provider, is_simulated

REMOVE_DEVICES = 50_000


@dataclass(frozen=True, slots=True)
class ServiceForm:
    """What a page or program sends. A secret that is missing or '' is kept (W2).

    `seen`: what its author found, so that what others change meanwhile stays.
    """

    values: Mapping[str, str] = field(repr=False)
    is_enabled: bool = True
    secret_expires_on: date | None = None
    seen: Terms | None = None


@use_case
def save_external_service(
    *,
    actor: Actor,
    tenant: int,
    provider: str,
    form: ServiceForm,
    now: datetime,
    state: datetime | None = None,
) -> Saved:
    """Store the credentials of a provider; real ones remove what a simulator had said (W20).

    `state` as for `save_connection`.

    Raises: NotFound, Forbidden, UnknownProvider, UnknownField, BadField, SecretMissing,
    SettingsOvertaken, ChangedMeanwhile.
    Audit: connection.saved, warranty.simulated_removed
    """
    require(actor, Capability.MANAGE_CONNECTIONS, tenant=tenant)
    traits = get_provider(provider).traits
    draft = _draft(traits, form)
    stored = _stored(tenant, provider)
    if draft.is_enabled:
        kept = stored.secrets if stored else frozenset()
        _require_complete(traits, draft.settings, {*kept, *_filled(draft.secrets)})
    saved = connections.save_connection(
        actor=actor, tenant=tenant, draft=draft, now=now, state=state
    )
    is_new = saved.is_new or saved.has_new_credentials or saved.waits_for_test
    if is_new or not traits.needs_credentials:
        _remove_simulated_later(tenant, traits, stored)
    follow_setup_later(tenant)
    return saved


@use_case
def switch_external_service(
    *, actor: Actor, tenant: int, provider: str, is_enabled: bool, now: datetime
) -> None:
    """Use a provider, or leave it be; credentials and answers stay.

    Raises: NotFound, Forbidden, UnknownProvider, NotSetUp, SecretMissing.
    Audit: connection.enabled, connection.disabled, warranty.simulated_removed
    """
    require(actor, Capability.MANAGE_CONNECTIONS, tenant=tenant)
    traits = get_provider(provider).traits
    stored = _stored(tenant, provider)
    if stored and is_enabled:
        _require_complete(traits, stored.settings, stored.secrets)
    connections.set_enabled(
        actor=actor, tenant=tenant, provider=provider, is_enabled=is_enabled, now=now
    )
    if is_enabled and not traits.needs_credentials:
        _remove_simulated_later(tenant, traits, stored)
    follow_setup_later(tenant)


def _remove_simulated_later(
    tenant: int, traits: ProviderTraits, stored: ConnectionRow | None
) -> None:
    """From here on answers shall be the vendor's, unless a simulator still stands in for it (W20).

    Without credentials to enter, switching the provider on is what says so.
    """
    if not is_simulated(traits, stored.simulated_at if stored else ""):
        enqueue("warranty.remove_simulated", tenant=tenant, provider=traits.key)


def remove_simulated_arrivals_later(tenant: int) -> None:
    """Devices have come to a tenant of which simulators spoke elsewhere: where its own vendors
    answer, only they do (W20). In jobs, once the devices are there.
    """
    for row in rows_of(tenant):
        if row.is_enabled:
            _remove_simulated_later(tenant, get_provider(row.provider).traits, row)


@use_case
def remove_external_service(*, actor: Actor, tenant: int, provider: str, now: datetime) -> None:
    """Forget the credentials of a provider. What it answered stays.

    Raises: NotFound, Forbidden, NotSetUp.   Audit: connection.removed
    """
    connections.remove_connection(actor=actor, tenant=tenant, provider=provider, now=now)
    follow_setup_later(tenant)


def check_external_service(*, actor: Actor, tenant: int, provider: str, now: datetime) -> Health:
    """Sign in at the provider and ask the smallest question; the answer in its own words.

    A secret that waits beside the one in use is the one that is tried, and takes its place when it
    works (W3). No transaction is open meanwhile.
    Raises: NotFound, Forbidden, UnknownProvider, NotSetUp.   Audit: connection.tested
    """
    require(actor, Capability.MANAGE_CONNECTIONS, tenant=tenant)
    asked = get_provider(provider)
    tried = connections.open_connection(
        actor=actor,
        tenant=tenant,
        provider=provider,
        base_url=base_url_of(asked.traits),
        is_next=True,
    )
    health = asked.check(tried)
    connections.record_test(actor=actor, tried=tried, health=health, now=now)
    with tenant_scope([tenant]):
        follow_setup_later(tenant)
    return health


def discard_next_secret(*, actor: Actor, tenant: int, provider: str, now: datetime) -> bool:
    """Drop the secret that waits for its test; False if none waits.

    Raises: NotFound, Forbidden, UnknownProvider, NotSetUp.   Audit: connection.secret_discarded
    """
    get_provider(provider)
    return connections.discard_next_secret(actor=actor, tenant=tenant, provider=provider, now=now)


def follow_setup_later(tenant: int) -> None:
    """What devices say of a service that is not set up changes with it, in a job.

    Not under a key: a job that waits already may start before this change is committed.
    """
    enqueue("warranty.follow_setup", tenant=tenant)


def follow_setup(*, tenant: int) -> int:
    """Bring the reasons of devices that nobody was asked about up to date (W11); how many."""
    with tenant_scope([tenant]):
        params = {"tenant": tenant, "providers": json.dumps(offers(tenant))}
        return sql.execute("warranty", "recompute_setup", params)


def remove_simulated(*, actor: Actor, tenant: int, provider: str, now: datetime) -> int:
    """Forget what a simulator of a provider said, and what was told by it (W20).

    Returns for how many devices. In pieces, each its own transaction.
    Audit: warranty.simulated_removed.   Repeat: a second call finds nothing.
    """
    total = 0
    while True:
        found = _remove_some(actor=actor, tenant=tenant, provider=provider, now=now)
        total += found
        if not found:
            return total


@use_case
def _remove_some(*, actor: Actor, tenant: int, provider: str, now: datetime) -> int:
    params = {
        "tenant": tenant,
        "source": provider,
        "manufacturers": list(get_provider(provider).traits.manufacturers),
        "most": REMOVE_DEVICES,
        "now": now,
    }
    stage()
    devices = sql.execute("warranty", "match_simulated", params)
    if devices:
        sql.execute("warranty", "purge_simulated_evidence", params)
        sql.execute("warranty", "purge_simulated", params)
        sql.execute("warranty", "purge_simulated_reminders", params)
        HealthDay.objects.filter(tenant_id=tenant, provider=provider).delete()
        sql.execute("warranty", "recompute_coverage", params)
        record(
            actor=actor,
            verb=Verb.SIMULATED_REMOVED,
            tenant=tenant,
            subject=connections.subject_of(provider),
            details={"devices": devices},
            now=now,
        )
    return devices


def _draft(traits: ProviderTraits, form: ServiceForm) -> Draft:
    """The form as a connection's draft. Raises: UnknownField, BadField."""
    fields = {one.name: one for one in traits.fields}
    for name, value in form.values.items():
        if name not in fields:
            raise UnknownField(name)
        choices = fields[name].choices
        if choices and value and value not in choices:
            raise BadField(fields[name].label, "not one of " + ", ".join(choices))
    return Draft(
        provider=traits.key,
        label=traits.label,
        settings=_values(traits, form, is_secret=False),
        secrets=_values(traits, form, is_secret=True),
        is_enabled=form.is_enabled,
        secret_expires_on=form.secret_expires_on,
        lifetime_days=traits.secret_lifetime_days,
        multiline=frozenset(one.name for one in traits.fields if one.is_multiline),
        seen=form.seen,
    )


def _values(traits: ProviderTraits, form: ServiceForm, *, is_secret: bool) -> dict[str, str]:
    return {
        one.name: form.values.get(one.name, "")
        for one in traits.fields
        if one.is_secret is is_secret
    }


def _stored(tenant: int, provider: str) -> ConnectionRow | None:
    return next((row for row in rows_of(tenant) if row.provider == provider), None)


def _filled(values: Mapping[str, str]) -> set[str]:
    return {name for name, value in values.items() if value.strip()}


def _require_complete(
    traits: ProviderTraits, settings: Mapping[str, str], secrets: Collection[str]
) -> None:
    """Refuse to enable what could not sign in. Raises: SecretMissing."""
    there = {*_filled(settings), *secrets}
    for wanted in traits.fields:
        if wanted.name not in there:
            raise SecretMissing(wanted.label)
