"""Questions about requests, put by the tenant that asks or by the operator.

The operator has no tenant in reach but its own. It finds requests by the column `operator`, which
row-level security knows beside `tenant`: this is its one door to what tenants ask, and behind it is
nothing but that.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from django.db.models import Count, Q, QuerySet

from fleetward.infra.listing import latest_first
from fleetward.infra.tx import scoped
from fleetward.kernel.actor import Actor
from fleetward.kernel.errors import NotFound
from fleetward.kernel.paging import Page
from fleetward.kernel.rights import require
from fleetward.support.contracts import (
    NEEDS,
    AttachmentGone,
    AttachmentRow,
    Category,
    MessageRow,
    RequestDetail,
    RequestRow,
    RequestState,
    Side,
    Step,
    Wanted,
)
from fleetward.support.models import Attachment, Message, Request
from fleetward.support.rules import split_serials
from fleetward.support.store import place

__all__ = [
    "count_by_state",
    "find_attachment",
    "find_request",
    "get_request",
    "list_requests",
    "request_row",
    "requests_of",
    "split_serials",
]
ALL = Wanted()


@scoped
def list_requests(
    *,
    actor: Actor,
    tenant: int,
    side: Side,
    wanted: Wanted = ALL,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[RequestRow]:
    """What a tenant has asked, or what the operator was asked, latest first.

    Raises: NotFound, Forbidden, BadCursor.
    """
    rows = _filtered(requests_of(actor, tenant, side), wanted)
    return latest_first(rows, cursor=cursor, limit=limit, row=request_row)


@scoped
def count_by_state(
    *, actor: Actor, tenant: int, side: Side, wanted: Wanted = ALL
) -> Mapping[RequestState, int]:
    """How many there are in each state, whatever state is wanted. Raises: NotFound, Forbidden."""
    rows = _filtered(requests_of(actor, tenant, side), replace(wanted, state=None))
    found = dict(rows.values_list("state").annotate(number=Count("id")))
    return {state: found.get(str(state), 0) for state in RequestState}


@scoped
def get_request(*, actor: Actor, tenant: int, side: Side, uid: uuid.UUID) -> RequestDetail:
    """One of them with all that was said. Raises: NotFound, Forbidden."""
    found = find_request(requests_of(actor, tenant, side), uid)
    messages = Message.objects.filter(request_id=found.id).order_by("id")
    files = _files_of(Attachment.objects.filter(message__request_id=found.id).order_by("id"))
    return RequestDetail(
        row=request_row(found),
        serials=tuple(found.serials),
        messages=tuple(_message_row(one, files.get(one.id, ())) for one in messages),
    )


@scoped
def find_attachment(
    *, actor: Actor, tenant: int, side: Side, uid: uuid.UUID, attachment: uuid.UUID
) -> tuple[AttachmentRow, Path]:
    """A file of a request, and where it is kept.

    Raises: NotFound, Forbidden, AttachmentGone.
    """
    request = find_request(requests_of(actor, tenant, side), uid)
    found = Attachment.objects.filter(uid=attachment, message__request_id=request.id).first()
    if found is None:
        raise NotFound
    path = place(found.uid).path
    if not path.is_file():
        raise AttachmentGone
    return _attachment_row(found), path


def requests_of(actor: Actor, tenant: int, side: Side) -> QuerySet[Request]:
    """Those of a side, within a scope, for actions too. Raises: NotFound, Forbidden."""
    require(actor, NEEDS[side], tenant=tenant)
    column = "tenant_id" if side is Side.TENANT else "operator_id"
    return Request.objects.filter(**{column: tenant}).select_related("tenant", "operator")


def find_request(requests: QuerySet[Request], uid: uuid.UUID) -> Request:
    """One of some. Raises: NotFound."""
    found = requests.filter(uid=uid).first()
    if found is None:
        raise NotFound
    return found


def _filtered(rows: QuerySet[Request], wanted: Wanted) -> QuerySet[Request]:
    if wanted.state:
        rows = rows.filter(state=wanted.state)
    if wanted.tenant:
        name = Q(tenant__name__icontains=wanted.tenant)
        rows = rows.filter(name | Q(tenant__customer_id__iexact=wanted.tenant))
    if wanted.quiet_since:
        rows = rows.filter(changed_at__lt=wanted.quiet_since)
    return rows


def request_row(found: Request) -> RequestRow:
    return RequestRow(
        uid=found.uid,
        customer_id=found.tenant.customer_id,
        tenant_name=found.tenant.name,
        subject=found.subject,
        category=Category(found.category),
        state=RequestState(found.state),
        asked_by=found.asked_by,
        opened_at=found.opened_at,
        changed_at=found.changed_at,
    )


def _files_of(rows: Iterable[Attachment]) -> Mapping[int, tuple[AttachmentRow, ...]]:
    found: dict[int, tuple[AttachmentRow, ...]] = {}
    for row in rows:
        found[row.message_id] = (*found.get(row.message_id, ()), _attachment_row(row))
    return found


def _attachment_row(row: Attachment) -> AttachmentRow:
    return AttachmentRow(row.uid, row.name, row.size)


def _message_row(row: Message, files: tuple[AttachmentRow, ...]) -> MessageRow:
    return MessageRow(
        uid=row.uid,
        side=Side(row.side),
        step=Step(row.step),
        author=row.author,
        at=row.at,
        text=row.text,
        files=files,
    )
