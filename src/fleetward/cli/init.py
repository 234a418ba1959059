"""`fleetward init`: prepares somebody's PostgreSQL server for a new installation."""

from __future__ import annotations

import os
import secrets
import shlex
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote, urlencode

import click
from psycopg.conninfo import conninfo_to_dict

from fleetward.config.env import environment_for_children
from fleetward.infra.crypto import create_key_file
from fleetward.infra.embedded_postgres import Roles, provision
from fleetward.infra.server_version import refuse_old_server


@click.command()
@click.option(
    "--admin-url",
    required=True,
    help="An administrator's address, such as postgresql://postgres:...@db.example/postgres",
)
@click.option("--database", default="fleetward", show_default=True, help="The database to make.")
@click.option(
    "--folder",
    default="var",
    show_default=True,
    type=click.Path(path_type=Path),
    help="Where keys and settings are written.",
)
def init(admin_url: str, database: str, folder: Path) -> None:
    """Make roles, database, tables, key file, and a file with the settings to start with."""
    target = folder / "fleetward.env"
    if target.exists():
        raise click.ClickException(
            f"{target} exists: this installation is prepared. Remove it only if you mean to set "
            "new passwords for the roles."
        )
    roles = Roles(owner_password=secrets.token_urlsafe(24), app_password=secrets.token_urlsafe(24))
    refuse_old_server(admin_url)
    provision(admin_url, database, roles)
    keys = folder / "keys" / "sealing.keys"
    create_key_file(keys)
    settings = {
        "DATABASE_URL": address(admin_url, database, roles.app, roles.app_password),
        "FLEETWARD_MIGRATE_DATABASE_URL": address(
            admin_url, database, roles.owner, roles.owner_password
        ),
        "FLEETWARD_DATA_DIR": str(folder.resolve()),
        "FLEETWARD_KEY_FILE": str(keys.resolve()),
        "FLEETWARD_SECRET_KEY": secrets.token_urlsafe(48),
    }
    write_private(target, settings)
    command = [sys.executable, "-m", "fleetward.cli.main", "migrate", "--quiet"]
    subprocess.run(command, env=environment_for_children(settings), check=True)
    click.echo(f"Prepared. The settings are in {target}; keep it and {keys} secret and safe.")
    click.echo(f"Next:  set -a; . {target}; set +a;  fleetward serve   and   fleetward worker")


def address(admin_url: str, database: str, role: str, password: str | None) -> str:
    """The administrator's address with another role and database."""
    parts = {k: str(v) for k, v in conninfo_to_dict(admin_url).items()}
    for name in ("user", "password", "dbname"):
        parts.pop(name, None)
    secret = f":{password}" if password else ""
    options = f"?{urlencode(parts, quote_via=quote)}" if parts else ""
    return f"postgresql://{role}{secret}@/{database}{options}"


def write_private(file: Path, settings: dict[str, str]) -> None:
    """Write settings as lines a shell can read, for our eyes only."""
    file.parent.mkdir(parents=True, exist_ok=True)
    text = "".join(f"{name}={shlex.quote(value)}\n" for name, value in settings.items())
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(text)
