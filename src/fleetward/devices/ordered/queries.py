"""Questions about what partners ordered: the partner's of its own, and the operator's of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from fleetward.access.contracts import Capability
from fleetward.access.queries import require
from fleetward.devices.ordered.contracts import OrderedRow, OrderedState, Wanted
from fleetward.infra import sql
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import Actor
from fleetward.kernel.errors import NotFound
from fleetward.kernel.paging import LARGEST_ID, Page, decode_id, placed_page
from fleetward.tenancy.queries.directory import find_own_holding, get_partner

CONTEXT = "devices.ordered"
CHUNK_ROWS = 5_000


class Reconciliation:
    """What one partner ordered, for whoever may read it; `name` is the partner's, for others."""

    def __init__(self, partner: int, holding: int | None, name: str = "") -> None:
        self.name = name
        self._params = {"tenant": partner, "holding": holding or 0}
        self._scope = [partner, *([holding] if holding else [])]

    def counts(self) -> dict[OrderedState, int]:
        """How many are where."""
        with tenant_scope(self._scope):
            found = dict(sql.fetch(CONTEXT, "count_ordered", self._params))
        return {state: found.get(state, 0) for state in OrderedState}

    def page(
        self, wanted: Wanted, *, now: datetime, cursor: str | None = None, limit: int = 50
    ) -> Page[OrderedRow]:
        """Those wanted, latest first. Raises: BadCursor."""
        params = {
            **self._params,
            "below": decode_id(cursor) if cursor else LARGEST_ID,
            "states": [str(state) for state in wanted.states],
            "search": _pattern(wanted.search),
            "most": limit + 1,
        }
        with tenant_scope(self._scope):
            found = sql.fetch(CONTEXT, "list_ordered", params)
        return placed_page([((number,), _row(told, now)) for number, *told in found], limit)

    def each(self, wanted: Wanted, *, now: datetime) -> Iterator[OrderedRow]:
        """All of those wanted, for a download."""
        cursor: str | None = None
        while True:
            page = self.page(wanted, now=now, cursor=cursor, limit=CHUNK_ROWS)
            yield from page.rows
            cursor = page.after
            if cursor is None:
                return


def own_reconciliation(*, actor: Actor, partner: int) -> Reconciliation:
    """A partner's own, while its holding tenant is open to the actor (T7, T8).

    Raises: NotFound, Forbidden.
    """
    require(actor, Capability.SEE_CUSTOMERS, tenant=partner)
    holding = find_own_holding(actor=actor, partner=partner)
    if holding is None:
        raise NotFound
    return Reconciliation(partner, holding.id)


def reconciliation_of(*, actor: Actor, vendor: int, customer_id: str) -> Reconciliation:
    """That of a partner, for the operator. Raises: NotFound, Forbidden."""
    require(actor, Capability.OPERATE, tenant=vendor)
    found = get_partner(customer_id)
    return Reconciliation(found.tenant.id, found.holding, found.tenant.name)


def _pattern(search: str) -> str:
    """Of LIKE: what begins so, whatever the case; signs of LIKE stand for themselves."""
    text = "".join(f"\\{sign}" if sign in "\\%_" else sign for sign in search.strip().upper())
    return f"{text}%" if text else ""


def _row(told: Sequence[Any], now: datetime) -> OrderedRow:
    ordered_on, seen_at, word, told_by = told[5:]
    since, state = ordered_on or seen_at.date(), OrderedState(word)
    waits = max((now.date() - since).days, 0) if state is OrderedState.MISSING else None
    serial, maker, product_number, order_number, location = told[:5]
    return OrderedRow(
        serial, maker, product_number, order_number, location, since, state, waits, told_by
    )
