"""The gallery: every component in every state. Browser tests photograph it and check it.

Served in the demo and in debug only; everything on it is made up.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from fleetward.config.env import env
from fleetward.kernel.errors import NotFound
from fleetward.warranty.contracts import Reason, Status
from fleetward.web import shell
from fleetward.web.charts import (
    PALETTE,
    BarChart,
    Count,
    Donut,
    Part,
    Period,
    Rank,
    Series,
    bar_chart,
    donut,
)
from fleetward.web.components import cells
from fleetward.web.components.shapes import (
    Builder,
    Chip,
    Columns,
    Crumb,
    Event,
    Figure,
    Filter,
    FilterBar,
    KeyValue,
    Link,
    Note,
    Option,
    Progress,
    SelectionAction,
    SelectionBar,
    Step,
    Tab,
    Tone,
)
from fleetward.web.components.table import Column, Pager, Row, Table
from fleetward.web.components.timeline import Band, Flaw, Look, Span, Timeline, timeline

TODAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, 14, 3, tzinfo=timezone.get_default_timezone())
HERE = "/gallery"
VENDORS = ("Dell", "Lenovo", "HP")


class SampleForm(forms.Form):
    """One field of each kind."""

    name = forms.CharField(label="Name", help_text="As it stands on the label.")
    vendor = forms.ChoiceField(label="Vendor", choices=[(v, v) for v in VENDORS])
    days = forms.IntegerField(label="Days", min_value=1, initial=180)
    ends_on = forms.DateField(
        label="Ends on", required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    secret = forms.CharField(label="Client secret", widget=forms.PasswordInput, required=False)
    role = forms.ChoiceField(
        label="Role",
        choices=[("a", "IT Admin"), ("b", "Report Admin")],
        widget=forms.RadioSelect,
        initial="a",
    )
    is_enabled = forms.BooleanField(label="Enabled", required=False)
    notes = forms.CharField(label="Notes", widget=forms.Textarea, required=False)


def page(request: HttpRequest) -> shell.Shell:
    """A frame with everything in it."""
    tenants = tuple(
        shell.TenantChoice(name, customer_id)
        for name, customer_id in (
            ("Northwind Industries", "NWI-4K7Q-20XD"),
            ("Alpine Clinics", "ALP-9F3M-77TB"),
        )
    )
    return shell.Shell(
        title="Gallery",
        user=shell.Reader("Ada Martin", "ada@example.com"),
        tenant=tenants[0],
        tenants=tenants,
        nav="devices",
        nav_groups=shell.nav_groups(tenants[0].customer_id, "devices"),
        crumbs=(Crumb("Components", HERE),),
        unread=3,
        language=get_language() or "en",
        theme=shell.theme_of(request.COOKIES.get("theme")),
        is_demo=True,
        has_simulated=True,
        version="0.1",
    )


def device_table(*, is_selectable: bool) -> Table:
    columns = (
        Column("status", _("Status"), sort_href="?sort=status"),
        Column("name", _("Computer name"), "main", "?sort=-name", "ascending"),
        Column("serial", _("Serial number"), sort_href="?sort=serial"),
        Column("vendor", _("Manufacturer"), "extra"),
        Column("model", _("Model"), "extra"),
        Column("user", _("User")),
        Column("start", _("Start"), "num extra"),
        Column("end", _("End"), "num", "?sort=end"),
    )
    return Table(
        caption=_("Devices") if is_selectable else _("Devices in a panel"),
        columns=columns,
        rows=tuple(device_row(device) for device in DEVICES),
        count="12,431 devices",
        pager=Pager(next_href="?after=x"),
        is_selectable=is_selectable,
        export_href="?format=csv",
        chooser=Columns(HERE, (Option("name", _("Computer name"), True), Option("x", _("Model")))),
    )


@dataclass(frozen=True, slots=True)
class Sample:
    """A made-up device; `days_left` until coverage ends."""

    name: str
    serial: str
    vendor: str
    model: str
    user: str
    status: Status
    reason: Reason | None = None
    days_left: int | None = None
    is_simulated: bool = False


DEVICES = (
    Sample("PAR-LT-0412", "8XK2M03", "Dell", "Latitude 7440", "Ada Martin", Status.IN,
           days_left=640),
    Sample("PAR-LT-0413", "PF3XQ1ZL", "Lenovo", "ThinkPad X1 Carbon Gen 11", "Marc Petit",
           Status.EXPIRING, days_left=21, is_simulated=True),
    Sample("LYO-WS-0007", "CZC1234ABC", "HP", "Z2 Tower G9", "", Status.OUT, days_left=-120),
    Sample("LYO-LT-0101", "5CG0000XYZ", "HP", "EliteBook 840 G10", "Lena Roux", Status.UNKNOWN,
           Reason.NOT_FOUND_AT_VENDOR),
    Sample("SRV-ESX-01", "VMware-42 1f", "VMware", "VMware7,1", "", Status.UNKNOWN,
           Reason.VIRTUAL_MACHINE),
    Sample("NCE-LT-0003", "1Q2W3E4", "Dell", "Precision 5680", "Tom Girard", Status.IN,
           days_left=1001),
)  # fmt: skip


def device_row(device: Sample) -> Row:
    end = None if device.days_left is None else TODAY + timedelta(days=device.days_left)
    start = None if end is None else end - timedelta(days=3 * 365)
    line = (
        cells.status(device.status, device.reason, is_simulated=device.is_simulated),
        cells.link(device.name, "#table"),
        cells.code(device.serial),
        cells.text(device.vendor),
        cells.text(device.model),
        cells.text(device.user),
        cells.day(start),
        cells.day(end),
    )
    return Row(key=device.serial, cells=line, href="#table", name=device.name)


def filters() -> FilterBar:
    statuses = [("IN", _("In warranty"), 9120), ("EXPIRING", _("Expiring"), 1320)]
    return FilterBar(
        action=HERE,
        search_label=_("Serial number, name, model or user"),
        filters=(
            Filter(
                "status", _("Status"), tuple(Option(v, t, v == "IN", n) for v, t, n in statuses)
            ),
            Filter("vendor", _("Manufacturer"), tuple(Option(v, v) for v in VENDORS)),
            Filter("end", _("End"), from_name="from", to_name="to"),
        ),
        chips=(Chip(_("Status"), _("In warranty"), HERE, cells.number_text(9120)),),
        clear_href=HERE,
        more=(Link(_("Serial number"), HERE), Link(_("Model"), HERE)),
        builder=Builder(
            name="location",
            label=_("Location"),
            ops=(Option("is", _("is")), Option("empty", _("is empty"))),
            kept=(),
            cancel_href=HERE,
            problem=_("Enter a value that the column can have."),
            focuses=False,
        ),
    )


def expirations() -> BarChart:
    """Thirty-seven months around this one."""

    def period(offset: int) -> Period:
        year, month = divmod(TODAY.year * 12 + TODAY.month - 1 + offset, 12)
        first = date(year, month + 1, 1)
        mark = str(year) if first.month == 1 else cells.month_text(first)
        values = (
            (offset * 37 + 700) % 161,
            (offset * 53 + 900) % 127,
            (offset * 19 + 500) % 83,
        )
        return Period(
            name=date_format(first, "F Y"),
            parts=tuple(Count(value, f"{HERE}?month={first:%Y-%m}") for value in values),
            href=f"{HERE}?month={first:%Y-%m}",
            mark=mark if first.month in {1, 4, 7, 10} else "",
            rank=Rank.USUALLY if first.month in {4, 10} else Rank.ALWAYS,
            is_past=offset < 0,
            is_now=offset == 0,
        )

    series = [Series(v, look) for v, look in zip(VENDORS, PALETTE, strict=False)]
    periods = [period(offset) for offset in range(-18, 19)]
    return bar_chart("expirations", _("Expirations by month"), series, periods)


def splits() -> tuple[Donut, Donut, Donut]:
    by_status = (
        Part(_("In warranty"), 9120, "is-good", HERE),
        Part(_("Expiring"), 1320, "is-warn", HERE),
        Part(_("Out of warranty"), 1210, "is-bad", HERE),
        Part(_("Unknown"), 350, "is-quiet", HERE),
    )
    by_vendor = [
        Part(vendor, count, look, HERE)
        for vendor, count, look in zip(VENDORS, (6210, 3904, 1886), PALETTE, strict=False)
    ]
    return (
        donut("statuses", _("Devices by status"), by_status, HERE),
        donut("vendors", _("Devices by manufacturer"), by_vendor, HERE),
        donut("single", _("Devices by manufacturer"), by_vendor[:1]),
    )


def entitlements() -> Timeline:
    spans = (
        Span("ProSupport Plus", date(2024, 3, 1), date(2027, 2, 28), Look.ACTIVE, "Next day"),
        Span("Basic warranty", date(2021, 3, 1), date(2024, 2, 29), Look.ENDED),
        Span("Battery extension", date(2024, 3, 1), date(2026, 12, 20), Look.EXPIRING),
        Span("Post-warranty contract", date(2027, 3, 1), date(2028, 2, 29), Look.FUTURE),
        Span("Subscription", date(2025, 6, 1), None, Look.ACTIVE),
        Span("Old contract", date(2022, 1, 1), date(2025, 1, 1), Look.VOID, _("Cancelled")),
    )
    bands = (
        Band(Flaw.GAP, date(2023, 1, 1), date(2023, 6, 30)),
        Band(Flaw.DOUBLE, date(2027, 1, 1), None),
    )
    return timeline(_("Entitlements"), spans, TODAY, bands)


def progresses() -> list[Progress]:
    figures = (
        Figure(_("found"), 7180, Tone.GOOD, HERE),
        Figure(_("not found"), 240, Tone.WARN, HERE),
        Figure(_("failed"), 12, Tone.BAD, HERE),
    )
    return [
        Progress(_("Bulk processing"), 7432, 12431, f"{HERE}/progress", status="412 / min",
                 figures=figures, dom_id="p1"),
        Progress(_("Done"), 12431, 12431, tone=Tone.GOOD, figures=figures, dom_id="p2"),
        Progress(_("Stopped"), 3100, 12431, tone=Tone.BAD, note="Dell: HTTP 401", dom_id="p3"),
        Progress(_("Waiting"), 0, 0, dom_id="p4"),
    ]  # fmt: skip


def notes() -> list[Note]:
    return [
        Note("Import finished: 4,960 of 5,000 rows", NOW, "40 rows were refused.", HERE, Tone.WARN,
             True, "file-alert", HERE, _("Error file")),
        Note("Bulk processing finished", NOW - timedelta(hours=3), tone=Tone.GOOD),
        Note("Dell refused the credentials", NOW - timedelta(days=2), "Store a new secret.", HERE,
             Tone.BAD, True),
        Note("The HP secret expires in 14 days", NOW - timedelta(days=9)),
    ]  # fmt: skip


def selection() -> SelectionBar:
    """Everything that can be done with rows."""
    return SelectionBar(
        actions=(
            SelectionAction("refresh", "Refresh", "refresh"),
            SelectionAction("group", "Add to group", "folder-plus"),
            SelectionAction("edit", "Edit", "edit"),
            SelectionAction("export", "Export", "download"),
            SelectionAction("delete", "Delete", "trash", is_danger=True),
        ),
        everything="Select all 12,431",
        total="12,431",
    )


def context(request: HttpRequest) -> dict[str, Any]:
    by_status, by_vendor, single = splits()
    return {
        "page": page(request),
        "statuses": [s.value for s in Status],
        "tones": [t.value for t in Tone],
        "reasons": [r.value for r in Reason],
        "grid": device_table(is_selectable=True),
        "selection": selection(),
        "plain_grid": device_table(is_selectable=False),
        "bar": filters(),
        "expirations": expirations(),
        "by_status": by_status,
        "by_vendor": by_vendor,
        "single": single,
        "covered": format_html(
            "{} of {} devices are in warranty, {}",
            *(cells.link_html(number, "#tiles") for number in ("10,440", "12,000", "87%")),
        ),
        "line": entitlements(),
        "progresses": progresses(),
        "notes": notes(),
        "form": SampleForm(),
        "bad_form": SampleForm({"days": "0", "vendor": "?"}, auto_id="bad_%s"),
        "steps": [Step(_("Upload"), HERE), Step(_("Map columns"), HERE), Step(_("Preview")),
                  Step(_("Run")), Step(_("Result"))],
        "tabs": [Tab(_("Overview"), HERE, True), Tab(_("Entitlements"), HERE, count=4),
                 Tab(_("History"), HERE)],
        "keys": [KeyValue(_("Customer ID"), "NWI-4K7Q-20XD", copies=True),
                 KeyValue(_("Manufacturer"), "Dell"), KeyValue(_("Model"), "Latitude 7440"),
                 KeyValue(_("Product number"), ""),
                 KeyValue(_("Last answer"), cells.moment_html(NOW), "Dell")],
        "events": [Event("Coverage ends on 28 Feb 2027", NOW, "Dell", icon="shield-check"),
                   Event("Serial number changed", NOW - timedelta(days=40), "Ada Martin",
                         "8XK2M30 → 8XK2M03", "edit"),
                   Event("Imported", NOW - timedelta(days=90), "Ada Martin", icon="upload")],
    }  # fmt: skip


def gallery(request: HttpRequest) -> HttpResponse:
    """Every component, in every state. Raises: NotFound outside demo and debug."""
    _require_open()
    messages.success(request, "The device has been saved.")
    return render(request, "web/gallery.html", context(request))


def gallery_progress(request: HttpRequest) -> HttpResponse:
    """What the running progress of the gallery gets when it asks: itself again."""
    _require_open()
    return render(request, "web/components/progress_now.html", {"state": progresses()[0]})


def _require_open() -> None:
    if not (env().demo or env().debug):
        raise NotFound


urlpatterns = [
    path("gallery", gallery, name="gallery"),
    path("gallery/progress", gallery_progress, name="gallery_progress"),
]
