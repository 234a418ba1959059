"""The tenant of the token, and what it sets for itself: schedule, reminders, days."""

from __future__ import annotations

from typing import Annotated

from django.http import HttpRequest, HttpResponse
from ninja import Field, Router
from pydantic import ConfigDict, StrictBool, StrictInt

from fleetward.access.contracts import Capability
from fleetward.api.auth import Caller, caller_of
from fleetward.api.calls import HAS_ETAG, call
from fleetward.api.schemas import CUSTOMER, IfMatch, In, Out, change_sample, sample
from fleetward.api.states import in_state
from fleetward.tenancy.actions import adjust_settings
from fleetward.tenancy.contracts import TenantRow

router = Router(tags=["tenant"])
SOME_SETTINGS: dict[str, object] = {
    "name": "Acme",
    "time_zone": "Europe/Paris",
    "language": "fr",
    "expiring_days": 180,
    "has_scheduled_runs": True,
    "reminder_days": [90, 30, 7],
    "archive_days": 90,
}
EXPIRING = "How many days ahead Expiring begins"
SCHEDULED = "Devices are looked up again at night"
REMINDED = "How many days before the end of coverage somebody is reminded"
ARCHIVED = "After how many days deleted devices are archived: 30, 45, 60 or 90; 0 for never"
ZONE = "Days are days of this time zone"
LANGUAGE = "Of pages and mails for users without one of their own: `en` or `fr`"


class TenantOut(Out):
    model_config = ConfigDict(
        json_schema_extra=sample(customer_id=CUSTOMER, **SOME_SETTINGS, role="IT_ADMIN")
    )
    customer_id: str
    name: str
    time_zone: str = Field(description=ZONE)
    language: str = Field(description=LANGUAGE)
    expiring_days: int = Field(description=EXPIRING)
    has_scheduled_runs: bool = Field(description=SCHEDULED)
    reminder_days: list[int] = Field(description=REMINDED)
    archive_days: int = Field(description=ARCHIVED)
    role: str = Field(description="What the token's user is here, at this moment")


class TenantChange(In):
    """Only what is given changes; null is not given."""

    model_config = ConfigDict(
        json_schema_extra=change_sample(has_scheduled_runs=False, reminder_days=[60, 14])
    )
    name: str | None = Field(None, max_length=120)
    time_zone: str | None = Field(None, description=ZONE)
    language: str | None = Field(None, description=LANGUAGE)
    expiring_days: StrictInt | None = Field(None, ge=1, le=730, description=EXPIRING)
    has_scheduled_runs: StrictBool | None = Field(None, description=SCHEDULED)
    reminder_days: list[Annotated[StrictInt, Field(ge=1, le=365)]] | None = Field(
        None, max_length=5, description=f"{REMINDED}; an empty list for never"
    )
    archive_days: StrictInt | None = Field(None, ge=0, le=90, description=ARCHIVED)


def _shown(caller: Caller, tenant: TenantRow) -> TenantOut:
    settings = tenant.settings
    return TenantOut(
        customer_id=tenant.customer_id,
        name=tenant.name,
        time_zone=settings.time_zone,
        language=settings.language,
        expiring_days=settings.expiring_days,
        has_scheduled_runs=settings.has_scheduled_runs,
        reminder_days=list(settings.reminder_days),
        archive_days=settings.archive_days,
        role=caller.actor.roles[tenant.id].partition(" ")[0],
    )


def _in_state(caller: Caller, tenant: TenantRow) -> HttpResponse:
    return in_state(_shown(caller, tenant), f'"{tenant.state}"')


@call(router, "GET /tenant", needs=Capability.SEE_DEVICES, answers=TenantOut, extra=HAS_ETAG)
def get_tenant(request: HttpRequest) -> HttpResponse:
    """Show the tenant that the token is bound to, and the role held there."""
    caller = caller_of(request)
    return _in_state(caller, caller.tenant)


@call(
    router,
    "PATCH /tenant",
    needs=Capability.MANAGE_SETTINGS,
    answers=TenantOut,
    problems=[412],
    extra=HAS_ETAG,
)
def change_tenant(request: HttpRequest, body: TenantChange, state: IfMatch = None) -> HttpResponse:
    """Change the settings that are given: whether devices are looked up at night, reminders, days.

    A name, a time zone or days that cannot be are refused, and nothing changes then. With
    `If-Match`, only while nobody else has changed any of the settings.
    """
    caller = caller_of(request)
    changes = body.dict(exclude_none=True)
    if "reminder_days" in changes:
        # The earliest reminder first, as the page of the settings keeps them.
        changes["reminder_days"] = tuple(sorted(changes["reminder_days"], reverse=True))
    tenant = adjust_settings(
        actor=caller.actor,
        tenant=caller.tenant.id,
        changes=changes,
        now=caller.now,
        state=None if state in (None, "*") else state.strip('"'),
    )
    return _in_state(caller, tenant)
