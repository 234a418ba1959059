"""What only one vendor does."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from fleetward.connections.contracts import AccessToken
from fleetward.connectors.answers import LEFT_OUT
from fleetward.connectors.apple.assertion import new_key, read_key
from fleetward.infra.http import HttpClient
from fleetward.warranty.contracts import (
    AnswerKind,
    DeviceKey,
    EntitlementKind,
    ProviderError,
    Reason,
    Trouble,
)
from fleetward_simulators import fate
from tests.contract.conftest import Vendor, connection, vendor_of
from tests.contract.test_every_connector import keys, unknown
from tests.simulators import Simulators


@pytest.fixture
def dell(simulators: Simulators, http: HttpClient) -> Vendor:
    return vendor_of("dell", simulators, http)


@pytest.fixture
def lenovo(simulators: Simulators, http: HttpClient) -> Vendor:
    return vendor_of("lenovo", simulators, http)


@pytest.fixture
def apple(simulators: Simulators, http: HttpClient) -> Vendor:
    return vendor_of("apple", simulators, http)


@pytest.fixture
def cisco(simulators: Simulators, http: HttpClient) -> Vendor:
    return vendor_of("cisco", simulators, http)


@pytest.fixture
def dynabook(simulators: Simulators, http: HttpClient) -> Vendor:
    return vendor_of("dynabook", simulators, http)


@pytest.fixture
def hp(simulators: Simulators, http: HttpClient) -> Vendor:
    return vendor_of("hp", simulators, http)


def shared_serial() -> str:
    names = (f"S{n:06d}" for n in range(10_000))
    return next(s for s in names if fate.is_shared(s) and fate.is_known("lenovo", s))


@pytest.mark.parametrize("number", [1, 3])
def test_w11_lenovo_a_shared_serial_is_ambiguous(lenovo: Vendor, number: int) -> None:
    shared = DeviceKey(shared_serial())
    answer = lenovo.answers([shared, *keys(lenovo, number - 1)])[shared]
    assert (answer.kind, answer.reason) == (AnswerKind.REFUSED, Reason.AMBIGUOUS_SERIAL)
    assert answer.payload


def test_w18_what_lenovo_leaves_out_is_told_alike_whoever_else_is_asked_about(
    lenovo: Vendor,
) -> None:
    missing = unknown(lenovo)
    among = [keys(lenovo, 2), keys(lenovo, 3, start=500)]
    one, other = (lenovo.answers([missing, *others])[missing].payload for others in among)
    assert one == other
    assert msgspec.json.decode(one) == {"asked": missing.serial, "note": LEFT_OUT}


@pytest.mark.parametrize("number", [1, 3])
def test_lenovo_asks_again_with_the_machine_type(lenovo: Vendor, number: int) -> None:
    shared = DeviceKey(shared_serial(), product_number="21AH00CUFR")
    answer = lenovo.answers([shared, *keys(lenovo, number - 1)])[shared]
    assert answer.kind is AnswerKind.FOUND
    assert answer.model.startswith("21AH")
    assert lenovo.stats()["data_calls"] == 2


def test_lenovo_tells_two_machines_of_one_serial_apart(lenovo: Vendor) -> None:
    first = DeviceKey(shared_serial(), product_number="21AH00CUFR")
    second = replace(first, product_number="20XW")
    found = lenovo.answers([first, second])
    assert [found[key].model[:4] for key in (first, second)] == ["21AH", "20XW"]


@pytest.mark.parametrize("serial", ["A,B", "A B", "A&servicetags=B", "A.20XW", ""])
def test_serials_that_would_change_the_question_are_not_sent(
    apple: Vendor, dell: Vendor, lenovo: Vendor, cisco: Vendor, serial: str
) -> None:
    for vendor in (apple, dell, lenovo, cisco):
        odd = DeviceKey(serial)
        answer = vendor.answers([odd, *keys(vendor, 2)])[odd]
        assert (answer.kind, answer.reason) == (AnswerKind.REFUSED, Reason.JUNK_SERIAL)
        assert vendor.stats()["devices_answered"] == 2
        assert vendor.provider.ask(vendor.conn, [odd], None).answers[0].key == odd


def test_hp_job_is_submitted_once_and_resumed(hp: Vendor) -> None:
    hp.dial(job_seconds=0.3)
    devices = keys(hp, 3)
    page = hp.provider.ask(hp.conn, devices, None)
    assert page.resume
    assert 0.2 < page.wait.total_seconds() <= 0.3
    waiting = hp.provider.ask(hp.conn, devices, page.resume)
    assert waiting.resume == page.resume
    assert waiting.wait.total_seconds() >= 1
    hp.dial(job_seconds=0)
    other_worker = replace(hp, conn=connection(hp.conn, "another"))
    found = other_worker.provider.ask(other_worker.conn, devices, page.resume)
    while not found.answers:
        found = other_worker.provider.ask(other_worker.conn, devices, found.resume or page.resume)
    assert [answer.key for answer in found.answers] == devices
    assert hp.stats()["jobs"] == 1


def test_hp_job_that_got_lost_is_submitted_once_more(hp: Vendor) -> None:
    devices = keys(hp, 2)
    hp.dial(lose_jobs=True)
    lost = hp.provider.ask(hp.conn, devices, None).resume
    hp.dial(lose_jobs=False)
    mark, answers = lost, 0
    while mark is not None:
        page = hp.provider.ask(hp.conn, devices, mark)
        mark, answers = page.resume, answers + len(page.answers)
    assert answers == 2
    assert hp.stats()["jobs"] == 2


def test_hp_that_loses_every_job_is_a_bad_answer(hp: Vendor) -> None:
    hp.dial(lose_jobs=True)
    with pytest.raises(ProviderError) as caught:
        hp.answers(keys(hp, 2))
    assert caught.value.kind is Trouble.BAD_ANSWER
    assert hp.stats()["jobs"] == 2


def test_hp_5000_devices_are_one_job(hp: Vendor) -> None:
    devices = keys(hp, 5000)
    assert len(hp.answers(devices)) == 5000
    assert hp.stats()["jobs"] == 1


def test_dell_expired_client_is_told_in_dells_words(dell: Vendor) -> None:
    expired = connection(dell.conn, "any")
    expired.settings = {"client_id": "expired"}
    health = dell.provider.check(expired)
    assert "has expired" in health.text


def test_w15_cisco_a_day_that_is_used_up_lasts_until_midnight(cisco: Vendor) -> None:
    cisco.dial(quota_per_day=1, retry_after="")
    cisco.answers(keys(cisco, 75))
    with pytest.raises(ProviderError) as caught:
        cisco.answers(keys(cisco, 75))
    assert caught.value.kind is Trouble.RATE_LIMITED
    assert caught.value.retry_after is not None
    assert timedelta(0) < caught.value.retry_after <= timedelta(days=1)
    assert cisco.stats()["exceeded"] == 1


def test_cisco_shows_a_contract_of_somebody_else_as_open(cisco: Vendor) -> None:
    found = cisco.answers([one for n in range(12) for one in keys(cisco, 60, start=n * 200)])
    lines = [line for answer in found.values() for line in answer.entitlements]
    contracts = [line for line in lines if line.kind is EntitlementKind.CONTRACT]
    hidden = [line for line in contracts if line.is_rolling]
    assert hidden
    assert all(line.ends_on is None and not line.number for line in hidden)
    assert any(line.is_cancelled for line in contracts)
    assert not any(line.is_rolling for line in lines if line.kind is EntitlementKind.BASE)


def test_apple_is_sent_nothing_but_get(apple: Vendor) -> None:
    unknown = next(s for s in (f"U{n:06d}" for n in range(999)) if not fate.is_known("apple", s))
    apple.answers([*keys(apple, 12), DeviceKey(unknown)])
    apple.dial(expire_token=True)
    apple.answers(keys(apple, 1))
    assert apple.provider.check(apple.conn).is_ok
    for trouble in ({"force_status": 500}, {"garbage": True}, {"throttle_every": 1}):
        apple.simulators.reset()
        apple.dial(**trouble)
        assert not apple.provider.check(apple.conn).is_ok
        assert apple.stats()["methods"] == {"GET": 1}
    apple.simulators.reset()
    apple.answers(keys(apple, 3))
    assert apple.stats()["methods"] == {"GET": 3}


def test_control_the_simulator_of_apple_sees_other_methods(apple: Vendor) -> None:
    url = apple.conn.base_url + "/v1/orgDevices/X/appleCareCoverage"
    assert apple.simulators.control.post(url, json={}).status_code == 405
    assert apple.simulators.control.delete(url).status_code == 405
    assert apple.stats()["methods"] == {"POST": 1, "DELETE": 1}


def test_apple_knows_by_whose_key_a_client_signs(apple: Vendor) -> None:
    apple.dial(public_key=public_half(apple.conn.secret("private_key")))
    assert apple.provider.check(apple.conn).is_ok
    apple.dial(public_key=public_half(new_key()))
    apple.dial(expire_token=True)
    health = apple.provider.check(apple.conn)
    assert not health.is_ok
    assert "invalid_client" in health.text
    assert "clock" in health.text, "the bare words would help nobody"


def public_half(key: str) -> str:
    public = read_key(key).public_key()
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


@pytest.mark.parametrize(
    ("client_id", "organisation", "is_ok"),
    [
        ("BUSINESSAPI.0f2c", "business", True),
        ("SCHOOLAPI.0f2c", "school", True),
        ("SCHOOLAPI.0f2c", "business", False),
        ("BUSINESSAPI.0f2c", "school", False),
        ("expired", "business", False),
        ("", "business", False),
        ("BUSINESSAPI.0f2c", "", False),
    ],
)
def test_apple_business_and_school_are_two_scopes(
    apple: Vendor, client_id: str, organisation: str, is_ok: bool
) -> None:
    apple.conn.settings = {"client_id": client_id, "organisation": organisation}
    assert apple.provider.check(apple.conn).is_ok is is_ok


def test_apple_subscriptions_have_no_end_and_cancelled_ones_do_not_count(apple: Vendor) -> None:
    found = apple.answers(keys(apple, 400))
    lines = [line for answer in found.values() for line in answer.entitlements]
    assert any(line.is_rolling and line.kind is EntitlementKind.CONTRACT for line in lines), "W19"
    assert any(line.is_cancelled for line in lines)
    assert not any(line.is_rolling and (line.ends_on or line.is_cancelled) for line in lines)


def test_apple_gateway_that_does_not_know_the_address_is_no_unknown_device(
    apple: Vendor,
) -> None:
    apple.conn.base_url += "/elsewhere"
    apple.conn.token(lambda: AccessToken("t", datetime.now(UTC) + timedelta(hours=1)))
    with pytest.raises(ProviderError) as caught:
        apple.provider.ask(apple.conn, keys(apple, 1), None)
    assert caught.value.kind is Trouble.BAD_ANSWER


def test_hp_a_job_that_takes_beyond_all_time_is_looked_at_soon(hp: Vendor) -> None:
    hp.dial(job_seconds=1e300)
    devices = keys(hp, 2)
    page = hp.provider.ask(hp.conn, devices, None)
    assert page.wait == timedelta(minutes=10)
    assert hp.provider.ask(hp.conn, devices, page.resume).wait == timedelta(minutes=10)


def test_w11_dynabook_is_not_asked_without_a_product_number(dynabook: Vendor) -> None:
    key = replace(keys(dynabook, 1)[0], product_number="")
    (answer,) = dynabook.provider.ask(dynabook.conn, [key], None).answers
    assert (answer.kind, answer.reason) == (AnswerKind.REFUSED, Reason.PRODUCT_NUMBER_MISSING)
    assert dynabook.stats()["data_calls"] == 0


def test_dynabook_product_numbers_cannot_change_the_question(dynabook: Vendor) -> None:
    dynabook.dial(count_serials=True)
    odd = replace(keys(dynabook, 1)[0], product_number="A1&sno=OTHER1 #é")
    assert dynabook.answers([odd])[odd].kind is AnswerKind.FOUND
    assert dynabook.stats()["serials"] == {odd.serial: 1}


def test_w15_dynabook_that_refuses_us_is_left_alone(dynabook: Vendor) -> None:
    dynabook.dial(refuse_credentials=True)
    with pytest.raises(ProviderError) as caught:
        dynabook.answers(keys(dynabook, 1))
    assert caught.value.kind is Trouble.NOT_PERMITTED
    assert not dynabook.provider.check(dynabook.conn).is_ok


def test_dynabook_service_on_site_is_a_line_of_its_own(dynabook: Vendor) -> None:
    found = dynabook.answers(keys(dynabook, 60))
    counts = {
        [line.service_level for line in answer.entitlements].count("ONSITE")
        for answer in found.values()
    }
    assert counts == {0, 1}
    assert all(answer.ships_on for answer in found.values())
