"""Users of a tenant: letting in, changing roles, keeping one administrator."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial

import pytest
from django.db import connection

from fleetward.audit.contracts import Verb
from fleetward.audit.queries import list_entries
from fleetward.identity.contracts import BadEmail, Newcomer, WeakPassword
from fleetward.identity.models import User
from fleetward.kernel.errors import NotFound
from fleetward.tenancy.actions import accept_invitation, add_member, change_member, change_settings
from fleetward.tenancy.contracts import (
    AlreadyMember,
    BadSetting,
    LastAdmin,
    LetIn,
    Role,
    TenantSettings,
)
from fleetward.tenancy.models import Membership
from fleetward.tenancy.queries import get_tenant, list_members, roles_of_user
from tests.cast import NOW, PASSWORD, Cast, actor_of, make_cast, make_tenant, make_user


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


def let_in(cast: Cast, email: str = "new@acme.example", password: str | None = PASSWORD) -> LetIn:
    return add_member(
        actor=actor_of(cast.admin),
        tenant=cast.acme.id,
        who=Newcomer(email, password=password),
        role=Role.DEVICE_ADMIN,
        now=NOW,
    )


def test_added_user_has_the_role_and_an_audit_entry(cast: Cast) -> None:
    assert let_in(cast) == LetIn("new@acme.example", is_new_account=True)
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


def test_last_admin_stays(cast: Cast) -> None:
    with pytest.raises(LastAdmin):
        change(cast, cast.admin.uid, Role.REPORT_ADMIN)
    with pytest.raises(LastAdmin):
        change(cast, cast.admin.uid, Role.IT_ADMIN, is_active=False)
    assert roles_of_user(cast.admin.id) == {cast.acme.id: "IT_ADMIN"}


def test_user_of_another_tenant_is_not_found(cast: Cast) -> None:
    with pytest.raises(NotFound):
        change(cast, cast.outsider.uid, Role.REPORT_ADMIN)


def test_settings_are_kept_with_before_and_after(cast: Cast) -> None:
    actor = actor_of(cast.admin)
    change_settings(
        actor=actor,
        tenant=cast.acme.id,
        name="Acme SA",
        settings=TenantSettings("Europe/Paris", "fr", 90),
        now=NOW,
    )
    tenant = get_tenant(actor=actor, customer_id=cast.acme.customer_id)
    assert (tenant.name, tenant.settings.expiring_days) == ("Acme SA", 90)
    details = list_entries(actor=actor, tenant=cast.acme.id).rows[0].details
    assert details["expiring_days"] == {"before": 180, "after": 90}


@pytest.mark.parametrize(
    "settings",
    [
        TenantSettings(time_zone="Mars/Base"),
        TenantSettings(expiring_days=0),
        TenantSettings(language="de"),
    ],
)
def test_bad_setting_is_refused(cast: Cast, settings: TenantSettings) -> None:
    with pytest.raises(BadSetting):
        change_settings(
            actor=actor_of(cast.admin), tenant=cast.acme.id, name="Acme", settings=settings, now=NOW
        )


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


def test_two_admins_who_demote_each_other_leave_one(fresh_database: object) -> None:
    for _ in range(5):
        tenant = make_tenant("Race")
        one = make_user(roles={tenant.id: Role.IT_ADMIN})
        two = make_user(roles={tenant.id: Role.IT_ADMIN})
        race(demotion(one, two, tenant.id), demotion(two, one, tenant.id))
        admins = Membership.objects.filter(tenant_id=tenant.id, role=Role.IT_ADMIN)
        assert admins.count() == 1
