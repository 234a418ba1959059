"""Signing up by an identity provider of the installation, which proves the address (T13)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from django.db import transaction

from fleetward.audit.actions import record, use_case
from fleetward.audit.contracts import Verb
from fleetward.config.env import env
from fleetward.identity.contracts import Newcomer
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import Actor
from fleetward.tenancy.models import SignOnProvider
from fleetward.tenancy.queries import actor_for_user
from fleetward.tenancy.sign_on import protocol
from fleetward.tenancy.sign_on.actions import link_identity
from fleetward.tenancy.sign_on.contracts import (
    Identity,
    Metadata,
    Question,
    SignOnFailed,
    SignOnLate,
    host_of,
)
from fleetward.tenancy.sign_on.rules import is_answer_to, issuer_in, issuer_of_many, proven_email
from fleetward.tenancy.signing_up.actions.making import MAKER, check_told, make_signed_up
from fleetward.tenancy.signing_up.contracts import AddressUnproven, SignedUp, SignUpInput
from fleetward.tenancy.signing_up.rules import in_one_form, told_again


def provider_host() -> str:
    """Who proves addresses beside the mail; empty for nobody."""
    return host_of(env().sign_up.issuer) if env().sign_up.has_provider else ""


def begin_sign_up(*, told: SignUpInput, redirect_uri: str, now: datetime) -> Question:
    """Where to send a browser, and what its session keeps: what was told goes along, and its
    address is that which the provider will prove.

    Raises: SignUpClosed, TermsOvertaken, BadCompany, BadProvider.
    """
    told = in_one_form(told)
    check_told(told)
    return protocol.new_question(
        _discovered(),
        issuer=issuer_of_many(env().sign_up.issuer),
        client_id=env().sign_up.client_id,
        redirect_uri=redirect_uri,
        now=now,
        asks_email=True,
        told=asdict(told),
    )


def finish_sign_up(
    *, actor: Actor, kept: Mapping[str, Any], given: Mapping[str, str], now: datetime
) -> SignedUp:
    """Make the tenant, whose IT Admin comes in by this provider from now on, and link both.

    Raises: SignOnLate, SignOnFailed, BadProvider, AddressUnproven, and as `sign_up`.
    Audit: as `sign_up`; sign_on.enabled and user.identity_linked at the tenant
    Repeat: an answer counts once.
    """
    if "told" not in kept or not is_answer_to(kept, given, now):
        raise SignOnLate
    lent, host = env().sign_up, host_of(kept["issuer"])
    if not given.get("code"):
        raise SignOnFailed(host, given.get("error", "")[:80])
    where = _discovered()
    client = (lent.client_id, lent.client_secret.get_secret_value())
    claims = protocol.claims_of(where, client=client, code=given["code"], kept=kept, now=now)
    email = proven_email(claims)
    if not email:
        raise AddressUnproven(host)
    told = in_one_form(replace(told_again(kept["told"]), email=email))
    identity = Identity(issuer_in(kept["issuer"], claims), str(claims["sub"]))
    with transaction.atomic():
        who = Newcomer(told.email, told.name)
        made = make_signed_up(actor=actor, told=told, who=who, now=now)
        maker = replace(actor, roles={**actor.roles, made.tenant.id: MAKER})
        _lend(actor=maker, tenant=made.tenant.id, issuer=identity.issuer, where=where, now=now)
        with tenant_scope([made.tenant.id]):
            admin = actor_for_user(user_id=made.user_id, name=told.email, address=actor.address)
            link_identity(actor=admin, tenant=made.tenant.id, identity=identity, now=now)
    return made


@use_case
def _lend(*, actor: Actor, tenant: int, issuer: str, where: Metadata, now: datetime) -> None:
    """The installation's provider becomes that of the tenant, which the admin may change."""
    SignOnProvider.objects.create(
        tenant_id=tenant,
        issuer=issuer,
        client_id=env().sign_up.client_id,
        # That of the installation, wherever it is changed.
        sealed_secret="",
        metadata=asdict(where),
        is_enabled=True,
        tested_at=now,
        created_at=now,
    )
    details = {"issuer": issuer}
    record(
        actor=actor, verb=Verb.SIGN_ON_ENABLED, tenant=tenant, subject="sign_on", details=details
    )


def _discovered() -> Metadata:
    issuer = env().sign_up.issuer
    return protocol.discover(issuer, named=issuer_of_many(issuer))
