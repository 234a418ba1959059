"""The sealed values of users, for the rotation of keys: secrets of their authenticator apps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import ClassVar

from fleetward.identity.models import AuthenticatorApp
from fleetward.identity.second_factor.seals import open_secret, seal_secret
from fleetward.infra.crypto import BadSeal, key_of
from fleetward.infra.keys import Resealed, present_keys


class SealedApps:
    table: ClassVar[str] = "identity_authenticatorapp"
    is_of_tenants: ClassVar[bool] = False

    def count(self) -> Mapping[str, int]:
        sealed = AuthenticatorApp.objects.values_list("sealed_secret", flat=True)
        return Counter(map(key_of, sealed))

    def reseal(self) -> Resealed:
        total = Resealed()
        apps = AuthenticatorApp.objects.select_for_update(of=("self",)).order_by("user_id")
        for app in apps.select_related("user"):
            total += _reseal(app)
        return total


def _reseal(app: AuthenticatorApp) -> Resealed:
    if key_of(app.sealed_secret) == present_keys().current:
        return Resealed()
    try:
        plain = open_secret(app.user, app.sealed_secret)
    except BadSeal:
        # It is kept, since its key may be found again.
        return Resealed(closed=1)
    app.sealed_secret = seal_secret(app.user, plain)
    app.save(update_fields=["sealed_secret"])
    return Resealed(values=1)
