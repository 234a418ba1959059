"""Sealing of the secrets of webhooks, each bound to its tenant and webhook."""

from __future__ import annotations

from fleetward.infra.crypto import seal, unseal
from fleetward.infra.keys import present_keys
from fleetward.notifications.models import Webhook


def seal_secret(hook: Webhook, plain: str) -> str:
    """A secret as it may be stored."""
    return seal(present_keys(), plain, tenant=hook.tenant.customer_id, field=_field(hook))


def open_secret(hook: Webhook, sealed: str) -> str:
    """The secret again. Raises: BadSeal."""
    return unseal(present_keys(), sealed, tenant=hook.tenant.customer_id, field=_field(hook))


def _field(hook: Webhook) -> str:
    return f"webhook.{hook.uid}"
