"""Signing in by a tenant's identity provider, which is a real one: npm's oidc-provider."""

from __future__ import annotations

from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from django.test import Client

from fleetward.audit.contracts import Verb
from fleetward.audit.queries import list_entries
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import system_actor
from fleetward.kernel.clock import utc_now
from fleetward.tenancy.actions import change_member, remove_member
from fleetward.tenancy.contracts import LastAdmin, Role
from fleetward.tenancy.models import LinkedIdentity, SignOnProvider, Tenant
from fleetward.tenancy.sign_on.actions import (
    allow_passwords,
    refuse_passwords,
    save_provider,
    switch_provider,
)
from fleetward.tenancy.sign_on.contracts import (
    BadProvider,
    ComeByProvider,
    PasswordsRefused,
    ProviderInput,
)
from fleetward.web import sign_on, step_up
from tests.cast import PASSWORD, Cast, actor_of, make_tenant, make_user
from tests.objects import invite
from tests.oidc.running import CLIENT, SECRET, RealProvider
from tests.web.account.organisation import (
    CALLBACK,
    HERE,
    SECURITY,
    came_by,
    link,
    set_up,
    there_and_back,
)
from tests.web.reading import browser, signed_in, text_of

pytestmark = pytest.mark.django_db


def verbs(cast: Cast) -> set[str]:
    page = list_entries(actor=actor_of(cast.admin), tenant=cast.acme.id)
    return {row.verb for row in page.rows}


def test_a_member_links_an_account_and_signs_in_with_it(cast: Cast, provider: RealProvider) -> None:
    set_up(cast.acme, provider)
    link(cast.reader, cast.acme, provider, "ada")
    client, way = browser(), f"{HERE}{cast.acme.customer_id}/start/?next=/profile/"
    asked = parse_qs(urlsplit(client.get(way)["Location"]).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert len(asked["nonce"][0]) > 40
    assert there_and_back(client, provider, way, "ada") == "/profile/"
    assert client.session["_auth_user_id"] == str(cast.reader.pk)
    assert client.get(f"/t/{cast.acme.customer_id}/devices/").status_code == 200
    assert {Verb.SIGN_ON_SAVED, Verb.SIGN_ON_ENABLED, Verb.IDENTITY_LINKED} <= verbs(cast)


def test_whoever_is_not_linked_is_nobody_whatever_the_address(
    cast: Cast, provider: RealProvider
) -> None:
    """An e-mail address alone never links an account (hardening)."""
    set_up(cast.acme, provider)
    client = browser()
    way = f"{HERE}{cast.acme.customer_id}/start/"
    assert there_and_back(client, provider, way, cast.reader.email) == "/account/login/"
    assert "linked to no user of this tenant" in text_of(client.get("/account/login/"))
    assert "_auth_user_id" not in client.session


def test_such_a_session_reaches_that_tenant_and_no_other(
    cast: Cast, provider: RealProvider
) -> None:
    second = make_tenant("Second")
    user = make_user(roles={cast.acme.id: Role.IT_ADMIN, second.id: Role.IT_ADMIN})
    set_up(cast.acme, provider)
    link(user, cast.acme, provider, "both")
    client = came_by(provider, cast.acme, "both")
    assert client.get(f"/t/{cast.acme.customer_id}/").status_code == 200
    assert client.get(f"/t/{second.customer_id}/").status_code == 404
    assert signed_in(user).get(f"/t/{second.customer_id}/").status_code == 200
    asked = client.get(f"{SECURITY}app/")["Location"]
    assert asked.startswith("/account/reauthenticate/")
    assert "Confirm at 127.0.0.1" not in text_of(client.get(asked)), "it says nothing of one's own"
    assert client.post(asked, {"password": PASSWORD})["Location"] == f"{SECURITY}app/"
    assert client.get(f"{SECURITY}app/").status_code == 200


def test_it_ends_with_the_link_the_provider_and_the_membership(
    cast: Cast, provider: RealProvider
) -> None:
    set_up(cast.acme, provider)
    link(cast.reader, cast.acme, provider, "ada")
    here, operator = f"/t/{cast.acme.customer_id}/", system_actor("Tests", cast.acme.id)
    client = came_by(provider, cast.acme, "ada")
    switch_provider(actor=operator, tenant=cast.acme.id, is_enabled=False)
    assert client.get(here).status_code == 404
    switch_provider(actor=operator, tenant=cast.acme.id, is_enabled=True)
    assert client.get(here).status_code == 200, "the control"
    signed_in(cast.reader).post(f"{HERE}{cast.acme.customer_id}/unlink/")
    assert client.get(here).status_code == 404
    assert Verb.IDENTITY_UNLINKED in verbs(cast)
    link(cast.reader, cast.acme, provider, "ada")
    remove_member(actor=operator, tenant=cast.acme.id, uid=str(cast.reader.uid), now=utc_now())
    with tenant_scope([cast.acme.id]):
        assert not LinkedIdentity.objects.exists()


def test_an_account_there_belongs_to_one_user_here(cast: Cast, provider: RealProvider) -> None:
    set_up(cast.acme, provider)
    link(cast.reader, cast.acme, provider, "ada")
    client = signed_in(cast.admin)
    there_and_back(client, provider, f"{HERE}{cast.acme.customer_id}/link/", "ada")
    assert "belongs to another user" in text_of(client.get(SECURITY))
    with tenant_scope([cast.acme.id]):
        assert LinkedIdentity.objects.get().user_id == cast.reader.pk


class TestForged:
    """Answers that were not asked for, not here, not now, or not by this provider."""

    @pytest.fixture
    def back(self, cast: Cast, provider: RealProvider) -> tuple[Client, dict[str, str]]:
        set_up(cast.acme, provider)
        link(cast.reader, cast.acme, provider, "ada")
        client = browser()
        question = client.get(f"{HERE}{cast.acme.customer_id}/start/")["Location"]
        query = parse_qs(urlsplit(provider.sign_in(question, "ada")).query)
        return client, {name: values[0] for name, values in query.items()}

    def is_in(self, client: Client, given: dict[str, str]) -> bool:
        client.get(f"{CALLBACK}?{urlencode(given)}")
        return "_auth_user_id" in client.session

    def test_the_control(self, back: tuple[Client, dict[str, str]]) -> None:
        client, given = back
        assert self.is_in(client, given)

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("state", "another"),
            ("state", ""),
            ("iss", "https://elsewhere.example"),
            ("code", "another"),
            ("code", ""),
        ],
    )
    def test_what_is_not_the_answer(
        self, back: tuple[Client, dict[str, str]], name: str, value: str
    ) -> None:
        client, given = back
        assert not self.is_in(client, {**given, name: value})
        assert not self.is_in(client, given), "the question was asked once"

    def test_another_browser(self, back: tuple[Client, dict[str, str]]) -> None:
        assert not self.is_in(browser(), back[1])

    def test_it_serves_once(self, back: tuple[Client, dict[str, str]]) -> None:
        client, given = back
        assert self.is_in(client, given)
        client.post("/account/logout/")
        assert not self.is_in(client, given)

    def test_it_comes_too_late(
        self, back: tuple[Client, dict[str, str]], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("fleetward.tenancy.sign_on.rules.VALID_SECONDS", -1)
        assert not self.is_in(*back)

    def test_one_address_answers_so_often(
        self, back: tuple[Client, dict[str, str]], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Each answer makes a web worker wait for the provider."""
        monkeypatch.setattr(sign_on, "ANSWERS_A_MINUTE", 0)
        assert not self.is_in(*back)

    def test_the_verifier_is_another(
        self, back: tuple[Client, dict[str, str]], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """PKCE: the provider itself refuses."""
        client, given = back
        monkeypatch.setattr(
            "fleetward.web.pages.organisation.remembered",
            lambda request: {**sign_on.remembered(request), "verifier": "x" * 64},
        )
        assert not self.is_in(client, given)

    def test_the_nonce_is_another(
        self, back: tuple[Client, dict[str, str]], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        client, given = back
        monkeypatch.setattr(
            "fleetward.web.pages.organisation.remembered",
            lambda request: {**sign_on.remembered(request), "nonce": "another"},
        )
        assert not self.is_in(client, given)
        assert "nonce" in text_of(client.get("/account/login/"))

    def test_nobody_is_led_elsewhere(self, cast: Cast, provider: RealProvider) -> None:
        set_up(cast.acme, provider)
        link(cast.reader, cast.acme, provider, "ada")
        way = f"{HERE}{cast.acme.customer_id}/start/?next=https://elsewhere.example/"
        assert there_and_back(browser(), provider, way, "ada") == "/"


def test_confirming_at_the_provider(cast: Cast, provider: RealProvider) -> None:
    set_up(cast.acme, provider)
    link(cast.admin, cast.acme, provider, "root")
    client = came_by(provider, cast.acme, "root")
    session = client.session
    session[step_up.KEY] -= 15 * 60 + 1
    session.save()
    tokens = f"/t/{cast.acme.customer_id}/settings/tokens/"
    asked = client.post(tokens, {"name": "x", "days": "30"})["Location"]
    assert "Confirm at 127.0.0.1" in text_of(client.get(asked))
    way = f"{HERE}{cast.acme.customer_id}/confirm/?next={tokens}"
    question = client.get(way)["Location"]
    assert "prompt=login&max_age=0" in question
    assert there_and_back(client, provider, way, "root") == tokens
    assert client.post(tokens, {"name": "x", "days": "30"}).status_code == 200


def test_an_invited_user_accepts_by_the_provider(cast: Cast, provider: RealProvider) -> None:
    set_up(cast.acme, provider)
    token = invite(cast.acme, cast.outsider)
    page = f"/invitations/{token}/"
    assert "Accept and sign in at 127.0.0.1" in text_of(browser().get(page))
    client = browser()
    assert there_and_back(client, provider, f"{HERE}join/{token}/", "guest") == "/"
    assert client.session["_auth_user_id"] == str(cast.outsider.pk)
    assert client.get(f"/t/{cast.acme.customer_id}/").status_code == 200
    assert client.get(f"/t/{cast.other.customer_id}/").status_code == 404, "of which it knows not"
    assert browser().get(page)["Location"].startswith("/account/login/")
    assert browser().get(f"{HERE}join/{token}/")["Location"] == page


class TestOnlyWay:
    """Passwords refused: nobody comes in by one, and nobody is locked out."""

    def test_it_takes_somebody_who_came_by_the_provider(
        self, cast: Cast, provider: RealProvider
    ) -> None:
        set_up(cast.acme, provider)
        here = f"/t/{cast.acme.customer_id}/"
        change = f"{here}settings/sign-in/change/"
        with_password = signed_in(cast.admin)
        with_password.post(change, {"action": "refuse"})
        assert Tenant.objects.get(id=cast.acme.id).allows_passwords
        link(cast.admin, cast.acme, provider, "root")
        came_by(provider, cast.acme, "root").post(change, {"action": "refuse"})
        assert not Tenant.objects.get(id=cast.acme.id).allows_passwords
        led = with_password.get(here)["Location"]
        assert led.startswith(f"{HERE}?customer_id={cast.acme.customer_id}")
        assert "lets in by its identity provider only" in text_of(with_password.get(led))
        client = came_by(provider, cast.acme, "root")
        assert client.get(here).status_code == 200
        for refused in ("disable", "remove"):
            client.post(change, {"action": refused})
        with tenant_scope([cast.acme.id]):
            assert SignOnProvider.objects.get().is_enabled
        client.post(change, {"action": "allow"})
        assert with_password.get(here).status_code == 200

    def test_the_last_admin_who_can_come_in_stays(self, cast: Cast, provider: RealProvider) -> None:
        second = make_user("second@acme.example", {cast.acme.id: Role.IT_ADMIN})
        set_up(cast.acme, provider)
        link(cast.admin, cast.acme, provider, "root")
        actor, tenant = actor_of(cast.admin), cast.acme.id
        refuse_passwords(actor=actor, tenant=tenant, came_by=tenant)
        by_hand = actor_of(second)
        with pytest.raises(LastAdmin):
            change_member(
                actor=by_hand,
                tenant=tenant,
                uid=str(cast.admin.uid),
                role=Role.REPORT_ADMIN,
                now=utc_now(),
            )
        with pytest.raises(LastAdmin):
            remove_member(actor=by_hand, tenant=tenant, uid=str(cast.admin.uid), now=utc_now())
        client = signed_in(cast.admin)
        client.post(f"{HERE}{cast.acme.customer_id}/unlink/")
        with tenant_scope([tenant]):
            assert LinkedIdentity.objects.get().user_id == cast.admin.pk

    def test_the_operator_opens_the_door_again(self, cast: Cast, provider: RealProvider) -> None:
        set_up(cast.acme, provider)
        link(cast.admin, cast.acme, provider, "root")
        tenant, operator = cast.acme.id, system_actor("Command line", cast.acme.id)
        with pytest.raises(ComeByProvider):
            refuse_passwords(actor=actor_of(cast.admin), tenant=tenant, came_by=None)
        refuse_passwords(actor=actor_of(cast.admin), tenant=tenant, came_by=tenant)
        with pytest.raises(PasswordsRefused):
            set_up(cast.acme, provider)
        allow_passwords(actor=operator, tenant=tenant)
        set_up(cast.acme, provider)
        assert {Verb.PASSWORDS_REFUSED, Verb.PASSWORDS_ALLOWED} <= verbs(cast)


class TestSettingUp:
    @pytest.fixture
    def page(self, cast: Cast) -> str:
        return f"/t/{cast.acme.customer_id}/settings/sign-in/"

    def test_in_the_browser(self, cast: Cast, provider: RealProvider, page: str) -> None:
        client = signed_in(cast.admin)
        assert f"http://127.0.0.1:8000{CALLBACK}" in text_of(client.get(page))
        given = {"issuer": provider.issuer, "client_id": CLIENT, "secret": "canary-11"}
        assert client.post(page, given).status_code == 302
        shown = client.get(page).content.decode()
        assert "canary-11" not in shown
        with tenant_scope([cast.acme.id]):
            assert "canary-11" not in SignOnProvider.objects.get().sealed_secret
        assert client.post(page, {**given, "secret": ""}).status_code == 302, "it is kept"
        for action in ("test", "enable", "test", "disable", "remove", "nonsense"):
            client.post(f"{page}change/", {"action": action})
        with tenant_scope([cast.acme.id]):
            assert not SignOnProvider.objects.exists()

    @pytest.mark.parametrize(
        "issuer",
        ["http://192.168.0.1", "https://10.0.0.1/", "http://idp.example", "http://127.0.0.1:1"],
    )
    def test_what_may_not_be_called_is_not(self, cast: Cast, page: str, issuer: str) -> None:
        given = {"issuer": issuer, "client_id": CLIENT, "secret": SECRET}
        answer = signed_in(cast.admin).post(page, given)
        assert answer.status_code == 422
        assert "This provider cannot be used" in text_of(answer)

    def test_a_document_of_another_issuer_is_refused(
        self, cast: Cast, provider: RealProvider
    ) -> None:
        given = ProviderInput(f"{provider.issuer}/", CLIENT, SECRET)
        with pytest.raises(BadProvider):
            save_provider(
                actor=actor_of(cast.admin), tenant=cast.acme.id, given=given, now=utc_now()
            )

    def test_a_new_one_needs_its_secret(self, cast: Cast, provider: RealProvider) -> None:
        given = ProviderInput(provider.issuer, CLIENT)
        actor, tenant = actor_of(cast.admin), cast.acme.id
        with pytest.raises(BadProvider, match="client secret"):
            save_provider(actor=actor, tenant=tenant, given=given, now=utc_now())
        with tenant_scope([tenant]):
            assert not SignOnProvider.objects.exists()

    def test_another_issuer_ends_all_links(self, cast: Cast, provider: RealProvider) -> None:
        set_up(cast.acme, provider)
        link(cast.reader, cast.acme, provider, "ada")
        with tenant_scope([cast.acme.id]):
            SignOnProvider.objects.update(issuer="https://before.example")
            LinkedIdentity.objects.update(issuer="https://before.example")
        set_up(cast.acme, provider)
        with tenant_scope([cast.acme.id]):
            assert not LinkedIdentity.objects.exists()

    def test_unknown_tenants_and_those_without_are_alike(self, cast: Cast) -> None:
        for customer_id in (cast.acme.customer_id, "0000000000"):
            answer = browser().get(f"{HERE}?customer_id={customer_id}")
            assert "No tenant with this Customer ID signs in this way" in text_of(answer)
            led = browser().get(f"{HERE}{customer_id}/start/")["Location"]
            assert led == f"{HERE}?customer_id={customer_id}"
