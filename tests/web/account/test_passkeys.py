"""Passkeys: made under Security, enough to sign in, and asked for after the password."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from django.core.cache import cache
from django.test import Client

from fleetward.audit.contracts import Verb
from fleetward.audit.queries import list_entries
from fleetward.identity.models import Passkey, RecoveryCode
from fleetward.identity.passkeys import contracts
from fleetward.web import passkeys, step_up
from tests.authenticator import PRESENT, Device
from tests.cast import PASSWORD, Cast, actor_of, make_cast
from tests.web.reading import browser, signed_in, text_of

pytestmark = pytest.mark.django_db

SECURITY = "/account/security/"
PROOF = "/account/passkey/"


@pytest.fixture
def cast() -> Cast:
    cache.clear()
    return make_cast()


def make(client: Client, device: Device, name: str = "Laptop") -> str:
    """Where the browser is led to after a passkey was made."""
    question = client.post(f"{SECURITY}passkeys/options/").json()
    sent = {"answer": device.make(question), "name": name}
    return str(client.post(f"{SECURITY}passkeys/", sent)["Location"])


def prove(client: Client, device: Device, **more: str) -> str:
    """Where it is led to after a proof."""
    question = client.post(f"{PROOF}options/", more).json()
    return str(client.post(PROOF, {"answer": device.prove(question), **more})["Location"])


def is_in(client: Client) -> bool:
    return client.get("/profile/").status_code == 200


def made(cast: Cast, device: Device | None = None) -> Device:
    device = device or Device()
    make(signed_in(cast.reader), device)
    return device


def test_a_passkey_is_made_with_recovery_codes_and_told(cast: Cast) -> None:
    client, device = signed_in(cast.reader), Device()
    assert make(client, device) == f"{SECURITY}recovery-codes/"
    assert make(client, Device(), "Phone") == SECURITY, "there are codes already"
    page = text_of(client.get(SECURITY))
    assert "Laptop" in page
    assert "Phone" in page
    assert "10 codes are left" in page
    rows = list_entries(
        actor=actor_of(cast.admin), tenant=cast.acme.id, verb=Verb.PASSKEY_ADDED
    ).rows
    assert [row.details["name"] for row in rows] == ["Phone", "Laptop"]


def test_it_signs_in_without_the_password(cast: Cast) -> None:
    device = made(cast)
    client = browser()
    assert prove(client, device, next="/profile/") == "/profile/"
    assert is_in(client)
    assert client.session["_auth_user_id"] == str(cast.reader.pk)
    assert step_up.KEY in client.session


def test_nobody_is_led_elsewhere(cast: Cast) -> None:
    assert prove(browser(), made(cast), next="https://elsewhere.example/") == "/"


def test_after_the_password_it_is_asked_for(cast: Cast) -> None:
    device = made(cast)
    client = browser()
    given = {"login": cast.reader.email, "password": PASSWORD}
    assert client.post("/account/login/", given)["Location"] == "/account/code/"
    assert not is_in(client)
    assert prove(client, device, second="1") == "/"
    assert is_in(client)


def test_after_the_password_nobody_elses_will_do(cast: Cast) -> None:
    made(cast)
    other = Device()
    make(signed_in(cast.admin), other)
    client = browser()
    client.post("/account/login/", {"login": cast.reader.email, "password": PASSWORD})
    assert prove(client, other, second="1") == "/account/code/"
    assert not is_in(client)


def test_it_confirms_that_it_is_you(cast: Cast) -> None:
    device, client = made(cast), signed_in(cast.reader)
    session = client.session
    session[step_up.KEY] -= 15 * 60 + 1
    session.save()
    asked = client.post(f"{SECURITY}passkeys/options/")
    assert asked["Location"].startswith("/account/reauthenticate/")
    assert "Confirm with a passkey" in text_of(client.get(asked["Location"]))
    assert prove(client, device, next=SECURITY) == SECURITY
    assert client.post(f"{SECURITY}passkeys/options/").status_code == 200


@pytest.mark.parametrize(
    "change",
    [
        lambda it: replace(it, origin="http://localhost:8001"),
        lambda it: replace(it, origin="https://evil.example"),
        lambda it: replace(it, host="evil.example"),
        lambda it: replace(it, flags=PRESENT),
        lambda it: replace(it, key=Device().key),
        lambda it: replace(it, id=b"unknown"),
        lambda it: replace(it, user="AAAA"),
    ],
    ids=["port", "origin", "host", "not-verified", "key", "unknown", "handle"],
)
def test_what_is_not_its_answer_for_this_site_is_refused(
    cast: Cast, change: Callable[[Device], Device]
) -> None:
    device = made(cast)
    client = browser()
    assert prove(client, change(device)) == "/account/login/?next=%2F"
    assert "This passkey is not accepted" in text_of(client.get("/account/login/"))
    assert not is_in(client)
    assert prove(client, device) == "/", "the control"


@pytest.mark.parametrize(
    "answer", ["", "[]", "{}", "null", "x" * 30_000, '{"id": 1, "rawId": "a"}']
)
def test_no_answer_at_all_is_refused(cast: Cast, answer: str) -> None:
    client = browser()
    client.post(f"{PROOF}options/")
    assert client.post(PROOF, {"answer": answer}).status_code == 302
    mine = signed_in(cast.reader)
    mine.post(f"{SECURITY}passkeys/options/")
    assert mine.post(f"{SECURITY}passkeys/", {"answer": answer})["Location"] == SECURITY
    assert not Passkey.objects.exists()


def test_an_answer_serves_once_in_its_session_and_for_minutes(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    device, client = made(cast), browser()
    question = client.post(f"{PROOF}options/").json()
    sent = {"answer": device.prove(question)}
    other = browser()
    other.post(f"{PROOF}options/")
    other.post(PROOF, sent)
    assert not is_in(other), "another session was asked something else"
    client.post(PROOF, sent)
    assert is_in(client)
    client.post("/account/logout/")
    client.post(PROOF, sent)
    assert not is_in(client), "it was used"
    monkeypatch.setattr(passkeys, "VALID_SECONDS", -1)
    prove(client, device)
    assert not is_in(client), "it came late"


def test_a_copied_device_is_found_out(cast: Cast) -> None:
    device = made(cast, Device(count=5))
    copy = replace(device)
    assert prove(browser(), device) == "/"
    assert prove(browser(), copy) != "/"
    assert prove(browser(), device) == "/"


def test_a_disabled_user_is_not_let_in(cast: Cast) -> None:
    device = made(cast)
    cast.reader.is_active = False
    cast.reader.save()
    assert prove(browser(), device) != "/"


def test_a_device_gives_no_passkey_twice_and_users_have_so_many(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = made(cast)
    make(signed_in(cast.admin), device)
    assert Passkey.objects.get().user_id == cast.reader.pk
    monkeypatch.setattr("fleetward.identity.passkeys.actions.MOST_PASSKEYS", 1)
    client = signed_in(cast.reader)
    make(client, Device())
    assert f"You have {contracts.MOST_PASSKEYS} passkeys" in text_of(client.get(SECURITY))
    assert Passkey.objects.count() == 1


def test_removed_it_opens_nothing_and_takes_the_codes_along(cast: Cast) -> None:
    device, client = made(cast), signed_in(cast.reader)
    uid = Passkey.objects.get().uid
    for someone in (signed_in(cast.admin), client, client):
        assert someone.post(f"{SECURITY}passkeys/{uid}/remove/")["Location"] == SECURITY
    assert not RecoveryCode.objects.exists()
    assert prove(browser(), device) != "/"
    rows = list_entries(
        actor=actor_of(cast.admin), tenant=cast.acme.id, verb=Verb.PASSKEY_REMOVED
    ).rows
    assert len(rows) == 1


def test_an_address_without_a_name_has_no_passkeys(cast: Cast) -> None:
    client = Client(headers={"host": "127.0.0.1:8000", "accept-language": "en"})
    assert "Sign in with a passkey" not in text_of(client.get("/account/login/"))
    assert "Sign in with a passkey" in text_of(browser().get("/account/login/"))
    client.force_login(cast.reader)
    assert "Passkeys need a name in the address" in text_of(client.get(SECURITY))
