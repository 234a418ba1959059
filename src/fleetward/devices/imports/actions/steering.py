"""What people do with an import that is under way: match columns, start, cancel."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime

from fleetward.access.contracts import Capability
from fleetward.access.queries import require
from fleetward.audit.actions import record, use_case
from fleetward.audit.contracts import Verb
from fleetward.devices.imports.actions.ending import discard
from fleetward.devices.imports.actions.queueing import ANALYSE, STORE, queue
from fleetward.devices.imports.contracts import (
    ENDED,
    ColumnsMissing,
    ImportNotReady,
    ImportState,
)
from fleetward.devices.imports.queries import report_of
from fleetward.devices.imports.rules import check_mapping
from fleetward.devices.models import ImportRun
from fleetward.kernel.actor import Actor
from fleetward.kernel.errors import NotFound
from fleetward.tenancy.licences.queries import require_licence

_UNSTORED = {ImportState.UPLOADED, ImportState.ANALYSING, ImportState.READY}


def _locked(actor: Actor, tenant: int, uid: uuid.UUID) -> ImportRun:
    require(actor, Capability.IMPORT_DEVICES, tenant=tenant)
    run = ImportRun.objects.select_for_update().filter(tenant_id=tenant, uid=uid).first()
    if run is None:
        raise NotFound
    return run


@use_case
def change_mapping(
    *,
    actor: Actor,
    tenant: int,
    uid: uuid.UUID,
    mapping: Mapping[str, str],
    default_manufacturer: str,
    now: datetime,
) -> None:
    """Match the columns anew (field -> header) and analyse again; nothing is stored by it.

    Raises: NotFound, BadMapping, ImportNotReady.
    """
    run = _locked(actor, tenant, uid)
    if run.state != ImportState.READY:
        raise ImportNotReady(run.state)
    check_mapping(mapping, [column.header for column in report_of(run).columns])
    run.mapping, run.default_manufacturer = dict(mapping), default_manufacturer.strip()[:80]
    run.state, run.heartbeat_at = ImportState.UPLOADED, now
    run.save(update_fields=["mapping", "default_manufacturer", "state", "heartbeat_at"])
    queue(run, ANALYSE)


@use_case
def start_import(
    *, actor: Actor, tenant: int, uid: uuid.UUID, now: datetime, is_queued: bool = True
) -> None:
    """Store what the preview showed.

    Raises: NotFound, ImportNotReady, LicenceSuspended, ColumnsMissing.   Audit: import.started
    Repeat: an import that runs or is done already is left alone.
    """
    run = _locked(actor, tenant, uid)
    if run.state in {ImportState.RUNNING, ImportState.DONE}:
        return
    if run.state != ImportState.READY:
        raise ImportNotReady(run.state)
    require_licence(tenant=tenant, today=now.date())
    if missing := report_of(run).missing:
        raise ColumnsMissing(", ".join(missing))
    set_running(run, actor=actor, now=now)
    if is_queued:
        queue(run, STORE)


def set_running(run: ImportRun, *, actor: Actor, now: datetime) -> None:
    """Within the use case that starts an import."""
    run.state, run.started_at, run.heartbeat_at = ImportState.RUNNING, now, now
    run.save(update_fields=["state", "started_at", "heartbeat_at"])
    record(
        actor=actor,
        verb=Verb.IMPORT_STARTED,
        tenant=run.tenant_id,
        subject=f"import:{run.uid}",
        details={"file": run.file_name, "rows": run.rows},
        now=now,
    )


@use_case
def cancel_import(*, actor: Actor, tenant: int, uid: uuid.UUID, now: datetime) -> None:
    """Stop: before the start everything is discarded, later the rows stored so far stay.

    Raises: NotFound, ImportNotReady.   Audit: import.discarded, import.cancelled
    Repeat: an import that is being cancelled or was cancelled is left alone.
    """
    run = _locked(actor, tenant, uid)
    if run.state in {ImportState.CANCELLING, ImportState.CANCELLED}:
        return
    if run.state in ENDED:
        raise ImportNotReady(run.state)
    if run.state in _UNSTORED:
        discard(run, actor=actor, now=now)
        return
    run.state = ImportState.CANCELLING
    run.save(update_fields=["state"])
    record(
        actor=actor,
        verb=Verb.IMPORT_CANCELLED,
        tenant=tenant,
        subject=f"import:{run.uid}",
        details={"file": run.file_name},
        now=now,
    )
    queue(run, STORE)
