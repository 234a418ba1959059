"""Every `.sql` file is planned by PostgreSQL and uses the index of its header (design, 6)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.db.utils import ProgrammingError
from pytest_django.plugin import DjangoDbBlocker

import fleetward
from fleetward.devices.actions.effects import prepare
from fleetward.infra import sql
from fleetward.infra.tx import tenant_scope
from fleetward.warranty.actions.answers import stage
from tests.arch.checks import declared_indexes, declared_params
from tests.cast import NOW
from tests.db.statements.seeding import seed
from tests.plugins.database import committed_database

PACKAGE = Path(fleetward.__file__).parent
STATEMENTS = {
    str(file.relative_to(PACKAGE)): file.read_text(encoding="utf-8")
    for file in sorted(PACKAGE.rglob("*.sql"))
}
# No plan is made of these; they are run: by the staging below, and by every migration.
UTILITIES = {
    "devices/bulk/sql/prepare_slice.sql",
    "devices/bulk/sql/prepare_undo.sql",
    "devices/feeds/sql/prepare_stage.sql",
    "devices/imports/sql/prepare_stage.sql",
    "devices/sql/consider_moving.sql",
    "devices/sql/prepare_move.sql",
    "infra/sql/grant_app.sql",
    "transfers/sql/prepare_stage.sql",
}
BY_TYPE: dict[str, object] = {
    "bigint": 1,
    "integer": 10,
    "int": 10,
    "numeric": 10,
    "double precision": 1.5,
    "text": "ABC",
    "boolean": True,
    "date": date(2026, 11, 22),
    "timestamptz": NOW,
    "uuid": "6f1d2c1e-8a55-4c7e-9a55-0c6b5d1c2f10",
    "jsonb": "{}",
    "bytea": b"",
}
BY_NAME: dict[str, object] = {
    "locations": [],
    "only": None,
    "round": 1,
    "below": 2**62,
    "first": "30",
    "last": "3Z",
    "capability": "SEE_DEVICES",
    "zone": "Europe/Paris",
    "junk": ["NONE"],
    "providers": json.dumps([{"manufacturer": "Dell", "provider": "dell", "max_batch": 100}]),
}
FILLED = (
    "INSERT INTO devices_written SELECT id, 'NEW' FROM devices_device LIMIT 50",
    """
    INSERT INTO warranty_touched (device_id, kind, reason, is_simulated)
    SELECT id, 'FOUND', '', false FROM devices_device LIMIT 50
    """,
    """
    INSERT INTO import_stage (
        row_no, manufacturer, serial, product_number, name, model, assigned_user, asset_tag,
        location, country, other_maker, may_fill, refusal, field
    )
    SELECT
        row_number() OVER (), manufacturer, serial, product_number, name, model, assigned_user,
        asset_tag, location, country, '', false, '', ''
    FROM devices_device WHERE serial BETWEEN %(first)s AND %(last)s
    """,
    """
    INSERT INTO import_match (row_no, device_id, round, outcome, refusal)
    SELECT row_number() OVER (), id, %(round)s, 'UNCHANGED', ''
    FROM devices_device WHERE serial BETWEEN %(first)s AND %(last)s
    """,
    """
    INSERT INTO bulk_slice (device_id, manufacturer, serial, name, model)
    SELECT id, manufacturer, serial, name, model FROM devices_device LIMIT 50
    """,
    """
    INSERT INTO undo_slice (device_id, verdict, refusal, fields, since)
    SELECT device_id, 'REMOVED', '', '{}', '{}' FROM bulk_slice
    """,
    "INSERT INTO devices_moved (device_id, uid) SELECT id, uid FROM devices_device LIMIT 50",
    *(
        f"""
        INSERT INTO {table} (device_id, listing_id, listing)
        SELECT id, -id, '{{}}' FROM devices_device LIMIT 50
        """
        for table in ("devices_merged", "devices_parted")
    ),
    """
    INSERT INTO transfer_stage (
        row_no, given, serial, manufacturer, other_maker, refusal, customer
    )
    SELECT row_number() OVER (), '', serial, manufacturer, '', '', ''
    FROM devices_device WHERE serial BETWEEN %(first)s AND %(last)s
    """,
    """
    INSERT INTO transfer_match (row_no, outcome, device_id)
    SELECT row_number() OVER (), 'FOUND', id
    FROM devices_device WHERE serial BETWEEN %(first)s AND %(last)s
    """,
    """
    INSERT INTO feed_stage (
        row_no, location, serial, manufacturer, other_maker, product_number, model, order_number,
        refusal, partner, holding
    )
    SELECT
        row_number() OVER (), '', serial, manufacturer, '', product_number, model, '', '',
        tenant_id, tenant_id
    FROM devices_device WHERE serial BETWEEN %(first)s AND %(last)s
    """,
    "ANALYZE feed_stage",
    "ANALYZE import_stage, import_match, bulk_slice, undo_slice, transfer_stage, transfer_match",
)


@pytest.fixture(scope="module")
def tenants(django_db_blocker: DjangoDbBlocker) -> Iterator[list[int]]:
    """Tenants with rows, in a database with statistics."""
    with committed_database(django_db_blocker) as database:
        made = seed()
        with psycopg.connect(database.owner_url, autocommit=True) as owner:
            owner.execute("ANALYZE")
        yield made


def samples(text: str, tenants: list[int]) -> dict[str, object]:
    """A value of its type for each parameter."""
    known = {**BY_NAME, "tenant": tenants[0], "tenants": tenants[:1]}
    return {name: known.get(name, _of(kind)) for name, kind in declared_params(text).items()}


def _of(kind: str) -> object:
    return [BY_TYPE[kind[:-2]]] if kind.endswith("[]") else BY_TYPE[kind]


def plan(text: str, tenants: list[int]) -> Any:
    """The plan of a statement, with temporary tables as they are when it runs."""
    with tenant_scope(tenants[:1]):
        prepare()
        stage()
        with connection.cursor() as cursor:
            cursor.execute(sql.statement("devices.imports", "prepare_stage"))
            cursor.execute(sql.statement("devices.bulk", "prepare_slice"))
            cursor.execute(sql.statement("transfers", "prepare_stage"))
            cursor.execute(sql.statement("devices.feeds", "prepare_stage"))
            cursor.execute(sql.statement("devices.bulk", "prepare_undo"))
            cursor.execute(sql.statement("devices", "prepare_move"))
            considered = sql.statement("devices", "consider_moving")
            cursor.execute(considered, samples(considered, tenants))
            for filled in FILLED:
                cursor.execute(filled, BY_NAME)
            # A few thousand rows are read whole sooner than by an index; a million are not.
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute(f"EXPLAIN (FORMAT json) {text}", samples(text, tenants))
            return cursor.fetchone()[0]


def indexes(node: Any) -> set[str]:
    """The indexes that a plan reads, and those that decide its conflicts."""
    if isinstance(node, list):
        return set().union(*map(indexes, node))
    if not isinstance(node, dict):
        return set()
    below = set().union(*map(indexes, node.values())) if node else set()
    return {node.get("Index Name", ""), *node.get("Conflict Arbiter Indexes", [])} | below


@pytest.mark.parametrize("name", [name for name in STATEMENTS if name not in UTILITIES])
def test_a_statement_is_planned_with_the_index_of_its_header(name: str, tenants: list[int]) -> None:
    text = STATEMENTS[name]
    used = indexes(plan(text, tenants))
    assert [index for index in declared_indexes(text) if index not in used] == []


def test_control_a_statement_that_does_not_fit_the_tables_is_found(tenants: list[int]) -> None:
    with pytest.raises(ProgrammingError, match="no_such_column"):
        plan("-- Params: none.\nSELECT no_such_column FROM devices_device", tenants)


def test_control_an_index_that_cannot_be_used_is_missed(tenants: list[int]) -> None:
    open_, hidden = (
        f"-- Params: uid uuid.\nSELECT FROM devices_device WHERE {column} = %(uid)s"
        for column in ("uid", "uid::text")
    )
    assert "devices_device_uid" in indexes(plan(open_, tenants))
    assert "devices_device_uid" not in indexes(plan(hidden, tenants))
