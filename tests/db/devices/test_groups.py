"""Groups of devices (E13): their names, who may change them, and whose devices they hold."""

from __future__ import annotations

import uuid

import pytest
from django.db import IntegrityError, transaction

from fleetward.audit.models import Entry
from fleetward.devices.actions import change_group, delete_group, grouping, make_group
from fleetward.devices.contracts import BadGroup, GroupExists, GroupKind, TooManyGroups
from fleetward.devices.models import Device, GroupMember
from fleetward.devices.queries.groups import get_group, list_groups, list_groups_of
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import Actor
from fleetward.kernel.errors import Forbidden, NotFound
from tests.cast import NOW, Cast, actor_of, add_devices
from tests.db.devices.fleet import group_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def actor(cast: Cast) -> Actor:
    return actor_of(cast.device_admin)


def make(cast: Cast, actor: Actor, name: str, description: str = "") -> uuid.UUID:
    return make_group(actor=actor, tenant=cast.acme.id, name=name, description=description, now=NOW)


def change(cast: Cast, actor: Actor, uid: uuid.UUID, name: str, description: str = "") -> bool:
    return change_group(
        actor=actor,
        tenant=cast.acme.id,
        uid=uid,
        name=name,
        description=description,
        now=NOW,
    )


def names(cast: Cast, actor: Actor) -> list[str]:
    return [group.name for group in list_groups(actor=actor, tenant=cast.acme.id)]


def trail(cast: Cast) -> list[tuple[str, object]]:
    with tenant_scope([cast.acme.id]):
        return list(Entry.objects.order_by("id").values_list("verb", "details"))


def test_a_group_is_made_listed_by_name_and_told(cast: Cast, actor: Actor) -> None:
    uid = make(cast, actor, "  Paris   office ", "Second floor")
    make(cast, actor, "loaners")
    assert names(cast, actor) == ["loaners", "Paris office"]
    group = get_group(actor=actor, tenant=cast.acme.id, uid=uid)
    assert (group.kind, group.description, group.query) == (GroupKind.STATIC, "Second floor", "")
    assert trail(cast)[0] == ("group.created", {"name": "Paris office", "kind": "STATIC"})


@pytest.mark.parametrize("name", ["paris OFFICE", "Paris  office"])
def test_names_are_unique_without_case_in_one_tenant(cast: Cast, actor: Actor, name: str) -> None:
    make(cast, actor, "Paris office")
    other = make(cast, actor, "Lyon")
    with pytest.raises(GroupExists):
        make(cast, actor, name)
    with pytest.raises(GroupExists):
        change(cast, actor, other, name)
    make_group(actor=actor_of(cast.outsider), tenant=cast.other.id, name=name, now=NOW)


@pytest.mark.parametrize(
    ("name", "description", "field"),
    [("  ", "", "name"), ("x" * 81, "", "name"), ("Paris", "x" * 301, "description")],
)
def test_a_bad_field_is_named(
    cast: Cast, actor: Actor, name: str, description: str, field: str
) -> None:
    with pytest.raises(BadGroup) as refused:
        make(cast, actor, name, description)
    assert refused.value.field == field


def test_there_is_a_most_of_groups(
    cast: Cast, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grouping, "MOST_GROUPS", 1)
    make(cast, actor, "Paris")
    with pytest.raises(TooManyGroups):
        make(cast, actor, "Lyon")


def test_a_change_is_told_with_before_and_after(cast: Cast, actor: Actor) -> None:
    uid = make(cast, actor, "Paris")
    assert change(cast, actor, uid, "paris") is True
    assert change(cast, actor, uid, "paris") is False
    assert names(cast, actor) == ["paris"]
    told = {"before": {"name": "Paris"}, "after": {"name": "paris"}}
    assert trail(cast)[1:] == [("group.changed", told)]


def test_deleting_a_group_leaves_its_devices(cast: Cast, actor: Actor) -> None:
    devices = add_devices(cast.acme.id, 3)
    uid = group_of(cast.acme.id, "Paris", devices)
    assert delete_group(actor=actor, tenant=cast.acme.id, uid=uid, now=NOW) == "Paris"
    with tenant_scope([cast.acme.id]):
        assert Device.objects.filter(is_active=True).count() == 3
        assert GroupMember.objects.count() == 0
    told = {"name": "Paris", "kind": "STATIC", "members": 3}
    assert trail(cast)[-1] == ("group.deleted", told)


def test_groups_of_a_device_by_name(cast: Cast, actor: Actor) -> None:
    one, two = add_devices(cast.acme.id, 2)
    groups = {name: group_of(cast.acme.id, name, [one]) for name in ("b", "A")}
    group_of(cast.acme.id, "c", [two])
    with tenant_scope([cast.acme.id]):
        device = Device.objects.get(id=one)
    found = list_groups_of(actor=actor, tenant=cast.acme.id, device=device.uid)
    assert found == [(groups["A"], "A"), (groups["b"], "b")]


def test_some_groups_by_their_ids(cast: Cast, actor: Actor) -> None:
    uid = make(cast, actor, "Paris")
    make(cast, actor, "Lyon")
    found = list_groups(actor=actor, tenant=cast.acme.id, uids=[uid, uuid.uuid4()])
    assert [group.uid for group in found] == [uid]


def test_who_may_only_read_changes_nothing(cast: Cast, actor: Actor) -> None:
    uid = make(cast, actor, "Paris")
    reader = actor_of(cast.reader)
    assert names(cast, reader) == ["Paris"]
    with pytest.raises(Forbidden):
        make(cast, reader, "Lyon")
    with pytest.raises(Forbidden):
        change(cast, reader, uid, "Lyon")
    with pytest.raises(Forbidden):
        delete_group(actor=reader, tenant=cast.acme.id, uid=uid, now=NOW)


def test_v1_another_tenants_group_is_like_one_that_never_was(cast: Cast, actor: Actor) -> None:
    uid = make(cast, actor, "Paris")
    theirs = actor_of(cast.outsider)
    with pytest.raises(NotFound):
        get_group(actor=theirs, tenant=cast.other.id, uid=uid)
    with pytest.raises(NotFound):
        delete_group(actor=theirs, tenant=cast.other.id, uid=uid, now=NOW)
    with pytest.raises(NotFound):
        list_groups(actor=theirs, tenant=cast.acme.id)
    assert list_groups(actor=theirs, tenant=cast.other.id) == []


@pytest.mark.parametrize("table", ["devices_device", "devices_group"])
def test_a_member_is_of_the_groups_tenant(cast: Cast, table: str) -> None:
    """A device or a group of another tenant is refused by the database itself."""
    group_of(cast.acme.id, "Paris", [])
    group_of(cast.other.id, "Theirs", [])
    add_devices(cast.acme.id, 1)
    (stranger,) = add_devices(cast.other.id, 1)
    with tenant_scope([cast.acme.id, cast.other.id]):
        device = Device.objects.get(tenant_id=cast.acme.id).id
        ours, theirs = list_ids(cast)
        strange = (ours, stranger) if table == "devices_device" else (theirs, device)
        with pytest.raises(IntegrityError, match="another tenant"), transaction.atomic():
            GroupMember.objects.create(
                tenant_id=cast.acme.id, group_id=strange[0], device_id=strange[1]
            )
        GroupMember.objects.create(tenant_id=cast.acme.id, group_id=ours, device_id=device)


def list_ids(cast: Cast) -> tuple[int, int]:
    with tenant_scope([cast.acme.id, cast.other.id]):
        ids = dict(grouping.Group.objects.values_list("tenant_id", "id"))
    return ids[cast.acme.id], ids[cast.other.id]
