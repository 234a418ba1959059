"""Questions about identity providers, and about who comes by them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from django.db.models import QuerySet

from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import Actor
from fleetward.kernel.rights import Capability, require
from fleetward.tenancy.models import Invitation, LinkedIdentity, SignOnProvider, Tenant
from fleetward.tenancy.rules import customer_id_of, invitation_digest, is_guest
from fleetward.tenancy.sign_on.contracts import Entrance, ProviderRow


def find_provider(*, actor: Actor, tenant: int) -> ProviderRow | None:
    """The provider of a tenant for its admins. Raises: NotFound, Forbidden."""
    require(actor, Capability.MANAGE_SETTINGS, tenant=tenant)
    with tenant_scope([tenant]):
        found = SignOnProvider.objects.filter(tenant_id=tenant).first()
        linked = LinkedIdentity.objects.filter(tenant_id=tenant).count()
    if found is None:
        return None
    return ProviderRow(
        found.issuer, found.client_id, found.is_enabled, found.tested_at, found.test_error, linked
    )


def find_entrance(tenant: int) -> Entrance | None:
    """The way into a tenant by its provider, for whoever knows its Customer ID."""
    with tenant_scope([tenant]):
        found = _enabled().filter(tenant_id=tenant).first()
    return _entrance(found) if found else None


def list_entrances(*, actor: Actor) -> list[Entrance]:
    """Of the tenants that the actor is a member of, by name."""
    mine = own_tenants(actor)
    with tenant_scope(mine):
        found = list(_enabled().filter(tenant_id__in=mine).order_by("tenant__name"))
        linked = LinkedIdentity.objects.filter(user_id=actor.own_id, tenant_id__in=mine)
        issuers = dict(linked.values_list("tenant_id", "issuer"))
    return [
        replace(_entrance(one), is_linked=issuers.get(one.tenant_id) == one.issuer) for one in found
    ]


def own_tenants(actor: Actor) -> tuple[int, ...]:
    """Those that the actor is a member of, without the customers of a partner."""
    return tuple(one for one in actor.tenants if not is_guest(actor.roles[one]))


def bound_to(actor: Actor, *, tenant: int) -> Actor:
    """An actor whom the provider of a tenant vouches for, who has what the membership there leads
    to (`actor_for_user`): whoever runs a provider can be any of its users, and must not be them in
    other tenants. A link or a provider that is gone vouches for nobody.
    """
    if _is_vouched(actor.own_id, tenant):
        return actor
    return replace(actor, roles={}, spans={}, by_provider={})


def _is_vouched(user: int, tenant: int) -> bool:
    with tenant_scope([tenant]):
        issuer = _enabled().filter(tenant_id=tenant).values("issuer")[:1]
        links = LinkedIdentity.objects.filter(tenant_id=tenant, user_id=user, issuer__in=issuer)
        return links.exists()


def _enabled() -> QuerySet[SignOnProvider]:
    return SignOnProvider.objects.filter(is_enabled=True).select_related("tenant")


def _entrance(found: SignOnProvider) -> Entrance:
    tenant = found.tenant
    return Entrance(tenant.id, tenant.customer_id, tenant.name, found.issuer)


def find_invited(*, token: str, now: datetime) -> tuple[Entrance, int] | None:
    """The way into the tenant that an invitation is for, and the user who was invited."""
    tenant = Tenant.objects.filter(customer_id=customer_id_of(token)).first()
    entrance = find_entrance(tenant.id) if tenant else None
    if entrance is None:
        return None
    with tenant_scope([entrance.tenant]):
        found = Invitation.objects.filter(
            tenant_id=entrance.tenant,
            digest=invitation_digest(token),
            expires_at__gt=now,
            user__is_active=True,
        ).first()
    return (entrance, found.user_id) if found else None
