"""The inventory: list, get, create, change, delete, restore, history."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from ninja import Field, Query, Router, Schema

from fleetward.access.contracts import Capability
from fleetward.api.answers import listed, once
from fleetward.api.auth import Caller, caller_in, caller_of
from fleetward.api.calls import HAS_ETAG, SPANS, call
from fleetward.api.errors import WrongConfirmation
from fleetward.api.schemas import IdempotencyKey, IfMatch, Paging
from fleetward.api.states import versioned, wanted_state, with_state
from fleetward.api.v1.device_schemas import (
    ChangePage,
    DeviceChangeIn,
    DeviceIn,
    DevicePage,
    DeviceQuery,
    DeviceWithGroupsOut,
    OfCustomer,
    change_out,
    device_json,
)
from fleetward.devices.actions import add_device, change_device, delete_devices, restore_devices
from fleetward.devices.contracts import DeviceInput, Origin
from fleetward.devices.queries.history import list_changes
from fleetward.tenancy.contracts import TenantKind
from fleetward.tenancy.queries import list_some_tenants
from fleetward.warranty.queries.device import DeviceDetail
from fleetward.warranty.queries.device import get_device as find
from fleetward.warranty.queries.grid import list_devices as list_rows
from fleetward.warranty.queries.grid_filter import DeviceRow
from fleetward.warranty.queries.group_counts import list_groups_with

router = Router(tags=["devices"])


class Confirm(Schema):
    confirm: str = Field(description="The serial number of the device, so that no other is meant")


def detail_of(caller: Caller, device_id: UUID, as_of: date | None = None) -> DeviceDetail:
    """A device with everything known of its warranty. Raises: NotFound."""
    return find(
        actor=caller.actor,
        tenant=caller.tenant.id,
        uid=device_id,
        today=caller.today,
        expiring_days=caller.expiring_days,
        as_of=as_of,
    )


def _versioned(caller: Caller, device_id: UUID) -> HttpResponse:
    """A device as it stands now, with its state. A lookup leaves that alone."""
    row = detail_of(caller, device_id).row
    return versioned(_with_groups(caller, row), row.updated_at)


def device_answer(caller: Caller, device_id: UUID) -> dict[str, object]:
    """A device as it stands now."""
    return _with_groups(caller, detail_of(caller, device_id).row)


def _with_groups(caller: Caller, row: DeviceRow) -> dict[str, object]:
    return {**device_json(row), "groups": _groups_of(caller, row) if row.is_active else []}


def _groups_of(caller: Caller, row: DeviceRow) -> list[dict[str, object]]:
    found = list_groups_with(
        actor=caller.actor,
        tenant=caller.tenant.id,
        device=UUID(row.uid),
        today=caller.today,
        expiring_days=caller.expiring_days,
    )
    return [{"id": uid, "name": name} for uid, name in found]


@call(router, "GET /devices", needs=Capability.SEE_DEVICES, answers=DevicePage, extra=SPANS)
def list_devices(
    request: HttpRequest, paging: Query[DeviceQuery], of: Query[OfCustomer]
) -> HttpResponse:
    """List devices with what their coverage amounts to today.

    With a token of a partner: those of all customers, each with its `customer_id` (T5), or those of
    the customer, or of Unassigned Devices, whose `customer_id` it names.
    """
    caller = caller_in(request, of.customer_id) if of.customer_id else caller_of(request)
    page = list_rows(
        actor=caller.actor,
        tenant=caller.tenant.id,
        only=paging.filter_on(caller.today, caller.tenant.settings.time_zone),
        today=caller.today,
        expiring_days=caller.expiring_days,
        order=paging.sort.order,
        cursor=paging.cursor,
        limit=paging.limit,
    )
    if caller.tenant.kind is TenantKind.PARTNER:
        named = {row.tenant for row in page.rows}
        owners = list_some_tenants(actor=caller.actor, tenants=named)
        ids = {one.id: one.customer_id for one in owners}
        told = [{**device_json(row), "customer_id": ids[row.tenant]} for row in page.rows]
        return listed(told, page)
    return listed(map(device_json, page.rows), page)


@call(
    router,
    "GET /devices/{uuid:device_id}",
    needs=Capability.SEE_DEVICES,
    answers=DeviceWithGroupsOut,
    extra=HAS_ETAG | SPANS,
)
def get_device(request: HttpRequest, device_id: UUID, of: Query[OfCustomer]) -> HttpResponse:
    """Show one device, active or deleted."""
    return _versioned(caller_in(request, of.customer_id), device_id)


@call(
    router,
    "POST /devices",
    needs=Capability.EDIT_DEVICES,
    answers=DeviceWithGroupsOut,
    status=201,
    problems=[409],
    extra=HAS_ETAG,
)
def create_device(request: HttpRequest, body: DeviceIn, key: IdempotencyKey = None) -> HttpResponse:
    """Add a device.

    Serial, manufacturer and country are stored in their canonical form (E12, W16). A device that
    was deleted before comes back with the values given.
    """
    caller = caller_of(request)

    def make() -> tuple[object, str]:
        uid = add_device(
            actor=caller.actor,
            tenant=caller.tenant.id,
            device=DeviceInput(**body.dict()),
            origin=Origin.API,
            now=caller.now,
        )
        return device_answer(caller, uid), reverse("api:get_device", args=[uid])

    return with_state(once(request, key, make))


@call(
    router,
    "PATCH /devices/{uuid:device_id}",
    needs=Capability.EDIT_DEVICES,
    answers=DeviceWithGroupsOut,
    problems=[409, 412],
    extra=HAS_ETAG,
)
def change_device_fields(
    request: HttpRequest, device_id: UUID, body: DeviceChangeIn, state: IfMatch = None
) -> HttpResponse:
    """Change the fields that are given.

    With `If-Match`, only while nobody else has changed them.

    Another serial, manufacturer, product number or country makes the vendor's earlier answer
    another machine's: the device counts as not checked then (W17).
    """
    caller = caller_of(request)
    change_device(
        actor=caller.actor,
        tenant=caller.tenant.id,
        uid=device_id,
        changes=body.dict(exclude_unset=True),
        now=caller.now,
        seen=wanted_state(state),
    )
    return _versioned(caller, device_id)


@call(
    router,
    "DELETE /devices/{uuid:device_id}",
    needs=Capability.DELETE_DEVICES,
    status=204,
    problems=[412],
)
def delete_device(
    request: HttpRequest, device_id: UUID, confirm: Query[Confirm], state: IfMatch = None
) -> None:
    """Delete a device; with `If-Match`, only while nobody else has changed it.

    It turns inactive, keeps its history and answers, and can be restored. In place of the security
    code that a person types, a program gives the serial number of the device.
    """
    caller = caller_of(request)
    serial = detail_of(caller, device_id).row.serial
    if confirm.confirm.strip().upper() != serial.upper():
        raise WrongConfirmation(confirm.confirm)
    delete_devices(
        actor=caller.actor,
        tenant=caller.tenant.id,
        uids=[device_id],
        now=caller.now,
        seen=wanted_state(state),
    )


@call(
    router,
    "POST /devices/{uuid:device_id}/restore",
    needs=Capability.EDIT_DEVICES,
    answers=DeviceWithGroupsOut,
    problems=[409],
    extra=HAS_ETAG,
)
def restore_device(
    request: HttpRequest, device_id: UUID, key: IdempotencyKey = None
) -> HttpResponse:
    """Make a deleted device active again.

    A device that is active already answers 404: there is nothing to restore.
    """
    caller = caller_of(request)

    def make() -> tuple[object, str]:
        restore_devices(
            actor=caller.actor, tenant=caller.tenant.id, uids=[device_id], now=caller.now
        )
        return device_answer(caller, device_id), ""

    return with_state(once(request, key, make, status=200))


@call(
    router,
    "GET /devices/{uuid:device_id}/history",
    needs=Capability.SEE_DEVICES,
    answers=ChangePage,
    extra=SPANS,
)
def list_device_history(
    request: HttpRequest, device_id: UUID, paging: Query[Paging], of: Query[OfCustomer]
) -> ChangePage:
    """List what happened to a device, latest first."""
    caller = caller_in(request, of.customer_id)
    detail_of(caller, device_id)
    page = list_changes(
        actor=caller.actor,
        tenant=caller.tenant.id,
        uid=device_id,
        cursor=paging.cursor,
        limit=paging.limit,
    )
    return ChangePage(items=[change_out(row) for row in page.rows], next=page.after)
