"""Companies that sign themselves up: nothing before the proof, one tenant for a link (T13)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from fleetward.audit.models import Entry
from fleetward.identity.contracts import WeakPassword
from fleetward.identity.models import User
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import Actor, ActorKind
from fleetward.kernel.clock import utc_now
from fleetward.kernel.errors import DomainError, Forbidden, NotFound
from fleetward.tenancy.contracts import BadCompany, BadSetting, Company, Region, Role, TenantRow
from fleetward.tenancy.jobs import forget_asked
from fleetward.tenancy.models import AcceptedTerms, Membership, SignUp, Tenant
from fleetward.tenancy.queries import find_company
from fleetward.tenancy.signing_up.actions import (
    ask_sign_up,
    change_door,
    forget_sign_ups,
    making,
    prove_by_mail,
    sign_up,
)
from fleetward.tenancy.signing_up.contracts import (
    AddressKnown,
    Door,
    SignedUp,
    SignUpClosed,
    SignUpInput,
    SignUpOver,
    TermsOvertaken,
)
from fleetward.tenancy.signing_up.queries import get_door, get_offer
from tests.cast import NOW, Cast, actor_of, make_user, make_vendor
from tests.plugins.database import FreshDatabase
from tests.races import at_once

DOOR = Door(True, "2026-11", "https://example.org/terms", "Be fair.")
PASSWORD = "a long one of theirs"
TOLD = SignUpInput(
    "Initech",
    Company("12 rue des Alpes", "Annecy", "74000", "fr", ""),
    Region.US,
    "Peter Gibbons",
    "Peter@Initech.example",
    "fr",
    "2026-11",
)
NEWCOMER = Actor(ActorKind.SYSTEM, "Sign-up")


def open_door() -> tuple[TenantRow, User]:
    vendor, operator = make_vendor()
    change_door(actor=actor_of(operator), tenant=vendor.id, door=DOOR, now=NOW)
    return vendor, operator


def ask(**changes: object) -> str:
    """The token of the mail."""
    asked = ask_sign_up(told=replace(TOLD, **changes), now=NOW)  # type: ignore[arg-type]
    mail = prove_by_mail(sign_up=asked, now=NOW)
    assert mail is not None
    return mail.token


def finish(token: str, password: str = PASSWORD, *, later: timedelta = timedelta()) -> SignedUp:
    return sign_up(actor=NEWCOMER, token=token, password=password, now=NOW + later)


def verbs(tenant: int) -> list[str]:
    with tenant_scope([tenant]):
        return list(
            Entry.objects.filter(tenant_id=tenant).order_by("id").values_list("verb", flat=True)
        )


@pytest.mark.django_db
def test_t13_a_company_signs_itself_up() -> None:
    assert get_door() == Door(), "closed before there is an operator"
    vendor, _ = open_door()
    tenants, token = Tenant.objects.count(), ask()
    assert Tenant.objects.count() == tenants, "nothing is made before the proof"
    assert not User.objects.filter(email="peter@initech.example").exists()
    assert get_offer(token=token, now=NOW).email == "peter@initech.example"
    with pytest.raises(WeakPassword):
        finish(token, "short")
    made = finish(token)
    assert (made.tenant.name, made.tenant.region, made.tenant.settings.language) == (
        "Initech",
        Region.US,
        "fr",
    )
    assert find_company(made.tenant.id).country == "FR"
    user = User.objects.get(id=made.user_id)
    assert user.check_password(PASSWORD)
    assert not user.must_change_password
    assert Membership.objects.get(tenant_id=made.tenant.id).role == Role.IT_ADMIN
    with tenant_scope([made.tenant.id]):
        [accepted] = AcceptedTerms.objects.values_list("user_id", "version", "accepted_at")
    assert accepted == (user.id, "2026-11", NOW)
    assert verbs(made.tenant.id) == ["tenant.created", "user.added", "tenant.signed_up"]
    assert verbs(vendor.id)[-1] == "tenant.signed_up"
    with pytest.raises(SignUpOver):
        finish(token)
    with pytest.raises(SignUpOver):
        get_offer(token=token, now=NOW)
    assert not SignUp.objects.exists(), "nothing that was told is kept beside the tenant"


@pytest.mark.django_db
def test_t13_what_is_refused(cast: Cast) -> None:
    vendor, operator = open_door()
    for changes, error in (
        ({"terms_version": "2025-01"}, TermsOvertaken),
        ({"company_name": " "}, BadCompany),
        ({"name": ""}, BadCompany),
        ({"company": Company(country="FRA")}, BadCompany),
    ):
        with pytest.raises(error):
            ask(**changes)
    token, day = ask(), timedelta(hours=24)
    for wrong, later in ((token, day), ("nobody-sent-this", timedelta())):
        with pytest.raises(SignUpOver):
            finish(wrong, later=later)
    change_door(
        actor=actor_of(operator), tenant=vendor.id, door=replace(DOOR, is_open=False), now=NOW
    )
    with pytest.raises(SignUpClosed):
        finish(token)
    with pytest.raises(SignUpClosed):
        ask()
    assert forget_sign_ups(now=NOW) == 0
    forget_asked()
    assert not SignUp.objects.filter(expires_at__lte=utc_now()).exists()


@pytest.mark.django_db
def test_t13_an_address_that_is_known_gets_another_mail_and_no_tenant(cast: Cast) -> None:
    open_door()
    asked = ask_sign_up(told=replace(TOLD, email=cast.admin.email.upper()), now=NOW)
    mail = prove_by_mail(sign_up=asked, now=NOW)
    assert mail is not None
    assert (mail.email, mail.token) == (cast.admin.email, "")
    token, tenants = ask(), Tenant.objects.count()
    make_user("peter@initech.example", {cast.other.id: Role.REPORT_ADMIN})
    with pytest.raises(AddressKnown):
        finish(token)
    assert Tenant.objects.count() == tenants
    for _ in range(4):
        ask(email="box@initech.example")
    last = ask(email="box@initech.example")
    assert last, "the fifth of a day"
    sixth = ask_sign_up(told=replace(TOLD, email="box@initech.example"), now=NOW)
    assert prove_by_mail(sign_up=sixth, now=NOW) is None
    assert prove_by_mail(sign_up=sixth, now=NOW + timedelta(hours=24)) is None


@pytest.mark.django_db
def test_the_door_is_the_operators(cast: Cast) -> None:
    vendor, operator = open_door()
    actor = actor_of(operator)
    assert get_door() == DOOR
    assert not change_door(actor=actor, tenant=vendor.id, door=DOOR, now=NOW)
    with pytest.raises(BadSetting):
        change_door(actor=actor, tenant=vendor.id, door=Door(is_open=True), now=NOW)
    for tenant, error in ((cast.acme.id, Forbidden), (vendor.id, NotFound)):
        with pytest.raises(error):
            change_door(actor=actor_of(cast.admin), tenant=tenant, door=DOOR, now=NOW)
    change_door(actor=actor, tenant=vendor.id, door=replace(DOOR, terms_version="2"), now=NOW)
    with tenant_scope([vendor.id]):
        first, second = Entry.objects.filter(verb="sign_up.changed").order_by("id")
    assert first.details["terms_text"] == {"before": 0, "after": 8}
    assert second.details == {"terms_version": {"before": "2026-11", "after": "2"}}


def both_finish() -> list[str]:
    """What whoever opens a link at the same time as another one is told."""
    open_door()
    token, tenants, told = ask(), Tenant.objects.count(), list[str]()

    def other() -> None:
        try:
            finish(token)
        except DomainError as error:
            told.append(error.code)

    at_once([], lambda: finish(token), other)
    assert Tenant.objects.count() == tenants + 1
    return told


def test_of_two_who_open_one_link_at_once_one_makes_a_tenant(fresh_database: FreshDatabase) -> None:
    assert both_finish() == ["sign_up_over"]


def test_control_without_the_lock_the_other_comes_further(
    fresh_database: FreshDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As far as the account, of which there is one for an address."""
    monkeypatch.setattr(making, "_locked", SignUp.objects.all)
    assert both_finish() == ["sign_up_address_known"]
