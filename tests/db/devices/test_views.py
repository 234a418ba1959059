"""Saved views: whose they are, who finds them, who may change them."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from fleetward.devices.actions import change_view, delete_view, save_view, viewing
from fleetward.devices.contracts import BadView, TooManyViews, ViewInput, ViewNameTaken
from fleetward.devices.queries.views import (
    find_default_view,
    get_view,
    list_views,
    page_views,
)
from fleetward.kernel.actor import Actor, system_actor
from fleetward.kernel.errors import Forbidden, NotFound
from fleetward.kernel.paging import BadCursor, encode_cursor
from fleetward.tenancy.contracts import Role
from tests.cast import NOW, Cast, actor_of

pytestmark = pytest.mark.django_db
PARIS = ViewInput("Paris", query="where=location%3Ais%3AParis", columns="name.serial-200")


def save(cast: Cast, actor: Actor, view: ViewInput = PARIS) -> UUID:
    return save_view(actor=actor, tenant=cast.acme.id, view=view, now=NOW)


def names(cast: Cast, actor: Actor) -> list[str]:
    return [row.name for row in list_views(actor=actor, tenant=cast.acme.id)]


def change(cast: Cast, actor: Actor, uid: UUID, **changes: object) -> None:
    view = replace(PARIS, **changes)  # type: ignore[arg-type]
    change_view(actor=actor, tenant=cast.acme.id, uid=uid, view=view, now=NOW)


def test_a_private_view_is_there_for_its_owner_alone(cast: Cast) -> None:
    reader, admin = actor_of(cast.reader), actor_of(cast.admin)
    uid = save(cast, reader)
    row = get_view(actor=reader, tenant=cast.acme.id, uid=uid)
    assert (row.view, row.is_own) == (PARIS, True)
    assert names(cast, admin) == []
    with pytest.raises(NotFound):
        get_view(actor=admin, tenant=cast.acme.id, uid=uid)
    with pytest.raises(NotFound):
        change(cast, admin, uid)


def test_a_shared_view_is_found_by_all_and_changed_by_few(cast: Cast) -> None:
    reader, worker, admin = map(actor_of, (cast.reader, cast.device_admin, cast.admin))
    uid = save(cast, worker, replace(PARIS, is_shared=True))
    assert names(cast, reader) == names(cast, admin) == ["Paris"]
    for act in (lambda: change(cast, reader, uid), lambda: drop(cast, reader, uid)):
        with pytest.raises(Forbidden):
            act()
    change(cast, admin, uid, name="Paris sites", is_shared=True)
    assert names(cast, reader) == ["Paris sites"]
    change(cast, worker, uid, is_shared=False)
    assert names(cast, reader) == []


@pytest.mark.parametrize("limit", [1, 2, 3, 4])
def test_views_come_in_pages_in_the_same_order(cast: Cast, limit: int) -> None:
    reader, worker = actor_of(cast.reader), actor_of(cast.device_admin)
    for name in ("b", "C", "A"):
        save(cast, reader, replace(PARIS, name=name))
    save(cast, worker, replace(PARIS, name="B", is_shared=True))
    found: list[str] = []
    cursor: str | None = None
    while cursor is not None or not found:
        page = page_views(actor=reader, tenant=cast.acme.id, cursor=cursor, limit=limit)
        assert 1 <= len(page.rows) <= limit
        found += [row.name for row in page.rows]
        cursor = page.after
    assert found == names(cast, reader) == ["A", "b", "B", "C"]


@pytest.mark.parametrize("place", [[1, 1], ["a", "1"], ["a", 2**63], ["a"]])
def test_a_cursor_of_another_list_is_refused(cast: Cast, place: list[object]) -> None:
    with pytest.raises(BadCursor):
        page_views(actor=actor_of(cast.reader), tenant=cast.acme.id, cursor=encode_cursor(place))


def drop(cast: Cast, actor: Actor, uid: UUID) -> str:
    return delete_view(actor=actor, tenant=cast.acme.id, uid=uid, now=NOW)


def test_a_deleted_view_is_like_one_that_never_was(cast: Cast) -> None:
    reader = actor_of(cast.reader)
    uid = save(cast, reader)
    assert drop(cast, reader, uid) == "Paris"
    for gone in (uid, uuid4()):
        with pytest.raises(NotFound):
            drop(cast, reader, gone)


def test_a_name_is_taken_once_for_each_owner_whatever_its_case(cast: Cast) -> None:
    reader, admin = actor_of(cast.reader), actor_of(cast.admin)
    save(cast, reader)
    with pytest.raises(ViewNameTaken):
        save(cast, reader, replace(PARIS, name="  PARIS "))
    save(cast, admin)


@pytest.mark.parametrize(
    "changes",
    [
        {"name": " "},
        {"name": "x" * 81},
        {"name": "a\0b"},
        {"query": "q" * 6_001},
        {"columns": "c" * 6_001},
        {"default_role": "KING"},
    ],
)
def test_what_cannot_be_kept_is_refused(cast: Cast, changes: dict[str, str]) -> None:
    with pytest.raises(BadView):
        save(cast, actor_of(cast.admin), replace(PARIS, **changes))


def test_nobody_keeps_views_without_end(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(viewing, "MOST_VIEWS", 1)
    save(cast, actor_of(cast.reader))
    with pytest.raises(TooManyViews):
        save(cast, actor_of(cast.reader), ViewInput("Lyon"))


def test_a_part_of_the_system_owns_no_view(cast: Cast) -> None:
    with pytest.raises(Forbidden):
        save(cast, system_actor("Tests", cast.acme.id))


def test_a_role_finds_one_view_first_and_the_latest_word_holds(cast: Cast) -> None:
    reader, worker, admin = map(actor_of, (cast.reader, cast.device_admin, cast.admin))
    first = replace(PARIS, default_role=Role.REPORT_ADMIN)
    with pytest.raises(Forbidden):
        save(cast, worker, first)
    save(cast, admin, first)
    save(cast, admin, replace(first, name="Lyon"))
    found = find_default_view(actor=reader, tenant=cast.acme.id)
    assert found is not None
    assert (found.name, found.view.is_shared, found.is_own) == ("Lyon", True, False)
    assert find_default_view(actor=worker, tenant=cast.acme.id) is None
    assert names(cast, reader) == ["Lyon", "Paris"]


def test_v1_views_of_another_tenant_do_not_exist(cast: Cast) -> None:
    uid = save(cast, actor_of(cast.admin), replace(PARIS, is_shared=True))
    outsider = actor_of(cast.outsider)
    with pytest.raises(NotFound):
        list_views(actor=outsider, tenant=cast.acme.id)
    assert list_views(actor=outsider, tenant=cast.other.id) == []
    with pytest.raises(NotFound):
        get_view(actor=outsider, tenant=cast.other.id, uid=uid)
