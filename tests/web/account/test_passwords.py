"""Passwords: one that somebody else has set is changed before anything else, and each is told."""

from __future__ import annotations

import pytest
from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.core.cache import cache
from django.test import Client

from fleetward.audit.contracts import AuditRow, Verb
from fleetward.audit.queries import list_entries
from fleetward.identity.actions import set_password, use_token
from fleetward.identity.models import User
from fleetward.kernel.actor import system_actor
from fleetward.tenancy.contracts import Role
from tests.cast import NOW, PASSWORD, Cast, actor_of, make_cast, make_tenant, make_user
from tests.objects import token_of

pytestmark = pytest.mark.django_db

GIVEN, OWN = "a password somebody gave", "a password of my own"
CHANGE = "/account/password/change/"


@pytest.fixture
def cast() -> Cast:
    cache.clear()
    return make_cast()


def signing_in(email: str, password: str) -> Client:
    client = Client(headers={"host": "localhost", "accept-language": "en"})
    client.post("/account/login/", {"login": email, "password": password})
    return client


def let_in(cast: Cast, email: str = "new@acme.example") -> str:
    """An admin adds a user with a first password; the way to the tenant."""
    admin = Client(headers={"host": "localhost"})
    admin.force_login(cast.admin)
    given = {"email": email, "role": "REPORT_ADMIN", "password": GIVEN}
    here = f"/t/{cast.acme.customer_id}/"
    assert admin.post(f"{here}settings/users/add/", given).status_code == 302
    return here


def change(client: Client, old: str, new: str, then: str = "") -> object:
    where = f"{CHANGE}?next={then}" if then else CHANGE
    return client.post(where, {"oldpassword": old, "password1": new, "password2": new})


def latest(cast: Cast, verb: Verb) -> AuditRow:
    page = list_entries(actor=actor_of(cast.admin), tenant=cast.acme.id, verb=verb)
    return page.rows[0]


def test_a_given_password_opens_nothing_but_its_change(cast: Cast) -> None:
    here = let_in(cast)
    client = signing_in("new@acme.example", GIVEN)
    for page in (here, "/", "/profile/", f"{here}settings/tokens/"):
        answer = client.get(page)
        assert answer["Location"] == f"{CHANGE}?next={page.replace('/', '%2F')}"
    sent = client.post(f"{here}settings/tokens/", {"name": "x", "days": "30"})
    assert sent["Location"] == f"{CHANGE}?next=%2F"
    assert b"Somebody gave you this password" in client.get(CHANGE).content
    assert client.post("/language/", {"language": "fr"}).status_code == 302
    assert client.post("/account/logout/")["Location"] == "/"


def test_a_given_password_cannot_be_kept(cast: Cast) -> None:
    here = let_in(cast)
    client = signing_in("new@acme.example", GIVEN)
    refused = client.post(CHANGE, {"oldpassword": GIVEN, "password1": GIVEN, "password2": GIVEN})
    assert b"another password than the one you were given" in refused.content
    assert client.get(here).status_code == 302


def test_a_given_password_that_was_forgotten_is_changed_by_a_mailed_link(cast: Cast) -> None:
    here = let_in(cast)
    client = signing_in("new@acme.example", GIVEN)
    user = User.objects.get(email="new@acme.example")
    reset = "/account/password/reset/"
    assert client.get(reset).status_code == 200
    assert client.get(f"{reset}done/").status_code == 200
    key = f"{user_pk_to_url_str(user)}-{default_token_generator.make_token(user)}"
    form = client.get(f"{reset}key/{key}/")["Location"]
    kept = client.post(form, {"password1": GIVEN, "password2": GIVEN})
    assert b"another password than the one you were given" in kept.content
    done = client.post(form, {"password1": OWN, "password2": OWN})["Location"]
    assert client.get(done).status_code == 200
    assert signing_in(user.email, OWN).get(here).status_code == 200


def test_with_a_password_of_ones_own_all_is_open(cast: Cast) -> None:
    here = let_in(cast)
    client = signing_in("new@acme.example", GIVEN)
    assert change(client, GIVEN, OWN, here)["Location"] == here
    assert client.get(here).status_code == 200
    assert signing_in("new@acme.example", OWN).get(here).status_code == 200


def test_a_password_from_the_operator_is_changed_too(cast: Cast) -> None:
    operator = system_actor("Command line", cast.acme.id)
    set_password(actor=operator, email=cast.reader.email, password=GIVEN, tenants=operator.tenants)
    assert signing_in(cast.reader.email, GIVEN).get("/profile/")["Location"].startswith(CHANGE)


def test_a_changed_password_is_told_in_each_tenant_and_ends_the_rest(cast: Cast) -> None:
    second = make_tenant("Second")
    user = make_user(
        "both@acme.example", {cast.acme.id: Role.DEVICE_ADMIN, second.id: Role.IT_ADMIN}
    )
    token = token_of(cast.acme, user)
    here, elsewhere = (signing_in(user.email, PASSWORD) for _ in range(2))
    assert change(here, PASSWORD, OWN)["Location"] == "/profile/"
    assert here.get("/profile/").status_code == 200
    assert elsewhere.get("/profile/").status_code == 302
    assert use_token(token=token, now=NOW) is None
    for tenant in (cast.acme, second):
        reader = make_user(roles={tenant.id: Role.IT_ADMIN})
        (entry,) = list_entries(
            actor=actor_of(reader), tenant=tenant.id, verb=Verb.PASSWORD_CHANGED
        ).rows
        assert (entry.actor, entry.subject) == (user.email, f"user:{user.uid}")
        assert entry.address


def test_a_refused_change_is_not_told(cast: Cast) -> None:
    change(signing_in(cast.reader.email, PASSWORD), "wrong", OWN)
    page = list_entries(actor=actor_of(cast.admin), tenant=cast.acme.id, verb=Verb.PASSWORD_CHANGED)
    assert page.rows == []
    assert User.objects.get(id=cast.reader.id).check_password(PASSWORD)
