"""Questions about exports: only whoever asked for one finds it, while they may export."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from pathlib import Path

import msgspec
from django.db.models import QuerySet

from fleetward.access.contracts import Capability
from fleetward.access.queries import require, scope
from fleetward.devices.bulk.contracts import SinceSelected
from fleetward.devices.contracts import Problem
from fleetward.infra.kept_files import kept_file
from fleetward.infra.listing import latest_first
from fleetward.infra.tx import scoped
from fleetward.kernel.actor import Actor
from fleetward.kernel.errors import NotFound
from fleetward.kernel.paging import Page
from fleetward.warranty.exports.contracts import (
    ExportFormat,
    ExportGone,
    ExportNotReady,
    ExportRow,
    ExportState,
)
from fleetward.warranty.models import Export


@scoped
def list_exports(
    *, actor: Actor, tenant: int, cursor: str | None = None, limit: int = 50
) -> Page[ExportRow]:
    """The actor's own exports, latest first. Raises: NotFound, Forbidden, BadCursor."""
    return latest_first(own_exports(actor, tenant), cursor=cursor, limit=limit, row=export_row)


@scoped
def get_export(*, actor: Actor, tenant: int, uid: uuid.UUID) -> ExportRow:
    """One of them. Raises: NotFound, Forbidden."""
    return export_row(find_own(own_exports(actor, tenant), uid))


def own_exports(actor: Actor, tenant: int) -> QuerySet[Export]:
    """Those of the actor, within a scope, for actions. Raises: NotFound, Forbidden."""
    require(actor, Capability.EXPORT_DEVICES, tenant=tenant)
    return Export.objects.filter(tenant_id=tenant, user_id=actor.own_id)


def find_own(exports: QuerySet[Export], uid: uuid.UUID) -> Export:
    """One of some. Raises: NotFound, also for one of somebody else."""
    found = exports.filter(uid=uid).first()
    if found is None:
        raise NotFound
    return found


def shown_to(actor: Actor, tenant: int) -> tuple[int, ...]:
    """The tenants whose devices the lists of this one show: its own, or its customers' (T5)."""
    return scope(actor, Capability.SEE_DEVICES).within(tenant)


def is_in_reach(actor: Actor, export: Export) -> bool:
    """Whether all that the file tells of are in reach at this moment; no, where it spans customers
    and nobody has noted which.
    """
    if export.tenants is None:
        return export.tenant_id not in actor.spans
    return set(export.tenants) <= set(shown_to(actor, export.tenant_id))


def file_of(row: ExportRow) -> Path:
    """Where the file of an export lies. Raises: ExportNotReady, ExportGone."""
    if row.state is not ExportState.DONE:
        raise ExportNotReady(str(row.state))
    path = kept_file(row.uid).path
    if row.is_removed or not path.exists():
        raise ExportGone
    return path


def exports_selection(*, selection: int) -> bool:
    """Whether an export that is under way still reads it. Within a scope of its tenant."""
    open_ones = [str(state) for state in ExportState if state.is_open]
    return Export.objects.filter(selection_id=selection, state__in=open_ones).exists()


def export_row(export: Export) -> ExportRow:
    return ExportRow(
        id=export.id,
        uid=export.uid,
        format=ExportFormat(export.format),
        state=ExportState(export.state),
        started_by=export.started_by,
        on_behalf=export.on_behalf,
        request_id=export.request_id,
        query=export.query,
        today=export.today,
        devices=export.devices,
        written=export.written,
        size=export.size,
        created_at=export.created_at,
        finished_at=export.finished_at,
        expires_at=export.expires_at,
        is_removed=export.removed_at is not None,
        problem=_problem(export.problem),
        since=since_of(export),
    )


def since_of(export: Export) -> SinceSelected | None:
    """What had become of selected devices when the list was read; None where nobody has looked."""
    if export.selected is None or export.changed_since is None or export.gone is None:
        return None
    return SinceSelected(export.selected, export.changed_since, export.gone)


def _problem(stored: Mapping[str, object] | None) -> Problem | None:
    return msgspec.convert(stored, Problem) if stored else None
