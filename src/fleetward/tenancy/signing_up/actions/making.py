"""Signing up: ask, prove the address, and only then is anything made (T13)."""

from __future__ import annotations

import secrets
from dataclasses import asdict, replace
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from fleetward.audit.actions import record, use_case
from fleetward.audit.contracts import Verb
from fleetward.identity.contracts import Newcomer
from fleetward.identity.queries import find_user
from fleetward.kernel.actor import Actor
from fleetward.kernel.rights import Capability, require
from fleetward.kernel.texts import N_
from fleetward.tenancy import models
from fleetward.tenancy.actions.companies import check_company
from fleetward.tenancy.actions.members import add_member
from fleetward.tenancy.actions.tenants import create_tenant
from fleetward.tenancy.contracts import BadCompany, BadSetting, Role, TenantRow, TenantSettings
from fleetward.tenancy.models import AcceptedTerms, SignUp, SignUpDoor
from fleetward.tenancy.queries import find_vendor
from fleetward.tenancy.signing_up.contracts import (
    AddressKnown,
    Door,
    ProofMail,
    SignedUp,
    SignUpClosed,
    SignUpInput,
    SignUpOver,
    TermsOvertaken,
)
from fleetward.tenancy.signing_up.queries import door_of, get_door
from fleetward.tenancy.signing_up.rules import (
    LINK_LASTS,
    MOST_MAILS,
    in_one_form,
    problem_of,
    sign_up_digest,
    told_again,
)

# Nobody is within reach of a tenant that does not exist yet; this makes it.
MAKER = "SYSTEM"


@use_case
def change_door(*, actor: Actor, tenant: int, door: Door, now: datetime) -> bool:
    """Open or close sign-up, and say to which terms; False when nothing is new. `tenant`: the
    operator's.

    Raises: NotFound, Forbidden, BadSetting.   Audit: sign_up.changed
    """
    require(actor, Capability.OPERATE, tenant=tenant)
    problem = problem_of(door)
    if problem:
        raise BadSetting(*problem)
    models.Tenant.objects.select_for_update(no_key=True).get(id=tenant)
    found = SignUpDoor.objects.filter(tenant_id=tenant).first()
    before = door_of(found) if found else Door()
    if before == door:
        return False
    SignUpDoor.objects.update_or_create(
        tenant_id=tenant, defaults={**asdict(door), "changed_at": now}
    )
    told = {
        name: {"before": old, "after": asdict(door)[name]}
        for name, old in asdict(before).items()
        # A text of pages is no line of the trail; that it changed is.
        if name != "terms_text" and old != asdict(door)[name]
    }
    if before.terms_text != door.terms_text:
        told["terms_text"] = {"before": len(before.terms_text), "after": len(door.terms_text)}
    record(
        actor=actor,
        verb=Verb.SIGN_UP_CHANGED,
        tenant=tenant,
        subject="sign_up",
        details=told,
        now=now,
    )
    return True


def ask_sign_up(*, told: SignUpInput, now: datetime) -> int:
    """Keep what somebody tells until its address is proven; returns what the mail is asked by.

    The same is done and returned for an address that has an account, so that nobody learns of it.
    Raises: SignUpClosed, TermsOvertaken, BadCompany.   Audit: none, nobody is known yet
    """
    told = in_one_form(told)
    check_told(told)
    kept = SignUp.objects.create(
        email=told.email,
        told=asdict(told),
        created_at=now,
        expires_at=now + LINK_LASTS,
    )
    return int(kept.id)


def check_told(told: SignUpInput) -> None:
    """Raises: SignUpClosed, TermsOvertaken, BadCompany."""
    door = get_door()
    if not door.is_open:
        raise SignUpClosed
    if door.terms_version != told.terms_version:
        raise TermsOvertaken
    for name in ("company_name", "name"):
        if not getattr(told, name).strip():
            raise BadCompany(name, N_("say something here"))
    check_company(told.company)


def prove_by_mail(*, sign_up: int, now: datetime) -> ProofMail | None:
    """The mail for somebody who asked, with a link made now; None where there is nothing to send.

    Repeat: the link before no longer works.
    """
    found = SignUp.objects.filter(id=sign_up, expires_at__gt=now).first()
    if found is None or _has_enough(found, now):
        return None
    told = told_again(found.told)
    if find_user(found.email) is not None:
        # What somebody else may have told of them is not kept.
        SignUp.objects.filter(id=sign_up).update(told={}, digest=None)
        return ProofMail(found.email, told.language)
    token = secrets.token_urlsafe(32)
    SignUp.objects.filter(id=sign_up).update(digest=sign_up_digest(token))
    return ProofMail(found.email, told.language, token)


def _has_enough(asked: SignUp, now: datetime) -> bool:
    """Whether an address got its mails of a day: nobody fills the box of somebody else."""
    before = SignUp.objects.filter(email=asked.email, id__lt=asked.id)
    return before.filter(created_at__gt=now - LINK_LASTS).count() >= MOST_MAILS


def sign_up(*, actor: Actor, token: str, password: str, now: datetime) -> SignedUp:
    """Make the tenant that was asked for, with whoever has proven the address as its IT Admin.

    Raises: SignUpOver, SignUpClosed, TermsOvertaken, AddressKnown, WeakPassword.
    Audit: tenant.signed_up at the operator and at the tenant; tenant.created, user.added
    Repeat: a link works once; of two at the same time one makes a tenant.
    """
    with transaction.atomic():
        found = _locked().filter(digest=sign_up_digest(token), expires_at__gt=now).first()
        if found is None:
            raise SignUpOver
        told = told_again(found.told)
        who = Newcomer(told.email, told.name, password, has_chosen_password=True)
        made = make_signed_up(actor=actor, told=told, who=who, now=now)
        SignUp.objects.filter(email=found.email).delete()
    return made


def _locked() -> QuerySet[SignUp]:
    return SignUp.objects.select_for_update()


def make_signed_up(*, actor: Actor, told: SignUpInput, who: Newcomer, now: datetime) -> SignedUp:
    """Within a transaction that has taken the proof of the address. Raises: as `sign_up`."""
    check_told(told)
    tenant = create_tenant(
        actor=actor,
        name=told.company_name,
        now=now,
        settings=TenantSettings(language=told.language),
        region=told.region,
    )
    vendor = find_vendor()
    assert vendor is not None, "a door is open"
    reach = {tenant.id: MAKER, vendor.id: MAKER}
    maker = replace(actor, roles={**actor.roles, **reach})
    user_id = _set_up(actor=maker, made=tenant, vendor=vendor.id, told=told, who=who, now=now)
    return SignedUp(tenant, user_id)


@use_case
def _set_up(
    *,
    actor: Actor,
    made: TenantRow,
    vendor: int,
    told: SignUpInput,
    who: Newcomer,
    now: datetime,
) -> int:
    models.Company.objects.create(tenant_id=made.id, **asdict(told.company))
    admin = add_member(actor=actor, tenant=made.id, who=who, role=Role.IT_ADMIN, now=now)
    if not admin.is_new_account:
        # Since the mail went out somebody has let this address in elsewhere.
        raise AddressKnown(told.email)
    AcceptedTerms.objects.create(
        tenant_id=made.id, user_id=admin.user_id, version=told.terms_version, accepted_at=now
    )
    for tenant in (made.id, vendor):
        record(
            actor=actor,
            verb=Verb.TENANT_SIGNED_UP,
            tenant=tenant,
            subject=f"tenant:{made.customer_id}",
            details={"region": str(told.region), "terms_version": told.terms_version},
            now=now,
        )
    return admin.user_id


def forget_sign_ups(*, now: datetime) -> int:
    """Delete what was told by people who did not come back."""
    gone, _ = SignUp.objects.filter(expires_at__lte=now).delete()
    return gone
