"""Questions about serial lists: one of them, and how each of its rows ended. Only one's own."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence

import msgspec
from django.db.models import QuerySet

from fleetward.access.contracts import Capability
from fleetward.access.queries import require
from fleetward.devices.bulk.contracts import BulkKind
from fleetward.devices.contracts import Problem
from fleetward.devices.models import BulkRun, Selection, SerialList
from fleetward.devices.serial_lists.contracts import (
    SerialListRow,
    SerialOutcome,
    SerialRowFound,
    SerialState,
)
from fleetward.infra import sql
from fleetward.infra.tx import scoped, tenant_scope
from fleetward.kernel.actor import Actor
from fleetward.kernel.errors import NotFound

CONTEXT = "devices.serial_lists"
CHUNK_ROWS = 5_000


@scoped
def get_serial_list(*, actor: Actor, tenant: int, uid: uuid.UUID) -> SerialListRow:
    """A list of the actor's own. Raises: NotFound, Forbidden."""
    found = _get(actor, tenant, uid)
    selected = Selection.objects.filter(id=found.selection_id or 0)
    deletions = _deletions(found).order_by("-id")
    return SerialListRow(
        uid=found.uid,
        state=SerialState(found.state),
        file_name=found.file_name,
        columns=found.columns,
        rows=found.rows,
        counts={outcome: found.counts.get(outcome, 0) for outcome in SerialOutcome},
        problem=msgspec.convert(found.problem, Problem) if found.problem else None,
        selection=selected.values_list("uid", flat=True).first(),
        deletion=deletions.values_list("uid", flat=True).first(),
        created_at=found.created_at,
    )


@scoped
def find_list_of(*, actor: Actor, tenant: int, bulk: uuid.UUID) -> uuid.UUID | None:
    """The actor's own list whose devices a bulk change deleted. Raises: NotFound, Forbidden."""
    require(actor, Capability.DELETE_DEVICES, tenant=tenant)
    runs = BulkRun.objects.filter(tenant_id=tenant, uid=bulk, kind=BulkKind.DELETE)
    own = SerialList.objects.filter(tenant_id=tenant, user_id=actor.own_id)
    named = own.filter(selection_id__in=runs.values("selection_id"))
    return named.values_list("uid", flat=True).first()


@scoped
def list_serial_rows(
    *,
    actor: Actor,
    tenant: int,
    uid: uuid.UUID,
    outcomes: Sequence[SerialOutcome] = (),
    most: int = CHUNK_ROWS,
) -> list[SerialRowFound]:
    """The first rows, in the order of the file. Raises: NotFound, Forbidden."""
    return _rows(_get(actor, tenant, uid), outcomes, 0, most)


def iterate_serial_rows(*, actor: Actor, tenant: int, uid: uuid.UUID) -> Iterator[SerialRowFound]:
    """Every row, for a download. Raises: NotFound, Forbidden, at the first row."""
    after: int | None = 0
    while after is not None:
        with tenant_scope(actor.tenants):
            rows = _rows(_get(actor, tenant, uid), (), after, CHUNK_ROWS)
        yield from rows
        after = rows[-1].row_no if len(rows) == CHUNK_ROWS else None


def _rows(
    found: SerialList, outcomes: Sequence[SerialOutcome], after: int, most: int
) -> list[SerialRowFound]:
    params = {
        "tenant": found.tenant_id,
        "list": found.id,
        "after": after,
        "most": most,
        "outcomes": [str(outcome) for outcome in outcomes],
        "runs": list(_deletions(found).values_list("id", flat=True)),
    }
    return [
        SerialRowFound(row_no, serial, maker, number, SerialOutcome(outcome), refusal, deletion)
        for row_no, serial, maker, number, outcome, refusal, deletion in sql.fetch(
            CONTEXT, "list_rows", params
        )
    ]


def _deletions(found: SerialList) -> QuerySet[BulkRun]:
    """Bulk changes that began to delete what was found; more than one after a cancelled one."""
    runs = BulkRun.objects.filter(tenant_id=found.tenant_id, kind=BulkKind.DELETE)
    return runs.filter(selection_id=found.selection_id or 0)


def _get(actor: Actor, tenant: int, uid: uuid.UUID) -> SerialList:
    require(actor, Capability.DELETE_DEVICES, tenant=tenant)
    own = SerialList.objects.filter(tenant_id=tenant, user_id=actor.own_id)
    found = own.filter(uid=uid).first()
    if found is None:
        raise NotFound
    return found
