"""Customers that are made where no page tells their admin of the way in: by mail (T2)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from fleetward.kernel.actor import Actor
from fleetward.tenancy.actions.customers import create_customer
from fleetward.tenancy.contracts import LetIn, NewCustomer, TenantRow
from fleetward.tenancy.people.actions.mailing import mail_link


def make_customer(
    *, actor: Actor, partner: int, customer: NewCustomer, now: datetime
) -> tuple[TenantRow, LetIn]:
    """What `create_customer` does, with the link sent to the admin by mail.

    Raises: NotFound, Forbidden, BadCompany, BadEmail, PlanNotOffered (T4).
    Audit: customer.created at the partner; tenant.created and user.added or user.invited
    """
    with transaction.atomic():
        made, admin = create_customer(actor=actor, partner=partner, customer=customer, now=now)
        mail_link(actor, made.id, admin)
    return made, admin
