"""Custom roles (L1): made, given, changed and deleted by those who may, with effect at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection

from fleetward.access.queries import capabilities, is_allowed, on_offer
from fleetward.audit.contracts import Verb
from fleetward.audit.queries import list_entries
from fleetward.identity.contracts import Newcomer
from fleetward.identity.models import User
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import system_actor
from fleetward.kernel.errors import ChangedMeanwhile, Forbidden, NotFound
from fleetward.kernel.rights import BASIC, Capability
from fleetward.tenancy.actions import (
    accept_invitation,
    add_member,
    change_member,
    choosing,
    remove_member,
    renew_invitation,
    withdraw_invitation,
)
from fleetward.tenancy.contracts import (
    BeyondOwnRights,
    LastAdmin,
    RelationState,
    Role,
    RoleOfAnotherKind,
    TenantKind,
)
from fleetward.tenancy.models import CustomRole, Invitation, Membership, Relation
from fleetward.tenancy.queries import find_place, list_invitations, list_member_ids, list_members
from fleetward.tenancy.roles import actions
from fleetward.tenancy.roles.actions import change_role, delete_role, make_role
from fleetward.tenancy.roles.contracts import (
    BadRole,
    RoleInput,
    RoleInUse,
    RoleNameTaken,
    TooManyRoles,
)
from fleetward.tenancy.roles.queries import find_own_role, get_custom_role, list_custom_roles
from tests.cast import NOW, Cast, actor_of, make_partners, make_tenant, make_user
from tests.plugins.database import FreshDatabase
from tests.races import at_once
from tests.web.reading import signed_in

PEOPLE = frozenset({Capability.MANAGE_USERS, Capability.IMPORT_DEVICES})


def made(cast: Cast, *rights: Capability, name: str = "Warehouse", by: User | None = None) -> UUID:
    role = RoleInput(name, frozenset(rights), "What arrives")
    return make_role(actor=actor_of(by or cast.admin), tenant=cast.acme.id, role=role, now=NOW)


def give(cast: Cast, user: User, role: Role | UUID, by: User | None = None) -> None:
    change_member(
        actor=actor_of(by or cast.admin),
        tenant=cast.acme.id,
        uid=str(user.uid),
        role=role,
        now=NOW,
    )


def change(cast: Cast, uid: UUID, by: User | None = None, **changes: Any) -> None:
    actor = actor_of(by or cast.admin)
    change_role(actor=actor, tenant=cast.acme.id, uid=uid, changes=changes, now=NOW)


def rights(cast: Cast, user: User) -> frozenset[Capability]:
    return capabilities(actor_of(user), tenant=cast.acme.id)


def told(cast: Cast, verb: Verb) -> list[Any]:
    rows = list_entries(actor=actor_of(cast.admin), tenant=cast.acme.id, verb=verb).rows
    return [row.details for row in rows]


def user_manager(cast: Cast) -> User:
    """Somebody who manages users and may little else."""
    user = make_user("people@acme.example", {cast.acme.id: Role.REPORT_ADMIN})
    give(cast, user, made(cast, *PEOPLE, name="People"))
    return user


def test_l1_a_custom_role_may_what_it_lists_and_what_that_needs(cast: Cast) -> None:
    give(cast, cast.reader, made(cast, Capability.MANAGE_CONNECTIONS))
    assert rights(cast, cast.reader) == BASIC | {
        Capability.SEE_CONNECTIONS,
        Capability.MANAGE_CONNECTIONS,
    }
    place = find_place(user_id=cast.reader.id, tenant=cast.acme.id)
    assert place is not None
    assert place[0] == actor_of(cast.reader).roles[cast.acme.id]


def test_a_change_of_a_role_has_effect_with_the_next_request(cast: Cast) -> None:
    uid = made(cast, Capability.IMPORT_DEVICES)
    give(cast, cast.reader, uid)
    change(cast, uid, permissions=[Capability.EXPORT_DEVICES], name="Exports")
    assert rights(cast, cast.reader) == BASIC | {Capability.EXPORT_DEVICES}
    (details,) = told(cast, Verb.ROLE_CHANGED)
    assert (details["before"]["name"], details["after"]["name"]) == ("Warehouse", "Exports")
    change(cast, uid, name="Exports")
    assert len(told(cast, Verb.ROLE_CHANGED)) == 1, "what changes nothing is not told"


def test_users_and_lists_name_the_role(cast: Cast) -> None:
    uid = made(cast, Capability.IMPORT_DEVICES)
    give(cast, cast.reader, uid)
    admin = actor_of(cast.admin)
    rows = {row.user_id: row for row in list_members(actor=admin, tenant=cast.acme.id)}
    custom = rows[cast.reader.id].custom
    assert custom is not None
    assert (custom.uid, custom.name) == (str(uid), "Warehouse")
    assert find_own_role(actor=actor_of(cast.reader), tenant=cast.acme.id) == custom
    assert find_own_role(actor=admin, tenant=cast.acme.id) is None
    (row,) = list_custom_roles(actor=admin, tenant=cast.acme.id)
    assert (row.name, row.members, row.description) == ("Warehouse", 1, "What arrives")
    assert told(cast, Verb.USER_ROLE_CHANGED)[0]["after"]["role"] == "Warehouse"


def test_an_invitation_brings_the_role_as_it_is_when_accepted(cast: Cast) -> None:
    uid = made(cast, Capability.IMPORT_DEVICES)
    who, admin = Newcomer(cast.outsider.email), actor_of(cast.admin)
    token = add_member(actor=admin, tenant=cast.acme.id, who=who, role=uid, now=NOW).token
    change(cast, uid, permissions=[Capability.SEE_AUDIT])
    (waiting,) = list_invitations(actor=admin, tenant=cast.acme.id, now=NOW)
    assert waiting.custom is not None
    token = renew_invitation(actor=admin, tenant=cast.acme.id, uid=waiting.uid, now=NOW).token
    accept_invitation(actor=actor_of(cast.outsider), token=token, now=NOW)
    assert rights(cast, cast.outsider) == BASIC | {Capability.SEE_AUDIT}


@pytest.mark.parametrize("role", [Role.IT_ADMIN, Role.DEVICE_ADMIN, Role.REPORT_ADMIN])
def test_nobody_gives_a_role_that_may_more_than_the_own_one(cast: Cast, role: Role) -> None:
    people = user_manager(cast)
    with pytest.raises(BeyondOwnRights):
        give(cast, cast.reader, role, by=people)
    with pytest.raises(BeyondOwnRights):
        add_member(
            actor=actor_of(people),
            tenant=cast.acme.id,
            who=Newcomer("friend@acme.example"),
            role=role,
            now=NOW,
        )
    assert not User.objects.filter(email="friend@acme.example").exists()


def test_nobody_changes_or_removes_somebody_with_a_further_role(cast: Cast) -> None:
    people, weak = user_manager(cast), made(cast, Capability.IMPORT_DEVICES)
    with pytest.raises(BeyondOwnRights):
        give(cast, cast.admin, weak, by=people)
    with pytest.raises(BeyondOwnRights):
        remove_member(actor=actor_of(people), tenant=cast.acme.id, uid=str(cast.admin.uid), now=NOW)
    with pytest.raises(BeyondOwnRights):
        change_member(
            actor=actor_of(people),
            tenant=cast.acme.id,
            uid=str(cast.admin.uid),
            is_active=False,
            now=NOW,
        )
    # The control: what reaches no further is theirs to give and to take.
    friend = make_user(roles={cast.acme.id: Role.REPORT_ADMIN})
    give(cast, friend, weak)
    give(cast, friend, CustomRole.objects.get(name="People").uid, by=people)
    remove_member(actor=actor_of(people), tenant=cast.acme.id, uid=str(friend.uid), now=NOW)


def test_nobody_makes_or_changes_a_role_beyond_the_own_one(cast: Cast) -> None:
    people = user_manager(cast)
    with pytest.raises(BeyondOwnRights):
        made(cast, Capability.MANAGE_SETTINGS, name="More", by=people)
    mine, further = (
        made(cast, Capability.IMPORT_DEVICES),
        made(cast, Capability.SEE_AUDIT, name="Logs"),
    )
    with pytest.raises(BeyondOwnRights):
        change(cast, mine, by=people, permissions=[Capability.SEE_AUDIT])
    with pytest.raises(BeyondOwnRights):
        change(cast, further, by=people, name="Mine now")
    with pytest.raises(BeyondOwnRights):
        delete_role(actor=actor_of(people), tenant=cast.acme.id, uid=further, now=NOW)
    own = CustomRole.objects.get(name="People").uid
    with pytest.raises(BeyondOwnRights):
        change(cast, own, by=people, permissions=[Capability.MANAGE_USERS, Capability.SEE_AUDIT])
    change(cast, mine, by=people, permissions=[])


def test_an_invitation_to_a_further_role_is_neither_renewed_nor_replaced_nor_withdrawn(
    cast: Cast,
) -> None:
    people, admin, who = user_manager(cast), actor_of(cast.admin), Newcomer(cast.outsider.email)
    weak, here = made(cast, Capability.IMPORT_DEVICES), {"tenant": cast.acme.id, "now": NOW}
    add_member(actor=admin, who=who, role=Role.IT_ADMIN, **here)
    (waiting,) = list_invitations(actor=admin, **here)
    with pytest.raises(BeyondOwnRights):
        renew_invitation(actor=actor_of(people), uid=waiting.uid, **here)
    with pytest.raises(BeyondOwnRights):
        add_member(actor=actor_of(people), who=who, role=weak, **here)
    with pytest.raises(BeyondOwnRights):
        withdraw_invitation(actor=actor_of(people), uid=waiting.uid, **here)
    assert list_invitations(actor=admin, **here) == [waiting]
    # The control: of a role that reaches no further all three are theirs.
    add_member(actor=admin, who=who, role=weak, **here)
    add_member(actor=actor_of(people), who=who, role=weak, **here)
    renew_invitation(actor=actor_of(people), uid=waiting.uid, **here)
    withdraw_invitation(actor=actor_of(people), uid=waiting.uid, **here)
    assert list_invitations(actor=admin, **here) == []


@pytest.mark.parametrize("deed", [made, lambda cast, by: change(cast, uuid4(), by=by)])
def test_roles_are_for_those_who_manage_users_in_the_tenant(
    cast: Cast, deed: Callable[..., object]
) -> None:
    with pytest.raises(Forbidden):
        deed(cast, by=cast.reader)
    with pytest.raises(NotFound):
        deed(cast, by=cast.outsider)


def test_a_role_of_another_tenant_is_not_there(cast: Cast) -> None:
    uid = made(cast, Capability.IMPORT_DEVICES)
    outsider, other = actor_of(cast.outsider), cast.other.id
    with pytest.raises(NotFound):
        get_custom_role(actor=outsider, tenant=other, uid=uid)
    with pytest.raises(NotFound):
        list_custom_roles(actor=outsider, tenant=cast.acme.id)
    with pytest.raises(NotFound):
        delete_role(actor=outsider, tenant=other, uid=uid, now=NOW)
    who = Newcomer("x@globex.example")
    with pytest.raises(RoleOfAnotherKind):
        add_member(actor=outsider, tenant=other, who=who, role=uid, now=NOW)
    with pytest.raises(Exception, match="tenancy_membership_same_tenant"):
        Membership.objects.filter(user=cast.outsider).update(
            role=Role.CUSTOM, custom=CustomRole.objects.get(uid=uid)
        )


@pytest.mark.parametrize(
    ("role", "field"),
    [
        (RoleInput(" ", frozenset()), "name"),
        (RoleInput("x" * 61, frozenset()), "name"),
        (RoleInput("x", frozenset(), "y" * 201), "name"),
        (RoleInput("x", frozenset({Capability.SEE_CUSTOMERS})), "permissions"),
    ],
)
def test_what_cannot_be_a_role_is_refused(cast: Cast, role: RoleInput, field: str) -> None:
    with pytest.raises(BadRole) as refused:
        make_role(actor=actor_of(cast.admin), tenant=cast.acme.id, role=role, now=NOW)
    assert refused.value.name == field


def test_names_are_told_apart_in_one_tenant(cast: Cast) -> None:
    made(cast, name="Warehouse")
    other = made(cast, name="Other")
    with pytest.raises(RoleNameTaken):
        made(cast, name="warehouse ")
    with pytest.raises(RoleNameTaken):
        change(cast, other, name="WAREHOUSE")
    role = RoleInput("Warehouse", frozenset())
    make_role(actor=actor_of(cast.outsider), tenant=cast.other.id, role=role, now=NOW)


def test_a_tenant_has_so_many_roles(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "MOST_ROLES", 1)
    made(cast)
    with pytest.raises(TooManyRoles):
        made(cast, name="Another")


def test_a_role_in_use_goes_only_for_another_one(cast: Cast) -> None:
    uid, other = made(cast, Capability.IMPORT_DEVICES), made(cast, name="Other")
    give(cast, cast.reader, uid)
    who = Newcomer(cast.outsider.email)
    admin = actor_of(cast.admin)
    token = add_member(actor=admin, tenant=cast.acme.id, who=who, role=uid, now=NOW).token
    for instead in (None, uid):
        with pytest.raises(RoleInUse):
            delete_role(actor=admin, tenant=cast.acme.id, uid=uid, instead=instead, now=NOW)
    assert delete_role(actor=admin, tenant=cast.acme.id, uid=uid, instead=other, now=NOW) == 2
    accept_invitation(actor=actor_of(cast.outsider), token=token, now=NOW)
    assert rights(cast, cast.reader) == rights(cast, cast.outsider) == BASIC
    assert told(cast, Verb.ROLE_DELETED) == [{"name": "Warehouse", "instead": "Other"}]
    assert told(cast, Verb.USER_ROLE_CHANGED)[0] == {
        "before": {"role": "Warehouse"},
        "after": {"role": "Other"},
    }
    assert delete_role(actor=admin, tenant=cast.acme.id, uid=made(cast), now=NOW) == 0


def test_a_role_that_somebody_else_changed_is_not_overwritten(cast: Cast) -> None:
    uid, admin = made(cast), actor_of(cast.admin)
    seen = get_custom_role(actor=admin, tenant=cast.acme.id, uid=uid).updated_at
    given = {"actor": admin, "tenant": cast.acme.id, "uid": uid}
    later = NOW.replace(hour=13)
    change_role(**given, changes={"name": "Mine"}, seen=seen, now=later)
    with pytest.raises(ChangedMeanwhile):
        change_role(**given, changes={"name": "Late"}, seen=seen, now=later)
    with pytest.raises(ChangedMeanwhile):
        delete_role(**given, seen=seen, now=later)


def test_no_custom_role_counts_as_an_admin(cast: Cast) -> None:
    everything = made(cast, *on_offer("CUSTOMER"), name="Everything")
    give(cast, cast.reader, everything)
    with pytest.raises(LastAdmin):
        give(cast, cast.admin, everything)
    give(cast, cast.device_admin, Role.IT_ADMIN, by=cast.reader)
    give(cast, cast.admin, everything)


def test_holders_are_told_what_their_role_is_for(cast: Cast) -> None:
    give(cast, cast.reader, made(cast, Capability.MANAGE_SETTINGS))
    ask = {"tenant": cast.acme.id, "roles": [Role.IT_ADMIN]}
    assert list_member_ids(**ask) == [cast.admin.id]
    both = list_member_ids(**ask, right=Capability.MANAGE_SETTINGS)
    assert both == sorted([cast.admin.id, cast.reader.id])
    assert list_member_ids(**ask, right=Capability.SEE_AUDIT) == [cast.admin.id]


@pytest.mark.django_db
def test_t3_a_partners_role_is_worth_as_much_at_its_customers_as_it_says() -> None:
    partners, customer = make_partners(), make_tenant("Customer")
    with tenant_scope([customer.id, partners.acme.id]):
        Relation.objects.create(
            partner_id=partners.acme.id,
            customer_id=customer.id,
            state=RelationState.ACCEPTED,
            admin_email="x@customer.example",
            made_by="x",
            made_at=NOW,
        )
    sees = made(partners, Capability.SEE_CUSTOMERS, Capability.REFRESH_WARRANTY, name="Sees")
    blind = made(partners, Capability.REFRESH_WARRANTY, name="Blind")
    give(partners, partners.reader, sees)
    there = capabilities(actor_of(partners.reader), tenant=customer.id)
    assert there == BASIC - {Capability.ASK_SUPPORT} | {Capability.REFRESH_WARRANTY}
    place = find_place(user_id=partners.reader.id, tenant=customer.id)
    assert place is not None
    assert place[0] == actor_of(partners.reader).roles[customer.id]
    page = signed_in(partners.reader).get(f"/t/{customer.customer_id}/devices/")
    assert f"You act for <strong>{customer.name}</strong>" in page.content.decode()
    give(partners, partners.reader, blind)
    assert not is_allowed(actor_of(partners.reader), Capability.SEE_DEVICES, tenant=customer.id)
    assert find_place(user_id=partners.reader.id, tenant=customer.id) is None


@pytest.mark.parametrize("kind", [TenantKind.VENDOR])
def test_only_customers_and_partners_have_roles_of_their_own(cast: Cast, kind: TenantKind) -> None:
    place = make_tenant("Elsewhere", kind=kind)
    with pytest.raises(RoleOfAnotherKind):
        make_role(
            actor=system_actor("Tests", place.id),
            tenant=place.id,
            role=RoleInput("x", frozenset()),
            now=NOW,
        )


def race_for_a_role() -> tuple[int, User, UUID, Callable[[], object], list[str]]:
    """A role, and somebody who gives it while it is deleted."""
    tenant = make_tenant("Race").id
    system, user = system_actor("Tests", tenant), make_user(roles={tenant: Role.REPORT_ADMIN})
    role = RoleInput("Going", frozenset())
    uid = make_role(actor=system, tenant=tenant, role=role, now=NOW)
    ended: list[str] = []

    def give_it() -> None:
        try:
            change_member(actor=system, tenant=tenant, uid=str(user.uid), role=uid, now=NOW)
            ended.append("given")
        except RoleOfAnotherKind:
            ended.append("gone")

    return tenant, user, uid, give_it, ended


def test_a_role_that_is_being_deleted_is_given_to_nobody(fresh_database: FreshDatabase) -> None:
    tenant, user, uid, give_it, ended = race_for_a_role()
    system = system_actor("Tests", tenant)
    at_once([tenant], lambda: delete_role(actor=system, tenant=tenant, uid=uid, now=NOW), give_it)
    assert ended == ["gone"]
    assert Membership.objects.get(user=user).role == Role.REPORT_ADMIN


def test_control_without_the_lock_the_database_refuses(
    fresh_database: FreshDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choosing, "hold_roles", lambda tenant: None)
    monkeypatch.setattr(actions, "hold_roles", lambda tenant: None)
    tenant, _user, uid, give_it, ended = race_for_a_role()
    system = system_actor("Tests", tenant)
    with pytest.raises(Exception, match="tenancy_membership_same_tenant"):
        at_once(
            [tenant], lambda: delete_role(actor=system, tenant=tenant, uid=uid, now=NOW), give_it
        )
    assert ended == []
    connection.close()


def test_whoever_accepts_while_a_role_is_deleted_has_the_other_one(
    fresh_database: FreshDatabase,
) -> None:
    tenant = make_tenant("Race").id
    system, user = system_actor("Tests", tenant), make_user()
    given = {"actor": system, "tenant": tenant, "now": NOW}
    uid = make_role(**given, role=RoleInput("Going", frozenset()))
    token = add_member(**given, who=Newcomer(user.email), role=uid).token
    at_once(
        [tenant],
        lambda: delete_role(**given, uid=uid, instead=Role.DEVELOPER),
        lambda: accept_invitation(actor=actor_of(user), token=token, now=NOW),
    )
    assert Membership.objects.get(user=user).role == Role.DEVELOPER
    with tenant_scope([tenant]):
        assert not Invitation.objects.exists()
