"""Letting users in and out, and changing what they are. Invitations are the neighbour's."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from fleetward.audit.actions import record, use_case
from fleetward.audit.contracts import Verb
from fleetward.identity.actions import end_tokens, ensure_user
from fleetward.identity.contracts import Newcomer
from fleetward.kernel.actor import Actor
from fleetward.kernel.errors import NotFound
from fleetward.kernel.rights import Capability, require
from fleetward.tenancy.actions.choosing import chosen, held, hold_roles, refuse_beyond_held
from fleetward.tenancy.actions.invitations import invite
from fleetward.tenancy.contracts import ADMIN_ROLES, LastAdmin, LetIn, RoleChoice
from fleetward.tenancy.models import LinkedIdentity, Membership
from fleetward.tenancy.queries import get_tenant_by_id


class Farewell(Protocol):
    """What knows more of a member than tenancy does; `partners` registers it."""

    def member_left(self, *, actor: Actor, tenant: int, user: int, now: datetime) -> None:
        """Within the use case that lets the member out."""
        ...


_farewells: list[Farewell] = []


@use_case
def add_member(
    *, actor: Actor, tenant: int, who: Newcomer, role: RoleChoice, now: datetime
) -> LetIn:
    """Let a user into a tenant: at once with a new account, by an invitation with an old one.

    Whoever has the account decides: an address alone gives nobody sight of a tenant.
    Raises: NotFound, Forbidden, RoleOfAnotherKind, BeyondOwnRights, AlreadyMember, BadEmail,
    WeakPassword.
    Audit: user.added or user.invited.   Repeat: a second invitation replaces the first.
    """
    require(actor, Capability.MANAGE_USERS, tenant=tenant)
    given = chosen(actor=actor, tenant=tenant, role=role)
    user, is_new = ensure_user(actor=actor, who=who, now=now)
    if not is_new:
        return invite(actor=actor, tenant=tenant, user=user, role=given, now=now)
    Membership.objects.create(tenant_id=tenant, user_id=user.id, joined_at=now, **given.fields)
    record(
        actor=actor,
        verb=Verb.USER_ADDED,
        tenant=tenant,
        subject=f"user:{user.uid}",
        details={"role": given.told},
        now=now,
    )
    return LetIn(user.id, user.email, is_new_account=True)


@use_case
def change_member(
    *,
    actor: Actor,
    tenant: int,
    uid: str,
    now: datetime,
    role: RoleChoice | None = None,
    is_active: bool | None = None,
) -> None:
    """Give a member another role, or disable or enable it here; takes effect at the next request.

    What is not given stays as it is. Disabling ends the user's tokens for this tenant.
    Raises: NotFound, Forbidden, RoleOfAnotherKind, BeyondOwnRights, LastAdmin.
    Audit: user.role_changed, user.disabled or user.enabled; token.revoked
    """
    require(actor, Capability.MANAGE_USERS, tenant=tenant)
    given = chosen(actor=actor, tenant=tenant, role=role) if role is not None else None
    member = _locked(tenant, uid)
    refuse_beyond_held(actor, member)
    before = _told(member)
    if given is not None:
        member.role, member.custom = given.word, given.custom
    if is_active is not None:
        member.is_active = is_active
    after = _told(member)
    if before == after:
        return
    member.save(update_fields=["role", "custom", "is_active"])
    keep_an_admin(tenant)
    verb = Verb.USER_ROLE_CHANGED
    if member.is_active != before["is_active"]:
        verb = Verb.USER_ENABLED if member.is_active else Verb.USER_DISABLED
    if not member.is_active:
        end_tokens(actor=actor, user_id=member.user_id, tenant=tenant, now=now)
    record(
        actor=actor,
        verb=verb,
        tenant=tenant,
        subject=f"user:{uid}",
        details={"before": before, "after": after},
        now=now,
    )


@use_case
def remove_member(*, actor: Actor, tenant: int, uid: str, now: datetime) -> None:
    """Let a user out of a tenant; its tokens for it end, its account stays.

    Raises: NotFound, Forbidden, BeyondOwnRights, LastAdmin.
    Audit: user.removed; token.revoked; what others tell of whoever has left
    """
    require(actor, Capability.MANAGE_USERS, tenant=tenant)
    # Before the admins, as whoever certifies somebody does.
    hold_roles(tenant)
    member = _locked(tenant, uid)
    refuse_beyond_held(actor, member)
    member.delete()
    LinkedIdentity.objects.filter(tenant_id=tenant, user_id=member.user_id).delete()
    keep_an_admin(tenant)
    end_tokens(actor=actor, user_id=member.user_id, tenant=tenant, now=now)
    record(
        actor=actor,
        verb=Verb.USER_REMOVED,
        tenant=tenant,
        subject=f"user:{uid}",
        details={"role": held(member).told},
        now=now,
    )
    for farewell in _farewells:
        farewell.member_left(actor=actor, tenant=tenant, user=member.user_id, now=now)


def register_farewell(farewell: Farewell) -> None:
    """Called once at start by the app configuration of an upper context."""
    _farewells.append(farewell)


def _told(member: Membership) -> dict[str, object]:
    return {"role": held(member).told, "is_active": member.is_active}


def _locked(tenant: int, uid: str) -> Membership:
    lock_admins(tenant)
    mine = Membership.objects.filter(tenant_id=tenant, user__uid=uid)
    member = mine.select_related("custom").first()
    if member is None:
        raise NotFound
    return member


def lock_admins(tenant: int) -> None:
    """All admins, in order: two who demote each other wait for one another."""
    admins = Membership.objects.filter(tenant_id=tenant, role__in=ADMIN_ROLES)
    list(admins.select_for_update().order_by("id"))


def keep_an_admin(tenant: int) -> None:
    """Of those who can come in: where passwords let nobody in, who is linked to the provider.

    Within a use case that has called `lock_admins`. Raises: LastAdmin.
    """
    admins = Membership.objects.filter(
        tenant_id=tenant,
        role__in=ADMIN_ROLES,
        is_active=True,
        has_access=True,
        user__is_active=True,
    )
    if not get_tenant_by_id(tenant).allows_passwords:
        linked = LinkedIdentity.objects.filter(tenant_id=tenant).values("user_id")
        admins = admins.filter(user_id__in=linked)
    if not admins.exists():
        raise LastAdmin
