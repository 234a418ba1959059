"""Refusals that Django makes beside our views are pages of ours, and tell nothing more."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.cache import cache
from django.http import HttpRequest
from django.test import Client, RequestFactory

from fleetward.web.errors import server_failed
from fleetward.web.sign_in import ClosedSignUp
from tests.cast import PASSWORD, Cast

pytestmark = pytest.mark.django_db


def client_of(cast: Cast, **more: bool) -> Client:
    client = Client(headers={"host": "localhost", "accept-language": "en"}, **more)
    client.force_login(cast.admin)
    return client


def test_a_form_without_the_secret_of_its_page_is_explained(cast: Cast) -> None:
    answer = client_of(cast, enforce_csrf_checks=True).post("/profile/", {"name": "x"})
    assert answer.status_code == 403
    assert b"page_too_old" in answer.content
    assert b"<style" not in answer.content
    assert "style-src 'self'" in answer["Content-Security-Policy"]


def test_an_address_for_forms_alone_explains_itself(cast: Cast) -> None:
    answer = client_of(cast).get(f"/t/{cast.acme.customer_id}/warranty/runs/start/")
    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert b"form_only" in answer.content


@pytest.mark.parametrize(
    ("came_from", "back"),
    [
        ("http://localhost/t/ACME/devices/?q=pc", "/t/ACME/devices/?q=pc"),
        ("https://evil.example/t/ACME/", "/"),
        ("", "/"),
    ],
)
def test_a_form_of_a_session_that_has_ended_leads_back_to_its_page(
    cast: Cast, came_from: str, back: str
) -> None:
    client = Client(headers={"host": "localhost", "accept-language": "en", "referer": came_from})
    answer = client.post(f"/t/{cast.acme.customer_id}/warranty/runs/start/", follow=True)
    [(address, _status)] = answer.redirect_chain
    assert parse_qs(urlsplit(address).query) == {"next": [back]}
    assert b"Sign in, then send the form again." in answer.content


def test_a_foreign_host_name_is_refused_by_a_page_of_ours() -> None:
    answer = Client(headers={"host": "evil.example"}).get("/account/login/")
    assert answer.status_code == 400
    assert b"bad_request" in answer.content
    assert b"evil.example" not in answer.content


def test_a_mistake_of_ours_is_told_with_the_request_id_and_without_the_database() -> None:
    request = RequestFactory().get("/")
    request.request_id = "abcdefgh12345678"
    answer = server_failed(request)
    assert answer.status_code == 500
    assert b"server_error" in answer.content
    assert b"abcdefgh12345678" in answer.content


def test_nul_in_an_address_is_no_mistake_of_ours(cast: Cast) -> None:
    client, here = client_of(cast), f"/t/{cast.acme.customer_id}/"
    for path, status in (
        ("/t/%00/", 404),
        (f"{here}devices/deleted/%00/", 404),
        (f"{here}?vendor=%00", 200),
        (f"{here}logs/?verb=%00", 200),
    ):
        assert client.get(path).status_code == status, path


def test_a_client_does_not_choose_the_id_of_its_request() -> None:
    """Undoing a deletion goes by it: two requests of one id would be undone together."""
    headers = {"host": "localhost", "x-request-id": "always-the-same"}
    assert Client(headers=headers).get("/account/login/")["X-Request-ID"] != "always-the-same"


def test_too_many_attempts_are_told_by_a_page_of_ours() -> None:
    cache.clear()
    client = Client(headers={"host": "localhost", "accept-language": "en"})
    for n in range(21):
        answer = client.post("/account/password/reset/", {"email": f"{n}@acme.example"})
    assert answer.status_code == 429
    assert b"Too many attempts" in answer.content
    # With the mark of its content in its name where somebody has collected the files.
    assert b'rel="stylesheet" href="/static/dist/app.' in answer.content
    cache.clear()


def test_failed_sign_ins_end_for_an_account_whoever_counts(cast: Cast) -> None:
    """Five wrong passwords close the account for a while, for the right password too."""
    cache.clear()
    client = Client(headers={"host": "localhost"})
    mine = {"login": cast.admin.email, "password": "wrong"}
    for _ in range(5):
        assert b"Too many failed" not in client.post("/account/login/", mine).content
    # Noise of other accounts must not push the count out of the cache.
    for n in range(400):
        cache.set(f"noise-{n}", n, 300)
    right = client.post("/account/login/", mine | {"password": PASSWORD})
    assert right.status_code == 200
    assert "_auth_user_id" not in client.session
    cache.clear()


def test_sign_ins_are_counted_for_the_address_that_the_trail_records() -> None:
    request = HttpRequest()
    request.META = {"REMOTE_ADDR": "192.0.2.7", "HTTP_X_FORWARDED_FOR": "198.51.100.1"}
    assert ClosedSignUp(request).get_client_ip(request) == "192.0.2.7"
