"""The logs as files: what the filter leaves as CSV or Excel, and the chain for verifying (L4)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import IO

from django.http import HttpResponseBase
from django.urls import path, reverse
from django.utils.translation import gettext as _

from fleetward.access.contracts import Capability
from fleetward.audit.actions import LogSheet, export_chain, export_entries
from fleetward.audit.contracts import AuditRow, Stretch
from fleetward.infra.downloads import BYTES, CONTENT_TYPES, download
from fleetward.kernel.errors import NotFound
from fleetward.web.components.shapes import Link
from fleetward.web.door import Visit, tenant_page
from fleetward.web.pages.logs_filter import Asked, asked

SHEETS = ("csv", "xlsx")
CHAIN = "jsonl"


@tenant_page(Capability.SEE_AUDIT)
def export(visit: Visit, kind: str) -> HttpResponseBase:
    """A file of the logs of the address: the same filter, order, columns and words.

    The chain has no gaps: of the filter, only its time counts for it.
    """
    wanted = asked(visit)
    name = file_name(visit, kind)
    if kind == CHAIN:
        return download(lambda out: _write_chain(wanted, out), name=name, content_type=BYTES)
    if kind not in SHEETS:
        raise NotFound
    return download(
        lambda out: _write_sheet(wanted, kind, out), name=name, content_type=CONTENT_TYPES[kind]
    )


def _write_sheet(wanted: Asked, kind: str, out: IO[bytes]) -> None:
    specs, visit = wanted.layout.specs, wanted.visit

    def cells(row: AuditRow) -> Sequence[str]:
        return [spec.text(row) for spec in specs]

    export_entries(
        actor=visit.actor,
        tenant=visit.tenant.id,
        only=wanted.only,
        sheet=LogSheet(
            headers=[str(spec.label) for spec in specs],
            cells=cells,
            is_workbook=kind == "xlsx",
            is_ascending=wanted.is_ascending,
        ),
        out=out,
        now=visit.now,
    )


def _write_chain(wanted: Asked, out: IO[bytes]) -> None:
    visit = wanted.visit
    export_chain(
        actor=visit.actor,
        tenant=visit.tenant.id,
        chain=visit.tenant.customer_id,
        stretch=Stretch(wanted.only.since, wanted.only.until),
        out=out,
        now=visit.now,
    )


def file_name(visit: Visit, ending: str) -> str:
    """What the file of the logs is called."""
    # Translators: the name of a file, such as logs-7Q2M4X9KTB-2026-03-03.csv
    return _("logs-%(tenant)s-%(day)s.%(ending)s") % {
        "tenant": visit.tenant.customer_id,
        "day": visit.today.isoformat(),
        "ending": ending,
    }


def links(visit: Visit) -> list[Link]:
    """The files of the list that is shown."""
    address, customer_id = asked(visit).address, visit.tenant.customer_id

    def to(kind: str) -> str:
        return address.elsewhere(reverse("logs_export", args=[customer_id, kind]))

    return [
        Link(_("What is shown, as CSV"), to("csv")),
        Link(_("What is shown, as Excel"), to("xlsx")),
        Link(_("All entries of this time with their seals, to verify"), to(CHAIN)),
    ]


urlpatterns = [path("logs/export/<str:kind>/", export, name="logs_export")]
