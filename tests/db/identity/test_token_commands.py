"""`fleetward token`: an operator finds a leaked token and ends it, whoever it belongs to."""

from __future__ import annotations

from uuid import UUID

import pytest
from click.testing import CliRunner, Result

from fleetward.audit.contracts import Verb
from fleetward.audit.queries import list_entries
from fleetward.cli.main import fleetward
from fleetward.identity.actions import use_token
from fleetward.identity.models import Token
from fleetward.kernel.clock import utc_now
from tests.cast import Cast, actor_of
from tests.objects import token_of
from tests.routes import NEVER

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> Result:
    return CliRunner().invoke(fleetward, ["token", *arguments])


def made(cast: Cast, name: str) -> str:
    email, tenant = cast.reader.email, cast.acme.customer_id
    done = run("create", "--email", email, "--tenant", tenant, "--name", name, "--days", "30")
    return str(done.stdout.strip())


def id_of(token: str) -> str:
    return str(Token.objects.get(hint=token[:10]).uid)


def test_a_leaked_token_is_found_by_its_beginning_and_revoked(cast: Cast) -> None:
    leaked, other = made(cast, "Nightly"), made(cast, "Weekly")
    listed = run("list").stdout
    (line,) = (line for line in listed.splitlines() if leaked[:10] in line)
    assert leaked not in listed
    assert {"Nightly", cast.reader.email, cast.acme.customer_id, "alive"} <= set(line.split())
    done = run("revoke", line.split()[0])
    assert done.stdout == f"Revoked Nightly of {cast.reader.email}.\n"
    assert use_token(token=leaked, now=utc_now()) is None
    assert use_token(token=other, now=utc_now()) is not None
    (entry,) = list_entries(
        actor=actor_of(cast.admin), tenant=cast.acme.id, verb=Verb.TOKEN_REVOKED
    ).rows
    assert (entry.actor, entry.subject) == ("Command line", f"token:{line.split()[0]}")


def test_the_list_is_narrowed_and_hides_what_no_longer_works(cast: Cast) -> None:
    mine, theirs = made(cast, "Mine"), token_of(cast.other, cast.outsider)
    run("revoke", id_of(theirs))
    assert theirs[:10] not in run("list").stdout
    assert "revoked" in run("list", "--all", "--email", cast.outsider.email).stdout
    assert mine[:10] in run("list", "--tenant", cast.acme.customer_id).stdout
    assert mine[:10] not in run("list", "--all", "--tenant", cast.other.customer_id).stdout
    assert mine[:10] not in run("list", "--email", cast.admin.email).stdout


def test_nothing_is_revoked_when_one_id_is_wrong(cast: Cast) -> None:
    token = made(cast, "Nightly")
    uid = id_of(token)
    assert NEVER in run("revoke", uid, NEVER).output
    assert use_token(token=token, now=utc_now()) is not None
    run("revoke", uid)
    assert "can be revoked" in run("revoke", uid).output
    assert run("revoke", "no-id").exit_code == 2
    assert UUID(uid)


def test_a_token_is_for_a_user_of_the_tenant(cast: Cast) -> None:
    given = ("--email", cast.outsider.email, "--tenant", cast.acme.customer_id, "--name", "x")
    assert "is not a user of Acme" in run("create", *given).output
