"""Questions about passkeys."""

from __future__ import annotations

from fleetward.identity.models import Passkey
from fleetward.identity.passkeys.contracts import PasskeyRow


def list_passkeys(user_id: int) -> list[PasskeyRow]:
    """Those of a user, the oldest first."""
    return [
        PasskeyRow(str(key.uid), key.name, key.created_at, key.used_at)
        for key in Passkey.objects.filter(user_id=user_id).order_by("id")
    ]
