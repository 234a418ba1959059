"""Users of a tenant: letting in, changing roles, keeping one administrator."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import connection

from fleetward.audit.contracts import Verb
from fleetward.audit.queries import list_entries
from fleetward.identity.actions import use_token
from fleetward.identity.contracts import BadEmail, Newcomer, WeakPassword
from fleetward.identity.models import User
from fleetward.kernel.errors import NotFound
from fleetward.tenancy.actions import (
    accept_invitation,
    add_member,
    adjust_settings,
    change_member,
    members,
    remove_member,
)
from fleetward.tenancy.contracts import (
    AlreadyMember,
    BadSetting,
    LastAdmin,
    LetIn,
    Role,
)
from fleetward.tenancy.models import Membership
from fleetward.tenancy.queries import get_tenant, list_members, roles_of_user
from tests.cast import NOW, PASSWORD, Cast, actor_of, make_tenant, make_user
from tests.objects import token_of


def let_in(cast: Cast, email: str = "new@acme.example", password: str | None = PASSWORD) -> LetIn:
    return add_member(
        actor=actor_of(cast.admin),
        tenant=cast.acme.id,
        who=Newcomer(email, password=password),
        role=Role.DEVICE_ADMIN,
        now=NOW,
    )


def test_added_user_has_the_role_and_an_audit_entry(cast: Cast) -> None:
    added = let_in(cast)
    assert (added.email, added.is_new_account, added.token) == ("new@acme.example", True, "")
    rows = {row.email: row for row in list_members(actor=actor_of(cast.admin), tenant=cast.acme.id)}
    assert rows["new@acme.example"].role is Role.DEVICE_ADMIN
    entry = list_entries(actor=actor_of(cast.admin), tenant=cast.acme.id).rows[0]
    assert (entry.verb, entry.actor, entry.request_id) == (
        Verb.USER_ADDED,
        "admin@acme.example",
        "test-request",
    )


def test_l1_a_user_may_belong_to_several_tenants(cast: Cast) -> None:
    token = let_in(cast, "ADMIN@globex.example", None).token
    accept_invitation(actor=actor_of(cast.outsider), token=token, now=NOW)
    assert roles_of_user(cast.outsider.id) == {
        cast.acme.id: "DEVICE_ADMIN",
        cast.other.id: "IT_ADMIN",
    }
    with pytest.raises(AlreadyMember):
        let_in(cast, "admin@globex.example")


@pytest.mark.parametrize(
    ("email", "password", "error"),
    [("no address", PASSWORD, BadEmail), ("a@b.example", "short", WeakPassword)],
)
def test_bad_user_is_refused_and_leaves_nothing(
    cast: Cast, email: str, password: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        let_in(cast, email, password)
    assert len(list_members(actor=actor_of(cast.admin), tenant=cast.acme.id)) == 3


def change(cast: Cast, uid: object, role: Role, *, is_active: bool = True) -> None:
    change_member(
        actor=actor_of(cast.admin),
        tenant=cast.acme.id,
        uid=str(uid),
        role=role,
        is_active=is_active,
        now=NOW,
    )


def test_disabled_user_loses_the_tenant_at_once(cast: Cast) -> None:
    change(cast, cast.reader.uid, Role.REPORT_ADMIN, is_active=False)
    assert roles_of_user(cast.reader.id) == {}
    with pytest.raises(NotFound):
        get_tenant(actor=actor_of(cast.reader), customer_id=cast.acme.customer_id)


def test_what_is_not_given_of_a_user_stays(cast: Cast) -> None:
    given: list[dict[str, Any]] = [{"is_active": False}, {"role": Role.DEVICE_ADMIN}, {}]
    for changes in given:
        change_member(
            actor=actor_of(cast.admin),
            tenant=cast.acme.id,
            uid=str(cast.reader.uid),
            now=NOW,
            **changes,
        )
    members = list_members(actor=actor_of(cast.admin), tenant=cast.acme.id)
    (reader,) = [one for one in members if one.user_id == cast.reader.id]
    assert (reader.role, reader.is_active) == (Role.DEVICE_ADMIN, False)


def test_last_admin_stays(cast: Cast) -> None:
    with pytest.raises(LastAdmin):
        change(cast, cast.admin.uid, Role.REPORT_ADMIN)
    with pytest.raises(LastAdmin):
        change(cast, cast.admin.uid, Role.IT_ADMIN, is_active=False)
    assert roles_of_user(cast.admin.id) == {cast.acme.id: "IT_ADMIN"}


def verbs(cast: Cast) -> list[str]:
    return [e.verb for e in list_entries(actor=actor_of(cast.admin), tenant=cast.acme.id).rows]


def test_a_change_that_changes_nothing_is_not_told(cast: Cast) -> None:
    change(cast, cast.reader.uid, Role.REPORT_ADMIN)
    assert verbs(cast) == []


def test_a_change_of_role_and_disabling_are_told_by_their_names(cast: Cast) -> None:
    change(cast, cast.reader.uid, Role.DEVICE_ADMIN)
    change(cast, cast.reader.uid, Role.DEVICE_ADMIN, is_active=False)
    change(cast, cast.reader.uid, Role.REPORT_ADMIN)
    assert verbs(cast) == [Verb.USER_ENABLED, Verb.USER_DISABLED, Verb.USER_ROLE_CHANGED]


def test_disabling_ends_tokens_for_good(cast: Cast) -> None:
    token = token_of(cast.acme, cast.reader)
    change(cast, cast.reader.uid, Role.REPORT_ADMIN, is_active=False)
    change(cast, cast.reader.uid, Role.REPORT_ADMIN)
    assert use_token(token=token, now=NOW) is None
    assert Verb.TOKEN_REVOKED in verbs(cast)


def remove(cast: Cast, uid: object, by: User | None = None) -> None:
    remove_member(actor=actor_of(by or cast.admin), tenant=cast.acme.id, uid=str(uid), now=NOW)


def test_a_removed_user_is_out_at_once_and_told(cast: Cast) -> None:
    both = make_user(
        "both@acme.example", {cast.acme.id: Role.DEVICE_ADMIN, cast.other.id: Role.IT_ADMIN}
    )
    here, there = token_of(cast.acme, both), token_of(cast.other, both)
    remove(cast, both.uid)
    assert roles_of_user(both.id) == {cast.other.id: "IT_ADMIN"}
    assert use_token(token=here, now=NOW) is None
    assert use_token(token=there, now=NOW) is not None
    assert set(verbs(cast)[:3]) >= {Verb.USER_REMOVED, Verb.TOKEN_REVOKED}
    with pytest.raises(NotFound):
        remove(cast, both.uid)


def test_whoever_was_removed_comes_back_by_invitation_and_old_tokens_do_not(cast: Cast) -> None:
    token = token_of(cast.acme, cast.reader)
    remove(cast, cast.reader.uid)
    link = let_in(cast, cast.reader.email, None).token
    assert link
    accept_invitation(actor=actor_of(cast.reader), token=link, now=NOW)
    assert cast.acme.id in roles_of_user(cast.reader.id)
    assert use_token(token=token, now=NOW) is None


def test_last_admin_is_not_removed(cast: Cast) -> None:
    with pytest.raises(LastAdmin):
        remove(cast, cast.admin.uid)
    second = make_user(roles={cast.acme.id: Role.IT_ADMIN})
    remove(cast, second.uid)
    assert roles_of_user(cast.admin.id) == {cast.acme.id: "IT_ADMIN"}


def test_user_of_another_tenant_is_not_found(cast: Cast) -> None:
    with pytest.raises(NotFound):
        change(cast, cast.outsider.uid, Role.REPORT_ADMIN)
    with pytest.raises(NotFound):
        remove(cast, cast.outsider.uid)


def test_settings_are_kept_with_before_and_after(cast: Cast) -> None:
    actor = actor_of(cast.admin)
    changes = {"name": "Acme SA", "time_zone": "Europe/Paris", "expiring_days": 90}
    adjust_settings(actor=actor, tenant=cast.acme.id, changes=changes, now=NOW)
    tenant = get_tenant(actor=actor, customer_id=cast.acme.customer_id)
    assert (tenant.name, tenant.settings.expiring_days) == ("Acme SA", 90)
    details = list_entries(actor=actor, tenant=cast.acme.id).rows[0].details
    assert details["expiring_days"] == {"before": 180, "after": 90}


@pytest.mark.parametrize(
    "changes",
    [
        {"time_zone": "Mars/Base"},
        {"expiring_days": 0},
        {"language": "de"},
        {"archive_days": 1},
        {"archive_days": 31},
    ],
)
def test_bad_setting_is_refused(cast: Cast, changes: dict[str, Any]) -> None:
    with pytest.raises(BadSetting):
        adjust_settings(actor=actor_of(cast.admin), tenant=cast.acme.id, changes=changes, now=NOW)


def race(*calls: Callable[[], None]) -> None:
    """Run calls at once, each on a connection of its own."""

    def run(call: Callable[[], None]) -> None:
        try:
            call()
        except LastAdmin:
            pass
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[call]) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def removal(whom: User, by: User, tenant: int) -> Callable[[], None]:
    """Prepared while the one who removes is an admin."""
    return partial(remove_member, actor=actor_of(by), tenant=tenant, uid=str(whom.uid), now=NOW)


def demotion(whom: User, by: User, tenant: int) -> Callable[[], None]:
    """Prepared while the one who demotes is an admin."""
    return partial(
        change_member,
        actor=actor_of(by),
        tenant=tenant,
        uid=str(whom.uid),
        role=Role.REPORT_ADMIN,
        is_active=True,
        now=NOW,
    )


@pytest.mark.parametrize("way_out", [demotion, removal])
def test_two_admins_who_let_each_other_out_leave_one(
    fresh_database: object, way_out: Callable[..., Callable[[], None]]
) -> None:
    for _ in range(5):
        tenant = make_tenant("Race")
        one = make_user(roles={tenant.id: Role.IT_ADMIN})
        two = make_user(roles={tenant.id: Role.IT_ADMIN})
        race(way_out(one, two, tenant.id), way_out(two, one, tenant.id))
        admins = Membership.objects.filter(tenant_id=tenant.id, role=Role.IT_ADMIN)
        assert admins.count() == 1


def test_control_without_the_lock_nobody_is_left(
    fresh_database: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both are gone from their own view before either asks whether an admin stays."""
    gone, stays = threading.Barrier(2), members.keep_an_admin

    def look(tenant: int) -> None:
        gone.wait(30)
        stays(tenant)

    def unlocked(tenant: int, uid: str) -> Membership:
        return Membership.objects.get(tenant_id=tenant, user__uid=uid)

    monkeypatch.setattr(members, "hold_roles", lambda _tenant: None)
    monkeypatch.setattr(members, "_locked", unlocked)
    monkeypatch.setattr(members, "keep_an_admin", look)
    tenant = make_tenant("Race")
    one = make_user(roles={tenant.id: Role.IT_ADMIN})
    two = make_user(roles={tenant.id: Role.IT_ADMIN})
    race(removal(one, two, tenant.id), removal(two, one, tenant.id))
    assert not Membership.objects.filter(tenant_id=tenant.id).exists()
