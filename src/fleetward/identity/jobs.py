"""What the clock does for accounts."""

from __future__ import annotations

from fleetward.identity.actions import forget_sessions
from fleetward.infra.jobs import periodic


@periodic("identity.forget_sessions", cron="23 4 * * *")
def forget() -> None:
    forget_sessions()
