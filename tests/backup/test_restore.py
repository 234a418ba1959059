"""Back up, wreck, restore: the same system, shown by the sums of all tables and files."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from django.db import connection, transaction
from pytest_django.plugin import DjangoDbBlocker

from fleetward.audit.models import Seal
from fleetward.audit.queries.chains import sealed_fields
from fleetward.audit.rules import GENESIS, chain_digest
from fleetward.connections.actions import open_connection
from fleetward.devices.actions import add_device
from fleetward.devices.contracts import DeviceInput, Origin
from fleetward.infra import keys
from fleetward.infra.crypto import create_key_file, load_keys
from fleetward.infra.health import Part, look
from fleetward.infra.migrating import build_schema, known_migrations
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import system_actor
from fleetward.kernel.clock import utc_now
from fleetward.warranty.models import Coverage, Tally
from tests import invariants
from tests.backup.conftest import Saved
from tests.backup.installations import LEFT_OUT, TOLD, Place, elsewhere
from tests.bulk import CREDENTIALS
from tests.migrations.test_beside_old_code import is_released
from tests.plugins.database import FreshDatabase, django_on, empty_database

# PostgreSQL writes the condition of a partial index in another way when it reads its own again.
CATALOGUE = """
SELECT relname, relforcerowsecurity::text, relacl::text FROM pg_class
WHERE relnamespace = 'public'::regnamespace
UNION ALL SELECT tgname, tgenabled::text, pg_get_triggerdef(oid) FROM pg_trigger
WHERE NOT tgisinternal
UNION ALL SELECT conname, convalidated::text, pg_get_constraintdef(oid) FROM pg_constraint
WHERE connamespace = 'public'::regnamespace
UNION ALL SELECT polname, polrelid::regclass::text, pg_get_expr(polqual, polrelid) FROM pg_policy
UNION ALL SELECT indexname, '', split_part(indexdef, ' WHERE ', 1) FROM pg_indexes
WHERE schemaname = 'public'
"""


def assert_same(saved: Saved, place: Place) -> None:
    """Every table and file is as it was; the trail has one entry more, which waits."""
    now = place.sums()
    assert now.keys() == saved.sums.keys()
    changed = {name for name, digest in now.items() if digest != saved.sums[name]}
    assert changed <= TOLD | LEFT_OUT
    assert _number(now["audit_entry"]) == _number(saved.sums["audit_entry"]) + 1
    assert all(_number(now[name]) == 0 for name in LEFT_OUT)
    assert place.files() == saved.files


def _number(digest: str) -> int:
    return int(digest.split(maxsplit=1)[0])


def catalogue(url: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url) as owner:
        return sorted(owner.execute(CATALOGUE).fetchall(), key=str)


@contextmanager
def working_on(place: Place, blocker: DjangoDbBlocker) -> Iterator[None]:
    """Django in this process works on that installation, as its web server would."""
    with (
        blocker.unblock(),
        django_on(place.database.url),
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(keys, "key_file", lambda: place.keys)
        yield


def test_into_an_empty_database(
    saved: Saved, empty: Place, django_db_blocker: DjangoDbBlocker
) -> None:
    said = empty.run("restore", str(saved.file))
    assert "Every table is as it was" in said
    assert_same(saved, empty)
    assert catalogue(empty.database.owner_url) == catalogue(saved.place.database.owner_url)
    with working_on(empty, django_db_blocker):
        everything_works(saved)


def everything_works(saved: Saved) -> None:
    """What sums do not show: sequences, triggers, policies, keys, the chain of the trail."""
    tenant = saved.cast.acme.id
    actor = system_actor("Tests", tenant)
    assert look(keys.key_file()).parts["migrations"] is Part.OK
    add_device(
        actor=actor,
        tenant=tenant,
        device=DeviceInput("Dell", "NEW1234"),
        origin=Origin.MANUAL,
        now=utc_now(),
    )
    with tenant_scope([tenant]):
        assert Coverage.objects.filter(device__serial="NEW1234").exists()
        assert sum(Tally.objects.values_list("devices", flat=True)) == Coverage.objects.count()
    invariants.the_tally_is_a_recount(tenant)
    invariants.coverage_is_what_the_entitlements_amount_to(tenant)
    assert Coverage.objects.count() == 0, "without a scope nothing shows"
    found = open_connection(
        actor=actor, tenant=tenant, provider="dell", base_url="https://dell.example"
    )
    assert found.secret("client_secret") == CREDENTIALS["dell"]["client_secret"]
    the_chain_is_whole(tenant)


def the_chain_is_whole(tenant: int) -> None:
    with tenant_scope([tenant]):
        seals = list(Seal.objects.filter(tenant_id=tenant).select_related("entry").order_by("id"))
        assert seals
        digest = GENESIS
        for seal in seals:
            digest = chain_digest(digest, sealed_fields(seal.entry, seal.form))
            assert seal.digest == digest


def test_into_a_database_that_was_prepared_and_never_used(
    saved: Saved, fresh_database: FreshDatabase, tmp_path: Path
) -> None:
    connection.close()
    place = elsewhere(fresh_database, tmp_path / "data", saved.place.keys)
    place.run("restore", str(saved.file))
    assert_same(saved, place)


def test_over_a_wrecked_installation_after_typing_its_name(saved: Saved, empty: Place) -> None:
    empty.run("restore", str(saved.file))
    with psycopg.connect(empty.database.owner_url) as owner:
        owner.execute("DROP TABLE warranty_tally, devices_change CASCADE")
        owner.execute("UPDATE identity_user SET email = email || '.wrecked'")
    for upload in (empty.data / "imports").rglob("*.csv"):
        upload.write_text("wrecked", encoding="ascii")
    stray = empty.data / "imports" / "of-another-installation"
    stray.mkdir()
    name = empty.database.name
    assert "--replace" in empty.run("restore", str(saved.file), status=2)
    wrecked = empty.sums()
    refused = empty.run("restore", str(saved.file), "--replace", typed="yes\n", status=1)
    assert "Not confirmed" in refused
    assert empty.sums() == wrecked
    empty.run("restore", str(saved.file), "--replace", typed=f"{name}\n")
    assert_same(saved, empty)
    assert not stray.exists()


def test_a_database_in_use_is_left_alone(saved: Saved, empty: Place) -> None:
    with psycopg.connect(empty.database.url) as server:
        server.execute("SELECT 1")
        said = empty.run("restore", str(saved.file), status=2)
    assert "1 sessions of web servers or workers" in said
    assert empty.sums() == {}


def test_without_the_right_keys_nothing_is_restored(saved: Saved, empty: Place) -> None:
    (needed,) = load_keys(saved.place.keys).keys
    empty.keys.unlink()
    assert needed in empty.run("restore", str(saved.file), status=2)
    create_key_file(empty.keys)
    assert needed in empty.run("restore", str(saved.file), status=2)
    # The same id with other bytes is not the same key.
    other = empty.keys.read_text(encoding="ascii").split()[1]
    empty.keys.write_text(f"{needed} {other}\n", encoding="ascii")
    said = empty.run("restore", str(saved.file), status=2)
    assert "restore_keys_missing" in said
    assert empty.sums() == {}
    assert empty.files() == {}


def test_the_keys_are_in_the_file_only_when_asked_for(saved: Saved, empty: Place) -> None:
    secret = saved.place.keys.read_text(encoding="ascii").split()[1]
    assert secret.encode() not in saved.file.read_bytes()
    own = empty.keys.read_text(encoding="ascii")
    empty.run("restore", str(saved.file))
    file = empty.data / "with-key.fleetward"
    assert "whoever reads it reads every stored credential" in empty.run(
        "backup", "--with-key", str(file)
    )
    assert secret.encode() in file.read_bytes()
    with empty_database() as database:
        place = Place(database, empty.data / "without", empty.data / "without" / "sealing.keys")
        place.run("restore", str(file))
        assert list(load_keys(place.keys).keys) == [own.split()[0]]
        assert place.keys.stat().st_mode & 0o077 == 0
        place.keys.unlink()
        create_key_file(place.keys)
        (present,) = load_keys(place.keys).keys
        place.run("restore", str(file), "--replace", typed=f"{database.name}\n")
        assert list(load_keys(place.keys).keys) == [present, own.split()[0]]


def test_a_backup_of_an_earlier_version_is_migrated(
    empty: Place, saved: Saved, tmp_path: Path, django_db_blocker: DjangoDbBlocker
) -> None:
    with empty_database() as database:
        old = elsewhere(database, tmp_path / "old", saved.place.keys)
        with django_db_blocker.unblock(), django_on(database.owner_url), transaction.atomic():
            build_schema({key for key in known_migrations() if is_released(key)})
            earlier_data()
        file = tmp_path / "old.fleetward"
        old.run("backup", str(file))
    empty.run("restore", "--check", str(file))
    empty.run("restore", str(file))
    with working_on(empty, django_db_blocker):
        assert look(empty.keys).parts["migrations"] is Part.OK
        with tenant_scope([1]), connection.cursor() as cursor:
            # What later migrations make of rows that were there before them.
            cursor.execute("SELECT email, product_number FROM identity_user, devices_device")
            assert cursor.fetchall() == [("admin@acme.example", "20XW00AMFR")]


def earlier_data() -> None:
    """What an installation of the latest release may have held."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT set_config('fleetward.tenants', '{1}', true);
            INSERT INTO tenancy_tenant (id, customer_id, name, kind, region, time_zone, language,
                expiring_days, created_at)
            VALUES (1, 'ABCDEFGHJK', 'Acme', 'CUSTOMER', 'EU', 'UTC', 'en', 180, now());
            INSERT INTO identity_user (password, uid, email, name, language, is_active, is_operator,
                created_at)
            VALUES ('!', gen_random_uuid(), 'Admin@Acme.example', '', '', true, false, now());
            INSERT INTO devices_device (tenant_id, manufacturer, serial, product_number, origin,
                created_at, updated_at)
            VALUES (1, 'Lenovo', 'ABC1234', '20xw00amfr', 'CSV', now(), now());
            """
        )


def test_a_backup_of_a_later_version_is_refused(saved: Saved, empty: Place, tmp_path: Path) -> None:
    empty.run("restore", str(saved.file))
    with psycopg.connect(empty.database.owner_url) as owner:
        owner.execute(
            "INSERT INTO django_migrations (app, name, applied)"
            " VALUES ('devices', '9999_before_later', now())"
        )
    file = tmp_path / "later.fleetward"
    empty.run("backup", str(file))
    with empty_database() as database:
        place = elsewhere(database, tmp_path / "place", saved.place.keys)
        for arguments in (["--check"], []):
            assert "newer than this one" in place.run("restore", *arguments, str(file), status=2)
        assert place.sums() == {}


def test_a_backup_is_checked_without_a_database(saved: Saved, empty: Place) -> None:
    said = empty.run("restore", "--check", str(saved.file))
    assert "The file is whole." in said
    assert empty.sums() == {}
    empty.keys.unlink()
    said = empty.run("restore", "--check", str(saved.file), status=2)
    assert "The file is whole." in said
    assert "restore_keys_missing" in said


def test_a_damaged_or_foreign_file_changes_nothing_of_a_living_installation(
    saved: Saved, empty: Place, tmp_path: Path
) -> None:
    empty.run("restore", str(saved.file))
    before, files = empty.sums(), empty.files()
    damaged, foreign = tmp_path / "damaged.fleetward", tmp_path / "foreign.fleetward"
    whole = bytearray(saved.file.read_bytes())
    whole[len(whole) // 2] ^= 1
    damaged.write_bytes(whole)
    with tarfile.open(foreign, "w") as tar:
        tar.add(saved.place.keys, "somebody-elses.txt")
    for file, code in ((damaged, "backup_damaged"), (foreign, "backup_foreign")):
        name = f"{empty.database.name}\n"
        assert code in empty.run("restore", str(file), "--replace", typed=name, status=2)
        assert (empty.sums(), empty.files()) == (before, files)


def test_a_backup_never_replaces_a_file(saved: Saved) -> None:
    before = saved.file.read_bytes()
    assert "exists already" in saved.place.run("backup", str(saved.file), status=2)
    assert saved.file.read_bytes() == before
    assert saved.file.stat().st_mode & 0o077 == 0
