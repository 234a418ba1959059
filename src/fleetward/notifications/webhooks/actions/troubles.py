"""Telling of a webhook that needs a person: at most one unread notice of each."""

from __future__ import annotations

from datetime import datetime

from fleetward.notifications.contracts import Kind
from fleetward.notifications.models import Notification, Webhook
from fleetward.notifications.webhooks.contracts import Trouble, TroubleEffect

_effects: list[TroubleEffect] = []


def register(effect: TroubleEffect) -> None:
    """Called once at start by the app configuration of an upper context."""
    _effects.append(effect)


def note_given_up(hook: Webhook, now: datetime) -> None:
    """A delivery is given up: told once, until another is taken or somebody changes the webhook."""
    if Webhook.objects.filter(id=hook.id, given_up_at=None).update(given_up_at=now):
        tell_of(hook, Kind.WEBHOOK_FAILED, now)


def note_taken(hook: Webhook) -> None:
    """Its receiver takes deliveries (again)."""
    if hook.given_up_at is not None:
        Webhook.objects.filter(id=hook.id).update(given_up_at=None)


def tell_of(hook: Webhook, kind: Kind, now: datetime) -> None:
    """Tell people, in the place of what they have not read of this webhook."""
    about = f"webhook:{hook.uid}:"
    told = Notification.objects.filter(tenant_id=hook.tenant_id, key__startswith=about)
    told.filter(read_at=None).update(read_at=now)
    key = f"{about}{now.isoformat()}"
    trouble = Trouble(hook.tenant_id, hook.uid, hook.name, kind, key)
    for effect in _effects:
        effect.webhook_in_trouble(trouble=trouble, now=now)
