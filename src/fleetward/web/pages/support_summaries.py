"""Where a page has a summary with failed rows, it offers to ask the operator with it (X13).

A page names its summary in the address of the form: `?about=import:<Customer ID>:<id>`. The form
asks the source of that kind for the file, as the reader who asks, and knows no more of it. One more
kind is one more line in `SOURCES`.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from fleetward.access.contracts import Capability
from fleetward.access.queries import is_allowed, require
from fleetward.devices.imports.contracts import Outcome
from fleetward.devices.imports.queries import get_outcome_file
from fleetward.devices.ordered.contracts import OrderedState, Wanted
from fleetward.devices.ordered.queries import own_reconciliation
from fleetward.infra.files.csv_writer import csv_lines
from fleetward.kernel.errors import NotFound
from fleetward.partners.queries import list_own_locations
from fleetward.support.contracts import MOST_SERIALS, Category, NewFile
from fleetward.tenancy.contracts import TenantRow
from fleetward.tenancy.queries import get_tenant, list_tenants
from fleetward.transfers.contracts import FAILURES
from fleetward.transfers.queries import get_progress, iterate_rows
from fleetward.web.door import Visit
from fleetward.web.pages.import_files import error_lines
from fleetward.web.pages.reconciliation_views import file_headers, file_line
from fleetward.web.pages.transfer_files import summary_table
from fleetward.web.pages.transfer_views import title_of


@dataclass(frozen=True, slots=True)
class Summary:
    """`title` names it on the form; `subject`, `text` and `serials` are those of the request,
    unless they are changed.
    """

    title: str
    subject: str
    category: Category
    file: NewFile
    text: str = ""
    serials: Sequence[str] = ()


# Rows of a summary: as many fit into an attachment (10 MiB), however long their serial numbers.
MOST_ATTACHED = 20_000
# With a visit to the tenant that the summary is of. Raises: NotFound, Forbidden.
Source = Callable[[Visit, uuid.UUID], Summary]


def of_import(visit: Visit, uid: uuid.UUID) -> Summary:
    """The refused rows of an import with their reasons, as they are downloaded to be corrected."""
    require(visit.actor, Capability.IMPORT_DEVICES, tenant=visit.tenant.id)
    found = get_outcome_file(
        actor=visit.actor, tenant=visit.tenant.id, uid=uid, only=Outcome.REFUSED
    )
    words = {"file": found.file_name}
    return Summary(
        title=_("Attach the refused rows of %(file)s") % words,
        subject=_("Refused rows of %(file)s") % words,
        category=Category.IMPORT,
        file=NewFile("refused-rows.csv", csv_lines(*error_lines(found))),
    )


def of_transfer(visit: Visit, uid: uuid.UUID) -> Summary:
    """The rows of a transfer with their State Descriptions, as they are downloaded; of a long one
    the first that have failed.
    """
    require(visit.actor, Capability.TRANSFER_DEVICES, tenant=visit.tenant.id)
    row = get_progress(actor=visit.actor, tenant=visit.tenant.id, uid=uid)
    only = FAILURES if row.rows > MOST_ATTACHED else ()
    lines = iterate_rows(actor=visit.actor, tenant=visit.tenant.id, uid=uid, outcomes=only)
    words = {"name": title_of(row)}
    return Summary(
        title=_("Attach the summary of %(name)s") % words,
        subject=_("Failed rows of %(name)s") % words,
        category=Category.TRANSFER,
        file=NewFile("summary.csv", csv_lines(*summary_table(islice(lines, MOST_ATTACHED)))),
    )


def of_ordered(visit: Visit, _uid: uuid.UUID) -> Summary:
    """What a partner ordered and no feed has brought (T7), with its Partner IDs."""
    found = own_reconciliation(actor=visit.actor, partner=visit.tenant.id)
    missing = Wanted([OrderedState.MISSING])
    rows = list(islice(found.each(missing, now=visit.now), MOST_ATTACHED))
    places = list_own_locations(actor=visit.actor, partner=visit.tenant.id)
    words = {
        "places": ", ".join(place.code for place in places) or "–",
        "orders": ", ".join(sorted({row.order_number for row in rows} - {""})[:20]) or "–",
    }
    return Summary(
        title=_("Attach the list of what is missing"),
        subject=_("Ordered devices that are missing"),
        category=Category.MISSING_DEVICES,
        file=NewFile("missing.csv", csv_lines(file_headers(), map(file_line, rows))),
        text=_(
            "We have ordered these machines, and they have not come to Unassigned Devices.\n"
            "Our Partner IDs: %(places)s\nOrder numbers: %(orders)s"
        )
        % words,
        serials=[row.serial for row in rows[:MOST_SERIALS]],
    )


SOURCES: Mapping[str, Source] = {
    "import": of_import,
    "transfer": of_transfer,
    "ordered": of_ordered,
}


def summary_of(visit: Visit, about: str) -> Summary | None:
    """What `support_href` has named; None for no name. Raises: NotFound, Forbidden."""
    if not about:
        return None
    kind, _colon, rest = about.partition(":")
    customer_id, _colon, uid = rest.partition(":")
    try:
        source, known = SOURCES[kind], uuid.UUID(uid)
    except (KeyError, ValueError):
        raise NotFound from None
    tenant = get_tenant(actor=visit.actor, customer_id=customer_id)
    return source(replace(visit, tenant=tenant), known)


def support_href(visit: Visit, kind: str, uid: uuid.UUID) -> str:
    """The form that asks the operator about something of the tenant at hand; '' for nobody's.

    Who works here for a partner asks in the partner's own tenant.
    """
    place = visit.tenant if visit.may(Capability.ASK_SUPPORT) else _own_tenant(visit)
    if place is None:
        return ""
    query = urlencode({"about": f"{kind}:{visit.tenant.customer_id}:{uid}"})
    return f"{reverse('support_new', args=[place.customer_id])}?{query}"


def _own_tenant(visit: Visit) -> TenantRow | None:
    """The first one in which the reader may ask."""
    own = (
        place
        for place in list_tenants(actor=visit.actor)
        if is_allowed(visit.actor, Capability.ASK_SUPPORT, tenant=place.id)
    )
    return next(own, None)
