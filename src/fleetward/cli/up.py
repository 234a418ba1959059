"""`fleetward up`: everything on this machine, for trying out and for small installations."""

from __future__ import annotations

import http.client
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import click

from fleetward.cli.own_names import use_own_names
from fleetward.cli.ports import free_port, refuse_busy_port
from fleetward.cli.provider_settings import refuse_unfit_providers
from fleetward.cli.site import (
    Site,
    digest_of_migrations,
    folders_of_other_databases,
    provide_database,
    settings_of,
    settings_of_simulators,
    site_of,
    write_environment,
)
from fleetward.cli.supervisor import Child, ChildDied, StopAsked, Supervisor, stop_on_signals
from fleetward.config.env import (
    BadEnvironment,
    Env,
    env,
    environment_for_children,
    read_environment,
)
from fleetward.infra.server_version import refuse_old_server

FIRST_PAGE_SECONDS = 60.0
OWNER_URL = "FLEETWARD_MIGRATE_DATABASE_URL"
OURSELVES = [sys.executable, "-m", "fleetward.cli.main"]


@click.command()
@click.option("--empty", is_flag=True, help="No demo data and no simulated vendors.")
@click.option(
    "--restore",
    "backup",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="With --empty: put a backup into the database first, which must be empty.",
)
def up(empty: bool, backup: Path | None) -> None:
    """Run database, web server, worker and, for the demo, simulated vendors."""
    if backup is not None and not empty:
        raise click.UsageError("A backup does not go into the demo: give --empty as well.")
    settings, started = env(), time.monotonic()
    site = site_of(settings, is_demo=not empty)
    refuse_busy_port(settings.web.host, settings.web.port)
    stop_on_signals()
    try:
        with site.locked(), _running(site, settings, backup) as supervisor:
            _wait_for_first_page(supervisor, settings)
            click.echo(_welcome(site, settings, time.monotonic() - started))
            supervisor.watch()
    except StopAsked:
        click.echo("Stopped.")
    except ChildDied as error:
        raise click.ClickException(str(error)) from None


@click.command()
def reset() -> None:
    """Forget everything that `fleetward up` stored in the data folder.

    Databases of somebody else's stay, and so do the folders with their keys.
    """
    settings = env()
    if settings.database_url:
        raise BadEnvironment(
            "DATABASE_URL is set: that database is not ours to forget, and the keys in the folder "
            "of its site open what it holds. Drop the database and remove the folder together, by "
            "hand; or unset DATABASE_URL to forget the databases that were started here."
        )
    for is_demo in (True, False):
        site = site_of(settings, is_demo=is_demo)
        if site.folder.exists():
            with site.locked():
                site.forget()
            click.echo(f"Forgot {site.folder}.")
    for folder in folders_of_other_databases(settings):
        click.echo(f"Kept {folder}: its keys open what is stored in a database of yours.")


@contextmanager
def _running(site: Site, settings: Env, backup: Path | None) -> Iterator[Supervisor]:
    """The processes of the site; all are stopped at the end, the database last."""
    made = settings_of(site, settings)
    cluster = None if settings.database_url else site.cluster()
    simulators = free_port() if site.is_demo else None
    defaults = settings_of_simulators(simulators) if simulators else {}
    refuse_unfit_providers(read_environment(environment_for_children(made, defaults)))
    use_own_names(settings)
    supervisor = Supervisor(site.logs, {})
    try:
        if cluster is not None:
            if site.is_half_made:
                site.forget_database()
            click.echo("Starting PostgreSQL ...")
            cluster.start()
            if cluster.process is not None:
                supervisor.database = Child("postgres", cluster.process, cluster.log)
            made |= provide_database(site, cluster)
        elif not settings.migrate_database_url:
            raise BadEnvironment(
                "DATABASE_URL is set, so that no database is started here; set "
                "FLEETWARD_MIGRATE_DATABASE_URL as well, the address for the owner's role."
            )
        else:
            refuse_old_server(settings.database_url)
        everything = environment_for_children(made, defaults)
        # Those who serve need no right to change tables.
        supervisor.environment = {k: v for k, v in everything.items() if k != OWNER_URL}
        write_environment(site, {**defaults, **made})
        if simulators:
            command = [sys.executable, "-m", "fleetward_simulators.main"]
            supervisor.start("simulators", [*command, "--port", str(simulators)])
        if backup is not None:
            click.echo("Restoring the backup ...")
            _run_to_end(["restore", str(backup.resolve())], everything)
        _prepare(site, everything, is_ours=cluster is not None)
        supervisor.start("web", [*OURSELVES, "serve"])
        supervisor.start("worker", [*OURSELVES, "worker"])
        if settings.metrics.port:
            supervisor.start("metrics", [*OURSELVES, "metrics"])
        yield supervisor
    finally:
        click.echo("\nStopping ...")
        supervisor.stop()
        if cluster is not None:
            cluster.stop()


def _prepare(site: Site, environment: Mapping[str, str], *, is_ours: bool) -> None:
    """Migrate and fill the database. A database of ours that is up to date is left alone."""
    present = digest_of_migrations()
    is_migrated = site.migrated.exists() and site.migrated.read_text("ascii") == present
    if not (is_ours and is_migrated):
        click.echo("Preparing the database ...")
        _run_to_end(["migrate", "--quiet"], environment)
        site.migrated.write_text(present, encoding="ascii")
    if site.is_demo and not (is_ours and site.accounts.exists()):
        _fill(site, environment)


def _fill(site: Site, environment: Mapping[str, str]) -> None:
    """Make demo data. A database that we know may have been made anew by its owner since."""
    if site.accounts.exists():
        said = _run_to_end(["demo", "--once"], environment)
    else:
        click.echo("Making demo data ...")
        site.making.touch()
        said = _run_to_end(["demo"], environment)
    if said:
        site.accounts.write_text(said, encoding="utf-8")


def _run_to_end(command: list[str], environment: Mapping[str, str]) -> str:
    """Run one of our commands; its output. Raises: ChildDied."""
    done = subprocess.run(
        [*OURSELVES, *command],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        process_group=0,
    )
    if done.returncode:
        raise ChildDied(f"fleetward {' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def _wait_for_first_page(supervisor: Supervisor, settings: Env) -> None:
    """Raises: ChildDied, when a process ends or no page comes in time."""
    deadline = time.monotonic() + FIRST_PAGE_SECONDS
    while not _answers(settings):
        supervisor.check()
        if time.monotonic() > deadline:
            raise ChildDied(f"No page came within {FIRST_PAGE_SECONDS:.0f} s; see the logs.")
        time.sleep(0.1)


def _answers(settings: Env) -> bool:
    connection = http.client.HTTPConnection(settings.web.host, settings.web.port, timeout=30)
    try:
        connection.request("HEAD", "/")
        connection.getresponse()
    except OSError:
        return False
    finally:
        connection.close()
    return True


def _welcome(site: Site, settings: Env, seconds: float) -> str:
    lines = ["", f"Fleetward is running at {settings.web.public_url}  (after {seconds:.1f} s)", ""]
    if site.is_demo:
        accounts = site.accounts.read_text("utf-8") if site.accounts.exists() else ""
        lines += [accounts.rstrip(), "The vendors are simulated; none of the answers is real.", ""]
    else:
        lines += ["Open it to make the first administrator.", ""]
    try:
        folder = site.folder.relative_to(Path.cwd())
    except ValueError:
        folder = site.folder
    lines += [
        f"Data and logs: {folder}",
        f"For commands in another terminal:  set -a; . {folder}/environment; set +a",
        "Ctrl-C stops everything and keeps the data; `make reset` forgets them.",
    ]
    return "\n".join(lines)
