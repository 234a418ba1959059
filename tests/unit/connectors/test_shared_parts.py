"""The connection in memory, pauses, the registry, and what the simulators draw."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from importlib.metadata import EntryPoint

import msgspec
import pytest

from fleetward.connections.contracts import AccessToken
from fleetward.connectors.dell.config import TRAITS
from fleetward.connectors.memory import MemoryConnection
from fleetward.connectors.registry import GROUP, BadProvider, load_providers
from fleetward.connectors.wire_tools import Caller
from fleetward.infra.http import HttpAnswer, HttpClient
from fleetward.warranty.contracts import ProviderError, ProviderTraits, Trouble
from fleetward_simulators import fate
from fleetward_simulators.dials import Dials, dials_from

NOW = datetime(2026, 3, 1, tzinfo=UTC)
ANCHOR = date(2026, 3, 1)


def test_memory_connection_fetches_again_when_a_token_ends() -> None:
    fetched: list[int] = []

    def fetch(lifetime: int) -> AccessToken:
        fetched.append(lifetime)
        return AccessToken(f"t{len(fetched)}", NOW + timedelta(seconds=lifetime))

    conn = MemoryConnection("dell", "https://x/", clock=lambda: NOW)
    assert conn.base_url == "https://x"
    assert conn.token(lambda: fetch(30)) == "t1"
    assert conn.token(lambda: fetch(3600)) == "t2"
    assert conn.token(lambda: fetch(3600)) == "t2"
    assert conn.renew("t1", lambda: fetch(3600)) == "t2"
    assert conn.renew("t2", lambda: fetch(3600)) == "t3"
    assert "t3" not in repr(conn)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "120"}, 120),
        ({"retry-after": "0"}, 0),
        ({"retry-after": "999999999"}, 86_400),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "soon"}, None),
        ({}, None),
        (
            {
                "date": "Sun, 01 Mar 2026 10:00:00 GMT",
                "retry-after": "Sun, 01 Mar 2026 10:01:30 GMT",
            },
            90,
        ),
        (
            {
                "date": "Sun, 01 Mar 2026 10:00:00 GMT",
                "retry-after": "Sun, 01 Mar 2026 09:00:00 GMT",
            },
            0,
        ),
    ],
)
def test_w15_retry_after_is_seconds_or_a_date_by_the_vendors_clock(
    headers: dict[str, str], seconds: int | None
) -> None:
    caller = Caller(HttpClient(), TRAITS, MemoryConnection("dell", "https://dell.test"))
    with pytest.raises(ProviderError) as caught:
        caller.accept(HttpAnswer(429, headers, b""))
    expected = None if seconds is None else timedelta(seconds=seconds)
    assert caught.value.retry_after == expected


def test_w20_only_the_vendors_own_address_without_a_mark_is_real() -> None:
    def is_simulated(base_url: str, **headers: str) -> bool:
        caller = Caller(HttpClient(), TRAITS, MemoryConnection("dell", base_url))
        return caller.is_simulated(HttpAnswer(200, headers, b""))

    assert not is_simulated(TRAITS.default_base_url)
    assert not is_simulated("https://gateway.example.com/dell")
    assert is_simulated(TRAITS.default_base_url, **{"x-fleetward-simulator": "dell"})
    assert is_simulated("http://127.0.0.1:9100/dell")
    assert is_simulated("http://[::1]:9100/dell")
    assert is_simulated("https://localhost/dell")


def test_the_operators_address_stands_for_every_host_of_a_vendor() -> None:
    def address(base_url: str, at: str) -> str:
        conn = MemoryConnection("dell", base_url)
        return Caller(HttpClient(), TRAITS, conn).address(at)

    token_host = "https://id.vendor.example"
    assert address(TRAITS.default_base_url, token_host) == token_host
    assert address(TRAITS.default_base_url, "") == TRAITS.default_base_url
    assert address("https://proxy.example/dell", token_host) == "https://proxy.example/dell"


class Whole:
    """A provider of somebody else's."""

    traits = TRAITS

    def __init__(self, _http: HttpClient) -> None: ...

    def check(self, conn: object) -> None: ...

    def ask(self, conn: object, devices: object, resume: object) -> None: ...


class Mute:
    """No provider: it cannot be asked, and its traits make no sense."""

    traits = ProviderTraits(
        key="other",
        label="",
        manufacturers=(),
        default_base_url="http://plain",
        fields=(),
        max_batch=0,
        calls_per_minute=-1,
    )

    def __init__(self, _http: HttpClient) -> None: ...


def entry(name: str, what: str) -> EntryPoint:
    return EntryPoint(name, f"{__name__}:{what}", GROUP)


def test_a_strangers_provider_is_loaded_and_the_list_is_frozen() -> None:
    providers = load_providers(entries=[entry("dell", "Whole"), entry("dell", "Whole")])
    assert list(providers) == ["dell"]
    with pytest.raises(TypeError):
        providers["dell"] = providers["dell"]  # type: ignore[index]


def test_what_is_no_provider_is_refused_with_every_reason() -> None:
    with pytest.raises(BadProvider) as caught:
        load_providers(entries=[entry("mute", "Mute")])
    for words in ("'other'", "max_batch", "negative", "manufacturer", "https", "check", "ask"):
        assert words in str(caught.value)
    with pytest.raises(BadProvider, match="traits"):
        load_providers(entries=[entry("x", "entry_without_traits")])


def entry_without_traits(_http: HttpClient) -> object:
    return object()


class Stumbling(Whole):
    """A plug-in that meets what it has not thought of."""

    trouble: Exception = OverflowError("a number beyond all sense")

    def check(self, conn: object) -> None:
        raise self.trouble

    def ask(self, conn: object, devices: object, resume: object) -> None:
        raise self.trouble


@pytest.mark.parametrize("trouble", [OverflowError(), KeyError("x"), RecursionError()])
def test_what_a_connector_stumbles_over_is_a_bad_answer(
    monkeypatch: pytest.MonkeyPatch, trouble: Exception
) -> None:
    monkeypatch.setattr(Stumbling, "trouble", trouble)
    provider = load_providers(entries=[entry("dell", "Stumbling")])["dell"]
    conn = MemoryConnection("dell", "https://x")
    with pytest.raises(ProviderError) as caught:
        provider.ask(conn, [], None)
    assert caught.value.kind is Trouble.BAD_ANSWER
    health = provider.check(conn)
    assert (health.is_ok, health.text) == (False, caught.value.text)


def test_trouble_of_our_own_is_no_bad_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Stumbling, "trouble", ConnectionError("the database is gone"))
    provider = load_providers(entries=[entry("dell", "Stumbling")])["dell"]
    with pytest.raises(ConnectionError):
        provider.check(MemoryConnection("dell", "https://x"))


def test_fate_is_the_same_every_time() -> None:
    assert fate.machine_of("dell", "ABC1234", ANCHOR) == fate.machine_of("dell", "ABC1234", ANCHOR)
    assert fate.machine_of("dell", "ABC1234", ANCHOR) != fate.machine_of("hp", "ABC1234", ANCHOR)


def test_fate_looks_like_a_real_fleet() -> None:
    serials = [f"F{n:05d}" for n in range(4000)]
    assert 0.01 < sum(not fate.is_known("dell", s) for s in serials) / 4000 < 0.03
    assert 0.002 < sum(fate.is_shared(s) for s in serials) / 4000 < 0.01
    machines = [fate.machine_of("dell", s, ANCHOR) for s in serials]
    assert set(Counter(len(m.spans) for m in machines)) == {0, 1, 2, 3, 4}
    ends = [m.spans[0].ends_on for m in machines if m.spans]
    months = sorted((end - ANCHOR).days / 30.4 for end in ends if end)
    inside = sum(-18.5 <= month <= 36.5 for month in months) / len(months)
    assert inside > 0.85
    assert 0 < months[len(months) // 2] < 15


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2023, 12, 15), 36, date(2026, 12, 15)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
    ],
)
def test_months_later(day: date, months: int, later: date) -> None:
    assert fate.months_later(day, months) == later


def test_dials_are_set_by_the_environment_for_all_or_one() -> None:
    environ = {
        "SIMULATOR_LATENCY_MS": "5",
        "SIMULATOR_DELL_LATENCY_MS": "9",
        "SIMULATOR_ANCHOR": "2026-03-01",
    }
    assert dials_from(environ, "dell") == Dials(anchor=ANCHOR, latency_ms=9)
    assert dials_from(environ, "hp").latency_ms == 5
    with pytest.raises(msgspec.ValidationError):
        dials_from({"SIMULATOR_LATENCY_MS": "fast"}, "hp")
