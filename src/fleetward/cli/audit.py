"""`fleetward audit`: reading the trail, that of the installation too, and verifying its chains."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path

import click

from fleetward.audit.actions import export_chain
from fleetward.audit.contracts import AuditRow, FileFlaw, FileReport, Stretch, Verb
from fleetward.audit.queries import list_entries, verify_chain, verify_file
from fleetward.cli.people import need_tenant
from fleetward.kernel.actor import Actor, system_actor
from fleetward.kernel.clock import utc_now
from fleetward.tenancy.queries import get_tenant_by_id, list_tenant_ids

TENANT = click.option("--tenant", help="Customer ID; without it that of the installation.")
VERBS = click.Choice([str(verb) for verb in Verb])
INSTALLATION = "installation"
NOTHING_BEFORE = "0" * 64
DAYS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]
FLAWS = {
    FileFlaw.NO_EXPORT: "this is no export with seals",
    FileFlaw.UNREADABLE: "cannot be read as an entry with its seal",
    FileFlaw.CHANGED: "was changed after it was sealed",
    FileFlaw.MISPLACED: "does not follow what stands before it: something was taken out, put in or "
    "moved",
    FileFlaw.CUT_OFF: "the end is missing, or tells of other entries: something was cut off",
    FileFlaw.AFTER_END: "stands behind the end",
    FileFlaw.NOTED_MISSING: "the digest that you noted is no seal of this file: something was "
    "rewritten or cut off, or the file is of another time",
}


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
@click.argument(
    "file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option("--tenant", help="Only the chain of this Customer ID; without it every chain.")
@click.option("--noted", default="", help="A digest noted before, which has to be in FILE.")
@click.pass_context
def verify(ctx: click.Context, file: Path | None, tenant: str | None, noted: str) -> None:
    """Compute the chains anew; end with status 1 when one is not whole.

    With FILE, an export with seals is verified by itself: no database is asked.

    Note the digests elsewhere: a later run shows them again, or something was cut off.
    """
    if file is not None and tenant:
        raise click.UsageError("FILE says itself which chain it is of; leave --tenant out.")
    if file is None and noted:
        raise click.UsageError("--noted is looked for in a FILE.")
    if file is not None:
        are_whole = [_is_whole_file(file, noted.strip().lower())]
    else:
        places = [need_tenant(tenant).id] if tenant else [None, *list_tenant_ids()]
        # Each is told, also after one that is broken.
        are_whole = [_is_whole(place) for place in places]
    if not all(are_whole):
        ctx.exit(1)


def _is_whole_file(file: Path, noted: str) -> bool:
    with file.open("rb") as lines:
        found = verify_file(lines, noted=noted)
    for flaw in found.flaws:
        entry = f", entry {flaw.entry}" if flaw.entry else ""
        click.echo(f"line {flaw.line}{entry}: {FLAWS[flaw.what]}")
    more = found.problems - len(found.flaws)
    if more > 0:
        click.echo(f"and {more} more")
    if found.is_whole:
        begins = "from its beginning" if found.previous == NOTHING_BEFORE else _follows(found)
        click.echo(f"{found.chain}: whole, {found.sealed} entries {begins}, digest {found.digest}")
    else:
        click.echo(f"{found.chain or file.name}: not whole, {found.problems} problems")
    return found.is_whole


def _follows(found: FileReport) -> str:
    return f"that follow {found.previous}"


def _is_whole(place: int | None) -> bool:
    found = verify_chain(actor=_operator(place), tenant=place, now=utc_now())
    name = _name_of(place)
    if found.broken_at:
        click.echo(f"{name}: broken at entry {found.broken_at}")
    if found.late:
        click.echo(f"{name}: {found.late} entries have no seal; is a worker running?")
    if found.is_whole:
        click.echo(f"{name}: {found.sealed} entries, digest {found.digest}")
    return found.is_whole


def _name_of(place: int | None) -> str:
    return INSTALLATION if place is None else get_tenant_by_id(place).customer_id


@audit.command()
@TENANT
@click.option("--since", type=click.DateTime(DAYS), help="From this day or moment on (UTC).")
@click.option("--until", type=click.DateTime(DAYS), help="Before this day or moment (UTC).")
@click.option(
    "-o", "--output", required=True, type=click.Path(dir_okay=False, path_type=Path), help="File."
)
def export(
    tenant: str | None, since: datetime | None, until: datetime | None, output: Path
) -> None:
    """Write a chain with its seals into a file that `audit verify FILE` verifies anywhere."""
    place = need_tenant(tenant).id if tenant else None
    with output.open("xb") as out:
        entries = export_chain(
            actor=_operator(place),
            tenant=place,
            chain=_name_of(place),
            stretch=Stretch(_utc(since), _utc(until)),
            out=out,
            now=utc_now(),
            most=None,
        )
    click.echo(f"{entries} entries written to {output}")


def _utc(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment else None
