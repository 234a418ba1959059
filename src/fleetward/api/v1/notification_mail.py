"""When the caller gets mails of what is new in the tenant (L5)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Field, Router
from pydantic import ConfigDict, StrictInt

from fleetward.access.contracts import Capability
from fleetward.api.answers import answer
from fleetward.api.auth import caller_of
from fleetward.api.calls import call
from fleetward.api.schemas import In, Out, sample
from fleetward.notifications.actions import choose_mail
from fleetward.notifications.contracts import MailChoice, MailWhen
from fleetward.notifications.queries import get_mail_choice

router = Router(tags=["notifications"])
NEEDS = Capability.SEE_NOTIFICATIONS


class MailChoiceIn(In):
    model_config = ConfigDict(json_schema_extra=sample(how="DAILY", hour=7))
    how: MailWhen = Field(description="OFF, AT_ONCE, DAILY or WEEKLY, which is on Monday")
    hour: StrictInt = Field(7, ge=0, le=23, description="Of the tenant's day")


class MailChoiceOut(Out):
    model_config = ConfigDict(json_schema_extra=sample(how="DAILY", hour=7))
    how: MailWhen
    hour: int


@call(router, "GET /notification-mail", needs=NEEDS, answers=MailChoiceOut)
def get_notification_mail(request: HttpRequest) -> HttpResponse:
    """Show when the caller gets mails of the notifications of this tenant."""
    caller = caller_of(request)
    known = get_mail_choice(actor=caller.actor, tenant=caller.tenant.id)
    return answer({"how": known.how, "hour": known.hour})


@call(router, "PUT /notification-mail", needs=NEEDS, answers=MailChoiceOut)
def put_notification_mail(request: HttpRequest, body: MailChoiceIn) -> HttpResponse:
    """Choose when; whoever had none is mailed of what comes from now on."""
    caller = caller_of(request)
    choose_mail(
        actor=caller.actor,
        tenant=caller.tenant.id,
        choice=MailChoice(body.how, body.hour),
        now=caller.now,
        zone=caller.tenant.settings.time_zone,
    )
    return answer({"how": body.how, "hour": body.hour})
