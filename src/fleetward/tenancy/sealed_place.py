"""Sealed secrets for the rotation of keys: of identity providers, and of who signs licences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import ClassVar

from django.db.models import QuerySet

from fleetward.infra.crypto import BadSeal, key_of
from fleetward.infra.keys import Resealed, present_keys
from fleetward.tenancy.licences import seals as signing
from fleetward.tenancy.models import LicenceSigner, SignOnProvider
from fleetward.tenancy.sign_on.seals import open_secret, seal_secret


class SealedProviders:
    table: ClassVar[str] = "tenancy_signonprovider"
    is_of_tenants: ClassVar[bool] = True

    def count(self) -> Mapping[str, int]:
        return Counter(map(key_of, _sealed().values_list("sealed_secret", flat=True)))

    def reseal(self) -> Resealed:
        total = Resealed()
        locked = _sealed().select_for_update(of=("self",)).order_by("tenant_id")
        for one in locked.select_related("tenant"):
            total += _reseal(one)
        return total


def _sealed() -> QuerySet[SignOnProvider]:
    """Without those that use the secret of the installation's provider."""
    return SignOnProvider.objects.exclude(sealed_secret="")


def _reseal(one: SignOnProvider) -> Resealed:
    if key_of(one.sealed_secret) == present_keys().current:
        return Resealed()
    try:
        plain = open_secret(one.tenant.customer_id, one.sealed_secret)
    except BadSeal:
        # It is kept, since its key may be found again.
        return Resealed(closed=1)
    one.sealed_secret = seal_secret(one.tenant.customer_id, plain)
    one.save(update_fields=["sealed_secret"])
    return Resealed(values=1)


class SealedSigner:
    table: ClassVar[str] = "tenancy_licencesigner"
    is_of_tenants: ClassVar[bool] = False

    def count(self) -> Mapping[str, int]:
        return Counter(map(key_of, LicenceSigner.objects.values_list("sealed_secret", flat=True)))

    def reseal(self) -> Resealed:
        return sum(map(_reseal_signer, LicenceSigner.objects.select_for_update()), Resealed())


def _reseal_signer(one: LicenceSigner) -> Resealed:
    if key_of(one.sealed_secret) == present_keys().current:
        return Resealed()
    try:
        secret = signing.open_secret(one.sealed_secret)
    except BadSeal:
        # It is kept, since its key may be found again.
        return Resealed(closed=1)
    one.sealed_secret = signing.seal_secret(secret)
    one.save(update_fields=["sealed_secret"])
    return Resealed(values=1)
