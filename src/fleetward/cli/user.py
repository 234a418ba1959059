"""`fleetward user`: letting people in when nobody can sign in yet or any more."""

from __future__ import annotations

import click
from django.urls import reverse

from fleetward.cli.people import need_tenant, need_user
from fleetward.config.env import env
from fleetward.identity.actions import set_password
from fleetward.identity.contracts import Newcomer
from fleetward.identity.queries import find_user
from fleetward.identity.second_factor.actions import remove_second_factors
from fleetward.kernel.actor import system_actor
from fleetward.kernel.clock import utc_now
from fleetward.tenancy.actions import add_member, create_tenant
from fleetward.tenancy.contracts import CUSTOM_ROLES, Role, TenantSettings
from fleetward.tenancy.queries import roles_of_user
from fleetward.tenancy.sign_on.actions import allow_passwords

LANGUAGES = click.Choice(["en", "fr"])
ROLES = click.Choice([str(role) for role in Role if role not in CUSTOM_ROLES], case_sensitive=False)


@click.group()
def user() -> None:
    """Add users, reset passwords, remove second factors."""


@user.command()
@click.option("--email", required=True)
@click.option("--tenant", help="Customer ID of a tenant.")
@click.option("--new-tenant", help="Name of a tenant to make.")
@click.option("--language", type=LANGUAGES, default="en", help="Of a tenant to make.")
@click.option("--role", type=ROLES, default=str(Role.IT_ADMIN), show_default=True)
@click.option("--name", default="")
@click.option("--password", help="Of a new account; asked for when it is not given.")
def add(
    email: str,
    tenant: str | None,
    new_tenant: str | None,
    language: str,
    role: str,
    name: str,
    password: str | None,
) -> None:
    """Let a user into a tenant; print its Customer ID.

    Whoever has an account already must accept: the link to do so is printed too.
    """
    if (tenant is None) == (new_tenant is None):
        raise click.UsageError("Give either --tenant or --new-tenant.")
    now = utc_now()
    if password is None and find_user(email) is None:
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    place = (
        need_tenant(tenant)
        if tenant
        else create_tenant(
            actor=system_actor("Command line"),
            name=new_tenant or "",
            settings=TenantSettings(language=language),
            now=now,
        )
    )
    added = add_member(
        actor=system_actor("Command line", place.id),
        tenant=place.id,
        who=Newcomer(email, name, password),
        role=Role(role.upper()),
        now=now,
    )
    click.echo(place.customer_id)
    if added.token:
        click.echo(env().public_address(reverse("invitation", args=[added.token])))
        click.echo(f"{added.email} has an account and opens this link within 7 days.", err=True)


@user.command("reset-password")
@click.option("--email", required=True)
@click.password_option(help="Asked for when it is not given.")
def reset_password(email: str, password: str) -> None:
    """Give a user a new password, to be changed at sign-in; open sessions and tokens end."""
    tenants = tuple(roles_of_user(need_user(email).id))
    set_password(
        actor=system_actor("Command line", *tenants),
        email=email,
        password=password,
        tenants=tenants,
    )
    click.echo(f"{email} has a new password.")


@user.command("allow-passwords")
@click.option("--tenant", required=True, help="Customer ID of the tenant.")
def allow(tenant: str) -> None:
    """Let users of a tenant in by their passwords again, when its identity provider is gone."""
    place = need_tenant(tenant)
    allow_passwords(actor=system_actor("Command line", place.id), tenant=place.id)
    click.echo(f"Passwords let into {place.name} again.")


@user.command("remove-second-factor")
@click.option("--email", required=True)
def remove_second_factor(email: str) -> None:
    """Let a user sign in without a code whose phone is lost. Make sure first who is asking."""
    tenants = tuple(roles_of_user(need_user(email).id))
    remove_second_factors(actor=system_actor("Command line", *tenants), email=email)
    click.echo(f"{email} signs in without a second factor and should set up a new one.")
