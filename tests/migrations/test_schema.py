"""The database as the migrations leave it: equal to the models, and closed where it must be."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import IntegrityError, ProgrammingError, connection, transaction

import fleetward

PACKAGE = Path(fleetward.__file__).parent
# What has a tenant but is read to find out which tenants somebody may have in scope.
BEFORE_ANY_SCOPE = {"identity_token", "tenancy_membership", "tenancy_customrole"}
APPEND_ONLY = ("audit_entry", "audit_seal")

pytestmark = pytest.mark.django_db


def column(query: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return [str(row[0]) for row in cursor.fetchall()]


def test_models_and_migrations_are_equal() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_every_table_with_a_tenant_forces_row_level_security() -> None:
    open_tables = column(
        """
        SELECT relname FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
        WHERE attname = 'tenant_id' AND NOT attisdropped AND relkind IN ('r', 'p')
          AND NOT (relrowsecurity AND relforcerowsecurity)
        """
    )
    assert set(open_tables) == BEFORE_ANY_SCOPE


def test_every_policy_shows_nothing_without_a_scope() -> None:
    """hardening: no row when the setting is missing, or an empty string."""
    guarded = column(
        "SELECT relname FROM pg_class WHERE relforcerowsecurity AND relname NOT LIKE 'audit%'"
    )
    assert guarded
    for setting in (None, ""):
        with connection.cursor() as cursor:
            if setting is not None:
                cursor.execute("SELECT set_config('fleetward.tenants', %s, true)", [setting])
            for table in guarded:
                cursor.execute(f"SELECT count(*) FROM {table}")
                assert cursor.fetchone() == (0,)


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("change", ["DELETE FROM {}", "UPDATE {} SET id = id", "TRUNCATE {}"])
def test_the_application_cannot_change_the_audit_trail(table: str, change: str) -> None:
    with (
        pytest.raises((ProgrammingError, IntegrityError), match="permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(change.format(table))


def test_the_application_cannot_pretend_a_migration() -> None:
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("DELETE FROM django_migrations")


def test_names_of_later_migrations_say_when_they_run() -> None:
    """Before or after the new code is started (design, section 15)."""
    first = re.compile(r"\d{4}_(initial|ground)$")
    names = {f.stem for f in PACKAGE.glob("*/migrations/0*.py")}
    later = {name for name in names if not first.match(name)}
    assert {n for n in later if not re.match(r"\d{4}_(before|after)_", n)} <= {"0002_idempotency"}
