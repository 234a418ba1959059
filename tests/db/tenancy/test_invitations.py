"""Somebody with an account decides whether to join: until then a tenant is none of theirs."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Barrier

import pytest
from django.db import connection

from fleetward.audit.contracts import Verb
from fleetward.audit.queries import list_entries
from fleetward.identity.actions import use_token
from fleetward.identity.contracts import Newcomer
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import Actor, system_actor
from fleetward.kernel.errors import DomainError, NotFound
from fleetward.tenancy.actions import (
    accept_invitation,
    add_member,
    invitations,
    renew_invitation,
    withdraw_invitation,
)
from fleetward.tenancy.actions.choosing import Chosen
from fleetward.tenancy.contracts import (
    AlreadyMember,
    InvitationForAnother,
    InvitationOver,
    InvitationRow,
    Role,
)
from fleetward.tenancy.models import Invitation, Membership, Tenant
from fleetward.tenancy.people.actions.adding import list_person
from fleetward.tenancy.people.contracts import Person
from fleetward.tenancy.queries import (
    actor_for_user,
    get_invitation_offer,
    get_tenant,
    list_invitations,
    list_members,
    list_tenants,
    roles_of_user,
)
from fleetward.tenancy.rules import INVITATION_LASTS
from tests.cast import NOW, Cast, actor_of, make_tenant, make_user
from tests.objects import token_of
from tests.plugins.database import FreshDatabase
from tests.routes import NEVER


def invite(cast: Cast, role: Role = Role.IT_ADMIN) -> str:
    """The outsider, an admin of another tenant, is invited; the token of the link."""
    who = Newcomer(cast.outsider.email)
    added = add_member(actor=actor_of(cast.admin), tenant=cast.acme.id, who=who, role=role, now=NOW)
    assert not added.is_new_account
    return added.token


def accept(cast: Cast, token: str, actor: Actor | None = None) -> None:
    accept_invitation(actor=actor or actor_of(cast.outsider), token=token, now=NOW)


def waiting(cast: Cast) -> list[InvitationRow]:
    return list_invitations(actor=actor_of(cast.admin), tenant=cast.acme.id, now=NOW)


def test_an_address_alone_gives_nobody_sight_of_a_tenant(cast: Cast) -> None:
    """hardening: an e-mail address alone never links an account."""
    invite(cast)
    assert roles_of_user(cast.outsider.id) == {cast.other.id: "IT_ADMIN"}
    guest = actor_of(cast.outsider)
    assert [t.id for t in list_tenants(actor=guest)] == [cast.other.id]
    with pytest.raises(NotFound):
        get_tenant(actor=guest, customer_id=cast.acme.customer_id)
    with pytest.raises(NotFound):
        list_members(actor=guest, tenant=cast.acme.id)
    with pytest.raises(NotFound):
        list_invitations(actor=guest, tenant=cast.acme.id, now=NOW)
    members = list_members(actor=actor_of(cast.admin), tenant=cast.acme.id)
    assert cast.outsider.email not in [member.email for member in members]
    (row,) = waiting(cast)
    assert (row.email, row.role, row.is_expired) == (cast.outsider.email, Role.IT_ADMIN, False)


def test_a_first_password_opens_nothing_of_an_account_that_exists(cast: Cast) -> None:
    who = Newcomer(cast.outsider.email, "Another name", "a password of the inviter")
    add_member(
        actor=actor_of(cast.admin), tenant=cast.acme.id, who=who, role=Role.IT_ADMIN, now=NOW
    )
    cast.outsider.refresh_from_db()
    assert not cast.outsider.check_password("a password of the inviter")
    assert not cast.outsider.must_change_password
    assert cast.outsider.name == ""


def test_whoever_has_the_account_joins_by_the_link_once(cast: Cast) -> None:
    token = invite(cast, Role.DEVICE_ADMIN)
    offer = get_invitation_offer(actor=actor_of(cast.outsider), token=token, now=NOW)
    assert (offer.tenant, offer.role, offer.invited_by) == (
        cast.acme.name,
        Role.DEVICE_ADMIN,
        cast.admin.email,
    )
    accept(cast, token)
    assert roles_of_user(cast.outsider.id)[cast.acme.id] == "DEVICE_ADMIN"
    assert waiting(cast) == []
    entries = list_entries(actor=actor_of(cast.admin), tenant=cast.acme.id).rows
    assert [(e.verb, e.actor) for e in entries] == [
        (Verb.USER_JOINED, cast.outsider.email),
        (Verb.USER_INVITED, cast.admin.email),
    ]
    with pytest.raises(InvitationOver):
        accept(cast, token)


def test_l2_whoever_was_listed_meanwhile_joins_by_the_link_as_well(cast: Cast) -> None:
    token, person = invite(cast, Role.DEVICE_ADMIN), Person(1, cast.outsider.email)
    list_person(actor=actor_of(cast.admin), tenant=cast.acme.id, person=person, now=NOW)
    assert cast.acme.id not in roles_of_user(cast.outsider.id)
    accept(cast, token)
    assert roles_of_user(cast.outsider.id)[cast.acme.id] == "DEVICE_ADMIN"
    assert waiting(cast) == []


def test_a_link_does_not_change_who_has_access_already(cast: Cast) -> None:
    token, mine = invite(cast), {"tenant_id": cast.acme.id, "user": cast.outsider}
    Membership.objects.create(**mine, role=Role.REPORT_ADMIN, joined_at=NOW)
    with pytest.raises(InvitationOver):
        accept(cast, token)
    assert roles_of_user(cast.outsider.id)[cast.acme.id] == "REPORT_ADMIN"


def test_somebody_else_gets_nothing_by_the_link(cast: Cast) -> None:
    token, other = invite(cast), make_user("other@globex.example", {cast.other.id: Role.IT_ADMIN})
    for actor in (actor_of(other), system_actor("Tests"), actor_of(cast.admin)):
        with pytest.raises(InvitationForAnother):
            get_invitation_offer(actor=actor, token=token, now=NOW)
        with pytest.raises(InvitationForAnother):
            accept(cast, token, actor)
    assert roles_of_user(other.id) == {cast.other.id: "IT_ADMIN"}
    accept(cast, token)


def test_an_invitation_ends_after_seven_days(cast: Cast) -> None:
    token, guest = invite(cast), actor_of(cast.outsider)
    late = NOW + INVITATION_LASTS
    with pytest.raises(InvitationOver):
        accept_invitation(actor=guest, token=token, now=late)
    (row,) = list_invitations(actor=actor_of(cast.admin), tenant=cast.acme.id, now=late)
    assert row.is_expired
    assert roles_of_user(cast.outsider.id) == {cast.other.id: "IT_ADMIN"}


def test_a_withdrawn_invitation_is_worth_nothing(cast: Cast) -> None:
    token = invite(cast)
    (row,) = waiting(cast)
    given = {"actor": actor_of(cast.admin), "tenant": cast.acme.id, "now": NOW}
    withdraw_invitation(**given, uid=row.uid)
    with pytest.raises(InvitationOver):
        accept(cast, token)
    with pytest.raises(NotFound):
        withdraw_invitation(**given, uid=row.uid)
    verb = Verb.USER_INVITATION_WITHDRAWN
    entries = list_entries(actor=actor_of(cast.admin), tenant=cast.acme.id, verb=verb).rows
    assert len(entries) == 1


def test_a_new_link_ends_the_one_before(cast: Cast) -> None:
    first = invite(cast, Role.REPORT_ADMIN)
    (row,) = waiting(cast)
    admin = actor_of(cast.admin)
    second = renew_invitation(actor=admin, tenant=cast.acme.id, uid=row.uid, now=NOW).token
    third = invite(cast, Role.DEVICE_ADMIN)
    for old in (first, second):
        with pytest.raises(InvitationOver):
            accept(cast, old)
    assert len(waiting(cast)) == 1
    accept(cast, third)
    assert roles_of_user(cast.outsider.id)[cast.acme.id] == "DEVICE_ADMIN"
    with pytest.raises(NotFound):
        renew_invitation(actor=admin, tenant=cast.acme.id, uid=row.uid, now=NOW)


def test_an_invitation_of_one_tenant_is_none_of_another(cast: Cast) -> None:
    invite(cast)
    (row,) = waiting(cast)
    with pytest.raises(NotFound):
        withdraw_invitation(
            actor=actor_of(cast.outsider), tenant=cast.other.id, uid=row.uid, now=NOW
        )


@pytest.mark.parametrize("token", ["", "x", f"{NEVER}-x", "0000000000-unknown"])
def test_a_link_that_never_was_is_like_one_that_is_over(cast: Cast, token: str) -> None:
    with pytest.raises(InvitationOver):
        accept(cast, token)


def test_a_user_of_the_tenant_is_not_invited(cast: Cast) -> None:
    with pytest.raises(AlreadyMember):
        add_member(
            actor=actor_of(cast.admin),
            tenant=cast.acme.id,
            who=Newcomer(cast.reader.email),
            role=Role.IT_ADMIN,
            now=NOW,
        )


def test_only_the_hash_of_a_link_is_stored_and_tokens_do_not_see_the_tenant(cast: Cast) -> None:
    token = invite(cast)
    with tenant_scope([cast.acme.id]):
        stored = Invitation.objects.values().get()
    assert token.partition("-")[2] not in str(stored)
    holder = use_token(token=token_of(cast.other, cast.outsider), now=NOW)
    assert holder is not None
    assert cast.acme.id not in roles_of_user(holder.user_id)


def join_at_once(tenant: int) -> list[str]:
    """Two browsers of one user open the link and press at the same time."""
    user = make_user()
    token = add_member(
        actor=system_actor("Tests", tenant),
        tenant=tenant,
        who=Newcomer(user.email),
        role=Role.IT_ADMIN,
        now=NOW,
    ).token
    both = Barrier(2)

    def press(_: int) -> str:
        try:
            actor = actor_for_user(user_id=user.id, name=user.email)
            both.wait(30)
            accept_invitation(actor=actor, token=token, now=NOW)
        except DomainError as error:
            return error.code
        finally:
            connection.close()
        return "joined"

    with ThreadPoolExecutor(2) as pool:
        ended = sorted(pool.map(press, range(2)))
    assert Membership.objects.filter(tenant_id=tenant, user=user).count() == 1
    return ended


def test_a_link_used_twice_at_once_works_once(fresh_database: FreshDatabase) -> None:
    tenant = make_tenant("Race").id
    for _ in range(5):
        assert join_at_once(tenant) == ["invitation_over", "joined"]


def test_control_without_the_lock_the_second_fails(
    fresh_database: FreshDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both have found the invitation before one of them uses it."""
    found, offer = Barrier(2), invitations.get_invitation_offer

    def found_by_both(**given: object) -> object:
        try:
            return offer(**given)  # type: ignore[arg-type]
        finally:
            found.wait(30)

    def made(tenant: int, user: int, role: Chosen, now: datetime) -> None:
        fields = {**role.fields, "joined_at": now}
        Membership.objects.create(tenant_id=tenant, user_id=user, **fields)

    monkeypatch.setattr(invitations, "_locked", lambda tenant: Tenant.objects.get(id=tenant))
    monkeypatch.setattr(invitations, "get_invitation_offer", found_by_both)
    monkeypatch.setattr(invitations, "_let_in", made)
    with pytest.raises(Exception, match="tenancy_membership_once"):
        join_at_once(make_tenant("Race").id)
