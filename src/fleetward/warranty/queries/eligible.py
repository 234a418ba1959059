"""Which provider answers for which manufacturer in a tenant, and why it cannot be asked (W11)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import TypedDict

from fleetward.connections.contracts import PAUSED, ConnectionRow
from fleetward.connections.queries import rows_of
from fleetward.devices.queries.junk import junk_serials
from fleetward.warranty.contracts import ProviderTraits, Reason
from fleetward.warranty.queries.providers import providers
from fleetward.warranty.rules import other_companies


class Offer(TypedDict):
    """One manufacturer's provider, as the planning statement reads it.

    With `is_other_company` there is none, '': only the other one of HP and HPE has one.
    """

    manufacturer: str
    provider: str
    max_batch: int
    needs_product_number: bool
    needs_country: bool
    enrolled_only: bool
    asks_with_country: bool
    setup: str
    is_other_company: bool


def judging(tenant: int) -> dict[str, object]:
    """By what statements tell whether a tenant's devices can be asked about: their parameters."""
    return {"providers": json.dumps(offers(tenant)), "junk": junk_serials()}


def offers(tenant: int) -> list[Offer]:
    """An offer for each manufacturer of which there is something to say, in the caller's scope."""
    rows = {row.provider: row for row in rows_of(tenant)}
    return offers_of((provider.traits for provider in providers().values()), rows)


def offers_of(
    traits: Iterable[ProviderTraits], connections: Mapping[str, ConnectionRow]
) -> list[Offer]:
    """Of several providers for a manufacturer, the one that can be asked; else one that is set up.

    Of several like that, the first.
    """
    chosen: dict[str, Offer] = {}
    for one in sorted(traits, key=lambda one: _hindrance(connections.get(one.key))):
        setup = setup_problem(connections.get(one.key))
        for manufacturer in one.manufacturers:
            chosen.setdefault(manufacturer, _offer(manufacturer, one, setup))
    return [*chosen.values(), *map(_no_offer, other_companies(chosen))]


def _hindrance(connection: ConnectionRow | None) -> tuple[bool, bool]:
    return bool(setup_problem(connection)), connection is None


def setup_problem(connection: ConnectionRow | None) -> str:
    """Why nothing can be asked over this connection, as a `Reason`; '' when it can."""
    if connection is None or not connection.is_enabled:
        return Reason.NOT_CONFIGURED
    return connection.state if connection.state in PAUSED else ""


def _offer(manufacturer: str, traits: ProviderTraits, setup: str) -> Offer:
    return Offer(
        manufacturer=manufacturer,
        provider=traits.key,
        max_batch=traits.max_batch,
        needs_product_number=traits.needs_product_number,
        needs_country=traits.needs_country,
        enrolled_only=traits.enrolled_only,
        asks_with_country=traits.asks_with_country,
        setup=setup,
        is_other_company=False,
    )


def _no_offer(manufacturer: str) -> Offer:
    return Offer(
        manufacturer=manufacturer,
        provider="",
        max_batch=1,
        needs_product_number=False,
        needs_country=False,
        enrolled_only=False,
        asks_with_country=False,
        setup="",
        is_other_company=True,
    )
