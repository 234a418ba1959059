"""Many devices in one call over HTTP: an outcome for each, whatever is wrong with others."""

from __future__ import annotations

from typing import Any

from fleetward.devices.models import Device
from fleetward.infra.tx import tenant_scope
from tests.api.conftest import Program
from tests.api.test_errors import problem
from tests.cast import Cast

WHERE = "/devices/bulk"


def item(serial: str, **more: object) -> dict[str, object]:
    return {"manufacturer": "Dell", "serial": serial, **more}


def stored(program: Program, *items: object) -> dict[str, Any]:
    answer = program.post(WHERE, {"devices": items})
    assert answer.status_code == 200, answer.content
    body: dict[str, Any] = answer.json()
    return body


def test_each_item_has_its_outcome_in_their_order(admin: Program) -> None:
    known = admin.post("/devices", item("KNOWN01", name="PC-1")).json()["id"]
    told = stored(
        admin,
        {"id": known, "location": "Lyon"},
        item("FRESH01", country="France"),
        item("known01", location="Lyon"),
        item("FRESH02"),
    )
    numbers = [told[name] for name in ("created", "changed", "unchanged", "refused")]
    assert numbers == [2, 1, 0, 1]
    outcomes = [one["outcome"] for one in told["outcomes"]]
    assert outcomes == ["CHANGED", "CREATED", "REFUSED", "CREATED"]
    device = admin.get(f"/devices/{known}").json()
    assert (device["name"], device["location"]) == ("PC-1", "Lyon")
    fresh = admin.get(f"/devices/{told['outcomes'][1]['device_id']}").json()
    assert (fresh["serial"], fresh["country"], fresh["origin"]) == ("FRESH01", "FR", "API")
    assert stored(admin, item("FRESH01"))["unchanged"] == 1


def test_x6_a_bad_item_stops_no_good_one_and_says_why(admin: Program) -> None:
    known = admin.post("/devices", item("KNOWN01")).json()["id"]
    admin.post("/devices", item("KNOWN02"))
    bad: list[tuple[object, tuple[object, ...]]] = [
        (item("N/A"), ("bad_device", "JUNK_SERIAL", "serial")),
        (item("BAD0001", country="Atlantis"), ("bad_device", "UNKNOWN_COUNTRY", "country")),
        ({"serial": "BAD0001"}, ("bad_device", "MISSING_MANUFACTURER", "manufacturer")),
        ({"id": known, "serial": "KNOWN02"}, ("duplicate_device", None, "serial")),
        ({"id": "00000000-0000-4000-8000-000000000000"}, ("not_found", None, "id")),
        ({"id": "x"}, ("invalid_request", None, "id")),
        (item("BAD0001", colour="red"), ("invalid_request", None, "colour")),
        (item("BAD0001", purchased_on="2024-02-30"), ("invalid_request", None, "purchased_on")),
        (item("BAD0001", name="n" * 1000), ("invalid_request", None, "name")),
        ("BAD0001", ("invalid_request", None, None)),
        (None, ("invalid_request", None, None)),
    ]
    told = stored(admin, *(one for one, _ in bad), item("FRESH01"))
    *refused, good = told["outcomes"]
    assert [(o["code"], o["refusal"], o["field"]) for o in refused] == [why for _, why in bad]
    assert all(one["detail"] and one["fix"] and not one["device_id"] for one in refused)
    assert (good["outcome"], good["code"], told["refused"]) == ("CREATED", None, len(bad))


def test_the_call_itself_must_fit(admin: Program) -> None:
    many = {"devices": [item("FRESH01")] * 10_001}
    assert problem(admin.post(WHERE, many), 422, "invalid_request")["problems"][0]["where"] == (
        "body.devices"
    )
    for body in ({}, {"devices": None}, {"devices": [], "x": 1}, []):
        problem(admin.post(WHERE, body), 422, "invalid_request")
    told = stored(admin)
    assert told.pop("id")
    assert told == {
        "created": 0,
        "changed": 0,
        "unchanged": 0,
        "refused": 0,
        "outcomes": [],
    }


def test_who_lost_the_answer_finds_it_again(admin: Program, reader: Program) -> None:
    odd = {"\x01" + "x" * 1000: 1}
    told = stored(admin, item("FRESH01"), item("N/A"), item("FRESH02", **odd), item("FRESH03"))
    assert stored(admin, item("FRESH01"))["unchanged"] == 1
    _latest, call = reader.get(WHERE).json()["items"]
    assert {name: call[name] for name in ("id", "created", "refused")} == {
        "id": told["id"],
        "created": 2,
        "refused": 2,
    }
    where = f"{WHERE}/{call['id']}/outcomes"
    pages = list(reader.pages(f"{where}?limit=3"))
    assert [len(page) for page in pages] == [3, 1]
    found = [one for page in pages for one in page]
    assert [one.pop("number") for one in found] == [1, 2, 3, 4]
    assert found == told["outcomes"]
    refused = reader.get(f"{where}?outcome=REFUSED").json()["items"]
    assert [one["code"] for one in refused] == ["bad_device", "invalid_request"]


def test_ten_thousand_are_one_call_with_one_effect(admin: Program, cast: Cast) -> None:
    body = {"devices": [item(f"FRESH{n:05}", name=f"PC-{n:05}") for n in range(10_000)]}
    first = admin.post(WHERE, body, idempotency_key="all")
    again = admin.post(WHERE, body, idempotency_key="all")
    assert first.json()["created"] == len(first.json()["outcomes"]) == 10_000
    assert (again.content, again["Idempotency-Replayed"]) == (first.content, "true")
    with tenant_scope([cast.acme.id]):
        assert Device.objects.count() == 10_000


def test_who_only_reads_stores_nothing(reader: Program, cast: Cast) -> None:
    problem(reader.post(WHERE, {"devices": [item("FRESH01")]}), 403, "forbidden")
    with tenant_scope([cast.acme.id]):
        assert not Device.objects.exists()
