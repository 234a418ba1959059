"""Gaps and doubles between the entitlements of devices."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Field, Query, Router, Schema
from pydantic import ConfigDict

from fleetward.access.contracts import Capability
from fleetward.api.answers import answer, listed
from fleetward.api.auth import caller_of
from fleetward.api.calls import call
from fleetward.api.schemas import SOME_ID, Out, PageOut, Paging, sample
from fleetward.warranty.contracts import (
    EntitlementKind,
    FlawFilter,
    FlawKind,
    FlawLine,
    FlawRow,
)
from fleetward.warranty.queries import flaws as queries

router = Router(tags=["gaps and doubles"])


class FlawLineOut(Out):
    kind: EntitlementKind
    name: str
    number: str
    starts_on: date | None
    ends_on: date | None


class FlawOut(Out):
    model_config = ConfigDict(
        json_schema_extra=sample(
            device_id=SOME_ID,
            name="PC-00017",
            manufacturer="Dell",
            serial="7XK2M93",
            model="Latitude 5450",
            kind="GAP_AHEAD",
            starts_on="2027-02-21",
            ends_on="2027-03-14",
            days=22,
            entitlements=[
                {
                    "kind": "EXTENSION",
                    "name": "ProSupport",
                    "number": "997-8323",
                    "starts_on": "2027-03-15",
                    "ends_on": "2029-03-14",
                }
            ],
            is_simulated=False,
        )
    )
    device_id: UUID
    name: str
    manufacturer: str
    serial: str
    model: str
    kind: FlawKind
    starts_on: date
    ends_on: date | None = Field(description="null: a double that does not end")
    days: int | None
    entitlements: list[FlawLineOut] = Field(
        description="What ends a gap, or the two that are a double"
    )
    is_simulated: bool


class FlawPage(PageOut):
    items: list[FlawOut]


class FlawQuery(Paging):
    kind: FlawKind = Field(
        FlawKind.GAP_AHEAD,
        description="GAP_AHEAD: not over yet, the next first; the others: the latest end first",
    )
    days_from: date | None = Field(None, description="Only those with a day from this one on")
    days_to: date | None = Field(None, description="Only those with a day up to this one")
    group: list[UUID] = Field([], description="Of devices in any of these groups; all without")


class FlawSummaryQuery(Schema):
    group: list[UUID] = Field([], description="Of devices in any of these groups; all without")


class FlawCountOut(Out):
    kind: FlawKind
    number: int
    devices: int
    days: int = Field(description="Of all together, without doubles that do not end")
    running: int = Field(description="Those that are not over yet")
    is_simulated: bool = Field(description="Some are known from a simulator's answers only")


class FlawQuarterOut(Out):
    first: date = Field(description="The first day of the quarter")
    latest: date
    gaps: int = Field(description="Gaps to come that have a day of the quarter")
    devices: int


class FlawSummaryOut(Out):
    model_config = ConfigDict(
        json_schema_extra=sample(
            today="2026-11-22",
            counts=[
                {
                    "kind": "GAP_AHEAD",
                    "number": 12,
                    "devices": 12,
                    "days": 340,
                    "running": 12,
                    "is_simulated": False,
                }
            ],
            quarters=[{"first": "2027-01-01", "latest": "2027-03-31", "gaps": 4, "devices": 4}],
        )
    )
    today: date
    counts: list[FlawCountOut]
    quarters: list[FlawQuarterOut] = Field(description="The present one and the eleven after it")


@call(router, "GET /warranty-gaps", needs=Capability.SEE_WARRANTY, answers=FlawPage)
def list_flaws(request: HttpRequest, only: Query[FlawQuery]) -> HttpResponse:
    """List days without cover between two entitlements of a device, or services bought twice."""
    caller = caller_of(request)
    page = queries.list_flaws(
        actor=caller.actor,
        tenant=caller.tenant.id,
        only=FlawFilter(only.kind, only.days_from, only.days_to, tuple(only.group)),
        today=caller.today,
        cursor=only.cursor,
        limit=only.limit,
    )
    return listed(map(_flaw_json, page.rows), page)


@call(router, "GET /warranty-gaps/summary", needs=Capability.SEE_WARRANTY, answers=FlawSummaryOut)
def count_flaws(request: HttpRequest, only: Query[FlawSummaryQuery]) -> HttpResponse:
    """Count gaps and doubles, and the gaps to come by quarter."""
    caller = caller_of(request)
    found = queries.count_flaws(
        actor=caller.actor, tenant=caller.tenant.id, today=caller.today, groups=only.group
    )
    counts = [
        {
            "kind": kind,
            "number": count.flaws,
            "devices": count.devices,
            "days": count.days,
            "running": count.running,
            "is_simulated": count.is_simulated,
        }
        for kind, count in found.counts.items()
    ]
    quarters = [
        {"first": one.first, "latest": one.latest, "gaps": one.gaps, "devices": one.devices}
        for one in found.quarters
    ]
    return answer({"today": found.today, "counts": counts, "quarters": quarters})


def _flaw_json(row: FlawRow) -> dict[str, object]:
    return {
        "device_id": row.device_uid,
        "name": row.name,
        "manufacturer": row.manufacturer,
        "serial": row.serial,
        "model": row.model,
        "kind": row.kind,
        "starts_on": row.starts_on,
        "ends_on": row.ends_on,
        "days": row.days,
        "entitlements": [_line_json(line) for line in row.lines],
        "is_simulated": row.is_simulated,
    }


def _line_json(line: FlawLine) -> dict[str, object]:
    return {
        "kind": line.kind,
        "name": line.name,
        "number": line.number,
        "starts_on": line.starts_on,
        "ends_on": line.ends_on,
    }
