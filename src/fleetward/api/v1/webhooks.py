"""Webhooks: add, list, change, remove them, see what was sent, and have it sent once more."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from uuid import UUID

import msgspec
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from ninja import Field, Query, Router
from pydantic import ConfigDict, StrictBool

from fleetward.access.contracts import Capability
from fleetward.api.answers import REPEATED, encoded, listed, once
from fleetward.api.auth import Caller, caller_of
from fleetward.api.calls import HAS_ETAG, call
from fleetward.api.schemas import (
    SOME_ID,
    SOME_TIME,
    IdempotencyKey,
    IfMatch,
    In,
    Out,
    PageOut,
    Paging,
    change_sample,
    sample,
)
from fleetward.api.states import versioned, wanted_state
from fleetward.notifications.contracts import DeliveryState, Kind
from fleetward.notifications.webhooks import actions, queries
from fleetward.notifications.webhooks.contracts import (
    NAME_CHARACTERS,
    URL_CHARACTERS,
    DeliveryRow,
    MadeSecret,
    WebhookInput,
    WebhookRow,
)

router = Router(tags=["webhooks"])
NEEDS = Capability.MANAGE_SETTINGS
SOME_HOOK: dict[str, object] = {
    "name": "Ticket system",
    "url": "https://tickets.example.org/hooks/fleetward",
    "kinds": ["COVERAGE_ENDS"],
    "is_enabled": True,
}
WHERE = "HTTPS, and no internal address unless the operator allows it"
KINDS = (
    "Which kinds of notifications, of those that concern the whole tenant; all of these when "
    "empty, also those of later releases"
)


class WebhookIn(In):
    model_config = ConfigDict(json_schema_extra=sample(**SOME_HOOK))
    name: str = Field(max_length=NAME_CHARACTERS)
    url: str = Field(max_length=URL_CHARACTERS, description=WHERE)
    kinds: list[Kind] = Field([], max_length=len(Kind), description=KINDS)
    is_enabled: StrictBool = True


class WebhookChange(In):
    """Only the fields that are given change; null is not given."""

    model_config = ConfigDict(json_schema_extra=change_sample(is_enabled=False))
    name: str | None = Field(None, max_length=NAME_CHARACTERS)
    url: str | None = Field(None, max_length=URL_CHARACTERS, description=WHERE)
    kinds: list[Kind] | None = Field(None, max_length=len(Kind), description=KINDS)
    is_enabled: StrictBool | None = None


class WebhookOut(Out):
    model_config = ConfigDict(
        json_schema_extra=sample(
            id=SOME_ID,
            **SOME_HOOK,
            gone_at=None,
            given_up_at=None,
            earlier_secret_until=None,
            created_at=SOME_TIME,
            updated_at=SOME_TIME,
        )
    )
    id: UUID
    name: str
    url: str
    kinds: list[Kind] = Field(description=KINDS)
    is_enabled: bool
    gone_at: datetime | None = Field(
        description="When it was switched off, because its receiver answered 410"
    )
    given_up_at: datetime | None = Field(
        description="When a delivery was given up; null once another is taken, or it is changed"
    )
    earlier_secret_until: datetime | None = Field(
        description="Until then the secret before the present one signs as well"
    )
    created_at: datetime
    updated_at: datetime


class WebhookWithSecretOut(WebhookOut):
    model_config = ConfigDict(
        json_schema_extra=sample(
            id=SOME_ID,
            **SOME_HOOK,
            gone_at=None,
            given_up_at=None,
            earlier_secret_until=None,
            created_at=SOME_TIME,
            updated_at=SOME_TIME,
            secret="whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",  # noqa: S106
        )
    )
    secret: str | None = Field(
        description="What signatures are checked with. Told once: null where an answer is repeated"
    )


class WebhookPage(PageOut):
    items: list[WebhookOut]


class DeliveryOut(Out):
    model_config = ConfigDict(
        json_schema_extra=sample(
            id=SOME_ID,
            kind="COVERAGE_ENDS",
            state="DELIVERED",
            tries=1,
            status=204,
            error="",
            body='{"type": "COVERAGE_ENDS", "timestamp": "2026-11-22T12:00:00Z", "data": {}}',
            created_at=SOME_TIME,
            attempted_at=SOME_TIME,
            delivered_at=SOME_TIME,
            due_at=None,
        )
    )
    id: UUID = Field(description="The `webhook-id` under which it is sent, each time")
    kind: str = Field(description="The kind of the notification, or TEST")
    state: DeliveryState
    tries: int = Field(description="Since it came, or since it was replayed")
    status: int | None = Field(description="Of the latest answer; null without one")
    error: str = Field(description="Why the latest try has failed; may be empty")
    body: str = Field(description="What is sent")
    created_at: datetime
    attempted_at: datetime | None
    delivered_at: datetime | None
    due_at: datetime | None = Field(description="When it is tried next; null for never")


class DeliveryPage(PageOut):
    items: list[DeliveryOut]


class DeliveryQuery(Paging):
    state: DeliveryState | None = Field(None, description="Those of one state")


def _json(row: WebhookRow, now: datetime) -> dict[str, object]:
    return {
        "id": row.uid,
        "name": row.name,
        "url": row.url,
        "kinds": row.kinds,
        "is_enabled": row.is_enabled,
        "gone_at": row.gone_at,
        "given_up_at": row.given_up_at,
        "earlier_secret_until": row.earlier_signs_until(now),
        "created_at": row.created_at,
        "updated_at": row.updated_at,
    }


def _delivery(row: DeliveryRow) -> dict[str, object]:
    return {
        "id": row.uid,
        "kind": row.kind,
        "state": row.state,
        "tries": row.tries,
        "status": row.status,
        "error": row.error,
        "body": row.body,
        "created_at": row.created_at,
        "attempted_at": row.attempted_at,
        "delivered_at": row.delivered_at,
        "due_at": row.due_at,
    }


def _row(caller: Caller, webhook_id: UUID) -> WebhookRow:
    return queries.get_webhook(actor=caller.actor, tenant=caller.tenant.id, uid=webhook_id)


def _telling(
    request: HttpRequest, key: str | None, make: Callable[[], MadeSecret], *, status: int
) -> HttpResponse:
    """The webhook with its new secret, which is neither kept with the answer nor told again."""
    made: list[MadeSecret] = []

    def kept() -> tuple[object, str]:
        made.append(make())
        caller = caller_of(request)
        row = _row(caller, made[0].webhook)
        where = reverse("api:get_webhook", args=[row.uid]) if status == HTTPStatus.CREATED else ""
        return _json(row, caller.now) | {"secret": None}, where

    response = once(request, key, kept, status=status)
    if REPEATED not in response:
        payload = msgspec.json.decode(response.content)
        response.content = encoded(payload | {"secret": made[0].secret})
    return response


def _sent(
    request: HttpRequest, key: str | None, webhook_id: UUID, send: Callable[[Caller], UUID]
) -> HttpResponse:
    """A delivery that is under way again."""
    caller = caller_of(request)

    def make() -> tuple[object, str]:
        row = queries.get_delivery(
            actor=caller.actor, tenant=caller.tenant.id, webhook=webhook_id, uid=send(caller)
        )
        return _delivery(row), reverse("api:list_webhook_deliveries", args=[webhook_id])

    return once(request, key, make, status=202)


@call(router, "GET /webhooks", needs=NEEDS, answers=WebhookPage)
def list_webhooks(request: HttpRequest, paging: Query[Paging]) -> HttpResponse:
    """List the webhooks of the tenant, latest first."""
    caller = caller_of(request)
    page = queries.list_webhooks(
        actor=caller.actor, tenant=caller.tenant.id, cursor=paging.cursor, limit=paging.limit
    )
    return listed([_json(row, caller.now) for row in page.rows], page)


@call(
    router,
    "POST /webhooks",
    needs=NEEDS,
    answers=WebhookWithSecretOut,
    status=201,
    problems=[409],
)
def create_webhook(
    request: HttpRequest, body: WebhookIn, key: IdempotencyKey = None
) -> HttpResponse:
    """Have notifications sent to an address from now on.

    The answer has the secret that signatures are checked with. It is told this once: where the
    answer is repeated to the same key, it is null.
    """
    caller = caller_of(request)
    given = WebhookInput(body.name, body.url, tuple(body.kinds), body.is_enabled)

    def make() -> MadeSecret:
        return actions.add_webhook(
            actor=caller.actor, tenant=caller.tenant.id, webhook=given, now=caller.now
        )

    return _telling(request, key, make, status=201)


@call(router, "GET /webhooks/{uuid:webhook_id}", needs=NEEDS, answers=WebhookOut, extra=HAS_ETAG)
def get_webhook(request: HttpRequest, webhook_id: UUID) -> HttpResponse:
    """Show one webhook, without its secret."""
    caller = caller_of(request)
    row = _row(caller, webhook_id)
    return versioned(_json(row, caller.now), row.updated_at)


@call(
    router,
    "PATCH /webhooks/{uuid:webhook_id}",
    needs=NEEDS,
    answers=WebhookOut,
    problems=[412],
    extra=HAS_ETAG,
)
def change_webhook(
    request: HttpRequest, webhook_id: UUID, body: WebhookChange, state: IfMatch = None
) -> HttpResponse:
    """Change the fields that are given, or switch it on or off.

    With `If-Match`, only while nobody else has changed it. While it is off nothing is sent, and
    what happens then is not sent later.
    """
    caller = caller_of(request)
    actions.change_webhook(
        actor=caller.actor,
        tenant=caller.tenant.id,
        uid=webhook_id,
        changes=body.dict(exclude_none=True),
        now=caller.now,
        seen=wanted_state(state),
    )
    row = _row(caller, webhook_id)
    return versioned(_json(row, caller.now), row.updated_at)


@call(router, "DELETE /webhooks/{uuid:webhook_id}", needs=NEEDS, status=204, problems=[412])
def delete_webhook(request: HttpRequest, webhook_id: UUID, state: IfMatch = None) -> None:
    """Delete a webhook with its secret and its deliveries."""
    caller = caller_of(request)
    actions.remove_webhook(
        actor=caller.actor,
        tenant=caller.tenant.id,
        uid=webhook_id,
        now=caller.now,
        seen=wanted_state(state),
    )


@call(
    router,
    "POST /webhooks/{uuid:webhook_id}/rotate-secret",
    needs=NEEDS,
    answers=WebhookWithSecretOut,
    problems=[409],
)
def rotate_webhook_secret(
    request: HttpRequest, webhook_id: UUID, key: IdempotencyKey = None
) -> HttpResponse:
    """Give a webhook another secret, told this once; for 24 hours the old one signs as well.

    Until then there is no third one, which would silence the one that its receiver knows.
    """
    caller = caller_of(request)

    def make() -> MadeSecret:
        return actions.rotate_secret(
            actor=caller.actor, tenant=caller.tenant.id, uid=webhook_id, now=caller.now
        )

    return _telling(request, key, make, status=200)


@call(
    router,
    "POST /webhooks/{uuid:webhook_id}/test",
    needs=NEEDS,
    answers=DeliveryOut,
    status=202,
    problems=[409],
)
def try_webhook(request: HttpRequest, webhook_id: UUID, key: IdempotencyKey = None) -> HttpResponse:
    """Send something of the kind TEST; its delivery tells what became of it."""

    def send(caller: Caller) -> UUID:
        return actions.try_webhook(
            actor=caller.actor, tenant=caller.tenant.id, uid=webhook_id, now=caller.now
        )

    return _sent(request, key, webhook_id, send)


@call(
    router,
    "GET /webhooks/{uuid:webhook_id}/deliveries",
    needs=NEEDS,
    answers=DeliveryPage,
)
def list_webhook_deliveries(
    request: HttpRequest, webhook_id: UUID, paging: Query[DeliveryQuery]
) -> HttpResponse:
    """List what was sent to a webhook in the last 30 days, and what is to be, latest first."""
    caller = caller_of(request)
    page = queries.list_deliveries(
        actor=caller.actor,
        tenant=caller.tenant.id,
        webhook=webhook_id,
        state=paging.state,
        cursor=paging.cursor,
        limit=paging.limit,
    )
    return listed(map(_delivery, page.rows), page)


@call(
    router,
    "POST /webhooks/{uuid:webhook_id}/deliveries/{uuid:delivery_id}/replay",
    needs=NEEDS,
    answers=DeliveryOut,
    status=202,
    problems=[409],
)
def replay_webhook_delivery(
    request: HttpRequest, webhook_id: UUID, delivery_id: UUID, key: IdempotencyKey = None
) -> HttpResponse:
    """Send a delivery once more, under its id, whatever became of it."""

    def send(caller: Caller) -> UUID:
        actions.replay(
            actor=caller.actor,
            tenant=caller.tenant.id,
            webhook=webhook_id,
            uid=delivery_id,
            now=caller.now,
        )
        return delivery_id

    return _sent(request, key, webhook_id, send)
