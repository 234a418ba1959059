"""Letting in the people of a list, each row for itself (L2)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from fleetward.audit.actions import attempt, record, use_case
from fleetward.audit.contracts import Verb
from fleetward.identity.actions import ensure_user
from fleetward.identity.contracts import Newcomer
from fleetward.kernel.actor import Actor
from fleetward.kernel.rights import Capability, require
from fleetward.tenancy.actions.members import add_member
from fleetward.tenancy.contracts import AlreadyMember, LetIn, Role, RoleChoice
from fleetward.tenancy.models import LONGEST_NAME, Membership
from fleetward.tenancy.people.actions.mailing import mail_link
from fleetward.tenancy.people.contracts import GOOD, Person, PersonLine, PersonOutcome, RoleWord
from fleetward.tenancy.people.queries import judged
from fleetward.tenancy.people.rules import same_word


@use_case
def add_people(
    *,
    actor: Actor,
    tenant: int,
    people: Sequence[Person],
    roles: Sequence[RoleWord],
    has_mail: bool,
    now: datetime,
) -> list[PersonLine]:
    """Let in each person of a list: at once with a new account, by an invitation with an old one;
    mails with the links follow. A row without a role lists somebody who has no access.

    Raises: NotFound, Forbidden.   Audit: user.added, user.invited, user.listed
    Repeat: who is there already is `ALREADY_USER`.
    """
    require(actor, Capability.MANAGE_USERS, tenant=tenant)
    given = {same_word(word): role.choice for role in roles for word in role.words}
    lines = judged(actor=actor, tenant=tenant, people=people, roles=roles, has_mail=has_mail)
    done = []
    for line in lines:
        outcome = line.outcome
        if outcome in GOOD:
            outcome = _add(actor, tenant, line.person, given.get(same_word(line.person.role)), now)
        done.append(PersonLine(line.person, outcome))
    return done


def _add(
    actor: Actor, tenant: int, person: Person, role: RoleChoice | None, now: datetime
) -> PersonOutcome:
    """As one of its own: what refuses it, such as somebody who was faster, stops no other."""
    try:
        with attempt():
            if role is None:
                list_person(actor=actor, tenant=tenant, person=person, now=now)
                return PersonOutcome.LISTED
            let_in = let_in_person(actor=actor, tenant=tenant, person=person, role=role, now=now)
            return PersonOutcome.ADDED if let_in.is_new_account else PersonOutcome.INVITED
    except AlreadyMember:
        return PersonOutcome.ALREADY_USER


@use_case
def let_in_person(
    *, actor: Actor, tenant: int, person: Person, role: RoleChoice, now: datetime
) -> LetIn:
    """Let one person in, as `add_member` does, and have the link sent by mail.

    Raises: NotFound, Forbidden, RoleOfAnotherKind, BeyondOwnRights, AlreadyMember, BadEmail.
    Audit: user.added or user.invited
    """
    require(actor, Capability.MANAGE_USERS, tenant=tenant)
    who = Newcomer(person.email, person.name)
    let_in = add_member(actor=actor, tenant=tenant, who=who, role=role, now=now)
    mail_link(actor, tenant, let_in)
    return let_in


@use_case
def list_person(*, actor: Actor, tenant: int, person: Person, now: datetime) -> str:
    """Note somebody without access to pages and API, such as the user of an enrolled device; the
    uid of the user, who is not told. It shows what the row says, and nothing of an account that
    the address has already.

    Raises: NotFound, Forbidden, AlreadyMember, BadEmail.   Audit: user.listed
    """
    require(actor, Capability.MANAGE_USERS, tenant=tenant)
    name = person.name.strip()[:LONGEST_NAME]
    user, _is_new = ensure_user(actor=actor, who=Newcomer(person.email, name), now=now)
    _made, is_new = Membership.objects.get_or_create(
        tenant_id=tenant,
        user_id=user.id,
        defaults={
            "role": Role.REPORT_ADMIN,
            "has_access": False,
            "listed_name": name,
            "joined_at": now,
        },
    )
    if not is_new:
        raise AlreadyMember(user.email)
    record(
        actor=actor,
        verb=Verb.USER_LISTED,
        tenant=tenant,
        subject=f"user:{user.uid}",
        now=now,
    )
    return user.uid
