"""Users, settings and tokens are changed by those who may, whichever door they came through."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fleetward.identity.actions import issue_token, revoke_token
from fleetward.identity.contracts import Newcomer
from fleetward.kernel.actor import Actor
from fleetward.kernel.errors import Forbidden, NotFound
from fleetward.tenancy.actions import (
    add_member,
    adjust_settings,
    change_member,
    remove_member,
    renew_invitation,
    withdraw_invitation,
)
from fleetward.tenancy.contracts import Role
from tests.cast import NOW, Cast, actor_of, make_cast
from tests.routes import NEVER

pytestmark = pytest.mark.django_db
Deed = Callable[[Actor, Cast], object]


def add(actor: Actor, cast: Cast) -> None:
    who = Newcomer("new@acme.example")
    add_member(actor=actor, tenant=cast.acme.id, who=who, role=Role.IT_ADMIN, now=NOW)


def change(actor: Actor, cast: Cast) -> None:
    change_member(
        actor=actor,
        tenant=cast.acme.id,
        uid=str(cast.reader.uid),
        role=Role.IT_ADMIN,
        is_active=True,
        now=NOW,
    )


def settings(actor: Actor, cast: Cast) -> None:
    adjust_settings(actor=actor, tenant=cast.acme.id, changes={"expiring_days": 90}, now=NOW)


def token(actor: Actor, cast: Cast) -> None:
    issue_token(actor=actor, user_id=cast.admin.id, tenant=cast.acme.id, name="x", now=NOW)


def revoke(actor: Actor, cast: Cast) -> None:
    revoke_token(actor=actor, tenant=cast.acme.id, uid=NEVER, now=NOW)


def remove(actor: Actor, cast: Cast) -> None:
    remove_member(actor=actor, tenant=cast.acme.id, uid=str(cast.reader.uid), now=NOW)


def renew(actor: Actor, cast: Cast) -> None:
    renew_invitation(actor=actor, tenant=cast.acme.id, uid=NEVER, now=NOW)


def withdraw(actor: Actor, cast: Cast) -> None:
    withdraw_invitation(actor=actor, tenant=cast.acme.id, uid=NEVER, now=NOW)


@pytest.mark.parametrize("deed", [add, change, settings, token, remove, renew, withdraw])
def test_a_member_without_the_right_is_refused(deed: Deed) -> None:
    cast = make_cast()
    with pytest.raises(Forbidden):
        deed(actor_of(cast.reader), cast)


@pytest.mark.parametrize("deed", [add, change, settings, token, revoke, remove, renew, withdraw])
def test_an_admin_of_another_tenant_finds_nothing(deed: Deed) -> None:
    cast = make_cast()
    with pytest.raises(NotFound):
        deed(actor_of(cast.outsider), cast)


def test_nobody_makes_a_token_that_speaks_for_somebody_else() -> None:
    cast = make_cast()
    issue_token(
        actor=actor_of(cast.admin), user_id=cast.admin.id, tenant=cast.acme.id, name="x", now=NOW
    )
    with pytest.raises(Forbidden):
        issue_token(
            actor=actor_of(cast.admin),
            user_id=cast.reader.id,
            tenant=cast.acme.id,
            name="x",
            now=NOW,
        )
