"""Chains of hashes: of each tenant and of the installation, verified, and broken on purpose."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest
from click.testing import CliRunner, Result
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fleetward.audit import queries
from fleetward.audit.actions import record, seal_entries, use_case
from fleetward.audit.contracts import ChainReport, Verb
from fleetward.audit.jobs import seal_tenant
from fleetward.audit.models import Entry, Seal, Waiting
from fleetward.audit.queries import chains_to_seal, list_entries, verify_chain
from fleetward.audit.queries.chains import sealed_fields
from fleetward.audit.rules import FORM, GENESIS, SEALED, chain_digest
from fleetward.cli.main import fleetward
from fleetward.devices.actions.junk import change_junk_serials
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import Actor, system_actor
from fleetward.kernel.clock import utc_now
from fleetward.kernel.errors import NotFound
from tests.cast import actor_of, make_tenant, make_user
from tests.plugins.database import FreshDatabase

OPERATOR = replace(system_actor("Command line"), is_operator=True)
backfill = importlib.import_module("fleetward.audit.migrations.0005_before_first_waiting")


@use_case
def act(*, actor: Actor, tenant: int | None) -> None:
    record(actor=actor, verb=Verb.JUNK_SERIALS_CHANGED, tenant=tenant, details={"n": 1})


def actor_in(tenant: int | None) -> Actor:
    return system_actor("Tests", *([tenant] if tenant else []))


def entries(tenant: int | None, count: int) -> None:
    for _ in range(count):
        act(actor=actor_in(tenant), tenant=tenant)


def sealed(tenant: int | None, count: int = 0) -> int:
    entries(tenant, count)
    return seal_entries(actor=actor_in(tenant), tenant=tenant)


def verified(tenant: int | None) -> ChainReport:
    return verify_chain(actor=actor_in(tenant), tenant=tenant, now=utc_now() + timedelta(minutes=5))


@pytest.mark.django_db
def test_the_installation_has_a_chain_of_its_own() -> None:
    tenant = make_tenant().id
    entries(tenant, 1)
    change_junk_serials(actor=OPERATOR, serials=["NONE"], now=utc_now())
    assert set(chains_to_seal()) == {tenant, None}
    assert sealed(None) == sealed(tenant) == 1
    assert chains_to_seal() == []
    with tenant_scope([tenant]):
        links = {seal.tenant_id: seal.digest for seal in Seal.objects.all()}
        assert links == {tenant: verified(tenant).digest, None: verified(None).digest}
    assert links[tenant] != links[None]


@pytest.mark.django_db
def test_only_an_operator_reads_what_is_the_installations() -> None:
    admin = actor_of(make_user(roles={make_tenant().id: "IT_ADMIN"}))  # type: ignore[dict-item]
    entries(None, 1)
    with pytest.raises(NotFound):
        list_entries(actor=admin, tenant=None)


@pytest.mark.django_db
def test_looking_for_what_to_seal_reads_no_trail() -> None:
    """It costs as much as there is to seal, however long the trail has become."""
    with CaptureQueriesContext(connection) as seen:
        chains_to_seal()
    asked = " ".join(query["sql"] for query in seen)
    assert "audit_waiting" in asked
    assert "audit_entry" not in asked
    assert "audit_seal" not in asked


@pytest.mark.django_db
def test_the_job_seals_until_nothing_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    tenant = make_tenant().id
    monkeypatch.setattr("fleetward.audit.jobs.SEALED_AT_ONCE", 2)
    monkeypatch.setattr(
        "fleetward.audit.jobs.seal_entries", lambda **given: seal_entries(**given, limit=2)
    )
    monkeypatch.setattr(queries.chains, "READ_AT_ONCE", 2)
    entries(tenant, 5)
    entries(None, 1)
    seal_tenant(tenant=tenant)
    seal_tenant(tenant=None)
    assert chains_to_seal() == []
    assert (verified(tenant).sealed, verified(tenant).is_whole) == (5, True)
    assert verified(None).is_whole


def seal_in_the_first_form(tenant: int) -> None:
    """As the release before did, which knew of nothing that waits."""
    with tenant_scope([tenant]):
        digest = GENESIS
        for entry in Entry.objects.filter(seal=None, tenant_id=tenant).order_by("id"):
            digest = chain_digest(digest, sealed_fields(entry, 1))
            Seal.objects.create(entry=entry, tenant_id=tenant, digest=digest)


@pytest.mark.django_db
def test_seals_of_the_first_form_stay_verifiable_and_what_follows_them_too() -> None:
    tenant = make_tenant().id
    entries(tenant, 2)
    seal_in_the_first_form(tenant)
    assert sealed(tenant, 2) == 4, "two of them were only taken off the list"
    found = verified(tenant)
    assert (found.sealed, found.is_whole) == (4, True)
    with tenant_scope([tenant]):
        assert list(Seal.objects.order_by("id").values_list("form", flat=True)) == [1, 1, 2, 2]


@pytest.mark.django_db
def test_the_first_form_is_what_it_always_was() -> None:
    """A literal of before: who changes the form would break every seal that there is."""
    entry = {
        "uid": "00000000-0000-4000-8000-000000000000",
        "at": "2026-11-22T12:00:00+00:00",
        "actor": "admin@acme.example",
        "verb": "run.started",
        "subject": "",
        "details": {"n": 1},
        "request_id": "r",
        "address": "",
    }
    assert tuple(entry) == SEALED[1]
    assert chain_digest(GENESIS, entry) == (
        "253939de6636751f1fca915068c2d996f29f91586b8a3e39627ad0559286dda9"
    )


@pytest.mark.django_db
def test_what_has_no_seal_after_its_time_is_late_even_if_nothing_says_that_it_waits() -> None:
    tenant = make_tenant().id
    entries(tenant, 2)
    with tenant_scope([tenant]):
        Waiting.objects.all().delete()
    assert (verified(tenant).unsealed, verified(tenant).late) == (2, 2)
    soon = verify_chain(actor=actor_in(tenant), tenant=tenant, now=utc_now())
    assert (soon.unsealed, soon.late, soon.is_whole) == (2, 0, True)
    with connection.cursor() as cursor:
        cursor.execute(backfill.WAIT)
        cursor.execute(backfill.WAIT)
    assert sealed(tenant) == 2


@pytest.fixture
def tenant(fresh_database: FreshDatabase) -> int:
    """With three sealed entries, committed."""
    home = make_tenant().id
    assert sealed(home, 3) == 3
    return home


@pytest.fixture
def owner(fresh_database: FreshDatabase, tenant: int) -> Iterator[psycopg.Connection]:
    """Somebody who has got hold of the owner's password."""
    with psycopg.connect(fresh_database.owner_url, autocommit=True) as connection:
        connection.execute("SELECT set_config('fleetward.tenants', %s, false)", [f"{{{tenant}}}"])
        yield connection


SECOND = "(SELECT entry_id FROM audit_seal ORDER BY id OFFSET 1 LIMIT 1)"
DAMAGES = {
    "the details were changed": f"UPDATE audit_entry SET details = '{{}}' WHERE id = {SECOND}",
    "the time was changed": f"UPDATE audit_entry SET at = now() WHERE id = {SECOND}",
    "the kind of actor was changed": (
        f"UPDATE audit_entry SET actor_kind = 'USER' WHERE id = {SECOND}"
    ),
    "a link was changed": f"UPDATE audit_seal SET digest = 'x' WHERE entry_id = {SECOND}",
    "a link was taken out": f"DELETE FROM audit_seal WHERE entry_id = {SECOND}",
    "it was given to the installation": f"UPDATE audit_entry SET tenant_id = NULL"
    f" WHERE id = {SECOND}",
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_whatever_is_changed_shows(tenant: int, owner: psycopg.Connection, damage: str) -> None:
    assert verified(tenant).is_whole
    assert owner.execute(damage).rowcount == 1
    found = verified(tenant)
    assert not found.is_whole
    assert found.broken_at is not None


def test_control_the_first_form_did_not_vouch_for_the_kind_of_actor(
    tenant: int, owner: psycopg.Connection
) -> None:
    assert FORM == 2
    other = make_tenant().id
    entries(other, 1)
    seal_in_the_first_form(other)
    owner.execute("SELECT set_config('fleetward.tenants', %s, false)", [f"{{{other}}}"])
    owner.execute("UPDATE audit_entry SET actor_kind = 'USER'")
    assert verified(other).is_whole


def run(*arguments: str) -> Result:
    return CliRunner().invoke(fleetward, ["audit", *arguments])


def test_the_command_tells_each_chain_and_fails_when_one_is_broken(
    tenant: int, owner: psycopg.Connection
) -> None:
    sealed(None, 1)
    whole = run("verify")
    assert whole.exit_code == 0
    assert f"installation: 1 entries, digest {verified(None).digest}" in whole.stdout
    assert f": 3 entries, digest {verified(tenant).digest}" in whole.stdout
    owner.execute(DAMAGES["the time was changed"])
    owner.execute(
        "UPDATE audit_entry SET at = now() - interval '5 minutes' WHERE tenant_id IS NULL"
    )
    owner.execute("DELETE FROM audit_seal WHERE tenant_id IS NULL")
    broken = run("verify")
    assert broken.exit_code == 1
    assert ": broken at entry" in broken.stdout
    assert "installation: 1 entries have no seal" in broken.stdout


@pytest.mark.django_db
def test_the_command_verifies_and_lists_one_tenant() -> None:
    home = make_tenant()
    sealed(home.id, 2)
    customer = ("--tenant", home.customer_id)
    assert run("verify", *customer).stdout.startswith(f"{home.customer_id}: 2 entries")
    assert len(run("list", *customer, "--limit", "1").stdout.splitlines()) == 1
    assert run("list", *customer, "--verb", "user.added").stdout == ""


@pytest.mark.django_db
def test_the_command_reads_what_no_page_shows() -> None:
    change_junk_serials(actor=OPERATOR, serials=["NONE"], now=utc_now())
    (line,) = run("list").stdout.splitlines()
    assert "device.junk_serials_changed  Command line" in line
    (entry,) = map(json.loads, run("list", "--json").stdout.splitlines())
    assert (entry["verb"], entry["actor"]) == ("device.junk_serials_changed", "Command line")
