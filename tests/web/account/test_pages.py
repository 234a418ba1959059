"""Sign-in, first run, users, settings, tokens, notifications and logs through the real stack."""

from __future__ import annotations

import re
from dataclasses import asdict
from urllib.parse import urlencode

import pytest
from django.core.cache import cache
from django.test import Client

from fleetward.infra.tx import tenant_scope
from fleetward.notifications.actions import post
from fleetward.notifications.contracts import Kind
from fleetward.tenancy.contracts import Role
from fleetward.tenancy.queries import count_tenants, get_tenant_by_id, roles_of_user
from fleetward.web import step_up
from tests.cast import NOW, PASSWORD, Cast, make_tenant, make_user
from tests.web.reading import form_of, signed_in, text_of

pytestmark = pytest.mark.django_db


def test_sign_in_with_the_password_and_out_again(cast: Cast) -> None:
    cache.clear()
    client = Client(headers={"host": "localhost"})
    wrong = client.post("/account/login/", {"login": "admin@acme.example", "password": "wrong"})
    assert wrong.status_code == 200
    assert "_auth_user_id" not in client.session
    right = client.post("/account/login/", {"login": "ADMIN@acme.example", "password": PASSWORD})
    assert (right.status_code, right["Location"]) == (302, "/")
    client.post("/account/logout/")
    assert client.get("/profile/").status_code == 302


def test_first_run_makes_the_first_admin_once() -> None:
    client = Client(headers={"host": "localhost"})
    assert client.get("/")["Location"] == "/first-run/"
    given = {"organisation": "Acme", "email": "me@acme.example", "password": PASSWORD}
    assert client.post("/first-run/", {**given, "password": "short"}).status_code == 200
    assert count_tenants() == 0
    assert client.post("/first-run/", given).status_code == 302
    assert count_tenants() == 1
    assert client.get("/first-run/").status_code == 404


def test_admin_adds_and_disables_a_user(cast: Cast) -> None:
    client = signed_in(cast.admin)
    users = f"/t/{cast.acme.customer_id}/settings/users/"
    new = {"email": "new@acme.example", "role": "REPORT_ADMIN", "password": PASSWORD}
    assert client.post(users + "add/", new).status_code == 302
    assert b"new@acme.example" in client.get(users).content
    refused = client.post(users + "add/", new)
    assert refused.status_code == 422
    assert b"already a user" in refused.content
    off = {"role": "REPORT_ADMIN", "is_active": "0"}
    assert client.post(f"{users}{cast.reader.uid}/", off).status_code == 302
    assert roles_of_user(cast.reader.id) == {}


def test_admin_removes_a_user_after_a_confirmation(cast: Cast) -> None:
    client = signed_in(cast.admin)
    users = f"/t/{cast.acme.customer_id}/settings/users/"
    page = client.get(users).content.decode()
    action = f"{users}{cast.reader.uid}/remove/"
    assert f'action="{action}"' in page
    assert f"Remove {cast.reader.email}" in page
    assert f"{users}{cast.admin.uid}/remove/" not in page, "nobody removes oneself by accident"
    assert client.post(action)["Location"] == users
    assert cast.reader.email.encode() not in client.get(users).content
    assert signed_in(cast.reader).get(f"/t/{cast.acme.customer_id}/").status_code == 404
    refused = client.post(f"{users}{cast.admin.uid}/remove/", follow=True)
    assert b"last IT Admin" in refused.content
    assert client.post(action).status_code == 404


def test_without_mail_server_a_first_password_is_needed(cast: Cast) -> None:
    given = {"email": "new@acme.example", "role": "REPORT_ADMIN", "password": ""}
    users = f"/t/{cast.acme.customer_id}/settings/users/"
    answer = signed_in(cast.admin).post(users + "add/", given)
    assert answer.status_code == 422
    assert b"No mail server" in answer.content


def test_settings_show_the_customer_id_and_are_saved(cast: Cast) -> None:
    client = signed_in(cast.admin)
    address = f"/t/{cast.acme.customer_id}/settings/"
    assert f'data-copy="{cast.acme.customer_id}"' in client.get(address).content.decode()
    given = {"name": "Acme", "time_zone": "Europe/Paris", "language": "fr", "expiring_days": "60"}
    given["archive_days"] = "45"
    assert client.post(address, given).status_code == 302
    assert b'value="60"' in client.get(address).content
    assert client.post(address, {**given, "expiring_days": "0"}).status_code == 422


class TestTwoAtOnce:
    """Two who have the same page open do not undo each other."""

    @pytest.fixture
    def admin(self, cast: Cast) -> Client:
        return signed_in(cast.admin)

    @pytest.fixture
    def here(self, cast: Cast) -> str:
        return f"/t/{cast.acme.customer_id}/settings/"

    def opened(self, admin: Client, here: str) -> dict[str, str]:
        """What the form of the page sends when nothing is changed in it."""
        return form_of(admin.get(here).content.decode())

    def test_what_nobody_changed_is_left_as_others_have_set_it(
        self, cast: Cast, admin: Client, here: str
    ) -> None:
        mine, other = self.opened(admin, here), self.opened(admin, here)
        other.pop("has_scheduled_runs")
        other |= {"expiring_days": "90", "reminder_days": "60,14", "name": "Acme SA"}
        assert admin.post(here, other).status_code == 302
        assert admin.post(here, mine | {"time_zone": "Europe/Paris"}).status_code == 302
        tenant = get_tenant_by_id(cast.acme.id)
        assert tenant.name == "Acme SA"
        assert asdict(tenant.settings) == asdict(cast.acme.settings) | {
            "time_zone": "Europe/Paris",
            "expiring_days": 90,
            "reminder_days": (60, 14),
            "has_scheduled_runs": False,
        }

    def test_what_both_changed_is_told_and_can_be_saved_again(
        self, cast: Cast, admin: Client, here: str
    ) -> None:
        mine = self.opened(admin, here) | {"archive_days": "30", "reminder_days": "5"}
        other = self.opened(admin, here) | {"archive_days": "45", "reminder_days": ""}
        admin.post(here, other | {"expiring_days": "90"})
        late = admin.post(here, mine)
        assert late.status_code == 409
        told = text_of(late)
        assert "Somebody else changed the same settings after you opened them." in told
        assert "Meanwhile it was set to: After 45 days" in told
        assert "Meanwhile it was set to: none" in told
        assert get_tenant_by_id(cast.acme.id).settings.archive_days == 45
        again = form_of(late.content.decode())
        assert (again["archive_days"], again["reminder_days"]) == ("30", "5")
        assert (again["expiring_days"], again["seen-archive_days"]) == ("90", "45")
        assert admin.post(here, again).status_code == 302
        kept = get_tenant_by_id(cast.acme.id).settings
        assert (kept.archive_days, kept.reminder_days, kept.expiring_days) == (30, (5,), 90)

    def test_a_refused_form_still_knows_what_it_was_opened_with(
        self, cast: Cast, admin: Client, here: str
    ) -> None:
        mine = self.opened(admin, here) | {"expiring_days": "0", "name": "Acme SA"}
        admin.post(here, self.opened(admin, here) | {"language": "fr"})
        refused = admin.post(here, mine)
        assert refused.status_code == 422
        again = form_of(refused.content.decode())
        assert admin.post(here, again | {"expiring_days": "90"}).status_code == 302
        tenant = get_tenant_by_id(cast.acme.id)
        assert (tenant.name, tenant.settings.language) == ("Acme SA", "fr")
        twice = admin.post(here, {**self.opened(admin, here), "reminder_days": "7, 7"})
        assert twice.status_code == 422

    def test_a_role_does_not_enable_who_was_disabled_meanwhile(
        self, cast: Cast, admin: Client, here: str
    ) -> None:
        user = f"{here}users/{cast.reader.uid}/"
        was = {"was": "REPORT_ADMIN"}
        page = admin.get(f"{here}users/").content.decode()
        assert '<input type="hidden" name="was" value="REPORT_ADMIN">' in page
        admin.post(user, was | {"role": "REPORT_ADMIN", "is_active": "0"})
        admin.post(user, was | {"role": "DEVICE_ADMIN"})
        assert roles_of_user(cast.reader.id) == {}
        admin.post(user, was | {"role": "REPORT_ADMIN", "is_active": "1"})
        assert roles_of_user(cast.reader.id) == {cast.acme.id: "DEVICE_ADMIN"}


def test_token_is_shown_once_and_works(cast: Cast) -> None:
    client = signed_in(cast.reader)
    address = f"/t/{cast.acme.customer_id}/settings/tokens/"
    page = client.post(address, {"name": "Nightly", "days": "30"}).content.decode()
    token = next(word for word in page.replace('"', " ").split() if word.startswith("fwt_"))
    token = token.split("<")[0]
    assert token not in client.get(address).content.decode()
    api = Client(headers={"host": "localhost", "authorization": f"Bearer {token}"})
    answer = api.get("/api/v1/tenant")
    assert answer.json()["customer_id"] == cast.acme.customer_id
    assert api.get("/api/v1/audit").status_code == 200
    assert Client(headers={"host": "localhost"}).get("/api/v1/tenant").status_code == 401


def test_reading_the_notifications_of_one_tenant_leaves_those_of_another() -> None:
    first, second = make_tenant("First"), make_tenant("Second")
    user = make_user(roles={first.id: Role.IT_ADMIN, second.id: Role.IT_ADMIN})
    for tenant in (first, second):
        with tenant_scope([tenant.id]):
            post(
                tenant=tenant.id,
                users=[user.id],
                kind=Kind.CONNECTION_REFUSED,
                key="once",
                params={"provider": "Dell"},
                now=NOW,
            )
    client = signed_in(user)
    client.post(f"/t/{first.customer_id}/notifications/read/")
    assert b"is-unread" not in client.get(f"/t/{first.customer_id}/notifications/").content
    assert b"is-unread" in client.get(f"/t/{second.customer_id}/notifications/").content


def test_notifications_are_read(cast: Cast) -> None:
    with tenant_scope([cast.acme.id]):
        for _ in range(2):
            post(
                tenant=cast.acme.id,
                users=[cast.admin.id],
                kind=Kind.CONNECTION_REFUSED,
                key="once",
                params={"provider": "Dell"},
                now=NOW,
            )
    client = signed_in(cast.admin)
    address = f"/t/{cast.acme.customer_id}/notifications/"
    assert client.get(address).content.count(b"Dell refused the credentials") == 1
    client.post(address + "read/")
    assert b"is-unread" not in client.get(address).content
    assert (
        b"Dell"
        not in signed_in(cast.outsider).get(f"/t/{cast.other.customer_id}/notifications/").content
    )


def test_language_is_chosen_and_kept(cast: Cast) -> None:
    client = signed_in(cast.admin)
    client.post("/language/", {"language": "fr", "next": "https://elsewhere.example/"})
    cast.admin.refresh_from_db()
    assert cast.admin.language == "fr"
    assert client.get("/profile/")["Content-Language"] == "fr"


def test_t1_foreign_and_unknown_tenants_look_the_same(cast: Cast) -> None:
    client = signed_in(cast.outsider)
    foreign = client.get(f"/t/{cast.acme.customer_id}/logs/")
    unknown = client.get("/t/0000000000/logs/")
    assert foreign.status_code == unknown.status_code == 404
    # The token of the form and the address itself differ, and nothing else may.
    differing = rb"[A-Za-z0-9]{64}|0000000000|" + cast.acme.customer_id.encode()
    bodies = [re.sub(differing, b"", r.content) for r in (foreign, unknown)]
    assert bodies[0] == bodies[1]


def test_secrets_and_rights_need_a_password_given_lately(cast: Cast) -> None:
    """hardening, signing in: what an unattended or stolen session cannot do."""
    cache.clear()
    client = signed_in(cast.admin)
    here = f"/t/{cast.acme.customer_id}/settings/"
    users = {"email": "new@acme.example", "role": "IT_ADMIN", "password": PASSWORD}
    secret = {"dell-client_id": "l7abc", "dell-client_secret": "a-secret"}
    sent = (
        (f"{here}users/", "add/", users),
        (f"{here}users/", f"{cast.reader.uid}/", {"role": "IT_ADMIN", "is_active": "1"}),
        (f"{here}tokens/", "", {"name": "x", "days": "30"}),
        (f"{here}external-services/", "dell/", secret),
    )
    session = client.session
    session[step_up.KEY] -= 15 * 60 + 1
    session.save()
    for page, action, given in sent:
        answer = client.post(page + action, given)
        assert answer["Location"] == f"/account/reauthenticate/?{urlencode({'next': page})}"
        assert client.get(page).status_code == 200
    assert roles_of_user(cast.reader.id)[cast.acme.id] == Role.REPORT_ADMIN

    confirm = f"/account/reauthenticate/?next={here}users/"
    assert client.post(confirm, {"password": "wrong"}).status_code == 200
    assert client.post(sent[0][0] + "add/", users)["Location"].startswith("/account/")
    assert client.post(confirm, {"password": PASSWORD})["Location"] == f"{here}users/"
    assert client.post(sent[0][0] + "add/", users)["Location"] == f"{here}users/"
    cache.clear()


def test_back_after_sign_out_shows_nothing(cast: Cast) -> None:
    page = signed_in(cast.admin).get(f"/t/{cast.acme.customer_id}/settings/")
    assert page["Cache-Control"] == "private, no-store"
