"""The company behind a tenant: where it is found (T1)."""

from __future__ import annotations

from dataclasses import asdict, fields, replace
from datetime import datetime

from fleetward.audit.actions import record, use_case
from fleetward.audit.contracts import Verb
from fleetward.kernel.actor import Actor
from fleetward.kernel.rights import Capability, require
from fleetward.kernel.texts import N_
from fleetward.tenancy import models
from fleetward.tenancy.contracts import BadCompany, Company
from fleetward.tenancy.queries import find_company

COUNTRY = 2


@use_case
def change_company(*, actor: Actor, tenant: int, company: Company, now: datetime) -> bool:
    """Say where the company of a tenant is found; False when that was known.

    Raises: NotFound, Forbidden, BadCompany.   Audit: tenant.company_changed, which fields
    """
    require(actor, Capability.MANAGE_SETTINGS, tenant=tenant)
    company = replace(company, country=company.country.strip().upper())
    check_company(company)
    before = find_company(tenant)
    changed = [one.name for one in fields(Company) if _differs(before, company, one.name)]
    if not changed:
        return False
    models.Company.objects.update_or_create(tenant_id=tenant, defaults=asdict(company))
    record(
        actor=actor,
        verb=Verb.TENANT_COMPANY_CHANGED,
        tenant=tenant,
        subject="tenant",
        # Where a company is, and how it is called, may be a person's address: names alone.
        details={"fields": changed},
        now=now,
    )
    return True


def check_company(company: Company) -> None:
    """Raises: BadCompany, for the first field that is refused."""
    for one in fields(Company):
        most = getattr(models.Company._meta.get_field(one.name), "max_length", 0)
        if len(getattr(company, one.name)) > most:
            raise BadCompany(one.name, N_("that is too long"))
    if company.country and len(company.country) != COUNTRY:
        raise BadCompany("country", N_("give the code of two letters"))


def _differs(one: Company, other: Company, field: str) -> bool:
    return bool(getattr(one, field) != getattr(other, field))
