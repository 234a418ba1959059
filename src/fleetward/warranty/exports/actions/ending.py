"""How an export ends: done, cancelled, or failed. Each end is told once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path

from fleetward.audit.actions import record, use_case
from fleetward.audit.contracts import Verb
from fleetward.config.env import env
from fleetward.devices.contracts import Problem
from fleetward.infra.kept_files import kept_file
from fleetward.infra.tx import after_commit, tenant_scope
from fleetward.kernel.actor import Actor
from fleetward.kernel.errors import DomainError
from fleetward.notifications.actions import post
from fleetward.notifications.contracts import Kind, Level
from fleetward.tenancy.queries import get_tenant_by_id
from fleetward.warranty.exports.actions.queueing import worker_of
from fleetward.warranty.exports.contracts import ExportBroken, ExportState
from fleetward.warranty.exports.queries import since_of
from fleetward.warranty.models import Export

PAGE = "/t/{customer_id}/exports/{uid}/"


@use_case
def done(
    *, actor: Actor, export: Export, made: Path, told: Mapping[str, object], now: datetime
) -> None:
    """The file is there, for as long as files are kept; unless somebody has cancelled meanwhile.

    Audit: device.exported.
    """
    state = _locked_state(export)
    if state is ExportState.CANCELLING:
        _cancelled(export, now)
    if state is not ExportState.RUNNING:
        return
    export.size = kept_file(export.uid).keep(made)
    export.written = export.devices
    export.expires_at = now + timedelta(days=env().exports.keep_days)
    _end(export, ExportState.DONE, Kind.EXPORT_DONE, Level.INFO, now)
    record(
        actor=actor,
        verb=Verb.DEVICES_EXPORTED,
        tenant=export.tenant_id,
        subject=f"export:{export.uid}",
        details=told,
        now=now,
    )


@use_case
def cancelled(*, actor: Actor, export: Export, now: datetime) -> None:
    """Somebody did not want it any more: nothing stays of it."""
    if _locked_state(export) is ExportState.CANCELLING:
        _cancelled(export, now)


@use_case
def failed(*, actor: Actor, export: Export, error: DomainError, now: datetime) -> None:
    """It cannot be made: nothing stays of it but why."""
    if _locked_state(export).is_open:
        export.problem = asdict(Problem.of(error))
        _end(export, ExportState.FAILED, Kind.EXPORT_FAILED, Level.ERROR, now)
        after_commit(kept_file(export.uid).discard)


def break_export(*, tenant: int, export: int, now: datetime) -> None:
    """The last try of a job has failed. Repeat: one that has ended is left alone."""
    with tenant_scope([tenant]):
        found = Export.objects.filter(tenant_id=tenant, id=export).first()
    if found is not None:
        failed(actor=worker_of(found), export=found, error=ExportBroken(), now=now)


def _since(export: Export) -> dict[str, int]:
    """What has become of selected devices, if anything has."""
    since = since_of(export)
    return {} if since is None or since.is_as_it_was else since.told


def _locked_state(export: Export) -> ExportState:
    """The state that nobody changes until the transaction ends."""
    locked = Export.objects.select_for_update().filter(id=export.id)
    return ExportState(locked.values_list("state", flat=True).get())


def _cancelled(export: Export, now: datetime) -> None:
    _end(export, ExportState.CANCELLED, Kind.EXPORT_CANCELLED, Level.INFO, now)
    after_commit(kept_file(export.uid).discard)


def _end(export: Export, state: ExportState, kind: Kind, level: Level, now: datetime) -> None:
    export.state, export.finished_at = state, now
    export.save(update_fields=["state", "finished_at", "size", "written", "expires_at", "problem"])
    tenant = get_tenant_by_id(export.tenant_id)
    post(
        tenant=tenant.id,
        users=[export.user_id],
        kind=kind,
        level=level,
        key=f"export:{export.uid}",
        params={"devices": export.devices, "format": export.format.upper(), **_since(export)},
        link=PAGE.format(customer_id=tenant.customer_id, uid=export.uid),
        now=now,
    )
