"""`fleetward backup` and `fleetward restore`: a whole installation into one file, and back."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import click
from django.db import connection
from psycopg.conninfo import conninfo_to_dict

from fleetward import __version__
from fleetward.audit.actions import record_installation
from fleetward.audit.contracts import Verb
from fleetward.cli.migrate import as_owner, role_of_application
from fleetward.config.env import Env, env
from fleetward.infra.backup.archive import KEYS, Backup, reading, writing
from fleetward.infra.backup.catalogue import LEFT_OUT
from fleetward.infra.backup.dump import (
    applied_migrations,
    dump_tables,
    one_moment,
    read_sequences,
    server_version,
)
from fleetward.infra.backup.folders import dump_files, forget_others, load_files
from fleetward.infra.backup.keys import adopt_keys, probes, refuse_without_keys
from fleetward.infra.backup.load import load_database, refuse_unknown_migrations
from fleetward.infra.backup.manifest import FORMAT, Manifest, facts
from fleetward.infra.keys import count_values, key_file, present_keys
from fleetward.infra.migrating import bring_up_to_date, known_migrations
from fleetward.infra.server_version import refuse_old_server
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import system_actor
from fleetward.kernel.clock import utc_now
from fleetward.tenancy.queries import list_tenant_ids
from fleetward.warranty.exports.actions import settle_restored

# What the data folder holds that belongs to the installation and is not made anew.
FOLDERS = ("imports", "attachments", "transfers")
# In every installation that is used there is a tenant, and somebody who signs in.
MARKS = ("tenancy_tenant", "identity_user")
FILE = click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
say = partial(click.echo, err=True)
WITH_KEY = (
    "The file holds the sealing keys: whoever reads it reads every stored credential. Keep it as "
    "you keep the keys."
)


@click.command()
@FILE
@click.option("--with-key", is_flag=True, help="Put the sealing keys in as well.")
def backup(file: Path, with_key: bool) -> None:
    """Write the whole installation into FILE, as it is now, while everybody works on."""
    settings = env()
    role_of_application(settings)
    as_owner(settings)
    # A database that was migrated by an earlier version lets its owner read within a scope only.
    with writing(file) as writer, one_moment(), tenant_scope(tenants := list_tenant_ids()):
        used = set(count_values(tenants))
        tables, sequences = dump_tables(writer), read_sequences()
        files = dump_files(writer, settings.data_dir, FOLDERS)
        if with_key:
            writer.member(KEYS, key_file().read_bytes())
        manifest = Manifest(
            format=FORMAT,
            version=__version__,
            made_at=utc_now().isoformat(timespec="seconds"),
            postgres=server_version(),
            migrations=applied_migrations(),
            tables=tables,
            sequences=sequences,
            files=files,
            left_out=sorted(LEFT_OUT),
            keys=probes(present_keys(), used),
            lost_keys=sorted(used - set(present_keys().keys)),
            has_keys=with_key,
        )
        writer.finish(manifest)
    if not known_migrations() - set(manifest.migrations):
        # Else an older version's table may not take what this one writes.
        _note(Verb.BACKED_UP, manifest)
    click.echo(f"{file}: {_summary(manifest)}")
    if with_key:
        say(WITH_KEY)
    if manifest.lost_keys:
        say(f"Some stored values need keys that are not here: {', '.join(manifest.lost_keys)}.")


@click.command()
@FILE
@click.option("--check", is_flag=True, help="Look at the file only.")
@click.option("--replace", is_flag=True, help="Replace the installation that is there.")
def restore(file: Path, check: bool, replace: bool) -> None:
    """Put what `fleetward backup` wrote into FILE into the database, all of it or nothing.

    The database is empty, or prepared and not used yet; web servers and workers are stopped.
    """
    if not file.exists():
        raise click.UsageError(f"There is no file {file}.")
    settings = env()
    with reading(file) as found:
        refuse_unknown_migrations(found)
        click.echo(f"{file}: {_summary(found.manifest)}")
        if check:
            _check_keys(found)
            return
        app_role = role_of_application(settings)
        refuse_old_server(settings.migrate_database_url)
        as_owner(settings)
        refuse_without_keys(found, key_file())
        if replace:
            _confirm(settings)
        load_database(
            found,
            roles=_roles(settings),
            marks=MARKS,
            is_replacing=replace,
            before_commit=partial(_restore_files, found, settings.data_dir.resolve()),
            say=say,
        )
        forget_others(found, settings.data_dir, FOLDERS)
        manifest = found.manifest
    say("Migrating to this version ...")
    bring_up_to_date(app_role, say=say, is_quiet=True, is_unhurried=True)
    if lost := settle_restored(now=utc_now()):
        say(f"Files of exports are in no backup: {lost:,} have to be exported again.")
    _note(Verb.RESTORED, manifest)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    click.echo("Restored. Every table is as it was. Start web servers and workers.")


def _restore_files(found: Backup, root: Path) -> None:
    """What lies beside the database. All of it is of no matter as long as that is not committed."""
    load_files(found, root)
    adopt_keys(found, key_file())


def _check_keys(found: Backup) -> None:
    try:
        refuse_without_keys(found, key_file())
    finally:
        click.echo("The file is whole.")


def _confirm(settings: Env) -> None:
    """Let the operator type what is about to be lost."""
    parts = conninfo_to_dict(settings.migrate_database_url)
    name = str(parts.get("dbname"))
    say(f"Everything in the database {name} will be replaced.")
    if click.prompt("Type its name to go on", err=True, show_default=False, default="") != name:
        raise click.ClickException("Not confirmed; nothing was changed.")


def _roles(settings: Env) -> Sequence[str]:
    urls = (settings.database_url, settings.migrate_database_url)
    return [str(conninfo_to_dict(url).get("user")) for url in urls]


def _summary(manifest: Manifest) -> str:
    return (
        f"version {manifest.version} of {manifest.made_at}, {manifest.rows:,} rows in "
        f"{len(manifest.tables)} tables, {len(manifest.files):,} files, "
        f"{'with' if manifest.has_keys else 'without'} sealing keys"
    )


def _note(verb: Verb, manifest: Manifest) -> None:
    actor = system_actor("Command line")
    record_installation(actor=actor, verb=verb, details=facts(manifest), now=utc_now())
