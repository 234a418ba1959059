"""The warranty of one device: lines of cover, coverage on any day, evidence, by hand, refresh."""

from __future__ import annotations

from dataclasses import asdict
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from ninja import Query, Router

from fleetward.access.contracts import Capability
from fleetward.api.answers import answer, listed, once
from fleetward.api.auth import caller_in, caller_of
from fleetward.api.calls import SPANS, call
from fleetward.api.schemas import IdempotencyKey, Paging
from fleetward.api.v1.coverage_schemas import (
    AsOf,
    CoverageOut,
    EntitlementPage,
    EvidencePage,
    ManualIn,
)
from fleetward.api.v1.device_schemas import DeviceWithGroupsOut, OfCustomer
from fleetward.api.v1.devices import detail_of, device_answer
from fleetward.api.v1.runs import RunOut, run_json
from fleetward.warranty.actions.manual import enter_warranty, release_warranty
from fleetward.warranty.actions.runs import refresh_device as refresh
from fleetward.warranty.contracts import ManualWarranty
from fleetward.warranty.queries.device import EntitlementRow
from fleetward.warranty.queries.device import list_entitlements as list_lines
from fleetward.warranty.queries.evidence import list_evidence as list_answers

router = Router(tags=["warranty"])


@call(
    router,
    "GET /devices/{uuid:device_id}/entitlements",
    needs=Capability.SEE_WARRANTY,
    answers=EntitlementPage,
    extra=SPANS,
)
def list_entitlements(
    request: HttpRequest, device_id: UUID, paging: Query[Paging], of: Query[OfCustomer]
) -> HttpResponse:
    """List every line of cover of a device, also those that do not count."""
    caller = caller_in(request, of.customer_id)
    page = list_lines(
        actor=caller.actor,
        tenant=caller.tenant.id,
        uid=device_id,
        cursor=paging.cursor,
        limit=paging.limit,
    )
    return listed(map(_entitlement, page.rows), page)


def _entitlement(row: EntitlementRow) -> dict[str, object]:
    more = {"use": row.use, "is_simulated": row.is_simulated, "recorded_at": row.recorded_at}
    return asdict(row.line) | more


@call(
    router,
    "GET /devices/{uuid:device_id}/coverage",
    needs=Capability.SEE_WARRANTY,
    answers=CoverageOut,
    extra=SPANS,
)
def get_coverage(
    request: HttpRequest, device_id: UUID, day: Query[AsOf], of: Query[OfCustomer]
) -> HttpResponse:
    """Tell whether a device is covered on a day.

    Any day can be asked about: the answer follows from the entitlements that are known now.
    """
    detail = detail_of(caller_in(request, of.customer_id), device_id, as_of=day.as_of)
    gaps = [asdict(gap) for gap in detail.gaps]
    more = {"is_simulated": detail.row.is_simulated, "gaps": gaps}
    return answer(asdict(detail.coverage) | more)


@call(
    router,
    "GET /devices/{uuid:device_id}/evidence",
    needs=Capability.SEE_WARRANTY,
    answers=EvidencePage,
    extra=SPANS,
)
def list_evidence(
    request: HttpRequest, device_id: UUID, paging: Query[Paging], of: Query[OfCustomer]
) -> HttpResponse:
    """List what the sources said of a device, word for word, what was said last first."""
    caller = caller_in(request, of.customer_id)
    detail_of(caller, device_id)
    page = list_answers(
        actor=caller.actor,
        tenant=caller.tenant.id,
        uid=device_id,
        cursor=paging.cursor,
        limit=paging.limit,
    )
    return listed(page.rows, page)


@call(
    router,
    "PUT /devices/{uuid:device_id}/warranty",
    needs=Capability.ENTER_WARRANTY,
    answers=DeviceWithGroupsOut,
)
def put_warranty(request: HttpRequest, device_id: UUID, body: ManualIn) -> HttpResponse:
    """Enter the warranty of a device by hand.

    It takes the place of an earlier one and wins over providers' answers until it is released
    (W17).
    """
    caller = caller_of(request)
    enter_warranty(
        actor=caller.actor,
        tenant=caller.tenant.id,
        device_uid=str(device_id),
        warranty=ManualWarranty(**body.dict()),
        now=caller.now,
    )
    return answer(device_answer(caller, device_id))


@call(
    router,
    "DELETE /devices/{uuid:device_id}/warranty",
    needs=Capability.ENTER_WARRANTY,
    status=204,
)
def release_manual_warranty(request: HttpRequest, device_id: UUID) -> None:
    """Release the hand-entered warranty, so that providers' answers count again.

    Where there is none, nothing happens.
    """
    caller = caller_of(request)
    release_warranty(
        actor=caller.actor, tenant=caller.tenant.id, device_uid=str(device_id), now=caller.now
    )


@call(
    router,
    "POST /devices/{uuid:device_id}/refresh",
    needs=Capability.REFRESH_WARRANTY,
    answers=RunOut,
    status=202,
    problems=[409],
)
def refresh_device(
    request: HttpRequest, device_id: UUID, key: IdempotencyKey = None
) -> HttpResponse:
    """Ask the vendor about one device now.

    The answer is a run of its own; its state says when the vendor has answered.
    """
    caller = caller_of(request)

    def make() -> tuple[object, str]:
        run = refresh(
            actor=caller.actor,
            tenant=caller.tenant.id,
            device_uid=str(device_id),
            now=caller.now,
        )
        return run_json(run), reverse("api:get_run", args=[run.uid])

    return once(request, key, make, status=202)
