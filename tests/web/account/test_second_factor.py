"""Signing in with a second proof, setting one up, and confirming that it is you."""

from __future__ import annotations

import re

import pytest
from django.core.cache import cache
from django.test import Client

from fleetward.identity.models import AuthenticatorApp, User
from fleetward.identity.second_factor.actions import new_app_secret, set_up_app
from fleetward.identity.second_factor.queries import second_factors
from fleetward.identity.second_factor.rules import code_of_step, step_at
from fleetward.kernel.clock import utc_now
from fleetward.web import step_up
from tests.cast import PASSWORD, Cast, actor_of, make_cast
from tests.web.reading import browser, hidden, signed_in, text_of

pytestmark = pytest.mark.django_db

SECURITY, CODE = "/account/security/", "/account/code/"


@pytest.fixture
def cast() -> Cast:
    cache.clear()
    return make_cast()


class App:
    """The app of a user, and the recovery codes."""

    def __init__(self, user: User) -> None:
        self.user, self.secret = user, new_app_secret()
        code = code_of_step(self.secret, step_at(utc_now()))
        self.codes = set_up_app(actor=actor_of(user), secret=self.secret, code=code, now=utc_now())

    def code(self) -> str:
        """What it shows now, as if the last one had been used long ago."""
        AuthenticatorApp.objects.filter(user=self.user).update(latest_step=0)
        return code_of_step(self.secret, step_at(utc_now()))


def with_password(user: User, then: str = "/profile/") -> tuple[Client, str]:
    client = browser()
    sent = client.post(
        f"/account/login/?next={then}",
        {"login": user.email, "password": PASSWORD, "next": then},
    )
    return client, sent["Location"]


def test_the_password_alone_opens_nothing(cast: Cast) -> None:
    app = App(cast.reader)
    client, where = with_password(cast.reader)
    assert where == CODE
    assert client.get("/profile/").status_code == 302
    assert "asks for a second proof" in text_of(client.get(CODE))
    before = client.cookies["session"].value
    assert client.post(CODE, {"code": app.code()})["Location"] == "/profile/"
    assert client.get("/profile/").status_code == 200
    assert client.cookies["session"].value != before, "a new session begins"


def test_a_recovery_code_opens_too_and_once(cast: Cast) -> None:
    app = App(cast.reader)
    for status in (302, 200):
        client, _ = with_password(cast.reader)
        assert client.post(CODE, {"code": app.codes[0]}).status_code == status


def test_without_a_password_there_is_no_asking_for_a_code(cast: Cast) -> None:
    App(cast.reader)
    assert browser().get(CODE)["Location"] == "/account/login/"
    assert browser().post(CODE, {"code": "000000"})["Location"] == "/account/login/"


def test_codes_are_guessed_five_times(cast: Cast) -> None:
    app = App(cast.reader)
    client, _ = with_password(cast.reader)
    for _ in range(5):
        assert "is not right" in text_of(client.post(CODE, {"code": "000000"}))
    assert "Too many wrong codes" in text_of(client.post(CODE, {"code": app.code()}))
    other, _ = with_password(cast.reader)
    assert "Too many wrong codes" in text_of(other.post(CODE, {"code": app.code()}))


def test_a_right_code_forgets_the_wrong_ones(cast: Cast) -> None:
    app = App(cast.reader)
    for _ in range(2):
        client, _ = with_password(cast.reader)
        for _ in range(3):
            client.post(CODE, {"code": "000000"})
        assert client.post(CODE, {"code": app.code()}).status_code == 302


def test_an_app_is_set_up_in_the_browser(cast: Cast) -> None:
    client = signed_in(cast.reader)
    assert "Set up an app" in text_of(client.get(SECURITY))
    page = client.get(f"{SECURITY}app/").content.decode()
    (secret,) = re.findall(r'data-copy="([A-Z2-7]{32})"', page)
    assert "<svg" in page
    wrong = client.post(f"{SECURITY}app/", {"code": "000000"})
    assert secret in wrong.content.decode(), "the app has it already"
    sent = client.post(f"{SECURITY}app/", {"code": code_of_step(secret, step_at(utc_now()))})
    assert sent["Location"] == f"{SECURITY}recovery-codes/"
    assert second_factors(cast.reader.id).has_app
    shown = client.get(sent["Location"])
    codes = hidden(shown, "codes")[0].split()
    assert len(codes) == 10
    assert client.get(sent["Location"])["Location"] == SECURITY, "shown once"
    assert "10 codes are left of 10" in text_of(client.get(SECURITY))
    file = client.post(f"{SECURITY}recovery-codes/file/", {"codes": "\n".join(codes)})
    assert file["Content-Disposition"].endswith('codes.txt"')
    assert all(code in file.content.decode() for code in codes)
    assert client.get(f"{SECURITY}app/")["Location"] == SECURITY


def test_the_file_holds_codes_and_nothing_else(cast: Cast) -> None:
    client = signed_in(cast.reader)
    sent = client.post(f"{SECURITY}recovery-codes/file/", {"codes": "<b>hello</b>"})
    assert sent["Location"] == SECURITY


def test_codes_are_renewed_and_the_app_switched_off(cast: Cast) -> None:
    App(cast.reader)
    client = signed_in(cast.reader)
    sent = client.post(f"{SECURITY}recovery-codes/")
    assert "Keep these codes now" in text_of(client.get(sent["Location"]))
    assert client.post(f"{SECURITY}app/remove/")["Location"] == SECURITY
    assert not second_factors(cast.reader.id).is_asked
    assert with_password(cast.reader)[1] == "/profile/"


def age(client: Client, seconds: float = 15 * 60 + 1) -> None:
    session = client.session
    session[step_up.KEY] -= seconds
    session.save()


class TestConfirming:
    """Before secrets and rights, in a session that proved itself long ago."""

    def test_ones_own_pages_ask_when_they_are_opened_and_when_they_are_sent(
        self, cast: Cast
    ) -> None:
        client = signed_in(cast.reader)
        age(client)
        asked = client.get(f"{SECURITY}app/")["Location"]
        assert asked == "/account/reauthenticate/?next=%2Faccount%2Fsecurity%2Fapp%2F"
        sent = client.post(f"{SECURITY}app/remove/")["Location"]
        assert sent == "/account/reauthenticate/?next=%2Faccount%2Fsecurity%2F"
        assert client.get(SECURITY).status_code == 200
        assert client.post(asked, {"password": "wrong"}).status_code == 200
        assert client.post(asked, {"password": PASSWORD})["Location"] == f"{SECURITY}app/"
        assert client.get(f"{SECURITY}app/").status_code == 200

    def test_a_code_confirms_and_is_used_up(self, cast: Cast) -> None:
        app = App(cast.reader)
        client = signed_in(cast.reader)
        age(client)
        asked = client.get(f"{SECURITY}recovery-codes/")["Location"]
        assert "Confirm with the code" in text_of(client.get(asked))
        code = app.code()
        assert client.post(asked, {"code": code}).status_code == 302
        age(client)
        assert client.post(asked, {"code": code}).status_code == 200

    def test_passwords_are_guessed_ten_times(self, cast: Cast) -> None:
        client = signed_in(cast.reader)
        asked = "/account/reauthenticate/"
        answers = [text_of(client.post(asked, {"password": "wrong"})) for _ in range(11)]
        assert ["Too many" in answer for answer in answers] == [False] * 10 + [True]

    def test_nobody_is_led_elsewhere(self, cast: Cast) -> None:
        client = signed_in(cast.reader)
        asked = "/account/reauthenticate/?next=https://elsewhere.example/"
        assert client.post(asked, {"password": PASSWORD})["Location"] == "/"

    def test_a_part_of_a_page_sends_the_whole_page_there(self, cast: Cast) -> None:
        client = signed_in(cast.admin)
        age(client)
        here = f"/t/{cast.acme.customer_id}/settings/tokens/"
        answer = client.post(here, {"name": "x", "days": "30"}, headers={"hx-request": "true"})
        assert answer.status_code == 204
        assert answer["HX-Redirect"].startswith("/account/reauthenticate/?next=")

    def test_pages_with_such_forms_say_so_before_anything_is_typed(self, cast: Cast) -> None:
        client = signed_in(cast.admin)
        here = f"/t/{cast.acme.customer_id}/settings/"
        pages = [f"{here}{page}/" for page in ("tokens", "users", "webhooks", "external-services")]
        assert not any("Confirm now" in text_of(client.get(page)) for page in pages)
        age(client)
        assert all("Confirm now" in text_of(client.get(page)) for page in pages)
        reader = signed_in(cast.device_admin)
        age(reader)
        assert "Confirm now" not in text_of(reader.get(f"{here}external-services/"))

    def test_what_is_typed_is_not_kept(self, cast: Cast) -> None:
        client = signed_in(cast.admin)
        age(client)
        here = f"/t/{cast.acme.customer_id}/settings/external-services/"
        client.post(f"{here}dell/", {"dell-client_id": "a", "dell-client_secret": "canary-7"})
        assert "canary-7" not in str(dict(client.session))
        assert "canary-7" not in client.get(here).content.decode()
