"""Out of Unassigned Devices to a customer, and back into it (X1), with what the partner reads."""

from __future__ import annotations

import pytest

from fleetward.devices.models import Device
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.clock import utc_now
from fleetward.kernel.errors import Forbidden, NotFound
from fleetward.notifications.actions import mark_read
from fleetward.notifications.queries import get_bell, list_notifications
from fleetward.tenancy.contracts import Role
from fleetward.transfers.actions import undo_transfer, upload_transfer
from fleetward.transfers.contracts import RowOutcome, UnknownTarget, Upload
from fleetward.transfers.queries import list_targets, list_transfers
from tests.cast import actor_of, add_devices, make_tenant, make_user
from tests.db.transfers.desk import Desk, hold_for
from tests.db.transfers.test_moving import GOOD, NOT_FOUND, news, verbs
from tests.db.transfers.test_split_select_undo import selected

pytestmark = pytest.mark.django_db


def held(desk: Desk) -> list[str]:
    """Two devices in the holding tenant, from which the desk works from then on; their serials."""
    desk.source = desk.open_holding()
    devices = desk.add(2, has_custody=True)
    desk.change(devices[0], origin="RESALE_FEED")
    return desk.serials(devices)


def test_x1_devices_leave_unassigned_devices_and_what_did_not_change_comes_back(
    desk: Desk,
) -> None:
    one, two = held(desk)
    done = desk.moved(desk.rows_to([one, "ZZZ9999", two]))
    assert desk.words(done.row.uid) == [GOOD, NOT_FOUND, GOOD]
    assert (done.row.source.is_holding, done.row.target is not None) == (True, True)
    with tenant_scope([desk.target.id]):
        moved = Device.objects.get(serial=one)
        Device.objects.filter(serial=two).update(name="Theirs", updated_at=utc_now())
    assert (moved.origin, moved.has_custody) == ("RESALE_FEED", True)
    # X11: source, target and partner.
    assert verbs(desk.source) == ["transfer.sent"]
    assert verbs(desk.target) == ["transfer.received"]
    assert verbs(desk.partner) == ["transfer.submitted", "transfer.started", "transfer.executed"]
    (listed,) = list_transfers(actor=desk.actor, tenant=desk.partner.id).rows
    assert listed.uid == done.row.uid
    undo = undo_transfer(actor=desk.actor, tenant=desk.source.id, uid=done.row.uid, now=utc_now())
    assert desk.work(undo).row.counts == {RowOutcome.FOUND: 1, RowOutcome.CHANGED_SINCE: 1}
    desk.start(undo)
    assert (desk.held_by(desk.source), desk.held_by(desk.target)) == (1, 1)


def test_x1_devices_go_back_by_file_and_by_selection(desk: Desk) -> None:
    holding = desk.open_holding()
    (one,), two = desk.serials(desk.add()), desk.add()
    targets = list_targets(actor=desk.actor, source=desk.source.id)
    assert [row.id for row in targets] == [desk.target.id, holding.id]
    done = desk.moved(desk.rows_to([one], holding))
    assert done.row.target is not None
    assert done.row.target.is_holding
    desk.work(uid := selected(desk, two, holding.customer_id))
    desk.start(uid)
    assert (desk.held_by(desk.source), desk.held_by(holding)) == (0, 2)
    undo = undo_transfer(actor=desk.actor, tenant=desk.source.id, uid=uid, now=utc_now())
    desk.start(desk.work(undo).row.uid)
    assert (desk.held_by(desk.source), desk.held_by(holding)) == (1, 1)


def test_t7_without_a_certified_user_nothing_goes_back(desk: Desk) -> None:
    hold_for(desk.partner)
    holding = hold_for(rival := make_tenant("Rival", kind="PARTNER"))
    boss = make_user(roles={rival.id: Role.PARTNER_ADMIN})
    boss.membership_set.update(is_certified=True)
    own = list_targets(actor=desk.actor, source=desk.source.id)
    assert [row.id for row in own] == [desk.target.id]
    # Nor ever into what another partner holds.
    (device,) = desk.add()
    problem = desk.previewed(desk.rows_to(desk.serials([device]), holding)).problem
    assert problem is not None
    assert problem.code == "transfer_unknown_target"
    with pytest.raises(UnknownTarget):
        selected(desk, [device], holding.customer_id)


def test_t8_only_admins_of_the_partner_that_owns_it_transfer(desk: Desk) -> None:
    data = desk.rows_to(held(desk))
    specialist = make_user(roles={desk.partner.id: Role.PARTNER_SERVICE})
    rival = make_user(roles={make_tenant("Rival", kind="PARTNER").id: Role.PARTNER_ADMIN})
    for actor, error in (
        (actor_of(specialist), Forbidden),
        (actor_of(rival), NotFound),
        (desk.admin_of(desk.target), NotFound),
    ):
        with pytest.raises(error):
            upload_transfer(
                actor=actor,
                source=desk.source.id,
                upload=Upload("moves.csv"),
                chunks=[data],
                now=utc_now(),
            )


@pytest.mark.parametrize("is_holding", [True, False], ids=["unassigned", "customer"])
def test_the_bell_tells_under_all_customers_and_on_the_page_of_the_source(
    desk: Desk, is_holding: bool
) -> None:
    serials = held(desk) if is_holding else desk.serials(desk.add())
    desk.moved(desk.rows_to(serials))
    assert news(desk.partner) == ["TRANSFER_READY", "TRANSFER_DONE"]
    now, places = utc_now(), (desk.partner.id, desk.source.id)
    for place in places:
        found = list_notifications(actor=desk.actor, tenant=place, now=now).rows
        assert [row.kind for row in found] == ["TRANSFER_DONE", "TRANSFER_READY"]
        assert get_bell(actor=desk.actor, tenant=place, now=now).unread == 2
    assert get_bell(actor=desk.actor, tenant=desk.target.id, now=now).unread == 0
    # It is one item: what is read in one place is read in the other.
    assert mark_read(actor=desk.actor, tenant=desk.source.id, now=now) == 2
    assert [get_bell(actor=desk.actor, tenant=place, now=now).unread for place in places] == [0, 0]


def test_x2_what_the_page_does_not_have_is_not_found(desk: Desk) -> None:
    (elsewhere,) = desk.serials(desk.add())
    desk.source = desk.open_holding()
    add_devices(desk.source.id, 1)
    found = desk.moved(desk.rows_to([elsewhere]))
    assert desk.words(found.row.uid) == [NOT_FOUND]
