"""Access for those who were only listed, and the links of invitations that go by mail (L2)."""

from __future__ import annotations

from datetime import datetime

from fleetward.audit.actions import record, use_case
from fleetward.audit.contracts import Verb
from fleetward.identity.queries import get_user
from fleetward.kernel.actor import Actor
from fleetward.kernel.errors import NotFound
from fleetward.kernel.rights import Capability, require
from fleetward.tenancy.actions.choosing import chosen
from fleetward.tenancy.actions.invitations import invite, new_token
from fleetward.tenancy.contracts import LetIn, RoleChoice
from fleetward.tenancy.models import Invitation, Membership
from fleetward.tenancy.people.actions.mailing import mail_link
from fleetward.tenancy.people.contracts import NotWithoutAccess
from fleetward.tenancy.queries import get_tenant_by_id
from fleetward.tenancy.rules import invitation_digest


@use_case
def give_access(*, actor: Actor, tenant: int, uid: str, role: RoleChoice, now: datetime) -> LetIn:
    """Give access to somebody who was only listed: like anybody who is let in, at once with an
    account that nobody has used, by an invitation with another.

    Raises: NotFound, Forbidden, NotWithoutAccess, RoleOfAnotherKind, BeyondOwnRights.
    Audit: user.added or user.invited
    """
    require(actor, Capability.MANAGE_USERS, tenant=tenant)
    given = chosen(actor=actor, tenant=tenant, role=role)
    mine = Membership.objects.filter(tenant_id=tenant, user__uid=uid)
    member = mine.select_for_update(of=["self"]).select_related("user").first()
    if member is None:
        raise NotFound
    if member.has_access:
        raise NotWithoutAccess
    user = member.user
    others = Membership.objects.filter(user=user, has_access=True)
    if user.has_usable_password() or user.last_login or others.exists():
        member.delete()
        let_in = invite(actor=actor, tenant=tenant, user=get_user(user.id), role=given, now=now)
        mail_link(actor, tenant, let_in)
        return let_in
    member.role, member.custom, member.has_access = given.word, given.custom, True
    member.save(update_fields=["role", "custom", "has_access"])
    record(
        actor=actor,
        verb=Verb.USER_ADDED,
        tenant=tenant,
        subject=f"user:{uid}",
        details={"role": given.told},
        now=now,
    )
    let_in = LetIn(user.id, user.email, is_new_account=True)
    mail_link(actor, tenant, let_in)
    return let_in


@use_case
def fresh_link(*, actor: Actor, tenant: int, user_id: int) -> LetIn | None:
    """A link for an invitation that waits, which ends the one before; None where none waits.

    Raises: NotFound, Forbidden.
    """
    require(actor, Capability.MANAGE_USERS, tenant=tenant)
    waiting = Invitation.objects.filter(tenant_id=tenant, user_id=user_id).select_related("user")
    found = waiting.first()
    if found is None:
        return None
    token = new_token(get_tenant_by_id(tenant).customer_id)
    waiting.update(digest=invitation_digest(token))
    return LetIn(user_id, found.user.email, is_new_account=False, token=token)
