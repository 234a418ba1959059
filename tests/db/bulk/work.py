"""Bulk changes in tests: selections, and runs worked off in this thread."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from fleetward.devices.bulk.actions import (
    offer_selected_deletion,
    select_picked,
    start_bulk,
    undo_bulk,
    work_off,
)
from fleetward.devices.bulk.contracts import BulkKind, BulkOutcome, BulkRow, SelectionRow
from fleetward.devices.bulk.queries import get_bulk
from fleetward.devices.contracts import Confirmation
from fleetward.devices.models import BulkItem, BulkRun, Device, SelectionItem
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import Actor
from fleetward.kernel.clock import utc_now
from tests.cast import Cast, actor_of, add_devices, make_cast


@dataclass
class Place:
    """A tenant with devices, and who changes them."""

    cast: Cast = field(default_factory=make_cast)
    devices: list[int] = field(default_factory=list)

    @property
    def actor(self) -> Actor:
        return actor_of(self.cast.device_admin)

    @property
    def tenant(self) -> int:
        return self.cast.acme.id

    def add(self, count: int, manufacturer: str = "Dell", **fields: object) -> list[int]:
        made = add_devices(self.tenant, count, manufacturer, **fields)
        self.devices += made
        return made

    def uids(self, devices: Iterable[int] | None = None) -> list[uuid.UUID]:
        ids = self.devices if devices is None else list(devices)
        with tenant_scope([self.tenant]):
            rows = Device.objects.filter(id__in=ids).order_by("id")
            return list(rows.values_list("uid", flat=True))

    def get_device(self, device: int) -> Device:
        with tenant_scope([self.tenant]):
            return Device.objects.get(id=device)

    def get_serial(self, device: int) -> str:
        return self.get_device(device).serial

    def change(self, device: int, **fields: object) -> None:
        """Somebody else changes a device meanwhile."""
        with tenant_scope([self.tenant]):
            Device.objects.filter(id=device).update(updated_at=utc_now(), **fields)

    def select(self, devices: Iterable[int] | None = None, query: str = "") -> SelectionRow:
        return select_picked(
            actor=self.actor,
            tenant=self.tenant,
            uids=self.uids(devices),
            query=query,
            now=utc_now(),
        )

    def start(
        self,
        kind: BulkKind,
        params: Mapping[str, object] | None = None,
        selection: SelectionRow | None = None,
        request_key: str | None = None,
    ) -> BulkRow:
        return start_bulk(
            actor=self.actor,
            tenant=self.tenant,
            kind=kind,
            selection=(selection or self.select()).uid,
            params=params or {},
            now=utc_now(),
            request_key=request_key,
        )

    def offer(self, selection: SelectionRow) -> Confirmation:
        """The security code for its deletion."""
        _, code = offer_selected_deletion(
            actor=self.actor, tenant=self.tenant, selection=selection.uid, now=utc_now()
        )
        return code

    def finish(self, run: BulkRow) -> BulkRow:
        work_off(tenant=self.tenant, run=run.id, clock=utc_now)
        return self.row(run)

    def run(
        self,
        kind: BulkKind,
        params: Mapping[str, object] | None = None,
        selection: SelectionRow | None = None,
    ) -> BulkRow:
        return self.finish(self.start(kind, params, selection))

    def undo(self, run: BulkRow) -> BulkRow:
        begun = undo_bulk(actor=self.actor, tenant=self.tenant, uid=run.uid, now=utc_now())
        return self.finish(begun)

    def row(self, run: BulkRow | BulkRun) -> BulkRow:
        return get_bulk(actor=self.actor, tenant=self.tenant, uid=run.uid)

    def outcomes(self, run: BulkRow) -> dict[int, BulkOutcome]:
        with tenant_scope([self.tenant]):
            items = BulkItem.objects.filter(run_id=run.id)
            return {i.device_id: BulkOutcome(i.outcome) for i in items}


def every_device_has_its_outcome(place: Place, run: BulkRow) -> None:
    """Outcomes = devices selected, each once, and the counters say the same (hardening 1)."""
    ended = place.outcomes(run)
    row = place.row(run)
    counted = Counter(ended.values())
    told = Counter({o: getattr(row.counts, o.lower()) for o in BulkOutcome})
    assert +counted == +told
    assert len(ended) == row.devices == row.counts.ended
    with tenant_scope([place.tenant]):
        selection = BulkRun.objects.get(id=run.id).selection_id
        wanted = SelectionItem.objects.filter(selection_id=selection)
        assert set(ended) == set(wanted.values_list("device_id", flat=True))
