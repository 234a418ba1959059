"""The sealed secrets of webhooks, for the rotation of keys."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import ClassVar

from fleetward.infra.crypto import BadSeal, key_of
from fleetward.infra.keys import Resealed, present_keys
from fleetward.notifications.models import Webhook
from fleetward.notifications.webhooks.seals import open_secret, seal_secret

FIELDS = ("sealed_secret", "sealed_earlier")


class SealedWebhooks:
    table: ClassVar[str] = "notifications_webhook"
    is_of_tenants: ClassVar[bool] = True

    def count(self) -> Mapping[str, int]:
        return Counter(
            key_of(value)
            for values in Webhook.objects.values_list(*FIELDS)
            for value in values
            if value
        )

    def reseal(self) -> Resealed:
        total = Resealed()
        for hook in Webhook.objects.select_for_update(of=("self",)).select_related("tenant"):
            total += _reseal(hook)
        return total


def _reseal(hook: Webhook) -> Resealed:
    current, done = present_keys().current, Resealed()
    for name in FIELDS:
        value = getattr(hook, name)
        if not value or key_of(value) == current:
            continue
        try:
            setattr(hook, name, seal_secret(hook, open_secret(hook, value)))
            done += Resealed(values=1)
        except BadSeal:
            # It is kept, since its key may be found again.
            done += Resealed(closed=1)
    if done.values:
        hook.save(update_fields=FIELDS)
    return done
