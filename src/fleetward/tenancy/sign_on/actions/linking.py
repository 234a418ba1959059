"""Who a member is at the identity provider of a tenant."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from django.db import IntegrityError, transaction

from fleetward.audit.actions import record, use_case
from fleetward.audit.contracts import Verb
from fleetward.identity.passkeys.queries import list_passkeys
from fleetward.identity.queries import get_user
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import Actor
from fleetward.kernel.errors import NotFound
from fleetward.kernel.rights import Capability, require
from fleetward.tenancy.actions.invitations import GUEST, accept_invitation
from fleetward.tenancy.actions.members import keep_an_admin, lock_admins
from fleetward.tenancy.contracts import InvitationOver
from fleetward.tenancy.models import LinkedIdentity, Membership
from fleetward.tenancy.queries import actor_for_user
from fleetward.tenancy.sign_on.contracts import Identity, IdentityTaken
from fleetward.tenancy.sign_on.queries import find_invited

# What every role allows: whoever is in the tenant may link and unlink themselves.
OF_EVERYBODY = Capability.SEE_NOTIFICATIONS


@use_case
def link_identity(*, actor: Actor, tenant: int, identity: Identity, now: datetime) -> None:
    """Let the actor come into a tenant by an identity that was just proven.

    Raises: NotFound, IdentityTaken.   Audit: user.identity_linked
    """
    require(actor, OF_EVERYBODY, tenant=tenant)
    mine = {"tenant_id": tenant, "user_id": actor.own_id}
    LinkedIdentity.objects.filter(**mine).delete()
    try:
        with transaction.atomic():
            LinkedIdentity.objects.create(
                **mine, issuer=identity.issuer, subject=identity.subject, created_at=now
            )
    except IntegrityError:
        raise IdentityTaken(identity.host) from None
    _tell_of_user(actor, tenant, Verb.IDENTITY_LINKED, identity.issuer)


@use_case
def unlink_identity(*, actor: Actor, tenant: int) -> None:
    """End the actor's link to the provider of a tenant.

    Raises: NotFound, LastAdmin.   Audit: user.identity_unlinked
    """
    require(actor, OF_EVERYBODY, tenant=tenant)
    lock_admins(tenant)
    found = LinkedIdentity.objects.filter(tenant_id=tenant, user_id=actor.own_id).first()
    if found is None:
        raise NotFound
    found.delete()
    keep_an_admin(tenant)
    _tell_of_user(actor, tenant, Verb.IDENTITY_UNLINKED, found.issuer)


def join_by_identity(*, actor: Actor, token: str, identity: Identity, now: datetime) -> int:
    """Accept an invitation for whoever was invited, who comes by the tenant's own provider.

    The link of the invitation says who it is for, the provider of the tenant that invited says who
    has come; the session that follows reaches this tenant and no other. `actor` is that user, whose
    account somebody else may have made, with a password of theirs: no other session is let in here
    before `let_in_otherwise`.
    Raises: InvitationOver, IdentityTaken.   Audit: user.joined, user.identity_linked
    """
    found = find_invited(token=token, now=now)
    if found is None or found[1] != actor.user_id or found[0].issuer != identity.issuer:
        raise InvitationOver
    tenant = found[0].tenant
    guest = replace(actor, roles={**actor.roles, tenant: GUEST})
    with tenant_scope(guest.tenants):
        accept_invitation(actor=actor, token=token, now=now)
        joined = Membership.objects.filter(tenant_id=tenant, user_id=actor.own_id)
        joined.update(by_identity=True)
        # The role that the actor has from now on.
        member = actor_for_user(
            user_id=actor.own_id,
            name=actor.name,
            request_id=actor.request_id,
            address=actor.address,
        )
        link_identity(actor=member, tenant=tenant, identity=identity, now=now)
    return tenant


def let_in_otherwise(*, user_id: int) -> None:
    """For somebody who chooses a password by a mailed link, which shows whose the account is: what
    was joined by a provider is open to other proofs of the account too.

    Not while there are passkeys: who had a password before may have made them.
    """
    if not list_passkeys(user_id):
        Membership.objects.filter(user_id=user_id, by_identity=True).update(by_identity=False)


def _tell_of_user(actor: Actor, tenant: int, verb: Verb, issuer: str) -> None:
    uid = get_user(actor.own_id).uid
    record(actor=actor, verb=verb, tenant=tenant, subject=f"user:{uid}", details={"issuer": issuer})
