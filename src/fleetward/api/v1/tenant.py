"""The tenant of the token."""

from __future__ import annotations

from django.http import HttpRequest
from ninja import Field, Router
from pydantic import ConfigDict

from fleetward.access.contracts import Capability
from fleetward.api.auth import caller_of
from fleetward.api.calls import call
from fleetward.api.schemas import CUSTOMER, Out, sample

router = Router(tags=["tenant"])


class TenantOut(Out):
    model_config = ConfigDict(
        json_schema_extra=sample(
            customer_id=CUSTOMER,
            name="Acme",
            time_zone="Europe/Paris",
            expiring_days=180,
            has_scheduled_runs=True,
            reminder_days=[90, 30, 7],
            role="IT_ADMIN",
        )
    )
    customer_id: str
    name: str
    time_zone: str = Field(description="Days are days of this time zone")
    expiring_days: int = Field(description="How many days ahead Expiring begins")
    has_scheduled_runs: bool = Field(description="Devices are looked up again at night")
    reminder_days: list[int] = Field(
        description="How many days before the end of coverage somebody is reminded"
    )
    role: str = Field(description="What the token's user is here, at this moment")


@call(router, "GET /tenant", needs=Capability.SEE_DEVICES, answers=TenantOut)
def get_tenant(request: HttpRequest) -> TenantOut:
    """Show the tenant that the token is bound to, and the role held there."""
    caller = caller_of(request)
    tenant = caller.tenant
    return TenantOut(
        customer_id=tenant.customer_id,
        name=tenant.name,
        time_zone=tenant.settings.time_zone,
        expiring_days=tenant.settings.expiring_days,
        has_scheduled_runs=tenant.settings.has_scheduled_runs,
        reminder_days=list(tenant.settings.reminder_days),
        role=caller.actor.roles[tenant.id],
    )
