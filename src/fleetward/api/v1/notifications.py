"""The caller's Notification Center."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Field, Query, Router
from pydantic import ConfigDict

from fleetward.access.contracts import Capability
from fleetward.api.answers import listed, once
from fleetward.api.auth import caller_of
from fleetward.api.calls import call
from fleetward.api.schemas import (
    SOME_ID,
    SOME_TIME,
    IdempotencyKey,
    In,
    Out,
    PageOut,
    Paging,
    sample,
)
from fleetward.kernel.paging import MAX_LIMIT
from fleetward.notifications.actions import mark_read
from fleetward.notifications.contracts import Kind, Level, NotificationRow
from fleetward.notifications.queries import list_notifications as list_rows

router = Router(tags=["notifications"])


class NotificationOut(Out):
    model_config = ConfigDict(
        json_schema_extra=sample(
            id=SOME_ID,
            kind="IMPORT_DONE",
            level="INFO",
            params={"file": "devices.csv", "rows": 480},
            link="/t/9KQ2M7XV4T/devices/imports/",
            created_at=SOME_TIME,
            is_read=False,
        )
    )
    id: UUID
    kind: Kind
    level: Level
    params: dict[str, object] = Field(description="What the text is filled with")
    link: str = Field(description="A path within the product; may be empty")
    created_at: datetime
    is_read: bool


class NotificationPage(PageOut):
    items: list[NotificationOut]


class ReadIn(In):
    model_config = ConfigDict(json_schema_extra=sample(ids=[SOME_ID]))
    ids: list[UUID] | None = Field(
        None, max_length=MAX_LIMIT, description="Which ones; all when left out"
    )


class ReadOut(Out):
    model_config = ConfigDict(json_schema_extra=sample(marked=1))
    marked: int


def notification_json(row: NotificationRow) -> dict[str, object]:
    return {
        "id": row.uid,
        "kind": row.kind,
        "level": row.level,
        "params": row.params,
        "link": row.link,
        "created_at": row.created_at,
        "is_read": row.is_read,
    }


@call(router, "GET /notifications", needs=Capability.SEE_NOTIFICATIONS, answers=NotificationPage)
def list_notifications(request: HttpRequest, paging: Query[Paging]) -> HttpResponse:
    """List the caller's notifications, latest first."""
    caller = caller_of(request)
    page = list_rows(
        actor=caller.actor, tenant=caller.tenant.id, cursor=paging.cursor, limit=paging.limit
    )
    return listed(map(notification_json, page.rows), page)


@call(router, "POST /notifications/read", needs=Capability.SEE_NOTIFICATIONS, answers=ReadOut)
def mark_notifications_read(
    request: HttpRequest, body: ReadIn, key: IdempotencyKey = None
) -> HttpResponse:
    """Mark notifications as read.

    Repeating it changes nothing more.
    """
    caller = caller_of(request)
    uids = None if body.ids is None else [str(uid) for uid in body.ids]

    def make() -> tuple[object, str]:
        marked = mark_read(actor=caller.actor, tenant=caller.tenant.id, now=caller.now, uids=uids)
        return ReadOut(marked=marked), ""

    return once(request, key, make, status=200)
