"""Questions about the customers that a partner has made (T2, T3).

Relations are read before there is a scope: they say what a partner has in sight.
"""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db.models import QuerySet

from fleetward.kernel.actor import Actor
from fleetward.kernel.errors import NotFound
from fleetward.kernel.paging import Page, decode_id, page_of
from fleetward.tenancy.contracts import CustomerRow, RelationState
from fleetward.tenancy.models import Relation
from fleetward.tenancy.queries.rows import customer_row


def page_of_customers(
    *,
    actor: Actor,
    partner: int,
    states: Collection[RelationState] = (),
    cursor: str | None = None,
    limit: int,
) -> Page[CustomerRow]:
    """What `list_customers` gives, in pages and in the order in which they were made.

    The caller has required SEE_CUSTOMERS. Raises: NotFound, BadCursor.
    """
    made = _made(actor, partner).filter(id__gt=decode_id(cursor) if cursor else 0)
    wanted = made.filter(state__in=states) if states else made
    found = list(wanted.order_by("id")[: limit + 1])
    return page_of(found, limit, lambda relation: relation.id, customer_row)


def get_customer(*, actor: Actor, partner: int, uid: UUID) -> CustomerRow:
    """One of them, by the relation. The caller has required SEE_CUSTOMERS. Raises: NotFound."""
    found = _made(actor, partner).filter(uid=uid).first()
    if found is None:
        raise NotFound
    return customer_row(found)


def find_made(*, actor: Actor, partner: int, customer: int) -> CustomerRow:
    """The one that the partner has just made. Raises: NotFound."""
    return customer_row(_made(actor, partner).get(customer_id=customer))


def _made(actor: Actor, partner: int) -> QuerySet[Relation]:
    if partner not in actor.roles:
        raise NotFound
    return Relation.objects.filter(partner_id=partner).select_related("customer")
