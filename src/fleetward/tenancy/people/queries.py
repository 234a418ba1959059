"""What would become of the rows of a list, before anything is done."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from fleetward.identity.queries import known_addresses
from fleetward.kernel.actor import Actor
from fleetward.kernel.errors import NotFound
from fleetward.tenancy.models import Membership
from fleetward.tenancy.people.contracts import (
    BY_ACCOUNT,
    Person,
    PersonLine,
    PersonOutcome,
    RoleWord,
)
from fleetward.tenancy.people.rules import same_word


@dataclass(frozen=True, slots=True)
class _Known:
    """What rows are judged by: addresses of the tenant's users, of accounts, and roles by word."""

    members: Collection[str]
    accounts: Collection[str]
    roles: Mapping[str, RoleWord]
    has_mail: bool


def judged(
    *,
    actor: Actor,
    tenant: int,
    people: Sequence[Person],
    roles: Sequence[RoleWord],
    has_mail: bool,
) -> list[PersonLine]:
    """Each row with how it would end. The caller has required MANAGE_USERS. Raises: NotFound."""
    if tenant not in actor.roles:
        raise NotFound
    addresses = [person.email.lower() for person in people]
    members = Membership.objects.filter(tenant_id=tenant, user__email__in=addresses)
    known = _Known(
        members=set(members.values_list("user__email", flat=True)),
        accounts=known_addresses(addresses),
        roles={same_word(word): role for role in roles for word in role.words},
        has_mail=has_mail,
    )
    seen: set[str] = set()
    lines = []
    for person, address in zip(people, addresses, strict=True):
        lines.append(PersonLine(person, _outcome(person, address, seen, known)))
        seen.add(address)
    return lines


def previewed(
    *, actor: Actor, tenant: int, people: Sequence[Person], roles: Sequence[RoleWord]
) -> list[PersonLine]:
    """The same for who only looks, without telling which address has an account. The caller has
    required MANAGE_USERS. Raises: NotFound.
    """
    lines = judged(actor=actor, tenant=tenant, people=people, roles=roles, has_mail=True)
    return [
        replace(line, outcome=PersonOutcome.LET_IN) if line.outcome in BY_ACCOUNT else line
        for line in lines
    ]


def _outcome(person: Person, address: str, seen: set[str], known: _Known) -> PersonOutcome:
    try:
        validate_email(address)
    except ValidationError:
        return PersonOutcome.BAD_EMAIL
    if address in seen:
        return PersonOutcome.DUPLICATE_ROW
    if address in known.members:
        return PersonOutcome.ALREADY_USER
    if not person.role:
        return PersonOutcome.LISTED
    role = known.roles.get(same_word(person.role))
    if role is None:
        return PersonOutcome.UNKNOWN_ROLE
    if not role.may_give:
        return PersonOutcome.BEYOND_OWN_RIGHTS
    if address in known.accounts:
        return PersonOutcome.INVITED
    return PersonOutcome.ADDED if known.has_mail else PersonOutcome.NO_MAIL
