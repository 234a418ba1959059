"""A provider that stumbles over what nobody expected a vendor to say, and still keeps the port.

Such an answer is a bad one: the run finds the guilty device and goes on with the others. It is also
a mistake in the connector, so it is logged as an error.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import structlog

from fleetward.connections.contracts import Connection, Health
from fleetward.connectors.words import gettext_noop as _
from fleetward.warranty.contracts import (
    DeviceKey,
    Page,
    ProviderError,
    Trouble,
    WarrantyProvider,
)

log = structlog.get_logger(__name__)

# A number beyond all sense, a field of another kind or missing, a nest without end. Trouble of our
# own, such as a lost database, is none of these and fails the job.
STUMBLES = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
WORDS = _("The answer cannot be read.")


class Guarded:
    """Does what the provider does, and is it in everything else."""

    def __init__(self, provider: WarrantyProvider) -> None:
        self._provider = provider

    def __getattr__(self, name: str) -> Any:
        return getattr(self._provider, name)

    def check(self, conn: Connection) -> Health:
        try:
            return self._provider.check(conn)
        except STUMBLES:
            self._tell()
            return Health(is_ok=False, text=WORDS)

    def ask(self, conn: Connection, devices: Sequence[DeviceKey], resume: str | None) -> Page:
        try:
            return self._provider.ask(conn, devices, resume)
        except STUMBLES as error:
            self._tell()
            raise ProviderError(Trouble.BAD_ANSWER, WORDS) from error

    def _tell(self) -> None:
        log.exception("connector stumbled", provider=self._provider.traits.key)


def guarded(provider: WarrantyProvider) -> WarrantyProvider:
    """The same provider, which raises nothing but `ProviderError` for what a vendor says."""
    return cast(WarrantyProvider, Guarded(provider))
