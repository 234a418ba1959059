"""Making a partner company with its locations."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from fleetward.infra.tx import one_transaction
from fleetward.kernel.actor import Actor
from fleetward.partners.actions.locations import add_location
from fleetward.tenancy.actions import create_partner
from fleetward.tenancy.contracts import LetIn, NewPartner, TenantRow


def add_partner(
    *, actor: Actor, vendor: int, partner: NewPartner, locations: Sequence[str], now: datetime
) -> tuple[TenantRow, LetIn]:
    """Make a partner with its location ids, and let its first Partner Admin in; all or nothing.

    Raises: NotFound, Forbidden, BadCompany, BadEmail, BadLocation, LocationTaken.
    Audit: those of `create_partner`; location.added
    """
    with one_transaction():
        made, admin = create_partner(actor=actor, vendor=vendor, partner=partner, now=now)
        for code in locations:
            add_location(
                actor=actor, vendor=vendor, customer_id=made.customer_id, code=code, now=now
            )
    return made, admin
