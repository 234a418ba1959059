"""The columns of the device list: chosen, ordered and sized by the reader, shown and exported."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID

from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from fleetward.devices.contracts import Origin
from fleetward.devices.texts import FIELD_LABELS
from fleetward.warranty.contracts import Reason, Status
from fleetward.warranty.queries.export import Wording
from fleetward.warranty.queries.grid_filter import DeviceRow, Sort
from fleetward.warranty.queries.providers import providers
from fleetward.warranty.texts import REASON_TEXTS, STATUS_LABELS
from fleetward.web import layouts
from fleetward.web.components import cells
from fleetward.web.components.cells import Cell, number_text
from fleetward.web.layouts import COLUMNS, Catalogue
from fleetward.web.pages.devices_filter import VIEW

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

COOKIE = "device_columns"
# The widths that this reader gave to lists whose columns are not of the reader's own choosing.
WIDTHS_COOKIE = "device_widths"
# So many are remembered, the latest first: a cookie holds 4 KB.
MOST_SIZED = 8
_LINK = "link"
ORIGIN_LABELS: Mapping[str, StrPromise] = {
    Origin.CSV: gettext_lazy("List"),
    Origin.MANUAL: gettext_lazy("By hand"),
    Origin.API: gettext_lazy("API"),
    Origin.RESALE_FEED: gettext_lazy("Resale feed"),
    Origin.AGENT: gettext_lazy("Agent"),
}
MANUAL_SOURCE = "manual"
# From here on days are too many to mean anything.
YEARS_FROM = 2


@dataclass(frozen=True, slots=True)
class Cells:
    """What the cells of one page need besides their row."""

    href: Callable[[DeviceRow], str]
    today: date
    sources: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ColumnSpec:
    """A column: its head, its cell, how it sorts, and the keys of what it shows in a file."""

    key: str
    label: StrPromise
    cell: Callable[[DeviceRow, Cells], Cell]
    css: str = ""
    sort: Sort | None = None
    exports: tuple[str, ...] = ()

    @property
    def file_keys(self) -> tuple[str, ...]:
        return self.exports or (self.key,)


def source_labels() -> dict[str, str]:
    """What answers come from, in the reader's words."""
    named = {key: provider.traits.label for key, provider in providers().items()}
    return named | {MANUAL_SOURCE: _("Entered by hand")}


def _name(row: DeviceRow, page: Cells) -> Cell:
    return cells.link(row.name or row.serial, page.href(row))


def _status(row: DeviceRow, page: Cells) -> Cell:
    if row.status is None:
        return cells.badge(inactive_text(row), icon="archive")
    return cells.status(row.status, row.reason, is_simulated=row.is_simulated)


def inactive_text(row: DeviceRow) -> str:
    """What an inactive device is called."""
    return _("Archived") if row.archived_on else _("Inactive")


def _end(row: DeviceRow, page: Cells) -> Cell:
    if row.is_rolling:
        return cells.text(_("No end date"))
    if row.ends_on is None:
        return Cell(cells.NONE)
    days = (row.ends_on - page.today).days
    near = abs(days) <= 120
    return Cell(cells.day_html(row.ends_on) + (f"<small>{days_text(days)}</small>" if near else ""))


def days_text(days: int) -> str:
    """How far away a day is: "in 12 days", "3 days ago", "today"; in years from two on."""
    if days == 0:
        return _("today")
    years = abs(days) // 365
    if years >= YEARS_FROM:
        if days > 0:
            return ngettext("in %(n)s year", "in %(n)s years", years) % {"n": years}
        return ngettext("%(n)s year ago", "%(n)s years ago", years) % {"n": years}
    if days > 0:
        return ngettext("in %(days)s day", "in %(days)s days", days) % {"days": number_text(days)}
    return ngettext("%(days)s day ago", "%(days)s days ago", -days) % {"days": number_text(-days)}


def _text(name: str) -> Callable[[DeviceRow, Cells], Cell]:
    return lambda row, page: cells.text(getattr(row, name))


def _day(name: str) -> Callable[[DeviceRow, Cells], Cell]:
    return lambda row, page: cells.day(getattr(row, name))


def _moment(name: str) -> Callable[[DeviceRow, Cells], Cell]:
    return lambda row, page: cells.moment(getattr(row, name))


def _reason(row: DeviceRow, page: Cells) -> Cell:
    return cells.text(REASON_TEXTS[row.reason].label if row.reason else "")


def _virtual(row: DeviceRow, page: Cells) -> Cell:
    return cells.text(_("yes") if row.is_virtual else _("no"))


def _error(row: DeviceRow, page: Cells) -> Cell:
    return cells.text(REASON_TEXTS[row.latest_error].label if row.latest_error else "")


SPECS: tuple[ColumnSpec, ...] = (
    ColumnSpec("name", gettext_lazy("Name"), _name, "main", Sort.NAME),
    ColumnSpec(
        "status", gettext_lazy("Coverage"), _status, exports=("status", "reason", "simulated")
    ),
    ColumnSpec("reason", gettext_lazy("Reason"), _reason),
    ColumnSpec("ends_on", gettext_lazy("Ends"), _end, sort=Sort.END),
    ColumnSpec(
        "serial",
        FIELD_LABELS["serial"],
        lambda row, page: cells.code(row.serial),
        sort=Sort.SERIAL,
    ),
    ColumnSpec("manufacturer", FIELD_LABELS["manufacturer"], _text("manufacturer")),
    ColumnSpec("model", FIELD_LABELS["model"], _text("model"), sort=Sort.MODEL),
    ColumnSpec(
        "product_number",
        FIELD_LABELS["product_number"],
        lambda row, page: cells.code(row.product_number),
    ),
    ColumnSpec("assigned_user", FIELD_LABELS["assigned_user"], _text("assigned_user")),
    ColumnSpec("asset_tag", FIELD_LABELS["asset_tag"], _text("asset_tag")),
    ColumnSpec("location", FIELD_LABELS["location"], _text("location")),
    ColumnSpec("country", FIELD_LABELS["country"], _text("country")),
    ColumnSpec("purchased_on", FIELD_LABELS["purchased_on"], _day("purchased_on")),
    ColumnSpec("in_use_from", gettext_lazy("In use since"), _day("in_use_from")),
    ColumnSpec("starts_on", gettext_lazy("Starts"), _day("starts_on")),
    ColumnSpec("ships_on", gettext_lazy("Shipped"), _day("ships_on")),
    ColumnSpec(
        "source",
        gettext_lazy("Source"),
        lambda row, page: cells.text(page.sources.get(row.source, row.source)),
    ),
    ColumnSpec("checked_at", gettext_lazy("Checked"), _moment("checked_at")),
    ColumnSpec("latest_error", gettext_lazy("Latest problem"), _error),
    ColumnSpec(
        "origin",
        gettext_lazy("Origin"),
        lambda row, page: cells.text(ORIGIN_LABELS.get(row.origin, row.origin)),
    ),
    ColumnSpec("plan", FIELD_LABELS["plan"], _text("plan")),
    ColumnSpec("is_virtual", FIELD_LABELS["is_virtual"], _virtual),
    ColumnSpec("created_at", gettext_lazy("Added"), _moment("created_at")),
    ColumnSpec("updated_at", gettext_lazy("Changed"), _moment("updated_at")),
)
DEFAULT = ("name", "status", "ends_on", "serial", "manufacturer", "model", "assigned_user")
# The row's name leads to the device, so that it cannot be left out.
ALWAYS = "name"
FILE_LABELS: dict[str, StrPromise] = {
    "simulated": gettext_lazy("Simulated"),
}


CATALOGUE = Catalogue(SPECS, DEFAULT, ALWAYS)
Layout = layouts.Layout[ColumnSpec]


def chosen_layout(request: HttpRequest) -> Layout:
    """The columns that the address names, or else those that this reader has chosen."""
    return layout_in(request.GET, request.COOKIES)


def layout_in(query: QueryDict, cookies: Mapping[str, str]) -> Layout:
    """The same for the query of an address, with the widths that this reader gave them there."""
    layout = CATALOGUE.read(query.get(COLUMNS) or cookies.get(COOKIE, ""))
    sizes = _sizes(cookies).get(_place(query), {}) if is_apart(query) else {}
    return CATALOGUE.of((spec.key for spec in layout.specs), {**layout.widths, **sizes})


def is_apart(query: QueryDict) -> bool:
    """Whether a list is a view, or has columns of its own: what is chosen there is for there."""
    return COLUMNS in query or _place(query) != _LINK


def sizes_word(query: QueryDict, cookies: Mapping[str, str], widths: Mapping[str, int]) -> str:
    """What the cookie of widths is with those that this reader has given to a list."""
    place = _place(query)
    others = {key: known for key, known in _sizes(cookies).items() if key != place}
    sizes = [(key, known) for key, known in ({place: widths} | others).items() if known]
    words = (
        f"{key}:{'.'.join(f'{column}-{width}' for column, width in known.items())}"
        for key, known in sizes[:MOST_SIZED]
    )
    return "~".join(words)


def _sizes(cookies: Mapping[str, str]) -> dict[str, Mapping[str, int]]:
    """The widths that this reader gave, by view, or `_LINK` for what is none."""
    parts = (part.partition(":") for part in cookies.get(WIDTHS_COOKIE, "").split("~"))
    return {place: CATALOGUE.read(word).widths for place, _colon, word in parts if word}


def _place(query: QueryDict) -> str:
    """The view that an address is of."""
    try:
        return str(UUID(query.get(VIEW, "")))
    except ValueError:
        return _LINK


def file_columns(specs: Iterable[ColumnSpec]) -> list[tuple[str, str]]:
    """Keys and heads of a file that shows the same; simulated answers are marked always (W20)."""
    labels = {spec.key: spec.label for spec in SPECS} | FILE_LABELS
    keys = [key for spec in specs for key in spec.file_keys]
    return [(key, str(labels[key])) for key in dict.fromkeys([*keys, "simulated"])]


def wording(time_zone: str) -> Wording:
    """The reader's words for a file."""
    return Wording(
        statuses={str(s): str(STATUS_LABELS[s]) for s in Status},
        reasons={str(r): str(REASON_TEXTS[r].label) for r in Reason},
        origins={origin: str(label) for origin, label in ORIGIN_LABELS.items()},
        sources=source_labels(),
        simulated=_("Simulated"),
        yes=_("yes"),
        no=_("no"),
        no_end=_("No end date"),
        time_zone=time_zone,
    )
