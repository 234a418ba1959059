"""Signing in at the organisation's own provider, as a browser does."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.test import Client

from fleetward.identity.models import User
from fleetward.kernel.actor import system_actor
from fleetward.kernel.clock import utc_now
from fleetward.tenancy.contracts import TenantRow
from fleetward.tenancy.sign_on.actions import save_provider, switch_provider
from fleetward.tenancy.sign_on.contracts import ProviderInput
from tests.oidc.running import CLIENT, SECRET, RealProvider
from tests.web.reading import browser, signed_in

HERE = "/account/organisation/"
CALLBACK = f"{HERE}callback/"
SECURITY = "/account/security/"


def set_up(tenant: TenantRow, provider: RealProvider) -> None:
    """A tenant whose provider is enabled."""
    operator = system_actor("Tests", tenant.id)
    given = ProviderInput(provider.issuer, CLIENT, SECRET)
    save_provider(actor=operator, tenant=tenant.id, given=given, now=utc_now())
    switch_provider(actor=operator, tenant=tenant.id, is_enabled=True)


def there_and_back(client: Client, provider: RealProvider, way: str, who: str) -> str:
    """Where a browser ends that was led to the provider from an address of ours."""
    question = client.get(way)["Location"]
    back = provider.sign_in(question, who)
    return str(client.get(f"{CALLBACK}?{urlsplit(back).query}")["Location"])


def link(user: User, tenant: TenantRow, provider: RealProvider, who: str) -> None:
    way = f"{HERE}{tenant.customer_id}/link/"
    assert there_and_back(signed_in(user), provider, way, who) == SECURITY


def came_by(provider: RealProvider, tenant: TenantRow, who: str) -> Client:
    """Somebody who signs in at the provider."""
    client = browser()
    there_and_back(client, provider, f"{HERE}{tenant.customer_id}/start/", who)
    return client
