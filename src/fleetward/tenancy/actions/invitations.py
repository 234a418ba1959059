"""Invitations of users who have an account: nothing is theirs here before they accept."""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import datetime

from fleetward.audit.actions import record, use_case
from fleetward.audit.contracts import Verb
from fleetward.identity.contracts import UserRow
from fleetward.identity.queries import get_user
from fleetward.kernel.actor import Actor
from fleetward.kernel.errors import NotFound
from fleetward.kernel.rights import Capability, require
from fleetward.tenancy.actions.choosing import Chosen, held, refuse_beyond_held
from fleetward.tenancy.contracts import AlreadyMember, InvitationOver, LetIn, TenantRow
from fleetward.tenancy.models import Invitation, Membership, Tenant
from fleetward.tenancy.queries import find_tenant, get_invitation_offer
from fleetward.tenancy.rules import INVITATION_LASTS, customer_id_of, invitation_digest

# Gives the scope of a tenant to somebody who may do nothing there.
GUEST = "GUEST"


def invite(*, actor: Actor, tenant: int, user: UserRow, role: Chosen, now: datetime) -> LetIn:
    """Within a use case that has required the right.

    Raises: AlreadyMember, BeyondOwnRights.   Audit: user.invited
    Repeat: the link before no longer works.
    """
    place = _locked(tenant)
    if Membership.objects.filter(tenant_id=tenant, user_id=user.id).exists():
        raise AlreadyMember(user.email)
    waiting = Invitation.objects.filter(tenant_id=tenant, user_id=user.id)
    for before in waiting.select_related("custom"):
        refuse_beyond_held(actor, before)
    token = new_token(place.customer_id)
    Invitation.objects.update_or_create(
        tenant_id=tenant,
        user_id=user.id,
        defaults={
            **role.fields,
            "digest": invitation_digest(token),
            "invited_by": actor.name,
            "created_at": now,
            "expires_at": now + INVITATION_LASTS,
        },
    )
    record(
        actor=actor,
        verb=Verb.USER_INVITED,
        tenant=tenant,
        subject=f"user:{user.uid}",
        details={"role": role.told},
        now=now,
    )
    return LetIn(user.id, user.email, is_new_account=False, token=token)


def new_token(customer_id: str) -> str:
    return f"{customer_id}-{secrets.token_urlsafe(32)}"


@use_case
def renew_invitation(*, actor: Actor, tenant: int, uid: str, now: datetime) -> LetIn:
    """Give an invitation a new link; the one before no longer works.

    Raises: NotFound, Forbidden, BeyondOwnRights.   Audit: user.invited
    """
    require(actor, Capability.MANAGE_USERS, tenant=tenant)
    found = Invitation.objects.filter(tenant_id=tenant, uid=uid).select_related("custom").first()
    if found is None:
        raise NotFound
    refuse_beyond_held(actor, found)
    user = get_user(found.user_id)
    return invite(actor=actor, tenant=tenant, user=user, role=held(found), now=now)


@use_case
def withdraw_invitation(*, actor: Actor, tenant: int, uid: str, now: datetime) -> None:
    """Make an invitation worth nothing.

    Raises: NotFound, Forbidden, BeyondOwnRights.   Audit: user.invitation_withdrawn
    """
    require(actor, Capability.MANAGE_USERS, tenant=tenant)
    _locked(tenant)
    found = Invitation.objects.filter(tenant_id=tenant, uid=uid).select_related("custom").first()
    if found is None:
        raise NotFound
    refuse_beyond_held(actor, found)
    found.delete()
    record(
        actor=actor,
        verb=Verb.USER_INVITATION_WITHDRAWN,
        tenant=tenant,
        subject=f"user:{get_user(found.user_id).uid}",
        now=now,
    )


def accept_invitation(*, actor: Actor, token: str, now: datetime) -> TenantRow:
    """Become a user of the tenant that invited the actor's account.

    Raises: InvitationOver, InvitationForAnother.   Audit: user.joined
    Repeat: a link works once.
    """
    tenant = find_tenant(customer_id_of(token))
    if tenant is None:
        raise InvitationOver
    guest = replace(actor, roles={**actor.roles, tenant.id: GUEST})
    _join(actor=guest, tenant=tenant.id, token=token, now=now)
    return tenant


@use_case
def _join(*, actor: Actor, tenant: int, token: str, now: datetime) -> None:
    _locked(tenant)
    get_invitation_offer(actor=actor, token=token, now=now)
    user = actor.own_id
    mine = Invitation.objects.filter(tenant_id=tenant, user_id=user).select_related("custom")
    role = held(mine.get())
    mine.delete()
    _let_in(tenant, user, role, now)
    record(
        actor=actor,
        verb=Verb.USER_JOINED,
        tenant=tenant,
        subject=f"user:{get_user(user).uid}",
        details={"role": role.told},
        now=now,
    )


def _let_in(tenant: int, user: int, role: Chosen, now: datetime) -> None:
    """Who was listed since the invitation gets the access that was offered (L2).

    Raises: InvitationOver, for somebody who was given access meanwhile.
    """
    fields = {**role.fields, "has_access": True, "joined_at": now}
    mine = Membership.objects.filter(tenant_id=tenant, user_id=user)
    if mine.filter(has_access=False).update(**fields):
        return
    if mine.exists():
        raise InvitationOver
    Membership.objects.create(tenant_id=tenant, user_id=user, **fields)


def _locked(tenant: int) -> Tenant:
    """Inviting, accepting and withdrawing wait for one another; devices of the tenant do not."""
    return Tenant.objects.select_for_update(no_key=True).get(id=tenant)
