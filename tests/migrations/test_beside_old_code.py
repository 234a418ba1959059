"""Each step since the latest release is safe beside servers that still run that release.

They read and write the tables that they know, with the columns that they know. `RELEASED` names the
latest migration of each context in that release, and moves on with each one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import psycopg
import pytest
from django.db import migrations, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations import fields as field_operations
from django.db.migrations.operations import models as model_operations
from django.db.migrations.operations.base import Operation
from pytest_django.plugin import DjangoDbBlocker

from fleetward.infra.migrating import build_schema, known_migrations
from tests.plugins.database import django_on, empty_database
from tests.plugins.environment import started_server
from tests.plugins.server import OWNER, TEMPLATE

RELEASED = {
    "audit": 3,
    "connections": 5,
    "devices": 7,
    "identity": 3,
    "infra": 2,
    "notifications": 2,
    "tenancy": 1,
    "warranty": 5,
}
# Checks that old code keeps although it does not know them, and why.
KEPT_BY_OLD_CODE: Mapping[str, str] = {
    "devices_device: devices_device_enrolled": "old code enrols nothing",
    "tenancy_membership: tenancy_membership_custom": "old code knows no role of a tenant's own",
    "tenancy_membership: tenancy_membership_same_tenant": "nor gives one",
    "tenancy_tenant: tenancy_tenant_licence": "old code knows no state of licences",
    "tenancy_tenant: tenancy_tenant_owner": "old code makes no holding tenant",
    "tenancy_tenant: tenancy_tenant_owner_id_02823f0b_fk_tenancy_tenant_id": "nor names an owner",
    "tenancy_tenant: tenancy_tenant_owner_id_key": "nor two",
    "warranty_run: warranty_run_one_a_night": "it leaves the day of the night empty",
    "warranty_run: warranty_run_selection": "old code opens no run of a selection",
}

COLUMNS = """
SELECT relname || '.' || attname, format_type(atttypid, atttypmod), attnotnull,
       atthasdef OR attidentity <> ''
FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND attnum > 0 AND NOT attisdropped
"""
CHECKS = """
SELECT conrelid::regclass || ': ' || conname FROM pg_constraint
WHERE connamespace = 'public'::regnamespace AND contype IN ('c', 'u', 'f', 'x')
"""


@dataclass(frozen=True)
class Column:
    kind: str
    is_required: bool
    fills_itself: bool


@dataclass(frozen=True)
class Schema:
    columns: Mapping[str, Column]
    checks: frozenset[str]

    @property
    def tables(self) -> frozenset[str]:
        return frozenset(name.partition(".")[0] for name in self.columns)


def schema_of(url: str) -> Schema:
    with psycopg.connect(url) as connection:
        columns = {str(name): Column(*rest) for name, *rest in connection.execute(COLUMNS)}
        checks = frozenset(str(name) for (name,) in connection.execute(CHECKS))
    return Schema(columns, checks)


def is_released(key: tuple[str, str]) -> bool:
    app, name = key
    return app not in OURS or int(name[:4]) <= RELEASED.get(app, 0)


OURS = frozenset(
    {
        "access",
        "agents",
        "audit",
        "connections",
        "devices",
        "identity",
        "infra",
        "notifications",
        "tenancy",
    }
    | {"agents", "partners", "support", "transfers", "warranty"}
)


@pytest.fixture(scope="module")
def old(django_db_blocker: DjangoDbBlocker) -> Iterator[Schema]:
    """The tables as the latest release has made them."""
    with (
        empty_database() as database,
        django_db_blocker.unblock(),
        django_on(database.owner_url),
    ):
        with transaction.atomic():
            build_schema({key for key in known_migrations() if is_released(key)})
        yield schema_of(database.owner_url)


@pytest.fixture(scope="module")
def new() -> Schema:
    return schema_of(started_server().url(OWNER, TEMPLATE))


def test_nothing_that_old_code_reads_or_writes_is_gone(old: Schema, new: Schema) -> None:
    changed = {
        name: (column.kind, new.columns[name].kind if name in new.columns else "gone")
        for name, column in old.columns.items()
        if name not in new.columns or new.columns[name].kind != column.kind
    }
    assert changed == {}


def test_nothing_is_required_that_old_code_leaves_out(old: Schema, new: Schema) -> None:
    missing = [
        name
        for name, column in new.columns.items()
        if name.partition(".")[0] in old.tables
        and column.is_required
        and not column.fills_itself
        and not (name in old.columns and old.columns[name].is_required)
    ]
    assert missing == []


def test_no_check_is_new_that_old_code_may_fail(old: Schema, new: Schema) -> None:
    checks = {c for c in new.checks - old.checks if c.partition(":")[0] in old.tables}
    assert checks == set(KEPT_BY_OLD_CODE)


def test_control_a_column_that_old_code_does_not_fill_is_found(old: Schema) -> None:
    required = Column("text", is_required=True, fills_itself=False)
    new = Schema({**old.columns, "devices_device.colour": required}, old.checks)
    with pytest.raises(AssertionError, match="colour"):
        test_nothing_is_required_that_old_code_leaves_out(old, new)
    fewer = dict(old.columns)
    del fewer["devices_device.serial"]
    with pytest.raises(AssertionError, match="serial"):
        test_nothing_that_old_code_reads_or_writes_is_gone(old, Schema(fewer, old.checks))


STATEMENT = re.compile(
    r"(CREATE (?:UNIQUE )?INDEX (?!CONCURRENTLY)|ADD CONSTRAINT|SET NOT NULL|ALTER COLUMN"
    r"|\bUPDATE |DELETE FROM )",
    re.IGNORECASE,
)


def slow(operation: Operation, app: str, existing: frozenset[tuple[str, str]]) -> bool:
    """Whether it may hold a lock on a table that has rows for as long as it looks at them all."""
    if isinstance(operation, migrations.RunPython):
        return True
    if isinstance(operation, migrations.RunSQL):
        return bool(STATEMENT.search(str(operation.sql)))
    model = (app, str(getattr(operation, "model_name", "")).lower())
    if model not in existing:
        return False
    if isinstance(operation, field_operations.AddField):
        return bool(getattr(operation.field, "generated", False) or operation.field.unique)
    kinds = (
        field_operations.AlterField,
        model_operations.AddConstraint,
        model_operations.AddIndex,
    )
    is_concurrent = type(operation).__name__.endswith("Concurrently")
    return isinstance(operation, kinds) and not is_concurrent


def test_what_may_hold_a_lock_for_long_says_why_it_does_not() -> None:
    """`Locks:` in the docstring of the migration: what is locked, for how long, and why that is
    no matter. Everything else is instant or concurrent."""
    loader = MigrationLoader(None)
    released = [key for key in loader.graph.nodes if is_released(key)]
    existing = frozenset(loader.project_state(released).models)
    silent = []
    for key, migration in loader.disk_migrations.items():
        said = __import__(type(migration).__module__, fromlist=["*"]).__doc__ or ""
        is_slow = any(slow(one, key[0], existing) for one in migration.operations)
        if not is_released(key) and is_slow and "Locks:" not in said:
            silent.append(".".join(key))
    assert silent == []
