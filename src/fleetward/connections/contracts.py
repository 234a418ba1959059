"""What crosses the border of `connections`: what a connector is handed, and its health."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A bearer token of a vendor and the moment it stops working."""

    value: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Health:
    """The result of "Test connection": in the vendor's own words when it failed."""

    is_ok: bool
    text: str


class Connection(Protocol):
    """One tenant's configured access to one provider, as a connector sees it.

    `settings` holds what is not secret (region, client id); `secret` opens a sealed field.
    """

    @property
    def provider(self) -> str: ...

    @property
    def base_url(self) -> str:
        """The operator's base URL of the provider, without a slash at its end."""
        ...

    @property
    def settings(self) -> Mapping[str, str]: ...

    def secret(self, field: str) -> str:
        """The opened secret of this name, or '' when none is stored."""
        ...

    def token(self, fetch: Callable[[], AccessToken]) -> str:
        """A token that still works, fetched under one lock for all workers when there is none."""
        ...

    def renew(self, stale: str, fetch: Callable[[], AccessToken]) -> str:
        """Replace the token `stale`, unless another worker already did; returns the present one."""
        ...
