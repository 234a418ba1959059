"""The logs as a page: state in the address, columns, preview, empty states (L4)."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils.html import escape

from fleetward.audit.actions import exporting, record, seal_entries, use_case
from fleetward.audit.contracts import Verb
from fleetward.audit.models import Entry
from fleetward.audit.queries import verify_file
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import Actor, system_actor
from fleetward.kernel.clock import utc_now
from tests.cast import Cast
from tests.web.reading import signed_in, text_of

pytestmark = pytest.mark.django_db
UID = "6f1d2c1e-8a55-4c7e-9a55-0c6b5d1c2f10"


@use_case
def act(
    *, actor: Actor, tenant: int, verb: Verb, subject: str = "", days: int = 0, **details: object
) -> None:
    at = utc_now() - timedelta(days=days)
    record(actor=actor, verb=verb, tenant=tenant, subject=subject, details=details, now=at)


@pytest.fixture(autouse=True)
def story(cast: Cast) -> None:
    ada, tenant = system_actor("ada@acme.example", cast.acme.id), cast.acme.id
    act(actor=ada, tenant=tenant, verb=Verb.DEVICE_ADDED, subject=f"device:{UID}", days=40)
    changed = {"name": {"before": "PC-1", "after": "PC-2"}, "reason": "moved"}
    act(
        actor=ada,
        tenant=tenant,
        verb=Verb.DEVICE_CHANGED,
        subject=f"device:{UID}",
        days=3,
        **changed,
    )
    bulk = system_actor("Bulk processing", tenant)
    act(actor=bulk, tenant=tenant, verb=Verb.CONNECTION_PAUSED, days=1)


def sub_types(answer: HttpResponse) -> list[str]:
    return re.findall(r"<small>([a-z_]+\.[a-z_]+)</small>", answer.content.decode())


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["connection.paused", "device.changed", "device.added"]),
        ("dir=asc", ["device.added", "device.changed", "connection.paused"]),
        ("type=DEVICES", ["device.changed", "device.added"]),
        ("verb=device.added", ["device.added"]),
        ("level=ERROR&level=WARNING", ["connection.paused"]),
        ("user=ada%40acme.example", ["device.changed", "device.added"]),
        (f"q={UID}", ["device.changed", "device.added"]),
        ("when=30", ["connection.paused", "device.changed"]),
        ("type=NONSENSE&verb=x&level=%00&user=%00&q=%00&from=x&to=9999-12-31", None),
    ],
)
def test_l4_the_address_filters_by_each_column(
    client: Client, here: str, query: str, expected: list[str] | None
) -> None:
    answer = client.get(f"{here}?{query}")
    assert answer.status_code == 200
    assert len(sub_types(answer)) == 3 if expected is None else sub_types(answer) == expected


def test_days_are_those_of_the_tenant_and_both_ends_count(
    client: Client, cast: Cast, here: str
) -> None:
    day = (utc_now() - timedelta(days=3)).date()
    found = client.get(here, {"from": str(day), "to": str(day)})
    assert sub_types(found) == ["device.changed"]
    told = text_of(found)
    assert "Time:" in told
    assert "1 entry" in told


def test_filters_show_as_chips_that_can_be_taken_away(client: Client, here: str) -> None:
    answer = client.get(f"{here}?type=DEVICES&user=ada%40acme.example&q={UID}&when=90&dir=asc")
    told, page = text_of(answer), answer.content.decode()
    for chip in (
        "Type: Devices",
        "User: ada@acme.example",
        f"Identifier: {UID}",
        "Time: In the last 90 days",
    ):
        assert chip in told
    without = escape(f"{here}?type=DEVICES&user=ada%40acme.example&q={UID}&dir=asc")
    assert f'href="{without}"' in page
    assert f'href="{here}?dir=asc"' in page, "all at once"


def test_no_match_offers_to_clear_the_filters(client: Client, here: str) -> None:
    answer = client.get(here, {"q": "nowhere", "dir": "asc"})
    assert "No entry matches" in text_of(answer)
    assert f'href="{here}?dir=asc"' in answer.content.decode()


def test_an_empty_trail_says_what_will_be_here(cast: Cast) -> None:
    told = text_of(signed_in(cast.outsider).get(f"/t/{cast.other.customer_id}/logs/"))
    assert "Nothing has happened yet" in told


def test_columns_are_chosen_and_kept_in_this_browser(client: Client, here: str) -> None:
    chosen = {"columns": ["at", "request", "verb"], "up": "verb", "next": f"{here}?type=DEVICES"}
    answer = client.post(f"{here}columns/", chosen)
    assert answer["Location"] == f"{here}?type=DEVICES"
    heads = re.findall(r'<col data-key="(\w+)"', client.get(here).content.decode())
    assert heads == ["at", "verb", "request"]
    linked = client.get(f"{here}?cols=level.nonsense").content.decode()
    assert re.findall(r'<col data-key="(\w+)"', linked) == ["at", "level"]
    kept = client.post(
        f"{here}columns/", {"columns": ["at", "actor"], "next": f"{here}?cols=level"}
    )
    assert kept["Location"] == f"{here}?cols=at.actor"
    elsewhere = client.post(f"{here}columns/", {"reset": "1", "next": "https://evil.example/"})
    assert elsewhere["Location"] == here


def test_pages_lead_forth_and_back(client: Client, cast: Cast, here: str) -> None:
    actor = system_actor("ada@acme.example", cast.acme.id)
    for _ in range(60):
        act(actor=actor, tenant=cast.acme.id, verb=Verb.USER_ADDED)
    first = client.get(here)
    assert "63 entries" in text_of(first)
    (after,) = re.findall(r'rel="next" href="([^"]+)"', first.content.decode())
    second = client.get(after.replace("&amp;", "&"))
    assert len(sub_types(second)) == 13
    (before,) = re.findall(r'rel="prev" href="([^"]+)"', second.content.decode())
    assert sub_types(client.get(before.replace("&amp;", "&"))) == sub_types(first)
    assert client.get(f"{here}?cursor=nonsense").status_code == 422


def entry_of(cast: Cast, verb: Verb) -> Entry:
    with tenant_scope([cast.acme.id]):
        return Entry.objects.get(verb=verb)


def test_l4_an_entry_is_previewed_with_before_and_after_and_its_seal(
    client: Client, cast: Cast, here: str
) -> None:
    uid = entry_of(cast, Verb.DEVICE_CHANGED).uid
    drawer = text_of(client.get(f"{here}{uid}/drawer/"))
    for told in ("Device changed", "device.changed", "Name PC-1 → PC-2", "Reason moved"):
        assert told in drawer
    assert "Not sealed yet" in drawer
    seal_entries(actor=system_actor("Tests", cast.acme.id), tenant=cast.acme.id)
    with tenant_scope([cast.acme.id]):
        digests = list(Entry.objects.order_by("id").values_list("seal__digest", flat=True))
    page = client.get(f"{here}{uid}/")
    assert digests[1] in text_of(page)
    assert digests[0] in text_of(page), "the seal before"
    assert f"/devices/{UID}/" in page.content.decode()
    assert f"{here}?q=device%3A{UID}" in page.content.decode()
    beside = text_of(client.get(here, {"entry": str(uid)}))
    assert "What changed" in beside


@pytest.mark.parametrize("part", ["", "drawer/"])
def test_an_entry_of_another_tenant_is_not_found(cast: Cast, part: str) -> None:
    uid = entry_of(cast, Verb.DEVICE_CHANGED).uid
    outsider = signed_in(cast.outsider)
    assert outsider.get(f"/t/{cast.other.customer_id}/logs/{uid}/{part}").status_code == 404
    beside = outsider.get(f"/t/{cast.other.customer_id}/logs/", {"entry": str(uid)})
    assert b"PC-1" not in beside.content


def test_l7_the_logs_speak_french(cast: Cast, here: str) -> None:
    cast.admin.language = "fr"
    cast.admin.save()
    told = text_of(signed_in(cast.admin).get(f"{here}?level=ERROR"))
    assert "Niveau : Erreur" in told


def downloaded(answer: HttpResponse) -> bytes:
    return b"".join(answer.streaming_content)  # type: ignore[attr-defined]


def test_l4_what_is_shown_is_exported_in_the_same_order_and_columns(
    client: Client, cast: Cast, here: str
) -> None:
    query = "?type=DEVICES&dir=asc&cols=at.verb.details"
    assert escape(f"{here}export/csv/{query}") in client.get(here + query).content.decode()
    answer = client.get(f"{here}export/csv/{query}")
    assert f"logs-{cast.acme.customer_id}-" in answer["Content-Disposition"]
    head, *lines = csv.reader(io.StringIO(downloaded(answer).decode("utf-8-sig")))
    assert head == ["Date and time", "Sub type", "Details"]
    assert [line[1:] for line in lines] == [
        ["Device added", ""],
        ["Device changed", "Name: PC-1 → PC-2; Reason: moved"],
    ]
    assert client.get(f"{here}export/pdf/").status_code == 404
    assert downloaded(client.get(f"{here}export/xlsx/")).startswith(b"PK")


def test_l4_the_chain_of_the_time_shown_is_exported_whatever_else_is_filtered(
    client: Client, cast: Cast, here: str
) -> None:
    seal_entries(actor=system_actor("Tests", cast.acme.id), tenant=cast.acme.id)
    answer = client.get(f"{here}export/jsonl/?type=DEVICES&when=30")
    found = verify_file(downloaded(answer).splitlines(keepends=True))
    assert (found.chain, found.sealed, found.is_whole) == (cast.acme.customer_id, 2, True)


def test_too_many_entries_are_refused_with_what_to_do(
    client: Client, here: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "MOST_EXPORTED", 2)
    answer = client.get(f"{here}export/csv/")
    assert answer.status_code == 422
    assert "Narrow the filter" in text_of(answer)
