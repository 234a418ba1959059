"""Starting an export of a list as it is shown: its filter, order, columns and words."""

from __future__ import annotations

from datetime import date

from django.http import HttpResponseBase, HttpResponseRedirect, QueryDict
from django.utils.translation import gettext as _

from fleetward.warranty.exports.actions import start_export
from fleetward.warranty.exports.contracts import Day, ExportFormat
from fleetward.warranty.queries.export import Sheet
from fleetward.web.door import Visit
from fleetward.web.pages.devices_columns import file_columns, layout_in, wording
from fleetward.web.pages.devices_filter import read_filter, read_order
from fleetward.web.pages.exports_views import export_href


def begin_export(visit: Visit, format_: ExportFormat, query: QueryDict) -> HttpResponseBase:
    """Have the list of an address written, and show how far that is."""
    settings = visit.tenant.settings
    layout = layout_in(query, visit.request.COOKIES)
    order = read_order(query, read_filter(query, visit.today))
    row = start_export(
        actor=visit.actor,
        tenant=visit.tenant.id,
        format_=format_,
        query=query.urlencode(),
        sheet=Sheet(order, file_columns(layout.specs), wording(settings.time_zone)),
        day=Day(visit.today, settings.time_zone, settings.expiring_days),
        now=visit.now,
    )
    return HttpResponseRedirect(export_href(row, visit.tenant.customer_id))


def file_name(visit: Visit, day: date, ending: str) -> str:
    """What the file of a list is called."""
    # Translators: the name of a file, such as devices-7Q2M4X9KTB-2026-03-03.csv
    return _("devices-%(tenant)s-%(day)s.%(ending)s") % {
        "tenant": visit.tenant.customer_id,
        "day": day.isoformat(),
        "ending": ending,
    }
