"""Asking a vendor in batches: pacing, retries, halving and giving up (W14, W15)."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from threading import Event, Thread, Timer

import pytest

from fleetward.cli.check_asking import Pacer, Result, VendorRun, ask_all
from fleetward.connections.contracts import Limits
from fleetward.connectors.apple.assertion import new_key
from fleetward.connectors.apple.provider import AppleProvider
from fleetward.connectors.cisco.provider import CiscoProvider
from fleetward.connectors.dell.provider import DellProvider
from fleetward.connectors.hp_warranty.provider import HpWarrantyProvider
from fleetward.connectors.lenovo.provider import LenovoProvider
from fleetward.connectors.memory import MemoryConnection
from fleetward.infra.http import HttpClient
from fleetward.warranty.contracts import DeviceKey, Reason, WarrantyProvider
from fleetward.warranty.queries.pure import Patience
from tests.simulators import Simulators, held

PROVIDERS: dict[str, Callable[[HttpClient], WarrantyProvider]] = {
    "apple": AppleProvider,
    "cisco": CiscoProvider,
    "dell": DellProvider,
    "hp": HpWarrantyProvider,
    "lenovo": LenovoProvider,
}
HTTP = HttpClient(allow_internal=("127.0.0.1",))
NO_LIMITS = Limits()
KEY = new_key()
HASTY = Patience(attempts=3, first_wait=timedelta(milliseconds=10))
NO_ANSWER = {Reason.ANSWER_UNREADABLE, Reason.VENDOR_DOWN, Reason.QUOTA_REACHED}


@pytest.fixture(autouse=True, scope="module")
def _kept_connections() -> Iterator[None]:
    yield
    HTTP.close()


def keys(count: int) -> list[DeviceKey]:
    return [DeviceKey(f"SN{number:05d}") for number in range(count)]


def run_for(
    simulators: Simulators,
    vendor: str,
    devices: list[DeviceKey],
    secret: str = "simulated",
    limits: Limits = NO_LIMITS,
) -> VendorRun:
    credentials = {
        "organisation": "business",
        "client_id": secret,
        "client_secret": secret,
        "key_id": secret,
        "private_key": KEY,
    }
    return VendorRun(
        PROVIDERS[vendor](HTTP),
        MemoryConnection(vendor, simulators.base_url(vendor), credentials, credentials),
        devices,
        limits=limits,
        patience=HASTY,
    )


def ask(run: VendorRun) -> dict[DeviceKey, Result]:
    results, is_interrupted = ask_all([run], lambda _vendor, _count: None)
    assert not is_interrupted
    return results[run.provider.traits.key]


def reasons(results: dict[DeviceKey, Result]) -> Counter[Reason | None]:
    return Counter(result.reason for result in results.values())


@pytest.mark.parametrize("vendor", PROVIDERS)
def test_each_device_gets_one_result_and_is_asked_once(simulators: Simulators, vendor: str) -> None:
    simulators.dial(vendor, count_serials=True)
    results = ask(run_for(simulators, vendor, keys(250)))
    assert list(results) == keys(250)
    assert not NO_ANSWER & set(reasons(results))
    assert all(result.is_simulated for result in results.values())
    assert set(simulators.stats(vendor)["serials"].values()) == {1}


def test_each_vendor_has_its_results_and_its_progress(simulators: Simulators) -> None:
    heard: Counter[str] = Counter()
    runs = [run_for(simulators, vendor, keys(20)) for vendor in PROVIDERS]
    results, _interrupted = ask_all(runs, lambda vendor, count: heard.update({vendor: count}))
    assert {vendor: len(found) for vendor, found in results.items()} == dict.fromkeys(PROVIDERS, 20)
    assert heard == dict.fromkeys(PROVIDERS, 20)


def test_vendors_are_asked_at_once(simulators: Simulators) -> None:
    runs = [run_for(simulators, vendor, keys(1)) for vendor in PROVIDERS]
    answered: dict[str, dict[DeviceKey, Result]] = {}
    work = Thread(target=lambda: answered.update(ask_all(runs, lambda *_: None)[0]))
    with held(simulators, *PROVIDERS) as vendors:
        work.start()
        assert vendors.wait_at_once()
    work.join()
    assert not any(NO_ANSWER & set(reasons(found)) for found in answered.values())


def test_control_vendors_that_are_asked_in_turn_never_wait_at_once(simulators: Simulators) -> None:
    runs = [run_for(simulators, vendor, keys(1)) for vendor in PROVIDERS]
    work = Thread(target=lambda: [ask(run) for run in runs])
    with held(simulators, *PROVIDERS) as vendors:
        work.start()
        assert vendors.wait_for("apple")
        assert not vendors.wait_at_once(patience=1)
    work.join()


def test_w15_a_throttled_call_is_repeated_after_its_retry_after(simulators: Simulators) -> None:
    simulators.dial("dell", throttle_every=2, retry_after="1")
    results = ask(run_for(simulators, "dell", keys(150)))
    assert not NO_ANSWER & set(reasons(results))
    assert simulators.stats("dell")["throttled"] >= 1


def test_w15_a_vendor_that_fails_now_and_then_is_asked_again(simulators: Simulators) -> None:
    simulators.dial("dell", error_rate=0.4)
    results = ask(run_for(simulators, "dell", keys(300)))
    assert not NO_ANSWER & set(reasons(results))
    assert simulators.stats("dell")["errors"] >= 1


def test_a_vendor_that_is_down_is_given_up_soon(simulators: Simulators) -> None:
    simulators.dial("dell", force_status=500)
    run = run_for(simulators, "dell", keys(5_000))
    assert reasons(ask(run)) == {Reason.VENDOR_DOWN: 5_000}
    assert simulators.stats("dell")["data_calls"] <= 20
    assert "500" in run.words


def test_a_quota_that_lasts_longer_than_our_patience_ends_the_vendor(
    simulators: Simulators,
) -> None:
    simulators.dial("dell", quota_per_minute=1, retry_after="86400")
    assert reasons(ask(run_for(simulators, "dell", keys(5_000))))[Reason.QUOTA_REACHED] == 4_900


@pytest.mark.parametrize("vendor", PROVIDERS)
def test_w15_wrong_credentials_end_the_vendor_after_one_batch(
    simulators: Simulators, vendor: str
) -> None:
    run = run_for(simulators, vendor, keys(1_000), secret="wrong")
    assert reasons(ask(run)) == {Reason.CREDENTIALS_REFUSED: 1_000}
    assert simulators.stats(vendor)["data_calls"] <= 3


def test_w15_the_quota_of_a_day_is_kept_and_the_rest_says_so(simulators: Simulators) -> None:
    run = run_for(simulators, "dell", keys(250), limits=Limits(per_day=2))
    found = reasons(ask(run))
    assert found[Reason.QUOTA_REACHED] in (50, 150)
    assert simulators.stats("dell")["data_calls"] == 2


def test_a_poisoned_batch_is_halved_until_the_guilty_device_is_alone(
    simulators: Simulators,
) -> None:
    simulators.dial("dell", poison_serial="SN00042")
    results = ask(run_for(simulators, "dell", keys(100)))
    guilty = [key for key, result in results.items() if result.reason in NO_ANSWER]
    assert guilty == [DeviceKey("SN00042")]
    assert results[guilty[0]].reason is Reason.ANSWER_UNREADABLE


@pytest.mark.parametrize("dial", ["garbage", "html200"])
def test_a_vendor_that_talks_nonsense_is_given_up_soon(simulators: Simulators, dial: str) -> None:
    simulators.dial("dell", **{dial: True})
    results = ask(run_for(simulators, "dell", keys(5_000)))
    assert reasons(results) == {Reason.ANSWER_UNREADABLE: 5_000}
    assert simulators.stats("dell")["data_calls"] <= 300


@pytest.mark.parametrize("dial", ["half_batch", "reverse_order", "repeat_items"])
def test_w14_answers_are_matched_by_serial(simulators: Simulators, dial: str) -> None:
    devices = keys(64)
    expected = ask(run_for(simulators, "dell", devices))
    simulators.dial("dell", **{dial: True})
    found = ask(run_for(simulators, "dell", devices))
    last = 1 if dial == "half_batch" else 0
    assert sum(found[key] != expected[key] for key in devices) <= last


def test_a_token_that_stops_working_is_renewed(simulators: Simulators) -> None:
    run = run_for(simulators, "dell", keys(10))
    ask(run)
    simulators.dial("dell", expire_token=True)
    again = VendorRun(run.provider, run.connection, keys(10), limits=NO_LIMITS)
    assert not NO_ANSWER & set(reasons(ask(again)))
    assert simulators.stats("dell")["token_calls"] == 2


def test_pacing_spreads_calls_evenly() -> None:
    pacer, stop = Pacer(Limits(per_minute=600)), Event()
    begun = time.monotonic()
    assert all(pacer.take(stop) for _ in range(4))
    assert 0.3 <= time.monotonic() - begun < 0.6


def test_a_hold_is_for_every_lane() -> None:
    pacer, stop = Pacer(NO_LIMITS), Event()
    pacer.hold(timedelta(seconds=0.2))
    begun = time.monotonic()
    assert pacer.take(stop)
    assert pacer.take(stop)
    assert time.monotonic() - begun >= 0.2


def test_a_waiting_lane_stops_when_told() -> None:
    pacer, stop = Pacer(Limits(per_minute=1)), Event()
    assert pacer.take(stop)
    Timer(0.1, stop.set).start()
    assert not pacer.take(stop)
