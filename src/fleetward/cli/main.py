"""`fleetward`: one command with sub-commands, each loaded only when it is asked for."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pkgutil import resolve_name

import click
import django
from django.db.utils import OperationalError as DjangoOperationalError
from psycopg import OperationalError

from fleetward import __version__
from fleetward.config.env import BadEnvironment, count_in, env, use_settings
from fleetward.infra.crypto import BadKeyFile
from fleetward.infra.embedded_postgres import DidNotStart, NoServerPrograms
from fleetward.infra.metric_files import folder_for
from fleetward.kernel.errors import DomainError

NO_DATABASE = (OperationalError, DjangoOperationalError)
EXPECTED = (BadEnvironment, BadKeyFile, DidNotStart, DomainError, NoServerPrograms, *NO_DATABASE)


@dataclass(frozen=True, slots=True)
class Entry:
    """One sub-command: where it lies, what it does, whether it needs the database's models, and
    whether it serves, so that what it does is counted for monitoring."""

    target: str
    help: str
    needs_django: bool = True
    counts: bool = False


COMMANDS = {
    "audit": Entry("fleetward.cli.audit:audit", "Read the audit log and verify its chains."),
    "backup": Entry("fleetward.cli.backup:backup", "Write the whole installation into a file."),
    "check": Entry(
        "fleetward.cli.check:check",
        "Find the warranty of a device list, without server or database.",
        needs_django=False,
    ),
    "check-config": Entry(
        "fleetward.cli.check_config:check_config",
        "Show the settings of this installation, secrets masked.",
        needs_django=False,
    ),
    "demo": Entry("fleetward.cli.demo:demo", "Fill an empty installation with demo data."),
    "enrol": Entry(
        "fleetward.cli.enrol:enrol",
        "Enrol this machine into a tenant, as an agent does.",
        needs_django=False,
    ),
    "import": Entry("fleetward.cli.import_file:import_file", "Import a device list."),
    "init": Entry(
        "fleetward.cli.init:init",
        "Prepare a PostgreSQL server and the key file of a new installation.",
        needs_django=False,
    ),
    "keys": Entry("fleetward.cli.keys:keys", "Show and rotate the keys that seal credentials."),
    "licence": Entry("fleetward.cli.licence:licence", "Issue and show licence keys of tenants."),
    "lists": Entry("fleetward.cli.lists:lists", "Show and replace what counts as junk or cover."),
    "metrics": Entry(
        "fleetward.cli.metrics:metrics", "Serve what this machine's processes count, to Prometheus."
    ),
    "migrate": Entry("fleetward.cli.migrate:migrate", "Bring the database to this version."),
    "operator": Entry("fleetward.cli.operator:operator", "Let operators of this installation in."),
    "reset": Entry(
        "fleetward.cli.up:reset",
        "Forget everything that `fleetward up` stored.",
        needs_django=False,
    ),
    "restore": Entry("fleetward.cli.backup:restore", "Put a backup into an empty database."),
    "serve": Entry("fleetward.cli.serve:serve", "Run the web server.", counts=True),
    "simulate": Entry(
        "fleetward.cli.simulate:simulate",
        "Run servers that play the vendors, for trying out.",
        needs_django=False,
    ),
    "token": Entry("fleetward.cli.token:token", "Make, list and revoke personal access tokens."),
    "up": Entry(
        "fleetward.cli.up:up",
        "Run everything on this machine, the database included.",
        needs_django=False,
    ),
    "user": Entry("fleetward.cli.user:user", "Add users, reset passwords."),
    "worker": Entry("fleetward.cli.worker:worker", "Run the worker of the job queue.", counts=True),
}


class LazyGroup(click.Group):
    """A group that imports a sub-command when it is run, not to list it."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        entry = COMMANDS.get(cmd_name)
        if entry is None:
            return None
        if entry.counts and env().metrics.port:
            count_in(folder_for(env().metrics_folder, cmd_name))
        if entry.needs_django:
            use_settings()
            django.setup()
        command: click.Command = resolve_name(entry.target)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.help) for name, entry in sorted(COMMANDS.items())])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="fleetward")
def fleetward() -> None:
    """Fleetward: your devices and their warranty.

    Settings come from FLEETWARD_ variables; see `fleetward check-config`.
    """


def explain(error: Exception) -> str:
    """What to tell an operator about an expected failure: what happened, then what to do."""
    if isinstance(error, NO_DATABASE):
        return (
            f"The database does not answer: {error}\nCheck DATABASE_URL and the server behind it."
        )
    if isinstance(error, DomainError):
        return f"{error} {error.fix} [{error.code}]"
    return str(error)


def main() -> None:
    """The entry point: expected failures end with a message and status 2, not with a traceback."""
    try:
        fleetward.main(prog_name="fleetward")
    except EXPECTED as error:
        click.echo(f"fleetward: {explain(error)}", err=True)
        sys.exit(2)


if __name__ == "__main__":
    main()
