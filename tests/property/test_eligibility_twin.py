"""`warranty_device_reason` says of every device what `rules.eligibility` says (W11)."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fleetward.devices.models import Device
from fleetward.infra import sql
from fleetward.infra.tx import tenant_scope
from fleetward.warranty.contracts import ProviderTraits, Reason
from fleetward.warranty.models import Coverage
from fleetward.warranty.queries.eligible import offers_of
from fleetward.warranty.rules import Candidate, eligibility, is_other_company, provider_for
from tests.cast import NOW, add_devices, make_tenant

pytestmark = pytest.mark.django_db

PLAIN = ProviderTraits("plain", "Plain", (), "https://vendor.example", (), max_batch=10)
TEXT = st.sampled_from(["", "X"])
candidates = st.builds(
    Candidate,
    serial=TEXT,
    product_number=TEXT,
    country=TEXT,
    is_junk=st.booleans(),
    is_virtual=st.booleans(),
    is_enrolled=st.booleans(),
)
traits = st.builds(
    replace,
    st.just(PLAIN),
    needs_product_number=st.booleans(),
    needs_country=st.booleans(),
    enrolled_only=st.booleans(),
)
FUNCTION = """
SELECT warranty_device_reason(
    %(is_virtual)s::boolean, %(serial)s, %(is_junk)s::boolean, %(product_number)s, %(country)s,
    %(is_enrolled)s::boolean, %(has_provider)s::boolean, %(is_other_company)s::boolean,
    %(needs_product_number)s::boolean, %(needs_country)s::boolean, %(enrolled_only)s::boolean
)
"""


@given(device=candidates, provider=st.none() | traits, is_other=st.booleans())
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_function_and_the_rule_agree(
    device: Candidate, provider: ProviderTraits | None, is_other: bool
) -> None:
    rule = eligibility(device, provider, has_connection=True, is_other_company=is_other)
    wishes = provider or PLAIN
    params = {name: getattr(device, name) for name in Candidate.__slots__} | {
        "has_provider": provider is not None,
        "is_other_company": is_other,
        "needs_product_number": wishes.needs_product_number,
        "needs_country": wishes.needs_country,
        "enrolled_only": wishes.enrolled_only,
    }
    assert sql.fetch_text(FUNCTION, params) == [(str(rule or ""),)]


@pytest.mark.parametrize("installed", [("HP",), ("HPE",), ("HP", "HPE"), ("Dell",), ()])
def test_new_devices_say_what_the_rule_says_of_what_is_installed(
    monkeypatch: pytest.MonkeyPatch, installed: tuple[str, ...]
) -> None:
    services = [replace(PLAIN, manufacturers=installed, needs_country=True)] if installed else []
    found = json.loads(json.dumps(offers_of(services, {})))
    monkeypatch.setattr("fleetward.warranty.queries.eligible.offers", lambda _tenant: found)
    tenant = make_tenant().id
    for maker in ("HP", "HPE", "Dell", "Asus"):
        add_devices(tenant, 1, maker)
    with tenant_scope([tenant]):
        stored = dict(Coverage.objects.values_list("manufacturer", "reason"))
        assert Device.objects.filter(created_at=NOW).count() == len(stored)
    for maker, reason in stored.items():
        rule = eligibility(
            Candidate("X"),
            provider_for(maker, services),
            has_connection=False,
            is_other_company=is_other_company(maker, installed),
        )
        assert reason == (rule or Reason.NOT_CHECKED)
