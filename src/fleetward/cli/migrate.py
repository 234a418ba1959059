"""`fleetward migrate`: migrations as the owner, then the rights of the application's role."""

from __future__ import annotations

import click
from django.core.management import call_command
from django.db import connection, connections
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from fleetward.config.env import BadEnvironment, Env, env
from fleetward.config.settings import database
from fleetward.infra.sql import raw, statement

NO_OWNER = (
    "Migrations need the role that owns the database: set FLEETWARD_MIGRATE_DATABASE_URL beside "
    "DATABASE_URL. `fleetward init` makes both roles and prints the two settings."
)


@click.command()
@click.option("--quiet", is_flag=True, help="Say nothing when all goes well.")
def migrate(quiet: bool) -> None:
    """Bring the database to this version and grant the application's role its rights."""
    settings = env()
    app_role = role_of_application(settings)
    connections["default"].close()
    connections["default"].settings_dict.update(database(settings.migrate_database_url))
    call_command("migrate", interactive=False, verbosity=0 if quiet else 1)
    grant(app_role)


def role_of_application(settings: Env) -> str:
    """The role named in DATABASE_URL. Raises: BadEnvironment, when roles are mixed up."""
    if not settings.database_url:
        raise BadEnvironment("DATABASE_URL is not set: it names the application's database.")
    if not settings.migrate_database_url:
        raise BadEnvironment(NO_OWNER)
    app = str(conninfo_to_dict(settings.database_url).get("user") or "")
    owner = conninfo_to_dict(settings.migrate_database_url).get("user")
    if not app or app == owner:
        raise BadEnvironment(
            "DATABASE_URL must name a role of its own, not the owner's: the owner of tables is "
            "not bound by the rights that guard the audit trail."
        )
    return app


def grant(role: str) -> None:
    """Give `role` its rights on everything that the migrations made."""
    with connection.cursor() as cursor:
        identifier = sql.Identifier(role).as_string(raw(cursor).connection)
        cursor.execute(statement("infra", "grant_app").replace("{role}", identifier))
