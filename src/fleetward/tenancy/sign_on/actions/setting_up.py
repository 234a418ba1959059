"""Setting up the identity provider of a tenant, and whether passwords let in as well."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from fleetward.audit.actions import record, use_case
from fleetward.audit.contracts import Verb
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import Actor
from fleetward.kernel.errors import NotFound
from fleetward.kernel.rights import Capability, require
from fleetward.tenancy.actions.members import keep_an_admin, lock_admins
from fleetward.tenancy.models import LinkedIdentity, SignOnProvider, Tenant
from fleetward.tenancy.sign_on import protocol
from fleetward.tenancy.sign_on.contracts import (
    BadProvider,
    ComeByProvider,
    Metadata,
    PasswordsRefused,
    ProviderInput,
)
from fleetward.tenancy.sign_on.seals import seal_secret


def save_provider(*, actor: Actor, tenant: int, given: ProviderInput, now: datetime) -> None:
    """Store the provider of a tenant once its discovery document was read; not yet enabled if new.

    With another issuer all links end: their subjects are those of the other.
    Raises: NotFound, Forbidden, BadProvider, PasswordsRefused.   Audit: sign_on.saved
    """
    require(actor, Capability.MANAGE_SETTINGS, tenant=tenant)
    where = protocol.discover(given.issuer)
    _store(actor=actor, tenant=tenant, given=given, where=where, now=now)


@use_case
def _store(
    *, actor: Actor, tenant: int, given: ProviderInput, where: Metadata, now: datetime
) -> None:
    place, found = _locked(tenant)
    if not place.allows_passwords:
        raise PasswordsRefused
    before = {"issuer": found.issuer, "client_id": found.client_id} if found else None
    if found is None or found.issuer != given.issuer:
        if not given.secret:
            raise BadProvider("client secret")
        LinkedIdentity.objects.filter(tenant_id=tenant).delete()
    made = found or SignOnProvider(tenant_id=tenant, created_at=now)
    made.issuer, made.client_id = given.issuer, given.client_id
    if given.secret:
        made.sealed_secret = seal_secret(place.customer_id, given.secret)
    made.metadata, made.tested_at, made.test_error = asdict(where), now, ""
    made.save()
    after = {"issuer": made.issuer, "client_id": made.client_id}
    details: dict[str, object] = {"new_secrets": ["client_secret"] if given.secret else []}
    details |= {"before": before, "after": after} if before else after
    _tell(actor, tenant, Verb.SIGN_ON_SAVED, details)


def read_again(*, actor: Actor, tenant: int, now: datetime) -> str:
    """Read the discovery document again; what is wrong with it, empty for nothing.

    Raises: NotFound, Forbidden.   Audit: sign_on.tested
    """
    require(actor, Capability.MANAGE_SETTINGS, tenant=tenant)
    with tenant_scope([tenant]):
        found = SignOnProvider.objects.filter(tenant_id=tenant).first()
    if found is None:
        raise NotFound
    try:
        where, problem = protocol.discover(found.issuer), ""
    except BadProvider as error:
        where, problem = None, error.problem
    tested = _Tested(found.issuer, where, problem)
    _note_test(actor=actor, tenant=tenant, tested=tested, now=now)
    return problem


@dataclass(frozen=True, slots=True)
class _Tested:
    issuer: str
    where: Metadata | None
    problem: str


@use_case
def _note_test(*, actor: Actor, tenant: int, tested: _Tested, now: datetime) -> None:
    """Of the issuer that was asked: of one that was set meanwhile this says nothing."""
    changes: dict[str, Any] = {"tested_at": now, "test_error": tested.problem[:500]}
    changes |= {"metadata": asdict(tested.where)} if tested.where else {}
    asked = SignOnProvider.objects.filter(tenant_id=tenant, issuer=tested.issuer)
    asked.update(**changes)
    _tell(actor, tenant, Verb.SIGN_ON_TESTED, {"error": tested.problem[:200]})


@use_case
def switch_provider(*, actor: Actor, tenant: int, is_enabled: bool) -> None:
    """Let members in by the provider, or no more; sessions that it vouched for end at once.

    Raises: NotFound, Forbidden, PasswordsRefused.   Audit: sign_on.enabled or sign_on.disabled
    """
    require(actor, Capability.MANAGE_SETTINGS, tenant=tenant)
    place, found = _locked(tenant)
    if found is None:
        raise NotFound
    if not is_enabled and not place.allows_passwords:
        raise PasswordsRefused
    if found.is_enabled is is_enabled:
        return
    found.is_enabled = is_enabled
    found.save(update_fields=["is_enabled"])
    _tell(actor, tenant, Verb.SIGN_ON_ENABLED if is_enabled else Verb.SIGN_ON_DISABLED)


@use_case
def remove_provider(*, actor: Actor, tenant: int) -> None:
    """Forget the provider, its secret and all links.

    Raises: NotFound, Forbidden, PasswordsRefused.   Audit: sign_on.removed
    """
    require(actor, Capability.MANAGE_SETTINGS, tenant=tenant)
    place, found = _locked(tenant)
    if found is None:
        raise NotFound
    if not place.allows_passwords:
        raise PasswordsRefused
    LinkedIdentity.objects.filter(tenant_id=tenant).delete()
    found.delete()
    _tell(actor, tenant, Verb.SIGN_ON_REMOVED, {"issuer": found.issuer})


@use_case
def allow_passwords(*, actor: Actor, tenant: int) -> None:
    """Let members in by their passwords too. Also the operator's way when the provider is gone.

    Raises: NotFound, Forbidden.   Audit: sign_on.passwords_allowed
    """
    require(actor, Capability.MANAGE_SETTINGS, tenant=tenant)
    if Tenant.objects.filter(id=tenant, allows_passwords=False).update(allows_passwords=True):
        _tell(actor, tenant, Verb.PASSWORDS_ALLOWED)


@use_case
def refuse_passwords(*, actor: Actor, tenant: int, came_by: int | None) -> None:
    """Make the provider the only way in. `came_by`: the tenant whose provider vouches for the
    session, which shows that one admin at least is not locked out.

    Raises: NotFound, Forbidden, ComeByProvider.   Audit: sign_on.passwords_refused
    """
    require(actor, Capability.MANAGE_SETTINGS, tenant=tenant)
    place, found = _locked(tenant)
    lock_admins(tenant)
    if found is None or not found.is_enabled or came_by != tenant:
        raise ComeByProvider
    if not place.allows_passwords:
        return
    place.allows_passwords = False
    place.save(update_fields=["allows_passwords"])
    keep_an_admin(tenant)
    _tell(actor, tenant, Verb.PASSWORDS_REFUSED)


def _locked(tenant: int) -> tuple[Tenant, SignOnProvider | None]:
    """The tenant's row waits for others that switch; devices of the tenant do not."""
    place = Tenant.objects.select_for_update(no_key=True).get(id=tenant)
    return place, SignOnProvider.objects.filter(tenant_id=tenant).first()


def _tell(
    actor: Actor, tenant: int, verb: Verb, details: Mapping[str, object] | None = None
) -> None:
    record(actor=actor, verb=verb, tenant=tenant, subject="sign_on", details=details or {})
