"""`fleetward audit`: reading the trail, that of the installation too, and verifying its chains."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

import click

from fleetward.audit.contracts import AuditRow, Verb
from fleetward.audit.queries import list_entries, verify_chain
from fleetward.cli.people import need_tenant
from fleetward.kernel.actor import Actor, system_actor
from fleetward.kernel.clock import utc_now
from fleetward.tenancy.queries import get_tenant_by_id, list_tenant_ids

TENANT = click.option("--tenant", help="Customer ID; without it that of the installation.")
VERBS = click.Choice([str(verb) for verb in Verb])
INSTALLATION = "installation"


@click.group()
def audit() -> None:
    """Read the audit log and verify its chains of hashes."""


@audit.command("list")
@TENANT
@click.option("--verb", type=VERBS, default=None, help="Only this one.")
@click.option("--limit", type=click.IntRange(1, 1_000_000), default=50, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line, nothing left out.")
def show(tenant: str | None, verb: str | None, limit: int, as_json: bool) -> None:
    """Print entries, latest first."""
    place = need_tenant(tenant).id if tenant else None
    page = list_entries(actor=_operator(place), tenant=place, limit=limit, verb=verb or "")
    for row in page.rows:
        click.echo(_as_json(row) if as_json else _as_line(row))


def _operator(place: int | None) -> Actor:
    return replace(system_actor("Command line", *([place] if place else [])), is_operator=True)


def _as_line(row: AuditRow) -> str:
    details = json.dumps(row.details, ensure_ascii=False) if row.details else ""
    return f"{row.at:%Y-%m-%d %H:%M:%S}  {row.verb}  {row.actor}  {row.subject}  {details}".rstrip()


def _as_json(row: AuditRow) -> str:
    return json.dumps({**asdict(row), "at": row.at.isoformat()}, ensure_ascii=False)


@audit.command()
@click.option("--tenant", help="Only the chain of this Customer ID; without it every chain.")
@click.pass_context
def verify(ctx: click.Context, tenant: str | None) -> None:
    """Compute the chains anew; end with status 1 when one is not whole.

    Note the digests elsewhere: a later run shows them again, or something was cut off.
    """
    places = [need_tenant(tenant).id] if tenant else [None, *list_tenant_ids()]
    # Each is told, also after one that is broken.
    are_whole = [_is_whole(place) for place in places]
    if not all(are_whole):
        ctx.exit(1)


def _is_whole(place: int | None) -> bool:
    found = verify_chain(actor=_operator(place), tenant=place, now=utc_now())
    name = INSTALLATION if place is None else get_tenant_by_id(place).customer_id
    if found.broken_at:
        click.echo(f"{name}: broken at entry {found.broken_at}")
    if found.late:
        click.echo(f"{name}: {found.late} entries have no seal; is a worker running?")
    if found.is_whole:
        click.echo(f"{name}: {found.sealed} entries, digest {found.digest}")
    return found.is_whole
