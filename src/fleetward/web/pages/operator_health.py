"""Operator > Installation: whether it works off what it has to, without a look into its tenants."""

from __future__ import annotations

from collections.abc import Iterator

from django.http import HttpResponseBase
from django.template.defaultfilters import filesizeformat
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from fleetward.access.contracts import Capability
from fleetward.connections.queries import Trouble, list_troubles
from fleetward.infra.installation import InstallationState, QueueState, measure
from fleetward.warranty.queries.providers import providers
from fleetward.web.components import cells
from fleetward.web.components.cells import number_text
from fleetward.web.components.shapes import KeyValue, Tone
from fleetward.web.components.table import Column, Row, Table
from fleetward.web.door import Visit, tenant_page
from fleetward.web.pages.external_services import STATES
from fleetward.web.render import render_page
from fleetward.web.signing_up import is_open

# A job that waits longer than this is worth a look.
LONG_SECONDS = 300


@tenant_page(Capability.OPERATE)
def installation(visit: Visit) -> HttpResponseBase:
    """Workers, queues, the database, and how many external services are in trouble."""
    state = measure()
    troubles = list_troubles(actor=visit.actor, vendor=visit.tenant.id)
    return render_page(
        visit,
        "operator/installation.html",
        title=_("Installation"),
        nav="operator_health",
        context={
            "state": state,
            "facts": (*_facts(state), _sign_up(visit)),
            "queues": _queues(state),
            "troubles": _troubles(troubles),
        },
    )


def _facts(state: InstallationState) -> Iterator[KeyValue]:
    yield KeyValue(_("Version"), state.version)
    yield KeyValue(_("Workers"), _worker_html(state))
    yield KeyValue(_("Database"), filesizeformat(state.database_bytes))
    yield KeyValue(_("Devices of all tenants, estimated"), number_text(state.devices))


def _sign_up(visit: Visit) -> KeyValue:
    """Whether companies sign themselves up, as a link to where that is set."""
    label = pgettext("sign-up", "Open") if is_open() else pgettext("sign-up", "Closed")
    href = reverse("operator_sign_up", args=[visit.tenant.customer_id])
    return KeyValue(_("Sign-up"), cells.link_html(label, href))


def _worker_html(state: InstallationState) -> str:
    if state.has_worker:
        return cells.badge_html(_("At work"), Tone.GOOD, "circle-check")
    return cells.badge_html(_("No sign of life"), Tone.BAD, "alert-circle")


def _queues(state: InstallationState) -> Table:
    return Table(
        caption=_("Queues"),
        columns=(
            Column("name", _("Queue"), "main"),
            Column("due", _("Due"), "num"),
            Column("working", _("Under way"), "num"),
            Column("later", _("Later"), "num"),
            Column("waited", _("Longest wait")),
        ),
        rows=tuple(
            Row(
                key=queue.name,
                cells=(
                    cells.code(queue.name),
                    cells.number(queue.due),
                    cells.number(queue.working),
                    cells.number(queue.later),
                    _waited(queue),
                ),
            )
            for queue in state.queues
        ),
    )


def _waited(queue: QueueState) -> cells.Cell:
    seconds = max(0, round(queue.waited_seconds)) if queue.due else 0
    if not seconds:
        return cells.text("")
    told = ngettext("%(n)s second", "%(n)s seconds", seconds) % {"n": number_text(seconds)}
    if seconds > LONG_SECONDS:
        return cells.badge(told, Tone.WARN, "clock-exclamation")
    return cells.text(told)


def _troubles(troubles: list[Trouble]) -> Table:
    known = providers()
    return Table(
        caption=_("External services in trouble"),
        columns=(
            Column("provider", _("Provider"), "main"),
            Column("state", _("Status")),
            Column("tenants", _("Tenants"), "num"),
        ),
        rows=tuple(
            Row(
                key=f"{one.provider}-{one.state}",
                cells=(
                    cells.text(
                        known[one.provider].traits.label if one.provider in known else one.provider
                    ),
                    cells.badge(*STATES[one.state]),
                    cells.number(one.tenants),
                ),
            )
            for one in troubles
        ),
    )


urlpatterns = [path("operator/installation/", installation, name="operator_health")]
