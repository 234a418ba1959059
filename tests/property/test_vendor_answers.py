"""Whatever a vendor says, a connector answers in our words or refuses in our words.

Answers come by HTTP from a server that says what hypothesis makes up: the public samples with some
parts replaced, their bytes damaged, or any bytes at all. `Guarded` would hide a connector that
stumbles, so that connectors are asked without it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from datetime import timedelta
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import fleetward.connectors
from fleetward.connectors.memory import MemoryConnection
from fleetward.infra.http import HttpClient
from fleetward.warranty.contracts import DeviceKey, Page, ProviderError, WarrantyProvider
from tests.contract.conftest import KEY, PROVIDERS
from tests.unit.infra_http.servers import said, serving

FOLDERS = {"hp": "hp_warranty"}
SAMPLES = Path(fleetward.connectors.__file__).parent
TOKEN = b'{"access_token": "a-token", "expires_in": 3600}'
JOB = {"jobId": "a-job", "status": "completed", "estimatedTime": 12}
# Marks of HP's jobs; the others have none.
MARKS = {"hp": (None, "a-job", "results:a-job", "lost", "second:a-job", "second:results:a-job")}
LONGEST_WAIT = timedelta(days=1)
LONGEST_NAME = 300


def samples_of(vendor: str) -> list[Any]:
    folder = SAMPLES / FOLDERS.get(vendor, vendor) / "samples"
    found = [json.loads(file.read_text(encoding="utf-8")) for file in sorted(folder.glob("*.json"))]
    return [*found, JOB] if vendor in MARKS else found


# What has made readers stumble somewhere.
NASTY = (
    *(None, True, -1, 2**63, 10**400, 1e308, float("nan"), [], {}, [[]], {"": None}, [None]),
    *(
        "",
        " ",
        "\0",
        "nan",
        "-inf",
        "1e999",
        "404",
        "x" * 5000,
        "<b>",
        "\x1b[2J",
        "\u2028",
        "'=1+1",
    ),
    *("0001-01-01", "9999-12-31T23:59:59Z", "2020-02-30", "99999-01-01", "２０２０-０１-０１"),
)
_LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
_ODD = st.sampled_from(NASTY) | st.recursive(
    _LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=5,
)


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every place in a JSON value, as what holds it and its key there."""
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    for key, child in list(inner):
        yield value, key
        if isinstance(child, dict | list):
            yield from places(child)


@st.composite
def bodies(draw: st.DrawFn, samples: Sequence[Any]) -> bytes:
    """A sample with up to four places replaced or taken out, and now and then broken bytes."""
    if draw(st.integers(0, 9)) == 0:
        return draw(st.binary(max_size=100) | st.just(b"[" * 100_000) | st.just(b'{"a":' * 99))
    whole = [json.loads(json.dumps(draw(st.sampled_from(samples))))]
    for _ in range(draw(st.integers(0, 4))):
        holder, key = draw(st.sampled_from(list(places(whole))))
        if isinstance(holder, dict) and draw(st.booleans()):
            del holder[key]
        else:
            holder[key] = deepcopy(draw(_ODD))
    body = json.dumps(whole[0], ensure_ascii=draw(st.booleans())).encode(errors="surrogatepass")
    if draw(st.integers(0, 5)) == 0:
        at = draw(st.integers(0, len(body)))
        body = body[:at] + draw(st.binary(max_size=3)) + body[at + draw(st.integers(0, 3)) :]
    return body


class Speaking:
    """A server that says `body` with `status`, and gives a token to whoever asks for one."""

    body, status, token = b"", 200, TOKEN

    def __call__(self, request: BaseHTTPRequestHandler) -> None:
        if "token" in request.path.lower():
            said(self.token)(request)
        else:
            # Bytes behind an answer that has no body would be the beginning of the next one.
            body = b"" if self.status == HTTPStatus.NO_CONTENT else self.body
            said(body, self.status, Content_Type="application/json")(request)


@pytest.fixture(scope="module")
def vendor_says() -> Iterator[Callable[..., Page | None]]:
    """Ask a vendor that says this; None when the connector refuses what it said."""
    speaking = Speaking()
    http = HttpClient(allow_internal=("127.0.0.1",))
    with serving(speaking) as port:

        def ask(vendor: str, mark: str | None = None, **says: Any) -> Page | None:
            speaking.__dict__ |= {"body": b"{}", "status": 200, "token": TOKEN} | says
            provider: WarrantyProvider = PROVIDERS[vendor](http)
            conn = connection(vendor, f"http://127.0.0.1:{port}", provider)
            try:
                return provider.ask(conn, devices_of(vendor), mark)
            except ProviderError:
                return None

        yield ask
    http.close()


def connection(vendor: str, url: str, provider: WarrantyProvider) -> MemoryConnection:
    fields = provider.traits.fields
    given = {field.name: KEY if field.is_multiline else field.example() for field in fields}
    secret = {field.name for field in fields if field.is_secret}
    return MemoryConnection(
        vendor,
        url,
        settings={name: value for name, value in given.items() if name not in secret},
        secrets={name: value for name, value in given.items() if name in secret},
    )


def devices_of(vendor: str) -> list[DeviceKey]:
    """Those that the samples are about, and one that they do not know."""
    text = json.dumps(samples_of(vendor))
    names = [word for word in text.replace('"', " ").split() if word.isalnum() and word.isupper()]
    keys = [DeviceKey(name, "PSAG0E-01R00SEN") for name in dict.fromkeys([*names, "UNKNOWN1"])]
    return keys[:1] if PROVIDERS[vendor].traits.max_batch == 1 else keys  # type: ignore[attr-defined]


def holds(page: Page | None, vendor: str) -> None:
    """What a run relies on, whatever was said."""
    if page is None:
        return
    keys = [answer.key for answer in page.answers]
    assert len(keys) == len(set(keys))
    assert set(keys) <= set(devices_of(vendor))
    assert timedelta(0) <= page.wait <= LONGEST_WAIT
    for answer in page.answers:
        for line in answer.entitlements:
            texts = (line.code, line.name, line.number, line.service_level)
            assert all("\0" not in text and len(text) <= LONGEST_NAME for text in texts)


@pytest.mark.parametrize("vendor", sorted(PROVIDERS))
@given(data=st.data())
@settings(max_examples=50)
def test_any_answer_is_read_or_refused_in_our_words(
    vendor: str, vendor_says: Callable[..., Page | None], data: st.DataObject
) -> None:
    mark = data.draw(st.sampled_from(MARKS.get(vendor, (None,))))
    status = data.draw(st.sampled_from([200, 200, 200, 200, 202, 204, 400, 403, 404, 429, 500]))
    body = data.draw(bodies(samples_of(vendor)))
    holds(vendor_says(vendor, mark, body=body, status=status), vendor)


@pytest.mark.parametrize("vendor", sorted(PROVIDERS.keys() - {"dynabook", "lenovo"}))
@given(token=bodies([json.loads(TOKEN)]))
@settings(max_examples=30)
def test_any_token_is_used_or_refused_in_our_words(
    vendor: str, vendor_says: Callable[..., Page | None], token: bytes
) -> None:
    holds(vendor_says(vendor, token=token, body=b"[]"), vendor)


@pytest.mark.parametrize("vendor", sorted(PROVIDERS))
def test_control_the_samples_are_read(vendor: str, vendor_says: Callable[..., Page | None]) -> None:
    sample = json.dumps(samples_of(vendor)[0]).encode()
    page = vendor_says(vendor, "results:a-job" if vendor in MARKS else None, body=sample)
    assert page is not None
    assert page.answers
