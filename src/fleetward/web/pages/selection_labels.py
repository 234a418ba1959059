"""Labels of the selected devices: choosing what they are printed on, and the PDF."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import IO, Any

from django import forms
from django.http import HttpResponseBase, QueryDict
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from fleetward.access.contracts import Capability
from fleetward.config.env import env
from fleetward.devices.bulk.contracts import SelectionRow
from fleetward.infra.downloads import PDF, download
from fleetward.warranty.exports.actions import print_labels
from fleetward.warranty.exports.contracts import MOST_LABELS, MOST_PRINTED, TooManyLabels
from fleetward.warranty.queries.grid import count_devices
from fleetward.warranty.queries.grid_filter import DeviceFilter, DeviceRow
from fleetward.web.components.cells import day_text, number_text
from fleetward.web.door import Visit, tenant_page
from fleetward.web.labels import GRIDS, Label, Stock, write_labels
from fleetward.web.pages.selection_pages import selection_of, selection_page

STOCKS = {
    Stock.A4_24: gettext_lazy("A4, 24 labels of 70 × 37 mm (3 × 8)"),
    Stock.A4_21: gettext_lazy("A4, 21 labels of 63.5 × 38.1 mm (3 × 7)"),
    Stock.A4_40: gettext_lazy("A4, 40 labels of 52.5 × 29.7 mm (4 × 10)"),
    Stock.LETTER_30: gettext_lazy("US Letter, 30 labels of 2⅝ × 1 inch (3 × 10)"),
    Stock.ROLL_62: gettext_lazy("Label printer, roll of 62 mm, 29 mm each"),
}


class LabelForm(forms.Form):
    """What is printed on, and where a sheet that was begun goes on; of many devices also which."""

    stock = forms.ChoiceField(label=gettext_lazy("Labels"), choices=list(STOCKS.items()))
    first = forms.IntegerField(
        label=gettext_lazy("Begin at label"),
        min_value=1,
        max_value=max(grid.per_page for grid in GRIDS.values()),
        initial=1,
        required=False,
        help_text=gettext_lazy("Of the first sheet, row by row, when some are used already."),
    )

    def __init__(self, data: QueryDict | None, devices: int) -> None:
        super().__init__(data)
        parts = range(1, devices + 1, MOST_LABELS)
        if len(parts) > 1:
            choices = [(number, _part(n, devices)) for number, n in enumerate(parts, start=1)]
            self.fields["part"] = forms.TypedChoiceField(
                label=_("Devices, by name"), coerce=int, choices=choices
            )
            self.order_fields(["part"])

    def clean(self) -> dict[str, object]:
        data = super().clean() or {}
        stock, first = data.get("stock"), data.get("first") or 1
        if stock and first > (most := GRIDS[Stock(stock)].per_page):
            self.add_error("first", _("The last label of a sheet is %(n)s.") % {"n": most})
        return data


def _part(first: int, devices: int) -> str:
    last = min(first + MOST_LABELS - 1, devices)
    return _("%(first)s to %(last)s") % {"first": number_text(first), "last": number_text(last)}


@tenant_page(Capability.EXPORT_DEVICES)
def labels(visit: Visit, uid: uuid.UUID) -> HttpResponseBase:
    """The choice of labels; sent, the PDF."""
    selection = selection_of(visit, uid)
    if selection.devices > MOST_PRINTED:
        raise TooManyLabels(MOST_PRINTED, selection.devices)
    form = LabelForm(visit.posted, _printable(visit, selection))
    if form.is_valid():
        return _pdf(visit, uid, form.cleaned_data)
    title = ngettext("Labels for %(n)s device", "Labels for %(n)s devices", selection.devices)
    return selection_page(
        visit,
        selection,
        "devices/selection_labels.html",
        title % {"n": number_text(selection.devices)},
        {"form": form, "most": number_text(MOST_LABELS)},
        status=422 if form.errors else 200,
    )


def _printable(visit: Visit, selection: SelectionRow) -> int:
    """How many devices of a selection have labels: those that are not deleted. Where one PDF holds
    all of them nobody has to know.
    """
    if selection.devices <= MOST_LABELS:
        return selection.devices
    return count_devices(
        actor=visit.actor,
        tenant=visit.tenant.id,
        only=DeviceFilter(selection=selection.uid),
        today=visit.today,
        expiring_days=visit.tenant.settings.expiring_days,
    ).number


def _pdf(visit: Visit, uid: uuid.UUID, chosen: Mapping[str, Any]) -> HttpResponseBase:
    part = chosen.get("part")
    rows = print_labels(
        actor=visit.actor,
        tenant=visit.tenant.id,
        selection=uid,
        today=visit.today,
        expiring_days=visit.tenant.settings.expiring_days,
        now=visit.now,
        part=part or 1,
    )
    made = [_label(row, visit.tenant.customer_id) for row in rows]

    def write(out: IO[bytes]) -> None:
        write_labels(out, Stock(chosen["stock"]), made, skipped=(chosen["first"] or 1) - 1)

    day = visit.today.isoformat()
    # Translators: the name of a file, such as labels-7Q2M4X9KTB-2026-03-03.pdf
    name = _("labels-%(tenant)s-%(day)s.pdf") % {
        "tenant": visit.tenant.customer_id,
        "day": f"{day}-{part}" if part else day,
    }
    return download(write, name=name, content_type=PDF)


def _label(row: DeviceRow, customer_id: str) -> Label:
    """The code opens the page of the device, for whoever may see it."""
    link = env().public_address(reverse("device", args=[customer_id, row.uid]))
    serial = _("S/N: %(serial)s") % {"serial": row.serial}
    return Label(link, row.name, (serial, row.model or row.manufacturer, _warranty(row)))


def _warranty(row: DeviceRow) -> str:
    # W20: nobody takes a simulated answer for a vendor's, also where the line is cut.
    if row.is_rolling:
        return _("Simulated: no end date") if row.is_simulated else _("Warranty without end date")
    if row.ends_on is None:
        return ""
    told = _("Simulated: until %(day)s") if row.is_simulated else _("Warranty until %(day)s")
    return told % {"day": day_text(row.ends_on)}


urlpatterns = [
    path("devices/selections/<uuid:uid>/labels/", labels, name="selection_labels"),
]
