"""`fleetward migrate`: migrations as the owner, then the rights of the application's role."""

from __future__ import annotations

from functools import partial

import click
from django.db import connections
from psycopg.conninfo import conninfo_to_dict

from fleetward.config.env import BadEnvironment, Env, env
from fleetward.config.settings import database
from fleetward.infra.migrating import StayedBusy, TookTooLong, bring_up_to_date
from fleetward.infra.server_version import refuse_old_server

NO_OWNER = (
    "Migrations need the role that owns the database: set FLEETWARD_MIGRATE_DATABASE_URL beside "
    "DATABASE_URL. `fleetward init` makes both roles and prints the two settings."
)


@click.command()
@click.option("--quiet", is_flag=True, help="Say nothing when all goes well.")
@click.option(
    "--unhurried",
    is_flag=True,
    help="Wait for locks and let statements take their time; for stopped servers.",
)
def migrate(quiet: bool, unhurried: bool) -> None:
    """Bring the database to this version and grant the application's role its rights.

    Servers may run meanwhile: what waits for a table gives up after 4 seconds and is tried again.
    """
    settings = env()
    app_role = role_of_application(settings)
    refuse_old_server(settings.migrate_database_url)
    as_owner(settings)
    say = partial(click.echo, err=True)
    try:
        bring_up_to_date(app_role, say=say, is_quiet=quiet, is_unhurried=unhurried)
    except (StayedBusy, TookTooLong) as error:
        raise click.ClickException(str(error)) from None


def as_owner(settings: Env) -> None:
    """From now on this process works as the role that owns the tables."""
    connections["default"].close()
    connections["default"].settings_dict.update(database(settings.migrate_database_url))


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
