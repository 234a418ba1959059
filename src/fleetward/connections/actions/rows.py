"""A connection's row under its lock, and what goes with its credentials when they change."""

from __future__ import annotations

from fleetward.connections.contracts import NotSetUp, State
from fleetward.connections.models import Connection


def subject_of(provider: str) -> str:
    """How the trail names a tenant's connection."""
    return f"connection:{provider}"


def locked(tenant: int, provider: str) -> Connection:
    """Raises: NotSetUp."""
    found = (
        Connection.objects.select_for_update().filter(tenant_id=tenant, provider=provider).first()
    )
    if found is None:
        raise NotSetUp(provider)
    return found


def drop_next(found: Connection) -> None:
    """Forget the secret that waits for its test."""
    found.sealed_next, found.next_expires_on = {}, None
    found.next_tested_at, found.next_error = None, ""


def start_afresh(found: Connection) -> None:
    """Nothing that was known of other credentials counts for these."""
    found.revision += 1
    drop_next(found)
    found.state, found.state_text, found.tested_at = State.UNTESTED, "", None
    found.sealed_token, found.token_expires_at, found.token_locked_until = "", None, None
