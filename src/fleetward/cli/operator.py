"""`fleetward operator`: who looks after partners, certifications and resale feeds."""

from __future__ import annotations

import click
from django.urls import reverse

from fleetward.config.env import env
from fleetward.identity.contracts import Newcomer
from fleetward.identity.queries import find_user
from fleetward.kernel.actor import system_actor
from fleetward.kernel.clock import utc_now
from fleetward.tenancy.actions import add_member, ensure_vendor
from fleetward.tenancy.contracts import Role

NAME = "Command line"


@click.group()
def operator() -> None:
    """Let operators of this installation in."""


@operator.command()
@click.option("--email", required=True)
@click.option("--name", default="")
@click.option("--organisation", default="Operator", show_default=True, help="Of a tenant to make.")
@click.option("--password", help="Of a new account; asked for when it is not given.")
def add(email: str, name: str, organisation: str, password: str | None) -> None:
    """Let a user into the operator's tenant; print its Customer ID.

    The tenant is made when there is none. Whoever has an account already must accept: the link to
    do so is printed too.
    """
    if password is None and find_user(email) is None:
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    now = utc_now()
    place = ensure_vendor(actor=system_actor(NAME), name=organisation, now=now)
    added = add_member(
        actor=system_actor(NAME, place.id),
        tenant=place.id,
        who=Newcomer(email, name, password),
        role=Role.OPERATOR,
        now=now,
    )
    click.echo(place.customer_id)
    if added.token:
        click.echo(env().public_address(reverse("invitation", args=[added.token])))
        click.echo(f"{added.email} has an account and opens this link within 7 days.", err=True)
