"""What a partner ordered, and where it is, for its programs (T7, T9)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from ninja import Field, Query, Router, Schema
from pydantic import ConfigDict

from fleetward.access.contracts import Capability
from fleetward.api.answers import answer, csv_answer, listed
from fleetward.api.auth import caller_of
from fleetward.api.calls import call
from fleetward.api.schemas import Out, PageOut, Paging, sample
from fleetward.devices.ordered.contracts import OrderedRow, OrderedState, Wanted
from fleetward.devices.ordered.queries import Reconciliation, own_reconciliation
from fleetward.tenancy.queries.destinations import with_holding

router = Router(tags=["ordered devices"])
NEEDS = Capability.SEE_CUSTOMERS


class OrderedFilter(Schema):
    """Which of them; the names of the page's filters."""

    state: list[OrderedState] = Field([], description="Those in one of these states")
    q: str = Field(
        "", max_length=80, description="Those whose serial or order number begins like this"
    )

    @property
    def wanted(self) -> Wanted:
        return Wanted(self.state, self.q.strip())


class OrderedQuery(OrderedFilter, Paging):
    pass


class OrderedOut(Out):
    model_config = ConfigDict(
        json_schema_extra=sample(
            serial="5XK2QL3",
            manufacturer="Dell",
            product_number="",
            order_number="PO-4711",
            location="102030",
            since="2026-11-02",
            state="MISSING",
            days_waiting=20,
            told_by="",
        )
    )
    serial: str
    manufacturer: str
    product_number: str
    order_number: str
    location: str = Field(description="Partner ID that a feed named; empty without one")
    since: date = Field(description="The day of the order, or when it was first told of")
    state: OrderedState = Field(
        description="SEEN in Unassigned Devices, TRANSFERRED from there, DELETED there, or "
        "MISSING: no resale feed has brought it"
    )
    days_waiting: int | None = Field(description="Of what is missing; null for others")
    told_by: str = Field(description="Who of the partner expects it; empty where a feed named it")


class OrderedPage(PageOut):
    items: list[OrderedOut]


class OrderedSummaryOut(Out):
    model_config = ConfigDict(
        json_schema_extra=sample(ordered=500, seen=420, transferred=60, deleted=0, missing=20)
    )
    ordered: int = Field(description="All of them")
    seen: int
    transferred: int
    deleted: int
    missing: int


def _json(row: OrderedRow) -> dict[str, object]:
    return {
        "serial": row.serial,
        "manufacturer": row.manufacturer,
        "product_number": row.product_number,
        "order_number": row.order_number,
        "location": row.location,
        "since": row.since,
        "state": row.state,
        "days_waiting": row.waits,
        "told_by": row.told_by,
    }


def _own(request: HttpRequest) -> Reconciliation:
    """That of the token's partner. Raises: NotFound, where nobody of it is certified."""
    caller = caller_of(request)
    actor = with_holding(caller.actor, partner=caller.tenant.id)
    return own_reconciliation(actor=actor, partner=caller.tenant.id)


@call(router, "GET /ordered-devices", needs=NEEDS, answers=OrderedPage, problems=[404])
def list_ordered_devices(request: HttpRequest, only: Query[OrderedQuery]) -> HttpResponse:
    """List what the partner ordered, by resale feeds and by lists of its own, latest first.

    Like Unassigned Devices it is there while somebody of the partner is certified.
    """
    found = _own(request)
    page = found.page(only.wanted, now=caller_of(request).now, cursor=only.cursor, limit=only.limit)
    return listed(map(_json, page.rows), page)


@call(
    router, "GET /ordered-devices/summary", needs=NEEDS, answers=OrderedSummaryOut, problems=[404]
)
def get_ordered_summary(request: HttpRequest) -> HttpResponse:
    """Count what the partner ordered by where it is."""
    counts = _own(request).counts()
    told = {state.lower(): number for state, number in counts.items()}
    return answer({"ordered": sum(counts.values()), **told})


@call(router, "GET /ordered-devices.csv", needs=NEEDS, answers="text/csv", problems=[404])
def download_ordered_devices(request: HttpRequest, only: Query[OrderedFilter]) -> HttpResponseBase:
    """Download what the partner ordered as CSV, all of it that the filters leave."""
    lines = _own(request).each(only.wanted, now=caller_of(request).now)
    return csv_answer(list(OrderedOut.model_fields), map(_line, lines), name="ordered-devices")


def _line(row: OrderedRow) -> Sequence[str]:
    return ["" if value is None else str(value) for value in _json(row).values()]
