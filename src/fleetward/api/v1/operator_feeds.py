"""Resale feeds, for programs of the operator (T9, T14)."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from ninja import Query, Router

from fleetward.access.contracts import Capability
from fleetward.api.answers import answer, csv_answer, listed
from fleetward.api.auth import caller_of
from fleetward.api.calls import call
from fleetward.api.schemas import IdempotencyKey, Paging
from fleetward.api.uploads import UPLOAD_BODY, keyed, received, stored_key, taken_in
from fleetward.api.v1.feed_schemas import (
    FeedLineOut,
    FeedLinePage,
    FeedOut,
    FeedOutcomesQuery,
    FeedPage,
    FeedUploadedOut,
    FeedUploadQuery,
    feed_json,
    feed_line_json,
)
from fleetward.devices.feeds import actions, queries
from fleetward.devices.feeds.contracts import FeedUpload
from fleetward.infra.downloads import BYTES, download_sheet

router = Router(tags=["operator: resale feeds"])
NEEDS = Capability.OPERATE
HEADERS = list(FeedLineOut.model_fields)


@call(router, "GET /operator/resale-feeds", needs=NEEDS, answers=FeedPage)
def list_resale_feeds(request: HttpRequest, paging: Query[Paging]) -> HttpResponse:
    """List the resale feeds, latest first."""
    caller = caller_of(request)
    page = queries.list_feeds(
        actor=caller.actor, vendor=caller.tenant.id, cursor=paging.cursor, limit=paging.limit
    )
    return listed(map(feed_json, page.rows), page)


@call(
    router,
    "POST /operator/resale-feeds",
    needs=NEEDS,
    answers=FeedUploadedOut,
    status=202,
    extra={"requestBody": UPLOAD_BODY},
)
def upload_resale_feed(
    request: HttpRequest, told: Query[FeedUploadQuery], key: IdempotencyKey = None
) -> HttpResponse:
    """Upload which machines were sold to which partner.

    CSV or XLSX, as the body itself or as the part `file` of a form, with the columns
    `Partner Location ID`, `Serial Number` and `Manufacturer`. A worker puts each machine into the
    holding tenant of the partner; sending a file again changes nothing.
    """
    caller = caller_of(request)
    file_name, chunks = received(request)
    upload = FeedUpload(
        file_name=told.file_name or file_name,
        request_key=stored_key(caller, key),
    )
    with keyed(key):
        taken = actions.upload_feed(
            actor=caller.actor,
            vendor=caller.tenant.id,
            upload=upload,
            chunks=chunks,
            now=caller.now,
        )
    return taken_in(taken, "get_resale_feed")


@call(router, "GET /operator/resale-feeds/{uuid:feed_id}", needs=NEEDS, answers=FeedOut)
def get_resale_feed(request: HttpRequest, feed_id: UUID) -> HttpResponse:
    """Show one resale feed: how far it is, and its rows by outcome."""
    caller = caller_of(request)
    found = queries.get_feed(actor=caller.actor, vendor=caller.tenant.id, uid=feed_id)
    return answer(feed_json(found))


@call(
    router,
    "GET /operator/resale-feeds/{uuid:feed_id}/outcomes",
    needs=NEEDS,
    answers=FeedLinePage,
)
def list_resale_feed_outcomes(
    request: HttpRequest, feed_id: UUID, paging: Query[FeedOutcomesQuery]
) -> HttpResponse:
    """List how each row ended, in the order of the file."""
    caller = caller_of(request)
    page = queries.list_feed_rows(
        actor=caller.actor,
        vendor=caller.tenant.id,
        uid=feed_id,
        outcomes=[paging.outcome] if paging.outcome else [],
        cursor=paging.cursor,
        limit=paging.limit,
    )
    return listed(map(feed_line_json, page.rows), page)


@call(
    router,
    "GET /operator/resale-feeds/{uuid:feed_id}/outcomes.csv",
    needs=NEEDS,
    answers="text/csv",
)
def download_resale_feed_outcomes(request: HttpRequest, feed_id: UUID) -> HttpResponseBase:
    """Download every row with its outcome, as CSV."""
    return csv_answer(HEADERS, _lines(request, feed_id), name=f"resale-feed-{feed_id}")


@call(
    router,
    "GET /operator/resale-feeds/{uuid:feed_id}/outcomes.xlsx",
    needs=NEEDS,
    answers=BYTES,
)
def download_resale_feed_workbook(request: HttpRequest, feed_id: UUID) -> HttpResponseBase:
    """Download every row with its outcome, as XLSX."""
    lines, name = _lines(request, feed_id), f"resale-feed-{feed_id}"
    return download_sheet(HEADERS, lines, name=name, content_type=BYTES)


def _lines(request: HttpRequest, feed_id: UUID) -> Iterator[list[str]]:
    caller = caller_of(request)
    lines = queries.iterate_feed_rows(actor=caller.actor, vendor=caller.tenant.id, uid=feed_id)
    for line in lines:
        yield [str(value) for value in feed_line_json(line).values()]
