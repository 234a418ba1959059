"""A connection without a database: for `fleetward check` and for tests."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from threading import Lock
from types import MappingProxyType

from fleetward.connections.contracts import AccessToken

# A token that is about to end is not handed out: the call it is for takes time as well.
MARGIN = timedelta(seconds=60)


class MemoryConnection:
    """Credentials and the present token of one provider, in this process only."""

    def __init__(
        self,
        provider: str,
        base_url: str,
        settings: Mapping[str, str] | None = None,
        secrets: Mapping[str, str] | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.provider = provider
        self.base_url = base_url.rstrip("/")
        self.settings: Mapping[str, str] = MappingProxyType(dict(settings or {}))
        self._secrets = dict(secrets or {})
        self._clock = clock
        self._lock = Lock()
        self._token: AccessToken | None = None

    def __repr__(self) -> str:
        return f"MemoryConnection({self.provider!r}, {self.base_url!r})"

    def secret(self, field: str) -> str:
        return self._secrets.get(field, "")

    def token(self, fetch: Callable[[], AccessToken]) -> str:
        with self._lock:
            if self._token is None or self._token.expires_at - MARGIN <= self._clock():
                self._token = fetch()
            return self._token.value

    def renew(self, stale: str, fetch: Callable[[], AccessToken]) -> str:
        with self._lock:
            if self._token is None or self._token.value == stale:
                self._token = fetch()
            return self._token.value
