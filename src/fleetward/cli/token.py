"""`fleetward token`: personal access tokens from the operator's command line."""

from __future__ import annotations

import click

from fleetward.cli.people import need_tenant, need_user
from fleetward.identity.actions import issue_token
from fleetward.kernel.actor import system_actor
from fleetward.kernel.clock import utc_now
from fleetward.tenancy.queries import roles_of_user


@click.group()
def token() -> None:
    """Make personal access tokens."""


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
