"""What a session reaches by the way it came: a password, or the word of a tenant's provider."""

from __future__ import annotations

import json
import time
from http import HTTPStatus

import pytest
from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.test import Client
from django.urls import reverse

from fleetward.identity.contracts import Newcomer
from fleetward.identity.models import Passkey, User
from fleetward.infra.brief_seals import seal_briefly
from fleetward.kernel.clock import utc_now
from fleetward.tenancy.actions import add_member
from fleetward.tenancy.contracts import Role, TenantRow
from fleetward.tenancy.models import Membership, Tenant
from fleetward.web import sign_on
from tests.cast import PASSWORD, Cast, actor_of, make_tenant, make_user, manage
from tests.objects import invite
from tests.oidc.running import RealProvider
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


@pytest.fixture
def partner(cast: Cast) -> TenantRow:
    """That of acme, certified: it holds devices, too."""
    made = make_tenant("Reseller", kind="PARTNER")
    manage(cast.acme, made)
    make_tenant("Reseller", kind="HOLDING", owner_id=made.id)
    make_user("boss@reseller.example", {made.id: Role.PARTNER_ADMIN})
    Membership.objects.filter(tenant_id=made.id).update(is_certified=True)
    return made


def opens(client: Client, tenant: TenantRow, page: str = "devices/") -> int:
    return client.get(f"/t/{tenant.customer_id}/{page}").status_code


def holding_of(partner: TenantRow) -> Tenant:
    return Tenant.objects.get(owner_id=partner.id)


def needs(client: Client, tenant: TenantRow | Tenant, provider_of: TenantRow) -> bool:
    """Whether a page of a tenant leads to the provider of one."""
    answer = client.get(f"/t/{tenant.customer_id}/devices/")
    led = answer.headers.get("Location", "")
    return led.startswith(f"{HERE}?customer_id={provider_of.customer_id}&")


def test_who_came_by_a_partners_provider_is_at_its_customers_for_the_partner_alone(
    cast: Cast, partner: TenantRow, provider: RealProvider
) -> None:
    """Whoever runs that provider can be any of its users, also an IT Admin of a customer."""
    set_up(partner, provider)
    Membership.objects.create(
        tenant_id=partner.id, user=cast.admin, role=Role.PARTNER_SERVICE, joined_at=utc_now()
    )
    link(cast.admin, partner, provider, "boss")
    client, users = came_by(provider, partner, "boss"), "settings/users/"
    assert opens(client, cast.acme) == HTTPStatus.OK
    assert opens(client, cast.acme, users) == HTTPStatus.FORBIDDEN
    given = {"email": "friend@evil.example", "role": "IT_ADMIN", "password": "mine for ever 77"}
    client.post(f"/t/{cast.acme.customer_id}/{users}add/", given)
    assert not User.objects.filter(email="friend@evil.example").exists()
    assert opens(client, holding_of(partner)) == HTTPStatus.OK
    assert opens(signed_in(cast.admin), cast.acme, users) == HTTPStatus.OK, "the control"


def test_provider_only_of_a_partner_holds_wherever_one_is_for_it(
    cast: Cast, partner: TenantRow, provider: RealProvider
) -> None:
    set_up(partner, provider)
    boss = User.objects.get(email="boss@reseller.example")
    link(boss, partner, provider, "boss")
    with_password = signed_in(boss)
    assert opens(with_password, cast.acme) == HTTPStatus.OK
    Tenant.objects.filter(id=partner.id).update(allows_passwords=False)
    places = (partner, cast.acme, holding_of(partner))
    assert all(needs(with_password, one, partner) for one in places)
    client = came_by(provider, partner, "boss")
    assert {opens(client, one) for one in places} == {HTTPStatus.OK}
    assert opens(signed_in(cast.admin), cast.acme) == HTTPStatus.OK, "acme asks for nothing"


def test_provider_only_of_a_customer_is_for_members_who_work_for_its_partner_as_well(
    cast: Cast, partner: TenantRow, provider: RealProvider
) -> None:
    set_up(cast.acme, provider)
    both = make_user(roles={partner.id: Role.PARTNER_SERVICE, cast.acme.id: Role.IT_ADMIN})
    link(both, cast.acme, provider, "both")
    Tenant.objects.filter(id=cast.acme.id).update(allows_passwords=False)
    client, boss = signed_in(both), User.objects.get(email="boss@reseller.example")
    assert needs(client, cast.acme, cast.acme)
    assert "Acme" in text_of(client.get(SECURITY)), "where it can be linked"
    assert opens(client, partner, "customers/") == HTTPStatus.OK
    assert actor_of(both).spans == {}, "nor do the partner's lists show what it is a member of"
    assert actor_of(boss).spans == {partner.id: (cast.acme.id,)}
    assert opens(signed_in(boss), cast.acme) == HTTPStatus.OK, "who is there for the partner alone"
    assert opens(came_by(provider, cast.acme, "both"), cast.acme) == HTTPStatus.OK


@pytest.mark.parametrize("answer", ["state=%C3%A9&code=x", "state=a&code=x"])
def test_what_answers_no_question_of_a_sign_in_is_late(cast: Cast, answer: str) -> None:
    """A state that no browser was given, and a question of signing up."""
    client = browser()
    client.get("/account/login/")
    kept = {"told": {}, "issuer": "https://x", "state": "a", "at": time.time()}
    session = client.session
    session[sign_on.QUESTION] = seal_briefly(json.dumps(kept), **sign_on.WHERE)
    session.save()
    client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
    assert client.get(f"{CALLBACK}?{answer}")["Location"] == "/account/login/"
    assert "_auth_user_id" not in client.session


def reset(user: User, password: str) -> None:
    """Choose a password by a link that only the mailbox has."""
    user.refresh_from_db()
    which = {"uidb36": user_pk_to_url_str(user), "key": default_token_generator.make_token(user)}
    client = browser()
    way = client.get(reverse("account_reset_password_from_key", kwargs=which))["Location"]
    assert client.post(way, {"password1": password, "password2": password}).status_code == 302
    user.refresh_from_db()


def by_password(user: User, password: str) -> Client:
    client = browser()
    client.post("/account/login/", {"login": user.email, "password": password})
    assert client.session["_auth_user_id"] == str(user.pk)
    return client


def test_who_made_an_account_for_somebody_is_not_let_in_where_that_one_joins_by_a_provider(
    cast: Cast, provider: RealProvider
) -> None:
    """An admin of another tenant made it beforehand, and knows its password."""
    set_up(cast.acme, provider)
    who = Newcomer("victim@acme.example", "V", PASSWORD, has_chosen_password=True)
    add_member(
        actor=actor_of(cast.outsider), tenant=cast.other.id, who=who, role=Role.REPORT_ADMIN,
        now=utc_now(),
    )  # fmt: skip
    victim = User.objects.get(email=who.email)
    old = by_password(victim, PASSWORD)
    token, joined = invite(cast.acme, victim), browser()
    there_and_back(joined, provider, f"{HERE}join/{token}/", "victim")
    assert opens(joined, cast.acme) == HTTPStatus.OK
    for client in (old, by_password(victim, PASSWORD)):
        assert opens(client, cast.acme) == HTTPStatus.NOT_FOUND
        assert "Acme" not in text_of(client.get(SECURITY)), "nor links an account of their own"
        client.post(f"{HERE}{cast.acme.customer_id}/unlink/")
        assert opens(client, cast.other) == HTTPStatus.OK, "the control"
    assert opens(joined, cast.acme) == HTTPStatus.OK
    assert opens(came_by(provider, cast.acme, "victim"), cast.acme) == HTTPStatus.OK
    # A link in the mailbox shows whose the account is, unless somebody has left a key to it.
    key = Passkey.objects.create(
        user=victim, name="k", host="x", credential_id=b"k", credential=b"k", count=0,
        created_at=utc_now(),
    )  # fmt: skip
    reset(victim, "mine and nobody elses 1")
    assert opens(signed_in(victim), cast.acme) == HTTPStatus.NOT_FOUND
    key.delete()
    reset(victim, "mine and nobody elses 2")
    assert opens(by_password(victim, "mine and nobody elses 2"), cast.acme) == HTTPStatus.OK
    assert opens(old, cast.other) == HTTPStatus.FOUND, "it has ended"


def test_a_tenants_provider_changes_nobodys_profile(cast: Cast, provider: RealProvider) -> None:
    set_up(cast.acme, provider)
    link(cast.reader, cast.acme, provider, "ada")
    client, given = came_by(provider, cast.acme, "ada"), {"name": "Mallory", "language": "fr"}
    answer = client.post("/profile/", given)
    assert answer.status_code == HTTPStatus.FORBIDDEN
    assert "sign_on_own_proof" in text_of(answer)
    client.post("/language/", {"language": "fr", "next": "/profile/"})
    assert 'lang="fr"' in client.get("/profile/").content.decode(), "of this browser"
    cast.reader.refresh_from_db()
    assert (cast.reader.name, cast.reader.language) == ("", "")
    client.post("/account/reauthenticate/", {"password": PASSWORD})
    assert client.post("/profile/", given).status_code == HTTPStatus.FOUND
    cast.reader.refresh_from_db()
    assert (cast.reader.name, cast.reader.language) == ("Mallory", "fr")
