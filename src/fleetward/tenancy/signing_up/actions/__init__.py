"""Signing up: by a mail, or by an identity provider of the installation."""

from fleetward.tenancy.signing_up.actions.by_provider import (
    begin_sign_up,
    finish_sign_up,
    provider_host,
)
from fleetward.tenancy.signing_up.actions.making import (
    ask_sign_up,
    change_door,
    forget_sign_ups,
    prove_by_mail,
    sign_up,
)

__all__ = [
    "ask_sign_up",
    "begin_sign_up",
    "change_door",
    "finish_sign_up",
    "forget_sign_ups",
    "prove_by_mail",
    "provider_host",
    "sign_up",
]
