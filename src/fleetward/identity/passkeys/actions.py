"""Making passkeys, proving oneself with one, and removing them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q

from fleetward.audit.actions import record, use_case
from fleetward.audit.contracts import Verb
from fleetward.identity.models import Passkey, User
from fleetward.identity.passkeys import ceremonies
from fleetward.identity.passkeys.contracts import (
    MOST_PASSKEYS,
    NAME_CHARACTERS,
    Challenge,
    PasskeyRefused,
    RelyingSite,
    TooManyPasskeys,
)
from fleetward.identity.second_factor.actions import end_idle_codes, first_recovery_codes
from fleetward.kernel.actor import Actor
from fleetward.kernel.errors import NotFound


@use_case
def begin_passkey(*, actor: Actor, site: RelyingSite) -> Challenge:
    """What to ask the browser for, to make a passkey of the actor's."""
    user = User.objects.get(id=actor.own_id)
    return ceremonies.registration(user, site, Passkey.objects.filter(user=user, host=site.host))


@use_case
def add_passkey(
    *,
    actor: Actor,
    site: RelyingSite,
    state: Mapping[str, Any],
    answer: str,
    name: str,
    now: datetime,
) -> list[str]:
    """Keep a passkey that the browser has made; recovery codes if there were none yet.

    Raises: PasskeyRefused, TooManyPasskeys.   Audit: user.passkey_added in each tenant
    """
    made, count = ceremonies.registered(site, state, answer)
    user = User.objects.select_for_update().get(id=actor.own_id)
    if Passkey.objects.filter(user=user).count() >= MOST_PASSKEYS:
        raise TooManyPasskeys
    try:
        with transaction.atomic():
            key = Passkey.objects.create(
                user=user,
                name=name.strip()[:NAME_CHARACTERS] or "Passkey",
                host=site.host,
                credential_id=made.credential_id,
                credential=bytes(made),
                count=count,
                created_at=now,
            )
    except IntegrityError:
        # The device gave the key of somebody else, or the same one twice.
        raise PasskeyRefused from None
    _tell(actor, key, Verb.PASSKEY_ADDED)
    return first_recovery_codes(user, now)


def begin_proof(*, site: RelyingSite, user_id: int | None = None) -> Challenge:
    """What to ask the browser for: a passkey of that user, or whichever it has of this site."""
    mine = Passkey.objects.filter(user_id=user_id, host=site.host) if user_id else []
    return ceremonies.proof(site, mine)


def prove_by_passkey(
    *,
    site: RelyingSite,
    state: Mapping[str, Any],
    answer: str,
    now: datetime,
    user_id: int | None = None,
) -> int:
    """Whom a browser's answer proves; it must be that user, if one is given.

    Raises: PasskeyRefused, in the same words whatever is wrong.   Audit: none, as of sign-in
    """
    response = ceremonies.read_proof(answer)
    known = Passkey.objects.select_related("user").filter(user__is_active=True, host=site.host)
    key = known.filter(credential_id=response.raw_id).first()
    if key is None or user_id not in (None, key.user_id):
        raise PasskeyRefused
    count = ceremonies.proves(site, state, key, response)
    # A device that counts has a higher count each time; a copy of it sooner or later has not.
    newer = Q(count__lt=count) | (Q(count=0) if count == 0 else Q(pk__isnull=True))
    if not Passkey.objects.filter(newer, id=key.id).update(count=count, used_at=now):
        raise PasskeyRefused
    return int(key.user_id)


@use_case
def remove_passkey(*, actor: Actor, uid: UUID) -> None:
    """End one of the actor's passkeys; recovery codes end with the last proof beside the password.

    Raises: NotFound.   Audit: user.passkey_removed in each tenant
    """
    user = User.objects.select_for_update().get(id=actor.own_id)
    key = Passkey.objects.filter(user=user, uid=uid).first()
    if key is None:
        raise NotFound
    key.delete()
    _tell(actor, key, Verb.PASSKEY_REMOVED)
    end_idle_codes(user)


def _tell(actor: Actor, key: Passkey, verb: Verb) -> None:
    for tenant in actor.tenants:
        record(
            actor=actor,
            verb=verb,
            tenant=tenant,
            subject=f"user:{key.user.uid}",
            details={"name": key.name},
        )
