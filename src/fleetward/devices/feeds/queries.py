"""Questions about resale feeds, for the operator alone: rows tell of several tenants."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import fields

import msgspec

from fleetward.access.contracts import Capability
from fleetward.access.queries import require
from fleetward.devices.contracts import Problem
from fleetward.devices.feeds.contracts import (
    FeedDetail,
    FeedLine,
    FeedOutcome,
    FeedState,
)
from fleetward.devices.models import Feed
from fleetward.infra import sql
from fleetward.infra.listing import latest_first
from fleetward.infra.tx import scoped, tenant_scope
from fleetward.kernel.actor import Actor
from fleetward.kernel.errors import NotFound
from fleetward.kernel.paging import Page, decode_id, placed_page

CONTEXT = "devices.feeds"
CHUNK_ROWS = 5_000
_COLUMNS = [field.name for field in fields(FeedLine)]


@scoped
def list_feeds(
    *, actor: Actor, vendor: int, cursor: str | None = None, limit: int = 50
) -> Page[FeedDetail]:
    """Feeds, latest first. Raises: NotFound, Forbidden, BadCursor."""
    require(actor, Capability.OPERATE, tenant=vendor)
    found = Feed.objects.filter(tenant_id=vendor)
    return latest_first(found, cursor=cursor, limit=limit, row=_detail)


@scoped
def get_feed(*, actor: Actor, vendor: int, uid: uuid.UUID) -> FeedDetail:
    """One feed. Raises: NotFound, Forbidden."""
    return _detail(_get(actor, vendor, uid))


@scoped
def list_feed_rows(
    *,
    actor: Actor,
    vendor: int,
    uid: uuid.UUID,
    outcomes: Sequence[FeedOutcome] = (),
    cursor: str | None = None,
    limit: int = 50,
) -> Page[FeedLine]:
    """Rows in the order of the file. Raises: NotFound, Forbidden, BadCursor."""
    found = _get(actor, vendor, uid)
    rows = _rows(found, outcomes, decode_id(cursor) if cursor else 0, limit + 1)
    return placed_page([((row.row_no,), row) for row in rows], limit)


def iterate_feed_rows(*, actor: Actor, vendor: int, uid: uuid.UUID) -> Iterator[FeedLine]:
    """Every row, for the summary. Raises: NotFound, Forbidden, at the first row."""
    after: int | None = 0
    while after is not None:
        with tenant_scope(actor.tenants):
            rows = _rows(_get(actor, vendor, uid), (), after, CHUNK_ROWS)
        yield from rows
        after = rows[-1].row_no if len(rows) == CHUNK_ROWS else None


def find_feed(*, vendor: int, feed: int) -> Feed | None:
    """A feed by its internal id, for its jobs."""
    with tenant_scope([vendor]):
        return Feed.objects.filter(tenant_id=vendor, id=feed).first()


def _rows(found: Feed, outcomes: Sequence[FeedOutcome], after: int, most: int) -> list[FeedLine]:
    params = {
        "tenant": found.tenant_id,
        "feed": found.id,
        "after": after,
        "most": most,
        "outcomes": [str(outcome) for outcome in outcomes],
    }
    return [
        FeedLine(**dict(zip(_COLUMNS, told, strict=True)) | {"outcome": FeedOutcome(told[7])})
        for told in sql.fetch(CONTEXT, "list_rows", params)
    ]


def _get(actor: Actor, vendor: int, uid: uuid.UUID) -> Feed:
    require(actor, Capability.OPERATE, tenant=vendor)
    found = Feed.objects.filter(tenant_id=vendor, uid=uid).first()
    if found is None:
        raise NotFound
    return found


def _detail(feed: Feed) -> FeedDetail:
    return FeedDetail(
        uid=feed.uid,
        state=FeedState(feed.state),
        file_name=feed.file_name,
        digest=feed.digest,
        uploaded_by=feed.uploaded_by,
        columns=feed.columns,
        rows=feed.rows,
        counts={outcome: feed.counts.get(outcome, 0) for outcome in FeedOutcome},
        problem=msgspec.convert(feed.problem, Problem) if feed.problem else None,
        outcome_digest=feed.outcome_digest,
        created_at=feed.created_at,
        finished_at=feed.finished_at,
        has_rows=bool(feed.counts) and feed.rows_removed_at is None,
    )
