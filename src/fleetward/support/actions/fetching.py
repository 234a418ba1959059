"""Files of requests: fetched by either side, and removed by the clock when they belong to none."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from pathlib import Path

from fleetward.audit.actions import record, use_case
from fleetward.audit.contracts import Verb
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import Actor
from fleetward.support.actions.telling import in_both, subject_of
from fleetward.support.contracts import AttachmentRow, Side
from fleetward.support.models import Attachment, Request
from fleetward.support.queries import find_attachment, find_request, requests_of
from fleetward.support.store import places
from fleetward.tenancy.queries import list_tenant_ids

ORPHAN_AFTER = timedelta(days=1)


def fetch_attachment(
    *,
    actor: Actor,
    tenant: int,
    side: Side,
    uid: uuid.UUID,
    attachment: uuid.UUID,
    now: datetime,
) -> tuple[AttachmentRow, Path]:
    """A file of a request. What the operator takes of a tenant's is in both trails.

    Raises: NotFound, Forbidden, AttachmentGone.   Audit: support.file_fetched, by the operator.
    """
    found, path = find_attachment(
        actor=actor, tenant=tenant, side=side, uid=uid, attachment=attachment
    )
    if side is Side.OPERATOR:
        with tenant_scope(actor.tenants):
            request = find_request(requests_of(actor, tenant, side), uid)
        both = in_both(actor, request.tenant_id)
        _record(actor=both, request=request, found=found, now=now)
    return found, path


@use_case
def _record(*, actor: Actor, request: Request, found: AttachmentRow, now: datetime) -> None:
    for place in (request.tenant_id, request.operator_id):
        record(
            actor=actor,
            verb=Verb.SUPPORT_FILE_FETCHED,
            tenant=place,
            subject=subject_of(request),
            details={"bytes": found.size},
            now=now,
        )


def remove_orphans(*, now: datetime) -> int:
    """Remove files that no message has, which a killed process has left; returns how many."""
    old = {uid: file for uid, file in places().items() if file.is_older_than(now - ORPHAN_AFTER)}
    with tenant_scope(list_tenant_ids()):
        known = set(Attachment.objects.filter(uid__in=old).values_list("uid", flat=True))
    orphans = [file for uid, file in old.items() if uid not in known]
    for file in orphans:
        file.discard()
    return len(orphans)
