"""The page of one device: its warranty on any day, its evidence and history."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpResponseBase
from django.urls import path, reverse
from django.utils.http import urlencode

from fleetward.access.contracts import Capability
from fleetward.agents.queries import find_presence
from fleetward.devices.actions import offer_deletion
from fleetward.devices.queries.history import list_changes
from fleetward.warranty.queries.device import get_device
from fleetward.warranty.queries.evidence import list_evidence
from fleetward.warranty.queries.grid_words import read_day
from fleetward.warranty.queries.group_counts import list_groups_with
from fleetward.web.components.shapes import Link
from fleetward.web.door import Visit, tenant_page
from fleetward.web.pages import device_views
from fleetward.web.pages.devices_filter import list_crumb
from fleetward.web.pages.devices_forms import WarrantyForm
from fleetward.web.recent import remember
from fleetward.web.render import render_page

EVIDENCE, HISTORY = "evidence", "history"
ANSWERS, ENTRIES = 20, 100


@tenant_page(Capability.SEE_DEVICES)
def device(visit: Visit, uid: uuid.UUID) -> HttpResponseBase:
    """A device today, or on the day in `as_of` (W18)."""
    page = page_of(visit, uid, WarrantyForm())
    remember(visit, page, uid)
    return page


def page_of(
    visit: Visit, uid: uuid.UUID, form: WarrantyForm, status: int = 200
) -> HttpResponseBase:
    """The page with what was entered by hand, or with an empty form for it."""
    as_of = read_day(visit.request.GET.get("as_of", ""))
    found = get_device(
        actor=visit.actor,
        tenant=visit.tenant.id,
        uid=uid,
        today=visit.today,
        expiring_days=visit.tenant.settings.expiring_days,
        as_of=as_of,
    )
    row = found.row
    is_active = row.is_active
    said = list_evidence(**_part(visit, uid, EVIDENCE), limit=ANSWERS)
    changes = list_changes(**_part(visit, uid, HISTORY), limit=ENTRIES)
    return render_page(
        visit,
        "devices/device.html",
        title=row.name or row.serial,
        nav="devices",
        crumbs=[list_crumb(visit)],
        has_simulated=row.is_simulated,
        status=status,
        context={
            "view": device_views.device_view(
                found, visit.today, as_of, expiring_days=visit.tenant.settings.expiring_days
            ),
            "evidence": device_views.evidence(said.rows),
            # Lines of cover travel with a device; the words behind them stay with who asked (X10).
            "was_answered_elsewhere": row.checked_at is not None,
            "older_evidence": _older(visit, EVIDENCE, said.after),
            "history": device_views.history(
                changes.rows,
                visit.tenant.customer_id,
                may_import=visit.may(Capability.IMPORT_DEVICES),
            ),
            "older_history": _older(visit, HISTORY, changes.after),
            "groups": _groups(visit, uid) if is_active else [],
            "presence": find_presence(actor=visit.actor, tenant=visit.tenant.id, device=uid),
            "form": form,
            "offer": _offer(visit, uid) if is_active else None,
            "may_edit": is_active and visit.may(Capability.EDIT_DEVICES),
            "may_restore": not is_active and visit.may(Capability.EDIT_DEVICES),
            "may_refresh": is_active and visit.may(Capability.REFRESH_WARRANTY),
            "may_print": is_active and visit.may(Capability.EXPORT_DEVICES),
            "may_enter": is_active and visit.may(Capability.ENTER_WARRANTY),
        },
    )


def _groups(visit: Visit, uid: uuid.UUID) -> list[Link]:
    """The groups of both kinds that the device is in, each with the list of its devices."""
    found = list_groups_with(
        actor=visit.actor,
        tenant=visit.tenant.id,
        device=uid,
        today=visit.today,
        expiring_days=visit.tenant.settings.expiring_days,
    )
    home = reverse("devices", args=[visit.tenant.customer_id])
    return [Link(name, f"{home}?{urlencode({'group': str(group)})}") for group, name in found]


def _part(visit: Visit, uid: uuid.UUID, name: str) -> dict[str, Any]:
    """A device and the place in one of its two lists that are read in pages."""
    cursor = visit.request.GET.get(name)
    return {"actor": visit.actor, "tenant": visit.tenant.id, "uid": uid, "cursor": cursor}


def _older(visit: Visit, name: str, after: str | None) -> str:
    """The page with the next part of a list, and the rest as it is; '' at the list's end."""
    if after is None:
        return ""
    query = visit.request.GET.copy()
    query[name] = after
    return f"?{query.urlencode()}#{name}"


def _offer(visit: Visit, uid: uuid.UUID) -> object:
    if not visit.may(Capability.DELETE_DEVICES):
        return None
    return offer_deletion(actor=visit.actor, tenant=visit.tenant.id, uid=uid, now=visit.now)


urlpatterns = [
    path("devices/<uuid:uid>/", device, name="device"),
]
