"""The caller's Notification Center."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Field, Query, Router
from pydantic import AwareDatetime, ConfigDict

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
from fleetward.notifications.actions import mark_read, snooze
from fleetward.notifications.contracts import (
    BadSnooze,
    Kind,
    Level,
    NoteFilter,
    NotificationRow,
    Topic,
)
from fleetward.notifications.queries import list_notifications as list_rows

router = Router(tags=["notifications"])
MOST_WORDS = 100
LONGEST_SNOOZE = timedelta(days=366)


class NotificationQuery(Paging):
    """The filters of the Notification Center. All must hold; repeats are alternatives."""

    is_unread: bool = Field(False, description="true: only those that are unread")
    is_snoozed: bool = Field(False, description="true: only those that are put aside")
    topic: list[Topic] = Field([], max_length=MOST_WORDS, description="Any of these topics")
    kind: list[Kind] = Field([], max_length=MOST_WORDS, description="Any of these kinds")
    level: list[Level] = Field([], max_length=MOST_WORDS, description="Any of these levels")


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
            snoozed_until=None,
        )
    )
    id: UUID
    kind: Kind
    level: Level
    params: dict[str, object] = Field(description="What the text is filled with")
    link: str = Field(description="A path within the product; may be empty")
    created_at: datetime
    is_read: bool
    snoozed_until: datetime | None = Field(description="When it comes back; null: not snoozed")


class NotificationPage(PageOut):
    items: list[NotificationOut]


class ReadIn(In):
    model_config = ConfigDict(json_schema_extra=sample(ids=[SOME_ID]))
    ids: list[UUID] | None = Field(
        None, max_length=MAX_LIMIT, description="Which ones; all when left out"
    )


class SnoozeIn(In):
    model_config = ConfigDict(json_schema_extra=sample(until=SOME_TIME))
    until: AwareDatetime | None = Field(
        description="When it comes back as unread, at most a year ahead; null: at once"
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
        "snoozed_until": row.snoozed_until,
    }


@call(router, "GET /notifications", needs=Capability.SEE_NOTIFICATIONS, answers=NotificationPage)
def list_notifications(request: HttpRequest, paging: Query[NotificationQuery]) -> HttpResponse:
    """List the caller's notifications, latest first, without those that are snoozed."""
    caller = caller_of(request)
    page = list_rows(
        actor=caller.actor,
        tenant=caller.tenant.id,
        cursor=paging.cursor,
        limit=paging.limit,
        only=NoteFilter(
            is_unread=paging.is_unread,
            is_snoozed=paging.is_snoozed,
            topics=tuple(paging.topic),
            kinds=tuple(paging.kind),
            levels=tuple(paging.level),
        ),
        now=caller.now,
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


@call(
    router,
    "POST /notifications/{uuid:notification_id}/snooze",
    needs=Capability.SEE_NOTIFICATIONS,
    answers=SnoozeIn,
)
def snooze_notification(
    request: HttpRequest, notification_id: UUID, body: SnoozeIn, key: IdempotencyKey = None
) -> HttpResponse:
    """Put a notification aside; it comes back by itself, as unread.

    Repeating it changes nothing more.
    """
    caller = caller_of(request)
    if body.until and not caller.now < body.until <= caller.now + LONGEST_SNOOZE:
        raise BadSnooze

    def make() -> tuple[object, str]:
        snooze(actor=caller.actor, tenant=caller.tenant.id, uid=notification_id, until=body.until)
        return SnoozeIn(until=body.until), ""

    return once(request, key, make, status=200)
