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
from fleetward.infra.tx import scoped, tenant_scope
from fleetward.kernel.actor import Actor
from fleetward.kernel.errors import NotFound

CONTEXT = "devices.feeds"
CHUNK_ROWS = 5_000
LATEST_FEEDS = 50
_COLUMNS = [field.name for field in fields(FeedLine)]


@scoped
def list_feeds(*, actor: Actor, vendor: int, most: int = LATEST_FEEDS) -> list[FeedDetail]:
    """The latest feeds, newest first. Raises: NotFound, Forbidden."""
    require(actor, Capability.OPERATE, tenant=vendor)
    found = Feed.objects.filter(tenant_id=vendor).order_by("-id")
    return [_detail(feed) for feed in found[:most]]


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
    after: int = 0,
    most: int = CHUNK_ROWS,
) -> list[FeedLine]:
    """Rows after one, in the order of the file. Raises: NotFound, Forbidden."""
    return _rows(_get(actor, vendor, uid), outcomes, after, most)


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
