"""The two roles and the database, on any PostgreSQL: the owner migrates, the application works.

The application's role owns nothing and cannot bypass row-level security; what it may do is granted
after each migration.
"""

from __future__ import annotations

from dataclasses import dataclass

import psycopg
from psycopg import sql


@dataclass(frozen=True, slots=True)
class Roles:
    """Names of the roles; a password is left out where the server knows its peers."""

    owner: str = "fleetward_owner"
    app: str = "fleetward_app"
    owner_password: str | None = None
    app_password: str | None = None


def provision(admin_url: str, database: str, roles: Roles = Roles()) -> None:
    """Make roles and database where they are missing; passwords are set anew when given."""
    with psycopg.connect(admin_url, autocommit=True) as connection:
        _make_role(connection, roles.owner, roles.owner_password)
        _make_role(connection, roles.app, roles.app_password)
        if not _exists(connection, "SELECT 1 FROM pg_database WHERE datname = %s", database):
            _make_database(connection, database, roles)


def _exists(connection: psycopg.Connection, question: str, name: str) -> bool:
    return connection.execute(question.encode(), [name]).fetchone() is not None


def _make_role(connection: psycopg.Connection, name: str, password: str | None) -> None:
    role = sql.Identifier(name)
    if not _exists(connection, "SELECT 1 FROM pg_roles WHERE rolname = %s", name):
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(role))
    limits = sql.SQL("ALTER ROLE {} LOGIN NOSUPERUSER NOCREATEROLE NOBYPASSRLS").format(role)
    connection.execute(limits)
    if password is not None:
        secret = sql.Literal(password)
        connection.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(role, secret))


def _make_database(connection: psycopg.Connection, database: str, roles: Roles) -> None:
    names = {
        "database": sql.Identifier(database),
        "owner": sql.Identifier(roles.owner),
        "app": sql.Identifier(roles.app),
    }
    # An administrator who is no superuser must be a member of the role that gets the database.
    connection.execute(sql.SQL("GRANT {owner} TO CURRENT_USER").format(**names))
    for statement in (
        "CREATE DATABASE {database} OWNER {owner} TEMPLATE template0 ENCODING 'UTF8'",
        "REVOKE ALL ON DATABASE {database} FROM PUBLIC",
        "GRANT CONNECT, TEMPORARY ON DATABASE {database} TO {app}",
    ):
        connection.execute(sql.SQL(statement).format(**names))
