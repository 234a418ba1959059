"""Deleting the devices of a selection, after the security code was typed for it (E10)."""

from __future__ import annotations

import uuid
from datetime import datetime

from fleetward.audit.actions import use_case
from fleetward.devices.actions.confirming import check_typed, offer_code
from fleetward.devices.bulk.actions.selecting import hold_selection
from fleetward.devices.bulk.actions.starting import start_bulk
from fleetward.devices.bulk.contracts import BulkKind, BulkRow, SelectionRow
from fleetward.devices.contracts import Confirmation
from fleetward.kernel.actor import Actor


@use_case
def offer_selected_deletion(
    *, actor: Actor, tenant: int, selection: uuid.UUID, now: datetime
) -> tuple[SelectionRow, Confirmation]:
    """The selection, kept for another day, and a code for it, this actor and a quarter of an hour.

    Raises: NotFound, Forbidden, SelectionGone.
    """
    chosen = hold_selection(actor=actor, tenant=tenant, uid=selection, now=now)
    code = offer_code(
        actor=actor, tenant=tenant, what=_named(selection), devices=chosen.devices, now=now
    )
    return chosen, code


@use_case
def delete_selected(
    *,
    actor: Actor,
    tenant: int,
    selection: uuid.UUID,
    token: str,
    typed: str,
    now: datetime,
    request_key: str | None = None,
) -> BulkRow:
    """Begin to make every device of a selection inactive, as `start_bulk` does.

    Raises: NotFound, Forbidden, SelectionGone, WrongSecurityCode, SelectionChanged.
    """
    check_typed(
        actor=actor, tenant=tenant, what=_named(selection), token=token, typed=typed, now=now
    )
    return start_bulk(
        actor=actor,
        tenant=tenant,
        kind=BulkKind.DELETE,
        selection=selection,
        params={},
        now=now,
        request_key=request_key,
    )


def _named(selection: uuid.UUID) -> str:
    return f"selection:{selection}"
