"""How the reading of a serial list ends: ready, with a selection of what was found, or refused."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from fleetward.audit.actions import use_case
from fleetward.devices.bulk.actions import store_selection
from fleetward.devices.bulk.contracts import Found
from fleetward.devices.contracts import Problem
from fleetward.devices.imports.store import folder_of
from fleetward.devices.models import SerialList
from fleetward.devices.serial_lists.contracts import SerialOutcome, SerialsBroken, SerialState
from fleetward.infra.tx import after_commit
from fleetward.kernel.actor import Actor, system_actor
from fleetward.kernel.errors import DomainError
from fleetward.notifications.actions import post
from fleetward.notifications.contracts import Kind, Level
from fleetward.tenancy.queries import get_tenant_by_id

PAGE = "/t/{customer_id}/devices/by-file/{uid}/"
# As they were found: whoever changes or deletes one meanwhile makes it CHANGED_SINCE or GONE.
_FOUND = """
SELECT r.device_id, r.seen_at
FROM devices_serialrow r
WHERE r.list_id = %(list)s::bigint
  AND r.tenant_id = %(tenant)s::bigint
  AND r.outcome = 'FOUND'
"""


@use_case
def finish(*, actor: Actor, found: SerialList, now: datetime) -> None:
    """Every row has its outcome: what was found is selected for whoever uploaded the list."""
    held = _held(found)
    if held is None:
        return
    if held.counts.get(SerialOutcome.FOUND):
        params = {"list": held.id, "tenant": held.tenant_id}
        held.selection_id = store_selection(
            actor=actor,
            tenant=held.tenant_id,
            found=Found(_FOUND, params),
            query="",
            is_whole=False,
            now=now,
        ).id
    _end(held, SerialState.READY, now)


def refuse(*, found: SerialList, error: DomainError, now: datetime) -> None:
    """The file cannot be read as a whole."""
    _refuse(actor=system_actor("Import", found.tenant_id), found=found, error=error, now=now)


@use_case
def _refuse(*, actor: Actor, found: SerialList, error: DomainError, now: datetime) -> None:
    held = _held(found)
    if held is not None:
        held.problem = asdict(Problem.of(error))
        _end(held, SerialState.REFUSED, now)


def break_serials(*, tenant: int, serials: int, now: datetime) -> None:
    """The last try of a job has failed. Repeat: one that has ended is left alone."""
    refuse(found=SerialList(id=serials, tenant_id=tenant), error=SerialsBroken(), now=now)


def _held(found: SerialList) -> SerialList | None:
    """The list locked, unless it has ended: of several workers one tells the end."""
    ours = SerialList.objects.select_for_update().filter(tenant_id=found.tenant_id, id=found.id)
    return ours.filter(state=SerialState.READING).first()


def _end(held: SerialList, state: SerialState, now: datetime) -> None:
    is_ready = state is SerialState.READY
    held.state = state
    held.save(update_fields=["state", "problem", "selection_id"])
    post(
        tenant=held.tenant_id,
        users=[held.user_id],
        kind=Kind.SERIALS_READY if is_ready else Kind.SERIALS_REFUSED,
        level=Level.INFO if is_ready else Level.ERROR,
        key=f"serials:{held.uid}",
        params={
            "file": held.file_name,
            "found": held.counts.get(SerialOutcome.FOUND, 0),
            "rows": held.rows,
        },
        link=PAGE.format(customer_id=get_tenant_by_id(held.tenant_id).customer_id, uid=held.uid),
        now=now,
    )
    after_commit(folder_of(held.uid).discard)
