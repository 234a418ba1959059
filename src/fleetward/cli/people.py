"""Finding the user or tenant that a command names, or saying that there is none."""

from __future__ import annotations

import click

from fleetward.identity.contracts import UserRow
from fleetward.identity.queries import find_user
from fleetward.tenancy.contracts import TenantRow
from fleetward.tenancy.queries import find_tenant


def need_user(email: str) -> UserRow:
    """The user of an e-mail address. Raises: click.ClickException."""
    found = find_user(email)
    if found is None:
        raise click.ClickException(f"There is no user {email}.")
    return found


def need_tenant(customer_id: str) -> TenantRow:
    """The tenant of a Customer ID. Raises: click.ClickException."""
    found = find_tenant(customer_id.strip().upper())
    if found is None:
        raise click.ClickException(
            f"There is no tenant {customer_id}. Its Customer ID stands in Tenant settings."
        )
    return found
