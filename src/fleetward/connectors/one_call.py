"""What providers share that are asked about devices by their serials, in one call."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from fleetward.connections.contracts import Connection, Health
from fleetward.connectors.answers import split_askable
from fleetward.connectors.wire_tools import health_of
from fleetward.infra.http import HttpClient
from fleetward.warranty.contracts import DeviceKey, Page, ProviderTraits


class OneCall(ABC):
    """The warranty port, but for what is said to the vendor."""

    traits: ClassVar[ProviderTraits]
    # A device that nobody has: the smallest question.
    nobody: ClassVar[DeviceKey]

    def __init__(self, http: HttpClient) -> None:
        self._http = http

    def check(self, conn: Connection) -> Health:
        return health_of(lambda: self.ask(conn, [self.nobody], None).is_simulated)

    def ask(self, conn: Connection, devices: Sequence[DeviceKey], resume: str | None) -> Page:
        """Devices whose serials cannot stand in a question are answered without one."""
        askable, junk = split_askable(devices)
        if not askable:
            return Page(junk)
        page = self._ask(conn, askable)
        return replace(page, answers=[*page.answers, *junk])

    @abstractmethod
    def _ask(self, conn: Connection, devices: Sequence[DeviceKey]) -> Page:
        """What the vendor says of devices that can be asked about. Raises: ProviderError."""
