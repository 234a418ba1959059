"""Devices > Pending Enrollment: machines that are not enrolled yet, and the zero-touch key (E8)."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.urls import path
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from fleetward.access.contracts import Capability
from fleetward.agents.actions import (
    make_pin,
    read_machines,
    register_machines,
    remove_pending,
    revoke_pin,
)
from fleetward.agents.contracts import (
    PendingKind,
    PinKind,
    Registered,
    UnreadableList,
)
from fleetward.agents.queries import find_pin, list_pending
from fleetward.devices.contracts import Refusal
from fleetward.devices.texts import REFUSAL_TEXTS
from fleetward.infra.files.errors import FileRefused
from fleetward.web.components.cells import number_text
from fleetward.web.components.shapes import Tab, Tone
from fleetward.web.door import Visit, tenant_page
from fleetward.web.errors import in_a_line
from fleetward.web.once import show_once, shown_once
from fleetward.web.pages.devices_filter import list_crumb
from fleetward.web.pages.pasted import PastedForm
from fleetward.web.render import render_page

KEY = "zero-touch key"
MOST_TOLD = 20
KINDS = {
    PendingKind.REGISTERED: (gettext_lazy("Registered"), Tone.INFO, "clock"),
    PendingKind.HELD: (gettext_lazy("Held elsewhere"), Tone.WARN, "lock"),
    PendingKind.DOMAIN: (gettext_lazy("Waits for its domain"), Tone.WARN, "help-circle"),
}
_NAMES = {str(kind): kind for kind in KINDS}


class RegisterForm(PastedForm):
    """Machines that are to be enrolled."""

    columns = gettext_lazy(
        "One in each line as in a CSV file, below a line that names the columns, such as: "
        "Manufacturer;Serial number."
    )


@tenant_page(Capability.ENROL_DEVICES)
def pending(visit: Visit) -> HttpResponseBase:
    """The machines that are not enrolled yet, of one kind or all; register more."""
    form = RegisterForm(visit.posted, visit.request.FILES or None)
    if visit.posted is not None and form.is_valid():
        try:
            return _registered(visit, form)
        except (FileRefused, UnreadableList) as error:
            form.add_error(None, in_a_line(error))
    return _page(visit, form)


def _registered(visit: Visit, form: RegisterForm) -> HttpResponseBase:
    found = register_machines(
        actor=visit.actor,
        tenant=visit.tenant.id,
        machines=read_machines(form.data_given()),
        now=visit.now,
    )
    told = _("%(added)s registered, %(known)s known already, %(refused)s refused.") % {
        "added": number_text(found.added),
        "known": number_text(found.known),
        "refused": number_text(len(found.refused)),
    }
    messages.success(visit.request, told)
    for line in _refused(found):
        messages.warning(visit.request, line)
    return redirect("pending_enrolments", customer_id=visit.tenant.customer_id)


def _refused(found: Registered) -> list[str]:
    """The first rows that were refused, each with its reason."""
    return [
        _("Row %(row)s, %(serial)s: %(reason)s")
        % {
            "row": one.row,
            "serial": one.serial or "–",
            "reason": _reason(one.refusal),
        }
        for one in found.refused[:MOST_TOLD]
    ]


def _reason(refusal: str) -> str:
    known = {str(one): one for one in Refusal}
    return str(REFUSAL_TEXTS[known[refusal]].text) if refusal in known else refusal


def _page(visit: Visit, form: RegisterForm) -> HttpResponseBase:
    kind = _NAMES.get(visit.request.GET.get("kind", ""))
    rows = list_pending(
        actor=visit.actor,
        tenant=visit.tenant.id,
        kind=kind,
        cursor=visit.request.GET.get("after"),
    )
    may_manage = visit.may(Capability.MANAGE_ENROLMENT)
    return render_page(
        visit,
        "devices/pending.html",
        title=_("Pending Enrollment"),
        nav="pending",
        crumbs=[list_crumb(visit)],
        status=422 if form.is_bound and form.errors else 200,
        context={
            "form": form,
            "tabs": _tabs(kind),
            "rows": [(row, *KINDS[row.kind]) for row in rows.rows],
            "older": _older(kind, rows.after),
            "made": shown_once(visit, KEY),
            "may_manage": may_manage,
            "has_key": may_manage and _has_key(visit),
        },
    )


def _has_key(visit: Visit) -> bool:
    present = find_pin(
        actor=visit.actor, tenant=visit.tenant.id, now=visit.now, kind=PinKind.ZERO_TOUCH
    )
    return present is not None


def _tabs(chosen: PendingKind | None) -> list[Tab]:
    return [
        Tab(_("All"), "?", chosen is None),
        *(Tab(str(KINDS[one][0]), f"?kind={one}", one is chosen) for one in KINDS),
    ]


def _older(kind: PendingKind | None, after: str | None) -> str:
    """The address of the next page; '' at the end."""
    if after is None:
        return ""
    return f"?{urlencode({'kind': kind or '', 'after': after})}"


@require_POST
@tenant_page(Capability.ENROL_DEVICES)
def pending_remove(visit: Visit, uid: uuid.UUID) -> HttpResponseBase:
    """Take a machine off the list."""
    removed = remove_pending(
        actor=visit.actor,
        tenant=visit.tenant.id,
        uids=[uid],
        now=visit.now,
    )
    told = ngettext(
        "%(n)s machine was taken off the list.", "%(n)s machines were taken off the list.", removed
    )
    messages.success(visit.request, told % {"n": removed})
    return redirect("pending_enrolments", customer_id=visit.tenant.customer_id)


@require_POST
@tenant_page(Capability.MANAGE_ENROLMENT, step_up="pending_enrolments")
def zero_touch(visit: Visit) -> HttpResponseBase:
    """Make another key, shown this once, or revoke the present one."""
    asked: dict[str, Any] = {"actor": visit.actor, "tenant": visit.tenant.id, "now": visit.now}
    if visit.request.POST.get("action") == "revoke":
        revoke_pin(**asked, kind=PinKind.ZERO_TOUCH)
        messages.success(visit.request, _("The zero-touch key enrols nothing more."))
    else:
        show_once(visit, KEY, make_pin(**asked, kind=PinKind.ZERO_TOUCH).pin)
    return redirect("pending_enrolments", customer_id=visit.tenant.customer_id)


urlpatterns = [
    path("devices/pending/", pending, name="pending_enrolments"),
    path("devices/pending/zero-touch/", zero_touch, name="zero_touch"),
    path("devices/pending/<uuid:uid>/remove/", pending_remove, name="pending_remove"),
]
