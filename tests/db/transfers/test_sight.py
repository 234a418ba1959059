"""What source, target and strangers see of a transfer: each what concerns it, and no other name."""

from __future__ import annotations

from dataclasses import asdict

import pytest

from fleetward.infra.tx import tenant_scope
from fleetward.kernel.clock import utc_now
from fleetward.kernel.errors import NotFound
from fleetward.notifications.models import Notification
from fleetward.tenancy.actions import end_partner
from fleetward.tenancy.contracts import TenantRow
from fleetward.transfers.contracts import FAILURES, RowOutcome
from fleetward.transfers.models import Row
from fleetward.transfers.queries import (
    get_arrival,
    get_progress,
    get_transfer,
    iterate_arrived,
    iterate_rows,
    list_arrivals,
    list_arrived,
    list_rows,
    list_targets,
    list_transfers,
)
from tests.db.transfers.desk import Desk

pytestmark = pytest.mark.django_db


def secrets(desk: Desk, *tenants: TenantRow) -> list[str]:
    return [word for tenant in tenants for word in (tenant.name, tenant.customer_id)]


def test_the_target_learns_what_arrived_and_not_from_whom(desk: Desk) -> None:
    serials = desk.serials(desk.add(2))
    uid = desk.upload(desk.rows_to([*serials, "ZZZ9999"]), name="from Initech.csv")
    desk.start(desk.work(uid).row.uid)
    theirs = desk.admin_of(desk.target)
    (arrival,) = list_arrivals(actor=theirs, tenant=desk.target.id).rows
    assert (arrival.partner, arrival.devices, arrival.merged) == ("Reseller", 2, 0)
    assert get_arrival(actor=theirs, tenant=desk.target.id, uid=arrival.uid) == arrival
    found = list(iterate_arrived(actor=theirs, tenant=desk.target.id, uid=arrival.uid))
    assert sorted(line.serial for line in found) == sorted(serials)
    few = list_arrived(actor=theirs, tenant=desk.target.id, uid=arrival.uid, most=1)
    assert len(few) == 1
    told = str([asdict(arrival), *map(asdict, found)])
    assert not [word for word in secrets(desk, desk.source) if word in told]
    with pytest.raises(NotFound):
        get_transfer(actor=theirs, tenant=desk.target.id, uid=uid, now=utc_now())
    with pytest.raises(NotFound):
        get_transfer(actor=theirs, tenant=desk.source.id, uid=uid, now=utc_now())


def test_the_source_learns_what_left_and_not_where_to(desk: Desk) -> None:
    uid = desk.upload(desk.rows_to(desk.serials(desk.add())), name="to Hooli.csv")
    ours = desk.admin_of(desk.source)
    desk.work(uid)
    # What only waits concerns nobody but the partner.
    assert list_transfers(actor=ours, tenant=desk.source.id).rows == []
    with pytest.raises(NotFound):
        get_progress(actor=ours, tenant=desk.source.id, uid=uid)
    desk.start(uid)
    (row,) = list_transfers(actor=ours, tenant=desk.source.id).rows
    assert (row.partner, row.moved, row.target, row.file_name) == ("Reseller", 1, None, "")
    detail = get_transfer(actor=ours, tenant=desk.source.id, uid=uid, now=utc_now())
    lines = list(iterate_rows(actor=ours, tenant=desk.source.id, uid=uid))
    told = str([asdict(detail), *map(asdict, lines)])
    assert not [word for word in secrets(desk, desk.target) if word in told]


def test_the_source_reads_of_the_file_what_became_of_its_own_devices(desk: Desk) -> None:
    """The other rows can name serials of other customers of the partner."""
    (own,) = desk.serials(desk.add())
    done = desk.moved(desk.rows_to([own, "FOREIGN1", "BAD\u200bROW"]))
    where = {"tenant": desk.source.id, "uid": done.row.uid}
    assert len(list(iterate_rows(actor=desk.actor, **where))) == 3
    ours = desk.admin_of(desk.source)
    assert [line.serial for line in iterate_rows(actor=ours, **where)] == [own]
    for wanted, found in (((), 1), (FAILURES, 0), ((RowOutcome.MOVED, *FAILURES), 1)):
        assert len(list_rows(actor=ours, **where, outcomes=wanted).rows) == found
    detail = get_transfer(actor=ours, **where, now=utc_now())
    assert (detail.row.counts, detail.refusals) == ({RowOutcome.MOVED: 1}, {})
    assert sum(desk.found(done.row.uid).row.counts.values()) == 3


def test_notifications_tell_no_customer_of_another(desk: Desk) -> None:
    desk.moved(desk.rows_to(desk.serials(desk.add())))
    for tenant, other in ((desk.source, desk.target), (desk.target, desk.source)):
        admin = desk.admin_of(tenant)
        with tenant_scope([tenant.id]):
            (item,) = Notification.objects.filter(user_id=admin.own_id)
        assert item.params == {"partner": "Reseller", "devices": 1}
        assert not [word for word in secrets(desk, other) if word in str(item.link)]


def test_the_partner_lists_transfers_of_customers_that_it_still_has(desk: Desk) -> None:
    done = desk.moved(desk.rows_to(desk.serials(desk.add())))
    waiting = desk.previewed(desk.rows_to(["ZZZ9999"]))
    both = list_transfers(actor=desk.actor, tenant=desk.partner.id).rows
    assert [row.uid for row in both] == [waiting.row.uid, done.row.uid]
    for is_open, wanted in ((True, waiting), (False, done)):
        (row,) = list_transfers(actor=desk.actor, tenant=desk.partner.id, is_open=is_open).rows
        assert row.uid == wanted.row.uid
    desk.end_relation(desk.source)
    assert list_transfers(actor=desk.actor, tenant=desk.partner.id).rows == []
    with pytest.raises(NotFound):
        desk.found(done.row.uid)


def test_row_level_security_shows_the_target_its_arrivals_alone(desk: Desk) -> None:
    desk.moved(desk.rows_to([*desk.serials(desk.add()), "ZZZ9999"]))
    with tenant_scope([desk.target.id]):
        assert [row.outcome for row in Row.objects.all()] == ["MOVED"]
    with tenant_scope([desk.source.id]):
        assert Row.objects.count() == 2
    with tenant_scope([desk.partner.id]):
        assert not Row.objects.exists()


def test_rows_are_paged_in_the_order_of_the_file(desk: Desk) -> None:
    done = desk.moved(desk.rows_to(["ZZZ1", "AAA1", "MMM1"]))
    where = {"actor": desk.actor, "tenant": desk.source.id, "uid": done.row.uid}
    first = list_rows(**where, limit=2)  # type: ignore[arg-type]
    rest = list_rows(**where, cursor=first.after)  # type: ignore[arg-type]
    assert [line.serial for line in (*first.rows, *rest.rows)] == ["ZZZ1", "AAA1", "MMM1"]


def test_targets_are_the_other_customers_that_have_accepted(desk: Desk) -> None:
    assert [t.name for t in list_targets(actor=desk.actor, source=desk.source.id)] == ["Hooli"]


def test_t3_of_a_customer_that_has_ended_the_relation_only_its_customer_id_is_told(
    desk: Desk,
) -> None:
    uid = desk.moved(desk.rows_to(desk.serials(desk.add()))).row.uid
    target = desk.found(uid).row.target
    assert target is not None
    assert target.name == desk.target.name
    end_partner(actor=desk.admin_of(desk.target), tenant=desk.target.id, now=utc_now())
    target = desk.found(uid).row.target
    assert target is not None
    assert (target.name, target.customer_id) == (desk.target.customer_id, desk.target.customer_id)
