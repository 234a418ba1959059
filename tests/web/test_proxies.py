"""What a client says of itself counts only when a proxy of the operator has said it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from pytest_django import Settings

from fleetward.config.env import Env, Web
from fleetward.infra import requests
from fleetward.web import middleware

PROXY, CLIENT = "192.0.2.1", "198.51.100.7"
SAID = {
    "HTTP_X_FORWARDED_FOR": "203.0.113.99, 203.0.113.5",
    "HTTP_X_FORWARDED_PROTO": "https",
    "HTTP_X_REQUEST_ID": "chosen-by-the-proxy",
}
Told = tuple[str, bool, str]


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Callable[[str], Told]:
    """Address, HTTPS and request id that a request has to us, by who delivers it."""
    ours = Env(web=Web(trusted_proxies=(PROXY,)))
    monkeypatch.setattr(requests, "env", lambda: ours)
    monkeypatch.setattr(middleware, "env", lambda: ours)
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

    def ask(peer: str) -> Told:
        seen: list[HttpRequest] = []

        def answer(request: HttpRequest) -> HttpResponse:
            seen.append(request)
            return HttpResponse()

        request = RequestFactory().get("/", REMOTE_ADDR=peer, **SAID)
        response = middleware.request_identity(answer)(request)
        return requests.address_of(seen[0]), seen[0].is_secure(), response["X-Request-ID"]

    return ask


def test_a_proxy_of_ours_says_who_asks_and_how(told: Callable[[str], Told]) -> None:
    """The address is the one that the proxy has seen, not what the client wrote before it."""
    assert told(PROXY) == ("203.0.113.5", True, "chosen-by-the-proxy")


def test_a_client_says_nothing_of_the_kind(told: Callable[[str], Told]) -> None:
    address, is_secure, request_id = told(CLIENT)
    assert (address, is_secure) == (CLIENT, False)
    assert request_id != "chosen-by-the-proxy"
