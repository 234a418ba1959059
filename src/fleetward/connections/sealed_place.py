"""The sealed values of connections, for the rotation of keys: secrets, waiting secrets, tokens."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import ClassVar

from fleetward.connections.models import Connection
from fleetward.connections.seals import TOKEN, seal_field, unseal_field
from fleetward.infra.crypto import BadSeal, key_of
from fleetward.infra.keys import Resealed, present_keys

TENANT = "tenant__customer_id"


class SealedConnections:
    table: ClassVar[str] = "connections_connection"
    is_of_tenants: ClassVar[bool] = True

    def count(self) -> Mapping[str, int]:
        return Counter(
            key_of(value)
            for one in Connection.objects.only("sealed", "sealed_next", "sealed_token")
            for value in (*one.sealed.values(), *one.sealed_next.values(), one.sealed_token)
            if value
        )

    def reseal(self) -> Resealed:
        total = Resealed()
        for one in Connection.objects.select_for_update(of=("self",)).select_related("tenant"):
            total += _reseal(one)
        return total


def _reseal(one: Connection) -> Resealed:
    current, values, closed = present_keys().current, 0, 0

    def fresh(name: str, value: str) -> str:
        nonlocal values, closed
        if not value or key_of(value) == current:
            return value
        where = {"customer_id": one.tenant.customer_id, "provider": one.provider, "name": name}
        try:
            plain = unseal_field(value, **where)
        except BadSeal:
            closed += 1
            # A token can be had anew; a secret is kept, since its key may be found again.
            return "" if name == TOKEN else value
        values += 1
        return seal_field(plain, **where)

    one.sealed = {name: fresh(name, value) for name, value in one.sealed.items()}
    one.sealed_next = {name: fresh(name, value) for name, value in one.sealed_next.items()}
    one.sealed_token = fresh(TOKEN, one.sealed_token)
    if values or closed:
        one.save(update_fields=["sealed", "sealed_next", "sealed_token"])
    return Resealed(values, closed)
