"""`fleetward token`: personal access tokens from the operator's command line."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import click

from fleetward.cli.people import need_tenant, need_user
from fleetward.identity.actions import issue_token, revoke_token
from fleetward.identity.contracts import TokenRow, TokenState
from fleetward.identity.queries import list_every_token
from fleetward.kernel.actor import system_actor
from fleetward.kernel.clock import utc_now
from fleetward.tenancy.queries import get_tenant_by_id, roles_of_user

HEADERS = ("ID", "BEGINS", "USER", "TENANT", "NAME", "CREATED", "EXPIRES", "LAST USED", "STATE")


@click.group()
def token() -> None:
    """Make, list and revoke personal access tokens."""


@token.command()
@click.option("--email", required=True, help="The user that the token speaks for.")
@click.option("--tenant", required=True, help="Customer ID of the tenant that it is bound to.")
@click.option("--name", required=True, help="What it is for.")
@click.option("--days", type=click.IntRange(1, 3650), help="How long it works; else until revoked.")
def create(email: str, tenant: str, name: str, days: int | None) -> None:
    """Print a new token. It cannot be shown again."""
    user, place = need_user(email), need_tenant(tenant)
    if place.id not in roles_of_user(user.id):
        raise click.ClickException(f"{user.email} is not a user of {place.name}.")
    made = issue_token(
        actor=system_actor("Command line", place.id),
        user_id=user.id,
        tenant=place.id,
        name=name,
        now=utc_now(),
        days=days,
    )
    click.echo(made)


@token.command("list")
@click.option("--email", help="Only those of this user.")
@click.option("--tenant", help="Only those for the tenant of this Customer ID.")
@click.option("--all", "with_ended", is_flag=True, help="Also those that no longer work.")
def list_tokens(email: str | None, tenant: str | None, with_ended: bool) -> None:
    """List tokens, latest first: never the token itself, but how it begins."""
    user, place = email and need_user(email).email, tenant and need_tenant(tenant).id
    found = [
        row
        for row in list_every_token(now=utc_now())
        if (with_ended or row.state is TokenState.ALIVE)
        and (not user or row.user == user)
        and (not place or row.tenant_id == place)
    ]
    names = {row.tenant_id: get_tenant_by_id(row.tenant_id).customer_id for row in found}
    lines = [HEADERS, *(_cells(row, names[row.tenant_id]) for row in found)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        click.echo("  ".join(map(str.ljust, line, widths)).rstrip())


def _cells(row: TokenRow, customer_id: str) -> tuple[str, ...]:
    days = (row.created_at, row.expires_at, row.latest_use_at)
    return (row.uid, row.hint, row.user, customer_id, row.name, *map(_day, days), row.state.lower())


def _day(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d}" if moment else "-"


@token.command()
@click.argument("uids", metavar="ID...", nargs=-1, required=True, type=click.UUID)
def revoke(uids: tuple[UUID, ...]) -> None:
    """End tokens at once, by the ids that `token list` shows."""
    now = utc_now()
    alive = {row.uid: row for row in list_every_token(now=now) if row.state != TokenState.REVOKED}
    if unknown := [str(uid) for uid in uids if str(uid) not in alive]:
        raise click.ClickException(f"No token with this id can be revoked: {', '.join(unknown)}")
    for uid in map(str, uids):
        tenant = alive[uid].tenant_id
        actor = system_actor("Command line", tenant)
        revoke_token(actor=actor, tenant=tenant, uid=uid, now=now)
        click.echo(f"Revoked {alive[uid].name} of {alive[uid].user}.")
