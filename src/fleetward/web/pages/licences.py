"""Settings > Licences: the licence keys of a tenant, its seats and its state (L3)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django import forms
from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from fleetward.access.contracts import Capability
from fleetward.devices.bulk.actions import move_to_plan
from fleetward.kernel.errors import DomainError, Forbidden, NotFound
from fleetward.tenancy.contracts import LicenceState, TenantKind
from fleetward.tenancy.licences.actions import add_licence, remove_licence
from fleetward.tenancy.licences.contracts import Licence, LicenceStays, Licensing, PlanRow, Seats
from fleetward.tenancy.licences.queries import get_licensing, numbers_to_move
from fleetward.web.components import cells
from fleetward.web.components.cells import day_text, number_text
from fleetward.web.components.shapes import Progress, Tone
from fleetward.web.door import Visit, tenant_page
from fleetward.web.errors import in_a_line
from fleetward.web.pages.bulk_starting import finished, tell
from fleetward.web.pages.bulk_views import bulk_href
from fleetward.web.render import render_page

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

LICENCE_STATES: dict[LicenceState, tuple[StrPromise, Tone, str]] = {
    LicenceState.UNLIMITED: (gettext_lazy("No limit"), Tone.GOOD, "circle-check"),
    LicenceState.OK: (gettext_lazy("In order"), Tone.GOOD, "circle-check"),
    LicenceState.OVERENROLLED: (gettext_lazy("Overenrolled"), Tone.WARN, "alert-triangle"),
    LicenceState.SUSPENDED: (gettext_lazy("Suspended"), Tone.BAD, "alert-circle"),
}
KEY_CHARACTERS = 2000


class LicenceForm(forms.Form):
    key = forms.CharField(
        label=gettext_lazy("Licence key"),
        max_length=KEY_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false", "autocomplete": "off"}),
        help_text=gettext_lazy("The whole text as it was sent to you; it begins with FWL1."),
    )
    moves_all = forms.BooleanField(
        label=gettext_lazy("Make it the plan of all devices that have none of their own"),
        required=False,
        help_text=gettext_lazy("The first key does so in any case."),
    )


@tenant_page(Capability.MANAGE_LICENCES, step_up="licences")
def licences(visit: Visit) -> HttpResponseBase:
    """The keys and seats; add a key."""
    _refuse_others(visit)
    form = LicenceForm(visit.posted)
    if form.is_valid():
        try:
            licence = add_licence(
                actor=visit.actor,
                tenant=visit.tenant.id,
                text=form.cleaned_data["key"],
                moves_all=form.cleaned_data["moves_all"],
                now=visit.now,
            )
        except (NotFound, Forbidden):
            raise
        except DomainError as error:
            form.add_error("key", in_a_line(error))
        else:
            text = _("The licence key was added: %(seats)s seats until %(day)s.")
            words = {"seats": number_text(licence.seats), "day": day_text(licence.ends_on)}
            messages.success(visit.request, text % words)
            return redirect("licences", customer_id=visit.tenant.customer_id)
    standing = get_licensing(actor=visit.actor, tenant=visit.tenant.id, today=visit.now.date())
    return render_page(
        visit,
        "settings/licences.html",
        title=_("Licences"),
        nav="licences",
        status=422 if form.is_bound else 200,
        context={
            "form": form,
            "badge": cells.badge_html(*LICENCE_STATES[standing.state]),
            "plan": standing.plan,
            "bars": [_bar(one) for one in standing.seats] if standing.keys else [],
            "keys": _keys(visit, standing),
            "offers": _offers(visit, standing),
        },
    )


def _refuse_others(visit: Visit) -> None:
    """Only customers have devices of their own. Raises: NotFound."""
    if visit.tenant.kind is not TenantKind.CUSTOMER:
        raise NotFound


def _bar(one: Seats) -> Progress:
    over = one.used - one.seats
    told = ngettext("%(count)s device has no seat.", "%(count)s devices have no seat.", over)
    note = told % {"count": number_text(over)} if over > 0 else ""
    tone = Tone.WARN if over > 0 else Tone.ACCENT
    return Progress(one.plan.name, one.used, one.seats, tone=tone, note=note)


@dataclass(frozen=True, slots=True)
class Offer:
    """How many devices could go to a plan: those without a seat, and all that have another."""

    plan: PlanRow
    surplus: int
    others: int


def _offers(visit: Visit, standing: Licensing) -> list[Offer]:
    if not visit.may(Capability.EDIT_DEVICES):
        return []
    found = [
        Offer(
            one.plan,
            sum(numbers_to_move(standing, one.plan.code).values()),
            sum(numbers_to_move(standing, one.plan.code, moves_all=True).values()),
        )
        for one in standing.seats
        if one.seats
    ]
    return [offer for offer in found if offer.others]


@require_POST
@tenant_page(Capability.MANAGE_LICENCES, step_up="licences")
def move(visit: Visit) -> HttpResponseBase:
    """Give the plan of a key to the devices without a seat, or to all: a bulk change (L3)."""
    _refuse_others(visit)
    here = redirect("licences", customer_id=visit.tenant.customer_id)
    try:
        row = move_to_plan(
            actor=visit.actor,
            tenant=visit.tenant.id,
            plan=visit.request.POST.get("plan", ""),
            moves_all="all" in visit.request.POST,
            now=visit.now,
        )
    except (NotFound, Forbidden):
        raise
    except DomainError as error:
        messages.error(visit.request, in_a_line(error))
        return here
    if not row.is_small:
        return redirect(bulk_href(row, visit.tenant.customer_id))
    tell(visit, finished(visit, row))
    return here


def _keys(visit: Visit, standing: Licensing) -> list[dict[str, object]]:
    return [
        {
            "uid": row.licence.uid,
            "plan": standing.plans[row.licence.plan].name,
            "seats": row.licence.seats,
            "starts_on": row.licence.starts_on,
            "ends_on": row.licence.ends_on,
            "state": _term(visit, row.licence),
            "added_by": row.added_by,
            "added_at": row.added_at,
        }
        for row in standing.keys
    ]


def _term(visit: Visit, licence: Licence) -> str:
    today = visit.now.date()
    if licence.ends_on < today:
        return cells.badge_html(_("Ended"), Tone.QUIET, "clock")
    if licence.starts_on > today:
        return cells.badge_html(_("Begins later"), Tone.QUIET, "clock")
    return cells.badge_html(_("Live"), Tone.GOOD, "circle-check")


@require_POST
@tenant_page(Capability.MANAGE_LICENCES, step_up="licences")
def remove(visit: Visit, uid: uuid.UUID) -> HttpResponseBase:
    """Take a key away; a live one can be added again."""
    try:
        gone = remove_licence(actor=visit.actor, tenant=visit.tenant.id, uid=uid, now=visit.now)
    except LicenceStays as error:
        messages.error(visit.request, in_a_line(error))
    else:
        has_ended = gone.ends_on < visit.now.date()
        again = _("The licence key was removed. It can be added again.")
        messages.success(visit.request, _("The licence key was removed.") if has_ended else again)
    return redirect("licences", customer_id=visit.tenant.customer_id)


urlpatterns = [
    path("settings/licences/", licences, name="licences"),
    path("settings/licences/move/", move, name="licence_move"),
    path("settings/licences/<uuid:uid>/remove/", remove, name="licence_remove"),
]
