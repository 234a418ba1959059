"""`fleetward keys`: the keys that seal stored credentials, rotated while everything runs."""

from __future__ import annotations

import time

import click
from rich.console import Console
from rich.table import Table

from fleetward.audit.actions import record_installation
from fleetward.audit.contracts import Verb
from fleetward.infra.keys import (
    Resealed,
    add_key,
    count_values,
    list_keys,
    present_keys,
    put_first,
    reseal_everything,
    retire_key,
)
from fleetward.kernel.actor import system_actor
from fleetward.kernel.clock import utc_now
from fleetward.tenancy.queries import list_tenant_ids

TELL_EVERY_SECONDS = 5.0
ON_MANY = (
    "Where several machines serve, copy the key file to all of them now: docs/howto/rotate-keys.md."
)


@click.group()
def keys() -> None:
    """Show, add, rotate and retire the keys that seal stored credentials."""


@keys.command("list")
def show() -> None:
    """Every key, what it does, and how many stored values need it. No key is shown itself."""
    table = Table("Key", "", "Values", box=None, pad_edge=False)
    rows = list_keys(list_tenant_ids())
    for row in rows:
        table.add_row(row.id, "seals and opens" if row.is_current else "opens", str(row.values))
    Console(width=100, highlight=False).print(table)
    known = {row.id for row in rows}
    for key, values in count_values(list_tenant_ids()).items():
        if key not in known:
            click.echo(f"{values} values need the key {key}, which is not in the file.", err=True)


@keys.command()
def add() -> None:
    """Add a key that opens and does not seal yet, to be copied to other machines first."""
    key = add_key()
    _note(Verb.KEY_ADDED, key=key)
    click.echo(f"Added {key}. {ON_MANY}")
    click.echo(f"Then: fleetward keys rotate {key}")


@keys.command()
@click.argument("key", required=False)
def rotate(key: str | None) -> None:
    """Let KEY seal, or a new key, and seal every stored value anew.

    May be interrupted: run it again, without KEY, and it goes on.
    """
    tenants = list_tenant_ids()
    is_done = set(count_values(tenants)) <= {present_keys().current}
    if key is None and is_done:
        key = add_key()
        _note(Verb.KEY_ADDED, key=key)
    if key is not None:
        put_first(key)
        click.echo(f"{key} seals from now on.")
    else:
        click.echo(f"Going on with the rotation to {present_keys().current}.")
    total = _resealed(tenants)
    current = present_keys().current
    _note(Verb.KEYS_ROTATED, key=current, values=total.values)
    click.echo(f"{total.values} values are sealed anew with {current}.")
    if total.closed:
        raise click.ClickException(
            f"{total.closed} values need a key that is not in the file and stay as they are: put "
            "that key back, or enter those credentials again."
        )
    for row in list_keys(tenants):
        if not row.is_current and not row.values:
            click.echo(f"No value needs {row.id} now: fleetward keys retire {row.id}")


def _resealed(tenants: list[int]) -> Resealed:
    total, told = Resealed(), time.monotonic()
    for number, done in enumerate(reseal_everything(tenants), 1):
        total += done
        if time.monotonic() - told > TELL_EVERY_SECONDS:
            told = time.monotonic()
            click.echo(f"{min(number, len(tenants))} of {len(tenants)} tenants ...")
    return total


@keys.command()
@click.argument("key")
def retire(key: str) -> None:
    """Take KEY out of the file. Refused as long as a stored value needs it.

    Keep a copy for as long as you keep backups from before the rotation.
    """
    retire_key(key, list_tenant_ids())
    _note(Verb.KEY_RETIRED, key=key)
    click.echo(f"{key} is out of the key file. {ON_MANY}")


def _note(verb: Verb, **details: object) -> None:
    actor = system_actor("Command line")
    record_installation(actor=actor, verb=verb, details=details, now=utc_now())
