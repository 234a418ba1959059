"""W7: refreshing only what is expired or expiring, what a view shows, or what a group has."""

from __future__ import annotations

import pytest

from fleetward.audit.models import Entry
from fleetward.devices.actions import save_view
from fleetward.devices.bulk.contracts import NothingSelected
from fleetward.devices.contracts import ViewInput
from fleetward.devices.models import Selection
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.errors import Forbidden, NotFound
from fleetward.notifications.models import Notification
from fleetward.warranty.actions.runs import cancel_run, start_run
from fleetward.warranty.contracts import RunRow, RunScope, Trigger, UnfitFilter
from fleetward.warranty.models import Coverage, Run
from fleetward.warranty.queries.grid_conditions import MOST_CONDITIONS
from fleetward.warranty.queries.meant import (
    SCOPES,
    known_filter,
    meant_by_group,
    meant_by_view,
    query_of_group,
    query_of_view,
)
from fleetward.warranty.schedules.actions import refresh_matching, select_to_refresh
from tests.cast import NOW, TODAY, Cast, actor_of, add_devices
from tests.db.warranty.scheduling import DAY, group_of, view_of, visited

pytestmark = pytest.mark.django_db


def refresh(cast: Cast, query: str) -> RunRow:
    return refresh_matching(
        actor=actor_of(cast.device_admin), tenant=cast.acme.id, query=query, now=NOW
    )


def cover(tenant: int, devices: list[int], left: int) -> None:
    with tenant_scope([tenant]):
        known = Coverage.objects.filter(device_id__in=devices)
        known.update(reason="", ends_on=TODAY + left * DAY)


@pytest.mark.parametrize(
    ("scope", "devices"), [(RunScope.EXPIRED, 2), (RunScope.EXPIRING, 3)], ids=str
)
def test_w7_expired_only_or_expiring_only(cast: Cast, scope: RunScope, devices: int) -> None:
    tenant = cast.acme.id
    for count, left in ((2, -1), (3, 20), (4, 400)):
        cover(tenant, add_devices(tenant, count), left)
    add_devices(tenant, 5)
    run = refresh(cast, SCOPES[scope])
    assert (run.trigger, run.is_whole) == (Trigger.SELECTION, True)
    assert visited(tenant, run) == devices
    with tenant_scope([tenant]):
        (entry,) = Entry.objects.filter(verb="run.started")
        assert entry.details == {"devices": devices}


def test_w7_it_runs_beside_bulk_processing(cast: Cast) -> None:
    tenant, actor = cast.acme.id, actor_of(cast.device_admin)
    cover(tenant, add_devices(tenant, 1), -1)
    bulk = start_run(actor=actor, tenant=tenant, now=NOW)
    assert refresh(cast, SCOPES[RunScope.EXPIRED]).id != bulk.id
    assert start_run(actor=actor, tenant=tenant, now=NOW).id == bulk.id


def test_w7_what_a_view_shows_and_what_a_group_has(cast: Cast) -> None:
    tenant, actor = cast.acme.id, actor_of(cast.device_admin)
    add_devices(tenant, 2, location="Paris")
    group = group_of(tenant, add_devices(tenant, 3))
    view = view_of(cast, "where=location:is:Paris&sort=name")
    by_view = query_of_view(actor=actor, tenant=tenant, uid=view)
    by_group = query_of_group(actor=actor, tenant=tenant, uid=group)
    assert [visited(tenant, refresh(cast, query)) for query in (by_view, by_group)] == [2, 3]


def test_w7_it_is_called_as_its_view_or_group_was_then(cast: Cast) -> None:
    tenant, actor = cast.acme.id, actor_of(cast.admin)
    group = meant_by_group(actor=actor, tenant=tenant, uid=group_of(tenant, add_devices(tenant, 3)))
    view = meant_by_view(actor=actor, tenant=tenant, uid=view_of(cast, ""))
    private = save_view(actor=actor, tenant=tenant, view=ViewInput("Mine", query=""), now=NOW)
    own = meant_by_view(actor=actor, tenant=tenant, uid=private)
    runs = [
        refresh_matching(actor=actor, tenant=tenant, query=one.query, name=one.name, now=NOW)
        for one in (group, view, own)
    ]
    # How people call a view of their own is not told to others.
    assert [(run.name, run.scope) for run in runs] == [("Lyon", None), ("Out", None), ("", None)]


@pytest.mark.parametrize("scope", list(SCOPES), ids=str)
def test_w7_it_knows_which_coverage_it_is_for(cast: Cast, scope: RunScope) -> None:
    cover(cast.acme.id, add_devices(cast.acme.id, 1), -1)
    cover(cast.acme.id, add_devices(cast.acme.id, 1), 20)
    run = refresh(cast, SCOPES[scope])
    assert (run.name, run.scope) == ("", scope)


@pytest.mark.parametrize(
    ("name", "told"), [("Lyon", {"name": "Lyon"}), ("", {"scope": "EXPIRED"})], ids=["name", "no"]
)
def test_w7_its_end_says_what_it_was_for(cast: Cast, name: str, told: dict[str, str]) -> None:
    """In the bell, and in what webhooks send of it."""
    tenant, actor = cast.acme.id, actor_of(cast.device_admin)
    cover(tenant, add_devices(tenant, 2), -1)
    query = SCOPES[RunScope.EXPIRED]
    run = refresh_matching(actor=actor, tenant=tenant, query=query, name=name, now=NOW)
    cancel_run(actor=actor, tenant=tenant, uid=run.uid, now=NOW)
    with tenant_scope([tenant]):
        params = Notification.objects.get(kind="REFRESH_CANCELLED").params
    assert {word: params[word] for word in ("name", "scope") if word in params} == told


@pytest.mark.parametrize(
    "query", ["state=deleted", "selection=6f1d2c1e-8a55-4c7e-9a55-0c6b5d1c2f10", "status=GONE"]
)
def test_a_filter_that_means_other_devices_is_refused(cast: Cast, query: str) -> None:
    add_devices(cast.acme.id, 1)
    with pytest.raises(UnfitFilter):
        refresh(cast, query)


def test_so_is_one_with_a_condition_too_many(cast: Cast) -> None:
    days = [f"where=ends_on:after:2026-01-{day:02}" for day in range(1, MOST_CONDITIONS + 2)]
    assert known_filter("&".join(days[1:]), today=TODAY, zone="UTC").conditions
    with pytest.raises(UnfitFilter):
        refresh(cast, "&".join(days))


def test_deleted_devices_are_a_known_filter(cast: Cast) -> None:
    assert not known_filter("state=deleted", today=TODAY, zone="UTC").is_active


def test_nothing_is_started_where_there_is_no_device(cast: Cast) -> None:
    add_devices(cast.acme.id, 1)
    with pytest.raises(NothingSelected):
        refresh(cast, SCOPES[RunScope.EXPIRED])
    with tenant_scope([cast.acme.id]):
        assert not Run.objects.exists()
        assert not Selection.objects.exists()


def test_whoever_may_not_start_bulk_processing_may_not_refresh(cast: Cast) -> None:
    tenant = cast.acme.id
    add_devices(tenant, 1)
    for user, error in ((cast.reader, Forbidden), (cast.outsider, NotFound)):
        with pytest.raises(error):
            select_to_refresh(actor=actor_of(user), tenant=tenant, query="", now=NOW)


def test_views_and_groups_of_others_are_not_found(cast: Cast) -> None:
    view = view_of(cast, is_shared=False)
    actor, tenant = actor_of(cast.device_admin), cast.acme.id
    with pytest.raises(NotFound):
        query_of_view(actor=actor, tenant=tenant, uid=view)
    with pytest.raises(NotFound):
        query_of_group(actor=actor, tenant=tenant, uid=view)
