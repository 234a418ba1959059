"""T2, T4: a partner chooses plan and sign-in method of a customer, as its certifications allow."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fleetward.devices.queries.pure import country_names
from fleetward.tenancy.actions import create_customer
from fleetward.tenancy.contracts import RelationState
from fleetward.tenancy.licences.actions import change_plan
from fleetward.tenancy.licences.contracts import PlanNotOffered, PlanRow
from fleetward.tenancy.licences.queries import plans_offered_by
from fleetward.tenancy.models import Relation
from fleetward.tenancy.queries import get_tenant_by_id
from tests.cast import NOW, actor_of
from tests.db.partners.programmes import FIRST, SECOND, make_programmes
from tests.db.tenancy.test_customers import GIVEN
from tests.web.reading import signed_in, text_of

pytestmark = pytest.mark.django_db
STEP = {"name": "Hooli", "region": "EU", "step": "admin", "country": "FR", "sign_in": "PROVIDER"}
WHO = {"first_name": "Gavin", "last_name": "Belson", "email": "gavin@hooli.example"}


def offered(partner: int) -> list[str]:
    return [plan.code for plan in plans_offered_by(partner)]


def test_t4_plans_follow_the_certifications_and_are_refused_otherwise() -> None:
    of = make_programmes()
    partner, admin = of.partner.id, actor_of(of.admin)
    assert offered(partner) == ["STANDARD"]
    given = replace(GIVEN, plan="PREMIUM_PLUS")
    with pytest.raises(PlanNotOffered):
        create_customer(actor=admin, partner=partner, customer=given, now=NOW)
    of.record(
        (of.specialist.email, FIRST, "2026-01-01"), (of.specialist.email, SECOND, "2026-01-02")
    )
    assert offered(partner) == ["STANDARD", "PREMIUM", "PREMIUM_PLUS"]
    made, _ = create_customer(actor=admin, partner=partner, customer=given, now=NOW)
    assert get_tenant_by_id(made.id).plan == "PREMIUM_PLUS"
    gone = PlanRow("PREMIUM_PLUS", "Premium+", 30, ("SERVICE",), is_offered=False)
    change_plan(actor=actor_of(of.operator), vendor=of.vendor.id, plan=gone, now=NOW)
    assert offered(partner) == ["STANDARD", "PREMIUM"]


def test_t2_who_is_to_sign_in_by_an_own_provider_is_led_there_on_accepting() -> None:
    of = make_programmes()
    client = signed_in(of.admin)
    here = f"/t/{of.partner.customer_id}/customers/new/"
    page = text_of(client.post(here, {**STEP, "step": "company"}))
    assert "Standard" in page
    assert "Premium" not in page
    assert client.post(here, {**STEP, **WHO, "plan": "PREMIUM"}).status_code == 422
    assert client.post(here, {**STEP, **WHO, "plan": "STANDARD"}).status_code == 302
    relation = Relation.objects.select_related("customer").get()
    assert relation.asks_for_sign_on
    (member,) = relation.customer.membership_set.select_related("user")
    place = f"/t/{relation.customer.customer_id}/settings"
    answer = signed_in(member.user).post(f"{place}/partner/answer/", {"answer": "accept"})
    assert answer["Location"] == f"{place}/sign-in/"
    assert Relation.objects.get().state == RelationState.ACCEPTED


def test_countries_have_their_names_in_both_languages() -> None:
    english, french = country_names("en"), country_names("fr-ca")
    assert (english["DE"], french["DE"]) == ("Germany", "Allemagne")
    assert (english["AF"], french["AF"], french["CI"]) == (
        "Afghanistan",
        "Afghanistan",
        "Côte d'Ivoire",
    )
