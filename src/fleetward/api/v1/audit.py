"""The trail of the tenant."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Field, Query, Router
from pydantic import ConfigDict

from fleetward.access.contracts import Capability
from fleetward.api.answers import listed
from fleetward.api.auth import caller_of
from fleetward.api.calls import call
from fleetward.api.schemas import SOME_ID, SOME_TIME, Out, PageOut, Paging, sample
from fleetward.audit.contracts import AuditRow, Verb
from fleetward.audit.queries import list_entries

router = Router(tags=["audit"])


class AuditQuery(Paging):
    verb: Verb | None = Field(None, description="Only this verb; docs/reference/audit.md lists all")


class AuditOut(Out):
    model_config = ConfigDict(
        json_schema_extra=sample(
            id=SOME_ID,
            at=SOME_TIME,
            actor="admin@acme.example",
            verb="device.changed",
            subject="device:" + SOME_ID,
            details={"before": {"name": "PC-1"}, "after": {"name": "PC-2"}},
            request_id="5f0c8d5be3a54ab0a9a4f8f5d8a64c0d",
            address="192.0.2.7",
        )
    )
    id: UUID
    at: datetime
    actor: str
    verb: Verb
    subject: str
    details: dict[str, object]
    request_id: str
    address: str


class AuditPage(PageOut):
    items: list[AuditOut]


def entry_json(row: AuditRow) -> dict[str, object]:
    return {
        "id": row.uid,
        "at": row.at,
        "actor": row.actor,
        "verb": row.verb,
        "subject": row.subject,
        "details": row.details,
        "request_id": row.request_id,
        "address": row.address,
    }


@call(router, "GET /audit", needs=Capability.SEE_AUDIT, answers=AuditPage)
def list_audit(request: HttpRequest, paging: Query[AuditQuery]) -> HttpResponse:
    """List the audit log of the tenant, latest first."""
    caller = caller_of(request)
    page = list_entries(
        actor=caller.actor,
        tenant=caller.tenant.id,
        cursor=paging.cursor,
        limit=paging.limit,
        verb=paging.verb or "",
    )
    return listed(map(entry_json, page.rows), page)
