"""`fleetward user`: an operator lets people in when nobody can sign in yet or any more."""

from __future__ import annotations

import pytest
from click.testing import CliRunner, Result

from fleetward.cli.main import fleetward
from fleetward.identity.models import User
from fleetward.kernel.clock import utc_now
from fleetward.tenancy.actions import accept_invitation
from fleetward.tenancy.contracts import Role
from fleetward.tenancy.queries import roles_of_user
from tests.cast import PASSWORD, actor_of, make_tenant, make_user

pytestmark = pytest.mark.django_db


def run(*arguments: str, typed: str = "") -> Result:
    return CliRunner().invoke(fleetward, list(arguments), input=typed)


def test_a_new_user_is_in_at_once_and_changes_the_password() -> None:
    tenant = make_tenant()
    given = ("user", "add", "--email", "New@acme.example", "--tenant", tenant.customer_id)
    done = run(*given, typed=f"{PASSWORD}\n{PASSWORD}\n")
    assert done.stdout.splitlines()[-1] == tenant.customer_id
    user = User.objects.get(email="new@acme.example")
    assert user.must_change_password
    assert roles_of_user(user.id) == {tenant.id: "IT_ADMIN"}


def test_whoever_has_an_account_is_invited_by_the_printed_link() -> None:
    home = make_tenant("Home")
    user = make_user("both@acme.example", {home.id: Role.IT_ADMIN})
    done = run("user", "add", "--email", user.email, "--new-tenant", "Second", "--role", "it_admin")
    customer_id, link = done.stdout.splitlines()
    assert roles_of_user(user.id) == {home.id: "IT_ADMIN"}
    token = link.rstrip("/").rpartition("/")[2]
    assert link.startswith("http://127.0.0.1")
    accepted = accept_invitation(actor=actor_of(user), token=token, now=utc_now())
    assert accepted.customer_id == customer_id
    assert "opens this link" in done.stderr


def test_a_place_must_be_named_once() -> None:
    assert run("user", "add", "--email", "a@b.example").exit_code == 2


def test_a_reset_password_must_be_changed() -> None:
    user = make_user("locked@acme.example", {make_tenant().id: Role.IT_ADMIN})
    done = run("user", "reset-password", "--email", user.email, "--password", "entirely another")
    assert done.exit_code == 0, done.output
    user.refresh_from_db()
    assert user.check_password("entirely another")
    assert user.must_change_password
