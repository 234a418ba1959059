"""A provider whose calls are counted for monitoring, whoever makes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from fleetward.connections.contracts import Connection, Health
from fleetward.infra.metrics import counted_call
from fleetward.warranty.contracts import DeviceKey, Page, ProviderError, WarrantyProvider


class Counted:
    """Does what the provider does, and is it in everything else."""

    def __init__(self, provider: WarrantyProvider) -> None:
        self._provider = provider

    def __getattr__(self, name: str) -> Any:
        return getattr(self._provider, name)

    def check(self, conn: Connection) -> Health:
        with counted_call(self._provider.traits.key) as outcome:
            health = self._provider.check(conn)
            outcome.append("OK" if health.is_ok else "REFUSED")
        return health

    def ask(self, conn: Connection, devices: Sequence[DeviceKey], resume: str | None) -> Page:
        with counted_call(self._provider.traits.key) as outcome:
            try:
                page = self._provider.ask(conn, devices, resume)
            except ProviderError as error:
                outcome.append(error.kind)
                raise
            outcome.append("OK")
        return page


def counted(provider: WarrantyProvider) -> WarrantyProvider:
    """The same provider, counted."""
    return cast(WarrantyProvider, Counted(provider))
