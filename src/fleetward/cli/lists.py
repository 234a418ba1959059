"""`fleetward lists`: the data of an installation that decide what counts (W9, E12).

Show a list into a file, edit it, and set it: the whole list is replaced, and the trail says so.
"""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import click

from fleetward.devices.actions.junk import change_junk_serials
from fleetward.devices.queries.junk import junk_serials
from fleetward.kernel.actor import Actor, system_actor
from fleetward.kernel.clock import utc_now
from fleetward.warranty.actions.answers import not_cover_list
from fleetward.warranty.actions.not_cover import change_not_cover
from fleetward.warranty.queries.pure import parse_not_cover

FILE = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))


def _operator() -> Actor:
    return replace(system_actor("Command line"), is_operator=True)


@click.group()
def lists() -> None:
    """Show and replace the lists of junk serials and of codes that are no hardware cover."""


@lists.command("junk-serials")
def show_junk_serials() -> None:
    """Print the serials that never identify a device, one on a line."""
    click.echo("\n".join(junk_serials()))


@lists.command("set-junk-serials")
@FILE
def set_junk_serials(file: Path) -> None:
    """Replace them by the lines of FILE; an empty file brings back the list that we ship."""
    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise click.ClickException(f"{file}: it is not text in UTF-8.") from None
    serials = [line for line in text.splitlines() if line.strip()]
    number = change_junk_serials(actor=_operator(), serials=serials, now=utc_now())
    click.echo(f"{number} junk serials.")


@lists.command("not-cover")
def show_not_cover() -> None:
    """Print the entitlement codes that are no hardware cover, as TOML."""
    for entry in not_cover_list():
        click.echo("[[not_cover]]")
        for name, value in asdict(entry).items():
            if value:
                # JSON's quoting of a string is TOML's too.
                click.echo(f"{name} = {json.dumps(value, ensure_ascii=False)}")
        click.echo()


@lists.command("set-not-cover")
@FILE
def set_not_cover(file: Path) -> None:
    """Replace them by the TOML in FILE; coverage is recomputed by the worker."""
    try:
        entries = parse_not_cover(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise click.ClickException(f"{file}: {error}") from None
    change_not_cover(actor=_operator(), entries=entries, now=utc_now())
    click.echo(f"{len(entries)} entries; coverage is being recomputed.")
