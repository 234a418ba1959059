"""Rotation of the sealing keys: everything opens before, meanwhile and afterwards."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from django.db import connection

from fleetward.audit.models import Entry
from fleetward.cli.keys import keys as command
from fleetward.connections.actions import open_connection, save_connection, saving
from fleetward.connections.contracts import AccessToken, Draft
from fleetward.connections.models import Connection
from fleetward.infra import keys
from fleetward.infra.crypto import BadSeal, create_key_file, load_keys
from fleetward.infra.keys import (
    KeyInUse,
    KeyIsCurrent,
    Resealed,
    UnknownKey,
    add_key,
    count_values,
    list_keys,
    present_keys,
    put_first,
    reseal_everything,
    retire_key,
)
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import system_actor
from fleetward.kernel.clock import utc_now
from fleetward.tenancy.contracts import TenantRow
from tests.cast import NOW, make_tenant
from tests.plugins.database import FreshDatabase
from tests.races import wait_until

SECRETS = {"client_secret": "in use", "refresh": "too"}
TOKEN = "token-of-a-vendor"


def plant(name: str) -> TenantRow:
    """A tenant with secrets in use, one that waits, and a token."""
    tenant = make_tenant(name)
    for values in (SECRETS, {"client_secret": "waiting"}):
        save(tenant, values)
        with tenant_scope([tenant.id]):
            # What works is kept beside the new one (W3).
            Connection.objects.filter(tenant_id=tenant.id).update(state="OK")
    given = AccessToken(TOKEN, utc_now() + timedelta(hours=1))
    opened(tenant).token(lambda: given)
    return tenant


def save(tenant: TenantRow, values: dict[str, str]) -> None:
    actor = system_actor("Tests", tenant.id)
    draft = Draft("dell", settings={}, secrets=values)
    save_connection(actor=actor, tenant=tenant.id, draft=draft, now=NOW)


def opened(tenant: TenantRow, *, is_next: bool = False):  # type: ignore[no-untyped-def]
    actor = system_actor("Tests", tenant.id)
    url = "https://dell.example"
    return open_connection(
        actor=actor, tenant=tenant.id, provider="dell", base_url=url, is_next=is_next
    )


def nobody() -> AccessToken:
    raise AssertionError("the stored token does not open")


def assert_everything_opens(*tenants: TenantRow) -> None:
    for tenant in tenants:
        found = opened(tenant)
        assert {name: found.secret(name) for name in SECRETS} == SECRETS
        assert opened(tenant, is_next=True).secret("client_secret") == "waiting"
        assert found.token(nobody) == TOKEN


def run(*arguments: str) -> Result:
    return CliRunner().invoke(command, arguments)


def used(*tenants: TenantRow) -> dict[str, int]:
    return {row.id: row.values for row in list_keys([tenant.id for tenant in tenants])}


@pytest.mark.django_db
def test_secrets_open_before_within_and_after_a_rotation(key_file: Path) -> None:
    tenants = [plant("Acme"), plant("Globex")]
    old = present_keys().current
    rotated = run("rotate")
    assert rotated.exit_code == 0, rotated.output
    new = present_keys().current
    assert used(*tenants) == {new: 8, old: 0}
    assert_everything_opens(*tenants)
    assert run("retire", old).exit_code == 0
    assert list(load_keys(key_file).keys) == [new]
    assert_everything_opens(*tenants)
    verbs = Entry.objects.filter(tenant=None).order_by("id").values_list("verb", flat=True)
    assert list(verbs) == ["keys.added", "keys.rotated", "keys.retired"]


@pytest.mark.django_db
def test_a_rotation_that_was_interrupted_is_continued(key_file: Path) -> None:
    tenants = [plant("Acme"), plant("Globex")]
    old, new = present_keys().current, add_key()
    assert used(*tenants) == {old: 8, new: 0}
    put_first(new)
    next(reseal_everything([tenant.id for tenant in tenants]))
    assert used(*tenants) == {new: 4, old: 4}
    assert_everything_opens(*tenants)
    with pytest.raises(KeyInUse):
        retire_key(old, [tenant.id for tenant in tenants])
    again = run("rotate")
    assert f"Going on with the rotation to {new}" in again.output
    assert used(*tenants) == {new: 8, old: 0}
    assert list(load_keys(key_file).keys) == [new, old]


@pytest.mark.django_db
def test_keys_are_added_for_other_machines_before_they_seal(key_file: Path) -> None:
    tenant = plant("Acme")
    old = present_keys().current
    assert run("add").exit_code == 0
    ((waiting,),) = [set(load_keys(key_file).keys) - {old}]
    assert present_keys().current == old
    assert run("rotate", waiting).exit_code == 0
    assert used(tenant) == {waiting: 4, old: 0}
    shown = run("list").output.split("\n")
    assert [line.split() for line in shown if line.startswith((waiting, old))] == [
        [waiting, "seals", "and", "opens", "4"],
        [old, "opens", "0"],
    ]


@pytest.mark.django_db
def test_a_token_that_no_key_opens_is_had_anew(key_file: Path) -> None:
    tenant = plant("Acme")
    key_file.unlink()
    create_key_file(key_file)
    fresh = AccessToken("another", utc_now() + timedelta(hours=1))
    assert opened(tenant).token(lambda: fresh) == "another"
    assert opened(tenant).token(nobody) == "another"


@pytest.mark.django_db
def test_what_no_key_opens_is_told_and_stays(key_file: Path, tmp_path: Path) -> None:
    tenant = plant("Acme")
    lost = present_keys().current
    kept = key_file.read_text(encoding="ascii")
    key_file.unlink()
    create_key_file(key_file)
    assert f"3 values need the key {lost}" not in run("list").output
    told = run("rotate")
    assert told.exit_code == 1
    assert "4 values need a key that is not in the file" in told.output
    with pytest.raises(BadSeal):
        opened(tenant).secret("client_secret")
    fresh = AccessToken("another", utc_now() + timedelta(hours=1))
    assert opened(tenant).token(lambda: fresh) == "another"
    with key_file.open("a", encoding="ascii") as file:
        file.write(kept)
    assert run("rotate").exit_code == 0
    assert opened(tenant).secret("client_secret") == "in use"


@pytest.mark.django_db
def test_keys_that_are_needed_or_unknown_are_not_retired(key_file: Path) -> None:
    tenant = plant("Acme")
    current = present_keys().current
    with pytest.raises(KeyIsCurrent):
        retire_key(current, [tenant.id])
    for change in (put_first, lambda key: retire_key(key, [tenant.id])):
        with pytest.raises(UnknownKey):
            change("none")


@pytest.mark.django_db
def test_who_has_read_a_secret_before_the_rotation_can_open_it(key_file: Path) -> None:
    tenant = plant("Acme")
    in_hand, waiting = opened(tenant), opened(tenant, is_next=True)
    old = present_keys().current
    put_first(add_key())
    assert sum(one.values for one in reseal_everything([tenant.id])) == 4
    retire_key(old, [tenant.id])
    assert in_hand.secret("client_secret") == "in use"
    assert waiting.secret("client_secret") == "waiting"
    assert in_hand.token(nobody) == TOKEN
    assert in_hand.secret("unknown") == ""


@pytest.mark.django_db
def test_a_secret_whose_credentials_are_gone_meanwhile_stays_closed(key_file: Path) -> None:
    tenant = plant("Acme")
    in_hand = opened(tenant)
    with tenant_scope([tenant.id]):
        Connection.objects.filter(tenant_id=tenant.id).delete()
    key_file.unlink()
    create_key_file(key_file)
    with pytest.raises(BadSeal):
        in_hand.secret("client_secret")


@pytest.fixture
def slow_writer(
    fresh_database: FreshDatabase, key_file: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[TenantRow, threading.Event]]:
    """Somebody saves the first secret of a tenant, has sealed it, and has not yet stored it.

    Where there is a row already its lock keeps the rotation waiting; here there is none to see.
    """
    tenant = make_tenant("Acme")
    sealed, go_on = threading.Event(), threading.Event()
    seal = saving.seal_field

    def seal_and_pause(plain: str, **where: str) -> str:
        value = seal(plain, **where)
        sealed.set()
        go_on.wait(30)
        return value

    monkeypatch.setattr(saving, "seal_field", seal_and_pause)
    writer = in_thread(lambda: save(tenant, {"client_secret": "newest"}))
    assert sealed.wait(30)
    yield tenant, go_on
    go_on.set()
    writer.join()


def in_thread(work: Callable[[], object]) -> threading.Thread:
    def run() -> None:
        try:
            work()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_a_secret_that_is_being_stored_keeps_its_key(
    slow_writer: tuple[TenantRow, threading.Event],
) -> None:
    tenant, go_on = slow_writer
    assert isinstance(retired_meanwhile(tenant, go_on), KeyInUse)
    assert newest_opens(tenant)


def test_control_without_keeping_writers_out_it_would_be_lost(
    slow_writer: tuple[TenantRow, threading.Event], monkeypatch: pytest.MonkeyPatch
) -> None:
    tenant, go_on = slow_writer
    monkeypatch.setattr(keys, "_keep_writers_out", lambda: None)
    assert retired_meanwhile(tenant, go_on) is None
    assert not newest_opens(tenant)


def retired_meanwhile(tenant: TenantRow, go_on: threading.Event) -> object:
    """How retiring the old key ends while the writer waits to store what it sealed with it."""
    old = present_keys().current
    put_first(add_key())
    ends: list[object] = []

    def retire() -> None:
        try:
            ends.append(retire_key(old, [tenant.id]))
        except KeyInUse as error:
            ends.append(error)

    assert set(reseal_everything([tenant.id])) == {Resealed()}
    retiring = in_thread(retire)
    wait_until(lambda: bool(ends) or is_somebody_waiting())
    go_on.set()
    retiring.join()
    return ends[0]


def is_somebody_waiting() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_locks"
            " WHERE NOT granted AND relation = 'connections_connection'::regclass)"
        )
        return bool(cursor.fetchone()[0])


def newest_opens(tenant: TenantRow) -> bool:
    wait_until(lambda: count_values([tenant.id]).total() > 0)
    try:
        return bool(opened(tenant).secret("client_secret") == "newest")
    except BadSeal:
        return False
