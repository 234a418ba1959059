"""Questions about second factors."""

from __future__ import annotations

from collections.abc import Sequence

from fleetward.identity.models import AuthenticatorApp, Passkey, RecoveryCode
from fleetward.identity.second_factor.contracts import CODES, SecondFactors
from fleetward.identity.second_factor.rules import app_address, is_recovery_code

# What apps show beside the account.
ISSUER = "Fleetward"


def second_factors(user_id: int) -> SecondFactors:
    """What sign-in of a user asks for beside the password."""
    app = AuthenticatorApp.objects.filter(user_id=user_id).only("created_at").first()
    left = RecoveryCode.objects.filter(user_id=user_id, used_at=None).count()
    passkeys = Passkey.objects.filter(user_id=user_id).count()
    return SecondFactors(app.created_at if app else None, left, passkeys)


def app_link(secret: str, *, account: str) -> str:
    """What the QR code of a new secret says to an app."""
    return app_address(secret, issuer=ISSUER, account=account)


def reads_like_codes(lines: Sequence[str]) -> bool:
    """Whether these may be the recovery codes of a page, for the file of them."""
    return len(lines) == CODES and all(map(is_recovery_code, lines))
