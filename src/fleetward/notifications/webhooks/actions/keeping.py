"""Adding, changing and removing webhooks, and giving them another secret."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from hashlib import sha256
from urllib.parse import urlsplit

from fleetward.audit.actions import record, use_case
from fleetward.audit.contracts import Verb
from fleetward.infra.http import HttpFailure
from fleetward.infra.tx import take_turns
from fleetward.kernel.actor import Actor
from fleetward.kernel.errors import ChangedMeanwhile
from fleetward.kernel.texts import N_
from fleetward.notifications.models import Webhook
from fleetward.notifications.webhooks.actions.sending import outgoing
from fleetward.notifications.webhooks.contracts import (
    MOST_WEBHOOKS,
    NAME_CHARACTERS,
    URL_CHARACTERS,
    BadWebhook,
    MadeSecret,
    SecretStillChanging,
    TooManyWebhooks,
    WebhookInput,
)
from fleetward.notifications.webhooks.kinds import SENT
from fleetward.notifications.webhooks.queries import find_webhook, webhooks_of
from fleetward.notifications.webhooks.rules import SECRET_BYTES, secret_of
from fleetward.notifications.webhooks.seals import seal_secret

# So long a receiver may take to learn of a new secret.
BOTH_SIGN_FOR = timedelta(hours=24)


@use_case
def add_webhook(
    *,
    actor: Actor,
    tenant: int,
    webhook: WebhookInput,
    now: datetime,
    form: uuid.UUID | None = None,
) -> MadeSecret:
    """Let a receiver have what happens in a tenant from now on; its secret is told this once.

    `form`: what was sent, which may come twice.
    Raises: NotFound, Forbidden, BadWebhook, TooManyWebhooks.   Audit: webhook.added
    Repeat: a form that comes again adds nothing, and no secret is told.
    """
    hooks = webhooks_of(actor, tenant)
    take_turns(Webhook)
    # Within the tenant: nobody learns from it what another one has.
    uid = uuid.uuid5(form, str(tenant)) if form else uuid.uuid4()
    if form and hooks.filter(uid=uid).exists():
        return MadeSecret(uid, "")
    if hooks.count() >= MOST_WEBHOOKS:
        raise TooManyWebhooks
    given = _checked(asdict(webhook))
    hook = Webhook(uid=uid, tenant_id=tenant, created_at=now, updated_at=now, **given)
    secret = _new_secret()
    hook.sealed_secret = seal_secret(hook, secret)
    hook.save(force_insert=True)
    _record(actor, Verb.WEBHOOK_ADDED, hook, _told(hook), now)
    return MadeSecret(hook.uid, secret)


@use_case
def change_webhook(
    *,
    actor: Actor,
    tenant: int,
    uid: uuid.UUID,
    changes: Mapping[str, object],
    now: datetime,
    seen: datetime | None = None,
) -> bool:
    """Change the fields that are given, of `WebhookInput`; False when all is as before.

    `seen`: when it was changed last, as far as the actor knows; None for whenever.
    Raises: NotFound, Forbidden, BadWebhook, ChangedMeanwhile.
    Audit: webhook.changed, before and after
    """
    hook = _locked(actor, tenant, uid, seen)
    given = _checked(changes)
    changed = {name: value for name, value in given.items() if getattr(hook, name) != value}
    if not changed:
        return False
    before = {name: getattr(hook, name) for name in changed}
    for name, value in changed.items():
        setattr(hook, name, value)
    if changed.get("is_enabled"):
        hook.gone_at = None
    hook.given_up_at, hook.updated_at = None, now
    hook.save(update_fields=[*changed, "gone_at", "given_up_at", "updated_at"])
    details = {"name": hook.name, "before": _tellable(before), "after": _tellable(changed)}
    _record(actor, Verb.WEBHOOK_CHANGED, hook, details, now)
    return True


@use_case
def rotate_secret(*, actor: Actor, tenant: int, uid: uuid.UUID, now: datetime) -> MadeSecret:
    """Give a webhook another secret, which is told this once; for a day the old one signs too.

    Meanwhile there is no third one: that would silence the one that its receiver knows.
    Raises: NotFound, Forbidden, SecretStillChanging.   Audit: webhook.secret_rotated
    """
    hook = _locked(actor, tenant, uid)
    if hook.earlier_until is not None and now < hook.earlier_until:
        raise SecretStillChanging(hook.earlier_until)
    secret = _new_secret()
    hook.sealed_earlier, hook.earlier_until = hook.sealed_secret, now + BOTH_SIGN_FOR
    hook.sealed_secret = seal_secret(hook, secret)
    hook.given_up_at, hook.updated_at = None, now
    hook.save()
    _record(actor, Verb.WEBHOOK_SECRET_ROTATED, hook, _told(hook), now)
    return MadeSecret(hook.uid, secret)


@use_case
def remove_webhook(
    *, actor: Actor, tenant: int, uid: uuid.UUID, now: datetime, seen: datetime | None = None
) -> str:
    """Remove a webhook with its secret and its deliveries; returns its name.

    Raises: NotFound, Forbidden, ChangedMeanwhile.   Audit: webhook.removed
    """
    hook = _locked(actor, tenant, uid, seen)
    hook.delete()
    _record(actor, Verb.WEBHOOK_REMOVED, hook, _told(hook), now)
    return hook.name


def _locked(actor: Actor, tenant: int, uid: uuid.UUID, seen: datetime | None = None) -> Webhook:
    hook = find_webhook(webhooks_of(actor, tenant).select_for_update(of=("self",)), uid)
    if seen is not None and hook.updated_at != seen:
        raise ChangedMeanwhile
    return hook


def _checked(given: Mapping[str, object]) -> dict[str, object]:
    """The fields as they are stored. Raises: BadWebhook."""
    checked = dict(given)
    if "name" in given:
        checked["name"] = _name(str(given["name"]))
    if "url" in given:
        checked["url"] = _url(str(given["url"]))
    if "kinds" in given:
        kinds = given["kinds"]
        assert isinstance(kinds, list | tuple)
        checked["kinds"] = _kinds(kinds)
    return checked


def _kinds(given: Sequence[object]) -> list[str]:
    kinds = {str(kind) for kind in given}
    if not kinds <= {str(kind) for kind in SENT}:
        raise BadWebhook("kinds", N_("Only what concerns the whole tenant is sent to webhooks."))
    return sorted(kinds)


def _name(given: str) -> str:
    name = given.strip()
    if not name or not name.isprintable():
        raise BadWebhook("name", N_("A webhook needs a name of letters and digits."))
    if len(name) > NAME_CHARACTERS:
        raise BadWebhook("name", N_("The name is longer than 80 characters."))
    return name


def _url(given: str) -> str:
    url = given.strip()
    if len(url) > URL_CHARACTERS:
        raise BadWebhook("url", N_("The address is longer than 500 characters."))
    try:
        outgoing().check_target(url)
    except HttpFailure:
        raise BadWebhook(
            "url", N_("Give an address such as https://example.com/hook that is not internal.")
        ) from None
    return url


def _new_secret() -> str:
    return secret_of(secrets.token_bytes(SECRET_BYTES))


def _told(hook: Webhook) -> dict[str, object]:
    return _tellable({"name": hook.name, "url": hook.url, "is_enabled": hook.is_enabled})


def _tellable(fields: Mapping[str, object]) -> dict[str, object]:
    """Fields as the trail keeps them: of an address the host, and what tells it from others.

    Where chats and many others take messages, the path is the secret.
    """
    told = dict(fields)
    if "url" in told:
        url = str(told.pop("url"))
        told["host"] = urlsplit(url).hostname
        told["address_digest"] = sha256(url.encode()).hexdigest()[:16]
    return told


def _record(
    actor: Actor, verb: Verb, hook: Webhook, details: Mapping[str, object], now: datetime
) -> None:
    record(
        actor=actor,
        verb=verb,
        tenant=hook.tenant_id,
        subject=f"webhook:{hook.uid}",
        details=details,
        now=now,
    )
