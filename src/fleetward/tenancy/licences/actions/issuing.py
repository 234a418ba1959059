"""Issuing licence keys, for whoever runs the installation."""

from __future__ import annotations

import secrets
import uuid
from datetime import date, datetime

from django.db import transaction

from fleetward.audit.actions import record_installation, use_case
from fleetward.audit.contracts import Verb
from fleetward.infra.crypto import KEY_BYTES
from fleetward.infra.tx import take_turns
from fleetward.kernel.actor import Actor
from fleetward.kernel.errors import NotFound
from fleetward.kernel.texts import N_
from fleetward.tenancy.contracts import TenantKind
from fleetward.tenancy.licences.contracts import BadLicence, Licence, UnknownPlan
from fleetward.tenancy.licences.rules import is_sound, public_key_of, write_key
from fleetward.tenancy.licences.seals import open_secret, seal_secret
from fleetward.tenancy.models import LicenceSigner, Plan
from fleetward.tenancy.queries import find_tenant


@use_case
def issue_licence(
    *,
    actor: Actor,
    customer_id: str,
    plan: str,
    seats: int,
    starts_on: date,
    ends_on: date,
    now: datetime,
) -> str:
    """The text of a new licence key for a customer, which is kept nowhere.

    The first one makes the key that signs. Only the command line calls this.
    Raises: NotFound, UnknownPlan, BadLicence, BadSeal.   Audit: licence.issued, of the installation
    """
    place = find_tenant(customer_id)
    if place is None or place.kind is not TenantKind.CUSTOMER:
        raise NotFound
    if not Plan.objects.filter(code=plan).exists():
        raise UnknownPlan(plan)
    licence = Licence(uuid.uuid4(), customer_id, plan, seats, starts_on, ends_on)
    if not is_sound(licence):
        raise BadLicence(N_("it needs one seat at least, and an end that is not before its start"))
    text = write_key(licence, _signing_key(now))
    details = {"licence": str(licence.uid), "customer": customer_id, "plan": plan, "seats": seats}
    record_installation(
        actor=actor,
        verb=Verb.LICENCE_ISSUED,
        details={**details, "starts_on": str(starts_on), "ends_on": str(ends_on)},
        now=now,
    )
    return text


def _signing_key(now: datetime) -> bytes:
    """That of this installation; two who make it at once get the same one."""
    found = LicenceSigner.objects.first()
    if found is not None:
        return open_secret(found.sealed_secret)
    with transaction.atomic():
        take_turns(LicenceSigner)
        secret = secrets.token_bytes(KEY_BYTES)
        made, is_new = LicenceSigner.objects.get_or_create(
            id=1,
            defaults={
                "public_key": public_key_of(secret).hex(),
                "sealed_secret": seal_secret(secret),
                "created_at": now,
            },
        )
    return secret if is_new else open_secret(made.sealed_secret)
