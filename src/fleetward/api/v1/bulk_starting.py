"""How every operation begins a bulk change."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from fleetward.api.answers import once
from fleetward.api.auth import caller_of
from fleetward.api.v1.bulk_schemas import bulk_json
from fleetward.devices.bulk.actions import start_bulk, work_off
from fleetward.devices.bulk.contracts import BulkKind, BulkRow
from fleetward.kernel.clock import utc_now


def begun(
    request: HttpRequest,
    key: str | None,
    kind: BulkKind,
    selection: UUID,
    params: Mapping[str, object],
) -> HttpResponse:
    """Begin a bulk change, once for a key. Raises: what `start_bulk` raises."""
    caller = caller_of(request)
    return started(
        request,
        key,
        lambda: start_bulk(
            actor=caller.actor,
            tenant=caller.tenant.id,
            kind=kind,
            selection=selection,
            params=params,
            now=caller.now,
        ),
    )


def started(request: HttpRequest, key: str | None, start: Callable[[], BulkRow]) -> HttpResponse:
    """The answer for a bulk change that `start` begins; a small one has ended with it.

    It is worked off behind the transaction that keeps the answer, which tells of its beginning.
    """
    rows = []

    def make() -> tuple[object, str]:
        row = start()
        rows.append(row)
        return bulk_json(row), reverse("api:get_bulk_change", args=[row.uid])

    response = once(request, key, make, status=202)
    for row in rows:
        if row.is_small:
            work_off(tenant=caller_of(request).tenant.id, run=row.id, clock=utc_now)
    return response
