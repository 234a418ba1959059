"""Customers of a partner, for its programs: made, listed, and how each relation stands (T2, T3)."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from ninja import Query, Router

from fleetward.access.contracts import Capability
from fleetward.api.answers import answer, listed, once
from fleetward.api.auth import caller_of
from fleetward.api.calls import call
from fleetward.api.schemas import IdempotencyKey
from fleetward.api.v1.customer_schemas import (
    AssignedPartnerOut,
    CustomerIn,
    CustomerMadeOut,
    CustomerOut,
    CustomerPage,
    CustomersQuery,
    customer_json,
    partner_json,
)
from fleetward.tenancy.actions import end_partner
from fleetward.tenancy.people.actions import make_customer
from fleetward.tenancy.queries import find_partner
from fleetward.tenancy.queries.customers import find_made, page_of_customers
from fleetward.tenancy.queries.customers import get_customer as one_customer

router = Router(tags=["customers"])


@call(router, "GET /customers", needs=Capability.SEE_CUSTOMERS, answers=CustomerPage)
def list_customers(request: HttpRequest, wanted: Query[CustomersQuery]) -> HttpResponse:
    """List the customers that the partner has made, as they came, with how each relation stands."""
    caller = caller_of(request)
    page = page_of_customers(
        actor=caller.actor,
        partner=caller.tenant.id,
        states=wanted.state,
        cursor=wanted.cursor,
        limit=wanted.limit,
    )
    return listed(map(customer_json, page.rows), page)


@call(
    router,
    "POST /customers",
    needs=Capability.MANAGE_CUSTOMERS,
    answers=CustomerMadeOut,
    status=201,
)
def create_customer(
    request: HttpRequest, body: CustomerIn, key: IdempotencyKey = None
) -> HttpResponse:
    """Make a customer, which is pending until its admin accepts, and let that admin in.

    A new account gets a mail with the link to a password. An address that has an account already
    is invited by mail. Without a mail server the admin asks for a link on the sign-in page later.
    """
    caller = caller_of(request)

    def make() -> tuple[object, str]:
        made, admin = make_customer(
            actor=caller.actor, partner=caller.tenant.id, customer=body.told(), now=caller.now
        )
        row = find_made(actor=caller.actor, partner=caller.tenant.id, customer=made.id)
        told = customer_json(row) | {"is_invited": not admin.is_new_account}
        return told, reverse("api:get_customer", args=[UUID(row.uid)])

    return once(request, key, make, status=201)


@call(
    router,
    "GET /customers/{uuid:relation_id}",
    needs=Capability.SEE_CUSTOMERS,
    answers=CustomerOut,
)
def get_customer(request: HttpRequest, relation_id: UUID) -> HttpResponse:
    """Show how the relation to one customer stands."""
    caller = caller_of(request)
    row = one_customer(actor=caller.actor, partner=caller.tenant.id, uid=relation_id)
    return answer(customer_json(row))


@call(
    router,
    "GET /assigned-partner",
    needs=Capability.MANAGE_SETTINGS,
    answers=AssignedPartnerOut,
)
def get_assigned_partner(request: HttpRequest) -> HttpResponse:
    """Show the partner that may look after this tenant, or that asks to."""
    caller = caller_of(request)
    found = find_partner(actor=caller.actor, tenant=caller.tenant.id)
    return answer({"partner": partner_json(found)})


@call(
    router,
    "POST /assigned-partner/end",
    needs=Capability.MANAGE_SETTINGS,
    answers=AssignedPartnerOut,
    problems=[409],
)
def end_assigned_partner(request: HttpRequest, key: IdempotencyKey = None) -> HttpResponse:
    """End the relation to the partner: it sees nothing of this tenant with its next request.

    Only the customer does that. One that was only asked declines on the page Assigned Partner.
    """
    caller = caller_of(request)

    def make() -> tuple[object, str]:
        end_partner(actor=caller.actor, tenant=caller.tenant.id, now=caller.now)
        return {"partner": None}, ""

    return once(request, key, make, status=200)
