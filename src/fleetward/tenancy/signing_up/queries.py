"""Questions about sign-up, asked by people whom nobody knows yet."""

from __future__ import annotations

from datetime import datetime

from fleetward.infra.tx import tenant_scope
from fleetward.tenancy.models import SignUp, SignUpDoor
from fleetward.tenancy.queries import find_vendor
from fleetward.tenancy.signing_up.contracts import Door, SignUpOffer, SignUpOver
from fleetward.tenancy.signing_up.rules import sign_up_digest, told_again


def get_door() -> Door:
    """How the operator has set it; closed where nobody has, or there is no operator."""
    vendor = find_vendor()
    if vendor is None:
        return Door()
    with tenant_scope([vendor.id]):
        found = SignUpDoor.objects.filter(tenant_id=vendor.id).first()
    return door_of(found) if found else Door()


def door_of(row: SignUpDoor) -> Door:
    return Door(row.is_open, row.terms_version, row.terms_url, row.terms_text)


def get_offer(*, token: str, now: datetime) -> SignUpOffer:
    """What a link makes, for whoever holds it. Raises: SignUpOver."""
    found = SignUp.objects.filter(digest=sign_up_digest(token), expires_at__gt=now).first()
    if found is None:
        raise SignUpOver
    told = told_again(found.told)
    return SignUpOffer(told.company_name, told.region, told.name, told.email)
