"""Sealing of the client secret of a tenant's provider."""

from __future__ import annotations

from fleetward.config.env import env
from fleetward.infra.crypto import seal, unseal
from fleetward.infra.keys import present_keys
from fleetward.tenancy.models import SignOnProvider

FIELD = "sign-on.client_secret"


def seal_secret(customer_id: str, plain: str) -> str:
    return seal(present_keys(), plain, tenant=customer_id, field=FIELD)


def open_secret(customer_id: str, sealed: str) -> str:
    """The secret again. Raises: BadSeal."""
    return unseal(present_keys(), sealed, tenant=customer_id, field=FIELD)


def secret_of(provider: SignOnProvider) -> str:
    """Its own, or that of the installation's provider, which a tenant that signed up by it uses.

    Raises: BadSeal.
    """
    if provider.sealed_secret:
        return open_secret(provider.tenant.customer_id, provider.sealed_secret)
    lent = env().sign_up
    return lent.client_secret.get_secret_value() if lent.client_id == provider.client_id else ""
