"""`fleetward licence`: licence keys for tenants, issued by whoever runs the installation."""

from __future__ import annotations

from datetime import datetime

import click

from fleetward.kernel.actor import system_actor
from fleetward.kernel.clock import utc_now
from fleetward.kernel.errors import DomainError
from fleetward.tenancy.licences.actions import issue_licence
from fleetward.tenancy.licences.contracts import LicenceDamaged, LicenceOfAnotherSigner
from fleetward.tenancy.licences.queries import look_at_key

NAME = "Command line"
DAY = click.DateTime(formats=["%Y-%m-%d"])


@click.group()
def licence() -> None:
    """Issue licence keys, and show what one says."""


@licence.command()
@click.option("--customer", required=True, help="Customer ID of the tenant.")
@click.option("--plan", default="STANDARD", show_default=True, help="Code of a plan.")
@click.option("--seats", required=True, type=int)
@click.option("--starts", type=DAY, help="First day; today when it is not given.")
@click.option("--ends", required=True, type=DAY, help="Last day.")
def issue(customer: str, plan: str, seats: int, starts: datetime | None, ends: datetime) -> None:
    """Print a new licence key, which is kept nowhere.

    The first one makes the key that signs; it is sealed in the database.
    """
    now = utc_now()
    text = issue_licence(
        actor=system_actor(NAME),
        customer_id=customer,
        plan=plan,
        seats=seats,
        starts_on=(starts or now).date(),
        ends_on=ends.date(),
        now=now,
    )
    click.echo(text)


@licence.command()
@click.argument("key")
def show(key: str) -> None:
    """Show what KEY says, and whether this installation signed it."""
    said, refusal = look_at_key(key)
    click.echo(f"Licence   {said.uid}")
    click.echo(f"Customer  {said.customer_id}")
    click.echo(f"Plan      {said.plan}")
    click.echo(f"Seats     {said.seats}")
    click.echo(f"Term      {said.starts_on} to {said.ends_on}")
    click.echo(f"Signed    {_signed(refusal)}")


def _signed(refusal: DomainError | None) -> str:
    if isinstance(refusal, LicenceDamaged):
        return "no: it was changed after it was signed"
    if isinstance(refusal, LicenceOfAnotherSigner):
        return "not by this installation"
    return "by this installation"
