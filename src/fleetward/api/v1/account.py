"""The caller's tenant, notifications and audit log."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from django.http import HttpRequest
from ninja import Query, Router, Schema

from fleetward.access.contracts import Capability
from fleetward.api.auth import caller_of
from fleetward.audit.queries import list_entries
from fleetward.kernel.paging import MAX_LIMIT
from fleetward.notifications.queries import list_notifications

router = Router()
Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT)]


class TenantOut(Schema):
    customer_id: str
    name: str
    time_zone: str
    expiring_days: int
    role: str


class NotificationOut(Schema):
    id: str
    kind: str
    level: str
    params: dict[str, object]
    link: str
    created_at: datetime
    is_read: bool


class NotificationsOut(Schema):
    items: list[NotificationOut]
    next: str | None


class AuditOut(Schema):
    id: str
    at: datetime
    actor: str
    verb: str
    subject: str
    details: dict[str, object]
    request_id: str


class AuditPageOut(Schema):
    items: list[AuditOut]
    next: str | None


@router.get("/tenant", response=TenantOut, tags=["tenant"], operation_id="get_tenant")
def get_tenant(request: HttpRequest) -> TenantOut:
    """The tenant that the token is bound to, and the role held there."""
    caller = caller_of(request, Capability.SEE_DEVICES)
    tenant = caller.tenant
    return TenantOut(
        customer_id=tenant.customer_id,
        name=tenant.name,
        time_zone=tenant.settings.time_zone,
        expiring_days=tenant.settings.expiring_days,
        role=caller.actor.roles[tenant.id],
    )


@router.get(
    "/notifications",
    response=NotificationsOut,
    tags=["notifications"],
    operation_id="list_notifications",
)
def notifications(
    request: HttpRequest, cursor: str | None = None, limit: Limit = 50
) -> NotificationsOut:
    """The caller's notifications, latest first."""
    caller = caller_of(request, Capability.SEE_NOTIFICATIONS)
    page = list_notifications(
        actor=caller.actor, tenant=caller.tenant.id, cursor=cursor, limit=limit
    )
    items = [
        NotificationOut(
            id=row.uid,
            kind=row.kind,
            level=row.level,
            params=dict(row.params),
            link=row.link,
            created_at=row.created_at,
            is_read=row.is_read,
        )
        for row in page.rows
    ]
    return NotificationsOut(items=items, next=page.after)


@router.get("/audit", response=AuditPageOut, tags=["audit"], operation_id="list_audit")
def audit(
    request: HttpRequest, cursor: str | None = None, limit: Limit = 50, verb: str = ""
) -> AuditPageOut:
    """The audit log of the tenant, latest first."""
    caller = caller_of(request, Capability.SEE_AUDIT)
    page = list_entries(
        actor=caller.actor, tenant=caller.tenant.id, cursor=cursor, limit=limit, verb=verb
    )
    items = [
        AuditOut(
            id=row.uid,
            at=row.at,
            actor=row.actor,
            verb=row.verb,
            subject=row.subject,
            details=dict(row.details),
            request_id=row.request_id,
        )
        for row in page.rows
    ]
    return AuditPageOut(items=items, next=page.after)
