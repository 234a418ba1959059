"""Coming in by an identity provider: what a browser is sent with, and whom it brings back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from fleetward.infra.tx import tenant_scope
from fleetward.kernel.errors import NotFound
from fleetward.tenancy.models import LinkedIdentity, Membership, SignOnProvider
from fleetward.tenancy.sign_on import protocol
from fleetward.tenancy.sign_on.contracts import (
    Entrance,
    Identity,
    Metadata,
    NotLinked,
    Question,
    SignOnFailed,
    SignOnLate,
    host_of,
)
from fleetward.tenancy.sign_on.rules import is_answer_to
from fleetward.tenancy.sign_on.seals import secret_of


def begin_sign_on(
    *, entrance: Entrance, redirect_uri: str, now: datetime, is_anew: bool = False
) -> Question:
    """Where to send a browser, and what its session keeps until it comes back.

    Raises: NotFound.
    """
    with tenant_scope([entrance.tenant]):
        found = SignOnProvider.objects.filter(tenant_id=entrance.tenant, is_enabled=True).first()
    if found is None:
        raise NotFound
    return protocol.new_question(
        _metadata(found),
        issuer=found.issuer,
        client_id=found.client_id,
        redirect_uri=redirect_uri,
        now=now,
        is_anew=is_anew,
        tenant=entrance.tenant,
    )


def finish_sign_on(*, kept: Mapping[str, Any], given: Mapping[str, str], now: datetime) -> Identity:
    """Who has come back, by the word of the provider that the question was for.

    Raises: SignOnLate, SignOnFailed.
    """
    # A question of signing up is for no tenant, and is answered elsewhere.
    if "tenant" not in kept or not is_answer_to(kept, given, now):
        raise SignOnLate
    with tenant_scope([kept["tenant"]]):
        found = (
            SignOnProvider.objects.filter(tenant_id=kept["tenant"], is_enabled=True)
            .select_related("tenant")
            .first()
        )
        secret = secret_of(found) if found else ""
    if found is None or found.issuer != kept["issuer"]:
        raise SignOnLate
    code = given.get("code", "")
    if not code:
        raise SignOnFailed(host_of(found.issuer), given.get("error", "")[:80])
    client = (found.client_id, secret)
    return protocol.identify(_metadata(found), client=client, code=code, kept=kept, now=now)


def user_of(*, tenant: int, identity: Identity, now: datetime) -> int:
    """The member whom an identity is linked to. Raises: NotLinked."""
    with tenant_scope([tenant]):
        found = LinkedIdentity.objects.filter(
            tenant_id=tenant, issuer=identity.issuer, subject=identity.subject
        ).first()
        members = Membership.objects.filter(tenant_id=tenant, is_active=True, user__is_active=True)
        if found is None or not members.filter(user_id=found.user_id).exists():
            raise NotLinked(identity.host)
        LinkedIdentity.objects.filter(id=found.id).update(used_at=now)
    return int(found.user_id)


def _metadata(found: SignOnProvider) -> Metadata:
    kept = dict(found.metadata)
    methods = kept.pop("token_endpoint_auth_methods_supported", ())
    return Metadata(**kept, token_endpoint_auth_methods_supported=tuple(methods))
