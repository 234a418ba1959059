"""The harness itself: tests work as the application's role, and leave nothing behind."""

from __future__ import annotations

import psycopg
import pytest
from django.db import ProgrammingError, connection

from tests.plugins.database import FreshDatabase


def value(query: str) -> object:
    with connection.cursor() as cursor:
        cursor.execute(query)
        row = cursor.fetchone()
    return row[0] if row else None


@pytest.mark.django_db
def test_tests_work_as_the_role_of_the_application() -> None:
    assert value("SELECT current_user::text") == "fleetward_app"
    assert value("SELECT count(*) FROM pg_tables WHERE tableowner = current_user") == 0
    assert value("SELECT rolbypassrls OR rolsuper FROM pg_roles WHERE rolname = current_user") is (
        False
    )


@pytest.mark.django_db
def test_the_application_cannot_change_the_schema() -> None:
    with pytest.raises(ProgrammingError), connection.cursor() as cursor:
        cursor.execute("CREATE TABLE public.mine (id int)")


def test_fresh_database_keeps_what_is_committed(fresh_database: FreshDatabase) -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO django_session VALUES ('k', 'd', now())")
    with psycopg.connect(fresh_database.url) as other:
        assert other.execute("SELECT count(*) FROM django_session").fetchone() == (1,)


@pytest.mark.django_db
def test_other_tests_do_not_see_it() -> None:
    assert value("SELECT count(*) FROM django_session") == 0


@pytest.mark.django_db
def test_owner_connection_owns_the_tables_of_the_same_database(
    owner_connection: psycopg.Connection,
) -> None:
    asked = "SELECT current_database()::text"
    assert owner_connection.execute(asked.encode()).fetchone() == (value(asked),)
    assert owner_connection.execute("SELECT current_user::text").fetchone() == ("fleetward_owner",)
