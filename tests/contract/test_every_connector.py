"""One suite for every connector, against its simulator, with every dial turned."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta

import msgspec
import pytest

from fleetward.connectors.memory import MemoryConnection
from fleetward.connectors.registry import load_providers
from fleetward.infra import marker
from fleetward.infra.http import CalledInsideTransaction, HttpClient
from fleetward.warranty.contracts import (
    Answer,
    AnswerKind,
    DeviceKey,
    Entitlement,
    EntitlementKind,
    ProviderError,
    Reason,
    Trouble,
)
from fleetward_simulators import fate
from tests.contract.conftest import HABITS, PROVIDERS, Vendor, connection
from tests.simulators import ANCHOR

WITH_TOKENS = [key for key, habits in HABITS.items() if habits.has_token]
WITH_CREDENTIALS = [
    key for key, provider in load_providers().items() if provider.traits.needs_credentials
]


def serials(vendor: str, number: int, *, start: int = 0) -> list[str]:
    """Serials that the simulator knows and that no other machine shares."""
    names = (f"T{n:06d}" for n in range(start, start + number * 2))
    good = [s for s in names if fate.is_known(vendor, s) and not fate.is_shared(s)]
    return good[:number]


def keys(vendor: Vendor, number: int, *, start: int = 0) -> list[DeviceKey]:
    found = serials(vendor.key, number, start=start)
    return [DeviceKey(serial, vendor.habits.product_number) for serial in found]


def unknown(vendor: Vendor) -> DeviceKey:
    names = (f"U{n:06d}" for n in range(10_000))
    serial = next(s for s in names if not fate.is_known(vendor.key, s))
    return DeviceKey(serial, vendor.habits.product_number)


def trouble(vendor: Vendor, number: int = 3) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        vendor.answers(keys(vendor, number))
    assert vendor.habits.secret not in str(caught.value)
    return caught.value


def test_w14_a_full_batch_is_answered_each_device_once(vendor: Vendor) -> None:
    devices = keys(vendor, min(vendor.provider.traits.max_batch, 300))
    found = vendor.answers(devices)
    assert list(found) == devices
    assert {a.kind for a in found.values()} == {AnswerKind.FOUND}


def test_entitlements_are_what_the_vendor_holds(vendor: Vendor) -> None:
    found = vendor.answers(keys(vendor, 40))
    assert len(found) == 40
    assert any(answer.entitlements for answer in found.values())
    for key, answer in found.items():
        machine = fate.machine_of(vendor.key, key.serial, ANCHOR)
        assert bool(answer.model) is vendor.habits.has_model
        told = {(e.starts_on, e.ends_on) for e in answer.entitlements}
        assert told == vendor.habits.tells(machine)
        kinds = [e.kind for e in answer.entitlements]
        assert EntitlementKind.BASE in kinds or not kinds
        assert all(e.source == vendor.key and (e.name or e.code) for e in answer.entitlements)


def test_w18_evidence_is_the_vendors_own_json_of_this_device(vendor: Vendor) -> None:
    found = vendor.answers(keys(vendor, 5))
    assert len(found) == 5
    for key, answer in found.items():
        assert key.serial in str(msgspec.json.decode(answer.payload))


def test_w18_there_is_evidence_of_not_found_too(vendor: Vendor) -> None:
    missing = unknown(vendor)
    for others in ([], keys(vendor, 2)):
        answer = vendor.answers([missing, *others])[missing]
        told = str(msgspec.json.decode(answer.payload))
        # Asked about one device, a vendor need not repeat which.
        assert missing.serial in told or vendor.provider.traits.max_batch == 1


def test_single_device_is_answered(vendor: Vendor) -> None:
    devices = keys(vendor, 1)
    assert [a.kind for a in vendor.answers(devices).values()] == [AnswerKind.FOUND]


def test_w11_unknown_serials_are_not_found(vendor: Vendor) -> None:
    missing, present = unknown(vendor), keys(vendor, 2)
    for devices in ([missing], [missing, *present]):
        answer = vendor.answers(devices)[missing]
        assert (answer.kind, answer.reason) == (
            AnswerKind.NOT_FOUND,
            Reason.NOT_FOUND_AT_VENDOR,
        )


@dataclass(frozen=True)
class Meaning:
    """What an answer says, whatever the order in which it was said."""

    kind: AnswerKind
    model: str
    lines: frozenset[Entitlement]
    number: int


def meanings(vendor: Vendor, devices: list[DeviceKey]) -> dict[DeviceKey, Meaning | Answer]:
    """What is the same however it was said: of one device's lines the meaning, else everything."""
    found = vendor.answers(devices)
    if vendor.provider.traits.max_batch > 1:
        return dict(found)
    return {
        key: Meaning(a.kind, a.model, frozenset(a.entitlements), len(a.entitlements))
        for key, a in found.items()
    }


@pytest.mark.parametrize("dial", ["reverse_order", "repeat_items"])
def test_w14_neither_order_nor_repetition_changes_an_answer(vendor: Vendor, dial: str) -> None:
    devices = keys(vendor, 20)
    straight = meanings(vendor, devices)
    vendor.dial(**{dial: True})
    assert meanings(vendor, devices) == straight


def test_half_a_batch_invents_no_cover(vendor: Vendor) -> None:
    devices = keys(vendor, 10)
    vendor.dial(half_batch=True)
    if vendor.provider.traits.max_batch == 1:
        # Lines of the only device are missing, and nobody knows which.
        assert trouble(vendor).kind is Trouble.BAD_ANSWER
        return
    found = vendor.answers(devices)
    assert [found[key].kind for key in devices[:5]] == [AnswerKind.FOUND] * 5
    left_out = {found[key].kind for key in devices[5:] if key in found}
    assert left_out == vendor.habits.half


def test_w20_every_answer_of_a_simulator_says_so(vendor: Vendor) -> None:
    mark: str | None = None
    while True:
        page = vendor.provider.ask(vendor.conn, keys(vendor, 1), mark)
        assert page.is_simulated
        mark = page.resume
        if mark is None:
            break


def test_w15_429_gives_the_vendors_pause(vendor: Vendor) -> None:
    vendor.dial(throttle_every=1, retry_after="7")
    error = trouble(vendor)
    assert (error.kind, error.retry_after) == (Trouble.RATE_LIMITED, timedelta(seconds=7))


def test_w15_retry_after_may_be_a_date_or_absent(vendor: Vendor) -> None:
    vendor.dial(throttle_every=1, retry_after="date")
    pause = trouble(vendor).retry_after
    assert pause is not None
    assert timedelta(0) <= pause <= timedelta(seconds=2)
    vendor.dial(retry_after="")
    assert trouble(vendor).retry_after is None


def test_quota_of_the_vendor_is_seen_as_429(vendor: Vendor) -> None:
    for dial in ("quota_per_minute", "quota_per_day"):
        vendor.simulators.reset()
        vendor.dial(**{dial: vendor.habits.calls})
        vendor.answers(keys(vendor, 1))
        assert trouble(vendor, 1).kind is Trouble.RATE_LIMITED
        assert vendor.stats()["exceeded"] == 1


@pytest.mark.parametrize(
    ("dials", "kind"),
    [
        ({"force_status": 500}, Trouble.UNREACHABLE),
        ({"force_status": 503, "retry_after": "3"}, Trouble.UNREACHABLE),
        ({"error_rate": 1.0}, Trouble.UNREACHABLE),
        ({"force_status": 403}, Trouble.NOT_PERMITTED),
        ({"force_status": 302}, Trouble.UNREACHABLE),
        ({"force_status": 414}, Trouble.BAD_ANSWER),
        ({"garbage": True}, Trouble.BAD_ANSWER),
        ({"html200": True}, Trouble.BAD_ANSWER),
        ({"latency_ms": 3000}, Trouble.UNREACHABLE),
    ],
)
def test_trouble_has_its_kind(vendor: Vendor, dials: dict[str, object], kind: Trouble) -> None:
    vendor.dial(**dials)
    error = trouble(vendor)
    assert error.kind is kind
    assert error.text


def test_an_answer_that_unpacks_to_100_mb_is_refused(vendor: Vendor) -> None:
    vendor.dial(oversize=True)
    assert trouble(vendor).kind is Trouble.BAD_ANSWER


@pytest.mark.parametrize("vendor", WITH_TOKENS, indirect=True)
def test_w15_a_token_that_died_is_replaced_once(vendor: Vendor) -> None:
    vendor.answers(keys(vendor, 2))
    vendor.dial(expire_token=True)
    assert len(vendor.answers(keys(vendor, 2))) == 2
    assert vendor.stats()["token_calls"] == 2


def test_a_token_is_fetched_once_for_many_threads(vendor: Vendor) -> None:
    batches = [keys(vendor, 3, start=n * 20) for n in range(8)]
    with ThreadPoolExecutor(8) as pool:
        assert [len(found) for found in pool.map(vendor.answers, batches)] == [3] * 8
    assert vendor.stats()["token_calls"] == vendor.habits.has_token


@pytest.mark.parametrize("vendor", WITH_CREDENTIALS, indirect=True)
@pytest.mark.parametrize("secret", ["wrong", ""])
def test_bad_credentials_are_refused_with_the_vendors_words(vendor: Vendor, secret: str) -> None:
    stranger = vendor.with_secret(secret)
    assert trouble(stranger).kind is Trouble.CREDENTIALS_EXPIRED
    health = stranger.provider.check(stranger.conn)
    assert not health.is_ok
    assert re.search("denied|not valid|missing", health.text)


def test_refused_data_calls_end_as_credentials_refused(vendor: Vendor) -> None:
    vendor.dial(force_status=401)
    assert trouble(vendor).kind is Trouble.CREDENTIALS_EXPIRED
    assert vendor.stats()["data_calls"] <= 2


def test_check_is_fine_with_good_credentials(vendor: Vendor) -> None:
    assert vendor.provider.check(vendor.conn).is_ok


def test_check_says_what_is_wrong(vendor: Vendor) -> None:
    vendor.dial(force_status=500)
    health = vendor.provider.check(vendor.conn)
    assert not health.is_ok
    assert "An error has occurred" in health.text


def test_one_unreadable_item_refuses_its_own_device_only(vendor: Vendor) -> None:
    devices = keys(vendor, 4)
    vendor.dial(spoilt_serial=devices[1].serial)
    found = vendor.answers(devices)
    assert [found[key].kind for key in devices].count(AnswerKind.FOUND) == 3
    spoilt = found[devices[1]]
    assert (spoilt.kind, spoilt.reason) == (AnswerKind.REFUSED, Reason.ANSWER_UNREADABLE)


def test_a_call_with_a_poisonous_device_is_a_bad_answer(vendor: Vendor) -> None:
    devices = keys(vendor, 4)
    vendor.dial(poison_serial=devices[2].serial)
    assert trouble(vendor, 4).kind is Trouble.BAD_ANSWER
    assert len(vendor.answers(devices[:2])) == 2


def test_no_vendor_is_called_inside_a_transaction(vendor: Vendor) -> None:
    with marker.entered(), pytest.raises(CalledInsideTransaction):
        vendor.answers(keys(vendor, 1))
    assert vendor.stats()["data_calls"] == 0


def test_an_internal_base_url_needs_the_operators_leave(vendor: Vendor) -> None:
    strict = type(vendor.provider)(HttpClient())  # type: ignore[call-arg]
    with pytest.raises(ProviderError) as caught:
        strict.ask(vendor.conn, keys(vendor, 1), None)
    assert caught.value.kind is Trouble.NOT_CALLED


def test_a_vendor_that_is_gone_is_unreachable(vendor: Vendor) -> None:
    gone = connection(MemoryConnection(vendor.key, "http://127.0.0.1:9"), vendor.habits.secret)
    with pytest.raises(ProviderError) as caught:
        vendor.provider.ask(gone, keys(vendor, 1), None)
    assert caught.value.kind is Trouble.UNREACHABLE


def test_registry_finds_the_installed_providers() -> None:
    providers = load_providers()
    assert list(providers) == sorted(PROVIDERS)
    assert all(name == provider.traits.key for name, provider in providers.items())


@pytest.mark.parametrize("vendor", WITH_TOKENS, indirect=True)
@pytest.mark.parametrize("seconds", [10**12, 10**18])
def test_a_token_may_say_that_it_lives_beyond_all_time(vendor: Vendor, seconds: int) -> None:
    vendor.dial(token_seconds=seconds)
    assert [a.kind for a in vendor.answers(keys(vendor, 1)).values()] == [AnswerKind.FOUND]
