"""The Notification Center: filters, snooze, the bell that learns by itself, results (L5)."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.http import HttpResponse
from django.test import Client

from fleetward.infra.tx import tenant_scope
from fleetward.kernel.clock import utc_now
from fleetward.kernel.errors import NotFound
from fleetward.notifications.actions import mark_read, post, snooze
from fleetward.notifications.contracts import Kind, Level, Snooze
from fleetward.notifications.models import Notification
from fleetward.notifications.queries import get_bell
from fleetward.notifications.rules import comes_back_at
from tests.cast import Cast, actor_of
from tests.web.reading import signed_in, text_of

pytestmark = pytest.mark.django_db


def tell(
    cast: Cast, kind: Kind, level: Level = Level.INFO, link: str = "", **params: object
) -> str:
    with tenant_scope([cast.acme.id]):
        post(
            tenant=cast.acme.id,
            users=[cast.admin.id],
            kind=kind,
            key=f"{kind}",
            params=params,
            now=utc_now(),
            level=level,
            link=link,
        )
        return str(Notification.objects.get(kind=kind).uid)


@pytest.fixture
def here(cast: Cast) -> str:
    return f"/t/{cast.acme.customer_id}/notifications/"


@pytest.fixture
def client(cast: Cast) -> Client:
    return signed_in(cast.admin)


@pytest.fixture(autouse=True)
def story(cast: Cast) -> dict[Kind, str]:
    return {
        kind: tell(cast, kind, level, **params)
        for kind, level, params in (
            (Kind.IMPORT_REFUSED, Level.ERROR, {"file": "devices.csv"}),
            (Kind.CONNECTION_REFUSED, Level.WARNING, {"provider": "Dell"}),
            (Kind.BULK_CANCELLED, Level.INFO, {"done": 2}),
        )
    }


TOLD = {
    Kind.IMPORT_REFUSED: "devices.csv was refused",
    Kind.CONNECTION_REFUSED: "Dell refused the credentials",
    Kind.BULK_CANCELLED: "A bulk change was cancelled",
}


def shown(answer: HttpResponse) -> set[Kind]:
    told = text_of(answer)
    return {kind for kind, words in TOLD.items() if words in told}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", set(TOLD)),
        ("topic=IMPORTS", {Kind.IMPORT_REFUSED}),
        ("topic=IMPORTS&topic=DEVICES", {Kind.IMPORT_REFUSED, Kind.BULK_CANCELLED}),
        ("level=WARNING&level=ERROR", {Kind.IMPORT_REFUSED, Kind.CONNECTION_REFUSED}),
        ("show=unread", {Kind.IMPORT_REFUSED, Kind.BULK_CANCELLED}),
        ("show=snoozed", set()),
        ("show=nonsense&topic=x&level=%00", set(TOLD)),
    ],
)
def test_l5_items_are_filtered(
    client: Client, cast: Cast, here: str, story: dict[Kind, str], query: str, expected: set[Kind]
) -> None:
    mark_read(
        actor=actor_of(cast.admin),
        tenant=cast.acme.id,
        now=utc_now(),
        uids=[story[Kind.CONNECTION_REFUSED]],
    )
    assert shown(client.get(f"{here}?{query}")) == expected


def let_it_pass(cast: Cast, uid: str) -> None:
    with tenant_scope([cast.acme.id]):
        over = utc_now() - timedelta(seconds=1)
        Notification.objects.filter(uid=uid).update(snoozed_until=over)


def mark(client: Client, here: str) -> str:
    found = re.findall(r'fw-bell-mark"[^>]*>(\d+)<', client.get(f"{here}bell/").content.decode())
    return found[0] if found else ""


@pytest.mark.parametrize("word", list(Snooze))
def test_l5_a_snoozed_item_goes_and_comes_back_by_itself(
    client: Client, cast: Cast, here: str, story: dict[Kind, str], word: Snooze
) -> None:
    uid = story[Kind.IMPORT_REFUSED]
    client.post(f"{here}read/", {"item": uid})
    assert mark(client, here) == "2"
    answer = client.post(f"{here}{uid}/snooze/", {"until": word, "next": f"{here}?level=ERROR"})
    assert answer["Location"] == f"{here}?level=ERROR"
    assert Kind.IMPORT_REFUSED not in shown(client.get(here))
    assert shown(client.get(f"{here}?show=snoozed")) == {Kind.IMPORT_REFUSED}
    assert mark(client, here) == "2"
    let_it_pass(cast, uid)
    assert Kind.IMPORT_REFUSED in shown(client.get(here))
    assert mark(client, here) == "3", "what comes back is new again"


def test_a_snooze_is_ended_early(client: Client, here: str, story: dict[Kind, str]) -> None:
    uid = story[Kind.IMPORT_REFUSED]
    client.post(f"{here}{uid}/snooze/", {"until": "HOUR"})
    client.post(f"{here}{uid}/snooze/", {"until": ""})
    assert Kind.IMPORT_REFUSED in shown(client.get(here))
    assert client.post(f"{here}{uid}/snooze/", {"until": "NEVER"}).status_code == 404


@pytest.mark.parametrize(
    ("word", "now", "back"),
    [
        (Snooze.HOUR, "2026-11-27T22:30", "2026-11-27T23:30"),
        # In Paris it is Saturday by then.
        (Snooze.TOMORROW, "2026-11-27T23:30", "2026-11-29T07:00"),
        (Snooze.TOMORROW, "2026-11-27T22:30", "2026-11-28T07:00"),
        (Snooze.WEEK, "2026-11-27T22:30", "2026-11-30T07:00"),
        (Snooze.WEEK, "2026-11-30T12:00", "2026-12-07T07:00"),
        # The clocks go forward in between.
        (Snooze.TOMORROW, "2026-03-28T12:00", "2026-03-29T06:00"),
    ],
)
def test_mornings_are_those_of_the_tenant(word: Snooze, now: str, back: str) -> None:
    found = comes_back_at(word, now=datetime.fromisoformat(f"{now}+00:00"), zone="Europe/Paris")
    assert found.astimezone(UTC) == datetime.fromisoformat(f"{back}+00:00")


def test_nobody_snoozes_what_is_told_to_somebody_else(
    cast: Cast, story: dict[Kind, str], here: str
) -> None:
    uid = story[Kind.IMPORT_REFUSED]
    for user in (cast.device_admin, cast.outsider):
        tenant = cast.acme if user is cast.device_admin else cast.other
        with pytest.raises(NotFound):
            snooze(actor=actor_of(user), tenant=tenant.id, uid=uid, until=utc_now())
    assert (
        signed_in(cast.device_admin).post(f"{here}{uid}/snooze/", {"until": "HOUR"}).status_code
        == 404
    )


def test_one_item_or_all_are_marked_as_read(
    client: Client, here: str, story: dict[Kind, str]
) -> None:
    client.post(f"{here}read/", {"item": story[Kind.IMPORT_REFUSED], "next": here})
    assert mark(client, here) == "2"
    client.post(f"{here}read/")
    assert mark(client, here) == ""


def test_all_that_are_read_are_not_those_that_are_snoozed(
    client: Client, cast: Cast, here: str, story: dict[Kind, str]
) -> None:
    uid = story[Kind.IMPORT_REFUSED]
    client.post(f"{here}{uid}/snooze/", {"until": "HOUR"})
    client.post(f"{here}read/")
    let_it_pass(cast, uid)
    assert mark(client, here) == "1"


def test_l5_the_bell_differs_once_there_is_something_new(
    client: Client, cast: Cast, here: str
) -> None:
    actor, tenant = actor_of(cast.admin), cast.acme.id
    before = get_bell(actor=actor, tenant=tenant, now=utc_now())
    assert f'data-latest="{before.latest}"' in client.get(f"{here}bell/").content.decode()
    assert f'data-latest="{before.latest}"' in client.get(here).content.decode()
    tell(cast, Kind.SERIALS_REFUSED, file="x.csv")
    after = get_bell(actor=actor, tenant=tenant, now=utc_now())
    assert (before.unread, after.unread) == (3, 4)
    assert before.latest != after.latest


def test_the_bell_costs_few_statements(
    client: Client, here: str, django_assert_max_num_queries: object
) -> None:
    with django_assert_max_num_queries(9):  # type: ignore[operator]
        client.get(f"{here}bell/")


def test_l5_the_result_is_downloaded_from_its_item(client: Client, cast: Cast, here: str) -> None:
    base = f"/t/{cast.acme.customer_id}"
    uid = "6f1d2c1e-8a55-4c7e-9a55-0c6b5d1c2f10"
    tell(cast, Kind.EXPORT_DONE, link=f"{base}/exports/{uid}/", devices=3, format="XLSX")
    tell(cast, Kind.RUN_DONE, link=f"{base}/warranty/runs/{uid}/", found=1, devices=3)
    page = client.get(here).content.decode()
    assert f'href="{base}/exports/{uid}/file/"' in page
    assert f'href="{base}/warranty/runs/{uid}/summary.csv"' in page
