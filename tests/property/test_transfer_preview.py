"""What the preview of a transfer says of each row is what becomes of it (X5)."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fleetward.devices.models import Departure, Device
from fleetward.infra.tx import tenant_scope
from fleetward.transfers.contracts import RowOutcome
from tests.cast import NOW
from tests.db.transfers.desk import Desk, file_of

pytestmark = pytest.mark.django_db

MAKERS = ("Dell", "Lenovo", "HP", "HPE")
# Few serials and makers, so that rows meet devices, and each other.
serials = st.sampled_from(["SER1001", "SER1002", "SER1003", "ser1001", " SER1002 ", "1.2E+10", ""])
makers = st.sampled_from(["", *MAKERS, "dell inc."])
fleets = st.sets(
    st.tuples(
        st.sampled_from(["SER1001", "SER1002", "SER1003"]),
        st.sampled_from(MAKERS),
        st.sampled_from(["", "PN-1", "PN-2"]),
    ),
    max_size=8,
)
Fleet = set[tuple[str, str, str]]
BECOMES = {RowOutcome.FOUND: {RowOutcome.MOVED, RowOutcome.MERGED}}


@pytest.fixture
def desk(db: None) -> Desk:
    return Desk()


def put(desk: Desk, tenant: int, fleet: Fleet) -> None:
    """Some of them with a user, some with a location, some with a tag."""
    # Each tenant keeps its own history of a machine that has moved.
    with tenant_scope([desk.source.id, desk.target.id]):
        Device.objects.filter(tenant_id=tenant).delete()
    with tenant_scope([tenant]):
        for serial, maker, product_number in sorted(fleet):
            Device.objects.create(
                tenant_id=tenant,
                serial=serial,
                manufacturer=maker,
                product_number=product_number,
                assigned_user="jane" if maker == "HP" else "",
                location="Paris" if serial == "SER1001" else "",
                asset_tag="IT" if product_number == "PN-1" else "",
                origin="CSV",
                created_at=NOW,
                updated_at=NOW,
            )


def sealed_by(desk: Desk, transfer: UUID) -> tuple[int, ...]:
    """How many devices left a user, a location, a tag, and any of them."""
    with tenant_scope([desk.source.id]):
        left = Departure.objects.filter(tenant_id=desk.source.id, reference=transfer)
        kept = [departure.values for departure in left]
    fields = ("assigned_user", "location", "asset_tag")
    each = [sum(bool(values[field]) for values in kept) for field in fields]
    return (*each, sum(any(values[field] for field in fields) for values in kept))


@given(
    rows=st.lists(st.tuples(serials, makers), min_size=1, max_size=12),
    here=fleets,
    there=fleets,
)
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_x5_the_preview_is_what_happens(
    desk: Desk,
    rows: list[tuple[str, str]],
    here: Fleet,
    there: Fleet,
) -> None:
    put(desk, desk.target.id, there)
    put(desk, desk.source.id, here)
    total = desk.held_by(desk.source) + desk.held_by(desk.target)
    target = desk.target.customer_id
    data = file_of(
        [(serial, target, maker) for serial, maker in rows],
        ("Serial Number", "Customer ID", "Manufacturer"),
    )
    waiting = desk.previewed(data)
    said = desk.lines(waiting.row.uid)
    done = desk.start(waiting.row.uid)
    ended = desk.lines(done.row.uid)
    for before, after in zip(said, ended, strict=True):
        assert after.outcome in BECOMES.get(before.outcome, {before.outcome})
        assert (after.serial, after.refusal) == (before.serial, before.refusal)
    assert sealed_by(desk, done.row.uid) == (
        waiting.preview.users,
        waiting.preview.locations,
        waiting.preview.tags,
        waiting.preview.effects.get("SEALED_DEVICES", 0),
    )
    merged = done.row.counts.get(RowOutcome.MERGED, 0)
    assert merged == waiting.preview.effects.get("MERGED_LISTINGS", 0)
    assert sum(done.row.counts.values()) == done.row.rows == len(rows)
    # Devices are conserved: what merged is one device, where there were two.
    assert desk.held_by(desk.source) + desk.held_by(desk.target) == total - merged
