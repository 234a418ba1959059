"""The vendor health board: how each external service does, and the devices behind each number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.http import HttpResponseBase
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from fleetward.access.contracts import Capability
from fleetward.warranty.contracts import Age, HealthBoard, Reason, ServiceHealth
from fleetward.warranty.queries.grid_words import CONDITIONS, EXCEPT
from fleetward.warranty.queries.health import vendor_health
from fleetward.warranty.queries.providers import get_provider
from fleetward.warranty.queries.pure import days_of
from fleetward.warranty.texts import REASON_TEXTS
from fleetward.web.charts import Donut, Part, donut, share_text
from fleetward.web.components import cells
from fleetward.web.components.cells import link_html, number_text
from fleetward.web.components.shapes import KeyValue
from fleetward.web.door import Visit, tenant_page
from fleetward.web.pages.dashboard import ReasonView
from fleetward.web.pages.external_services import badge_of, expiry_note, quota_note, trouble_of
from fleetward.web.pages.group_filter import group_bar, groups_in, words_of
from fleetward.web.render import render_page

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

DAY = timedelta(days=1)
AGES: dict[Age, tuple[StrPromise, str]] = {
    Age.WEEK: (gettext_lazy("Under 7 days"), "is-good"),
    Age.MONTH: (gettext_lazy("7 to 29 days"), "s1"),
    Age.QUARTER: (gettext_lazy("30 to 89 days"), "s2"),
    Age.OLDER: (gettext_lazy("90 days and more"), "is-bad"),
    Age.NEVER: (gettext_lazy("Never answered"), "is-quiet"),
}
ANSWERED = "checked_at:filled"
WELL, IN_TROUBLE = "latest_error:empty", "latest_error:filled"


@dataclass(frozen=True, slots=True)
class HealthCard:
    """One external service of the board."""

    key: str
    label: str
    badge: str
    is_simulated: bool
    trouble: str
    settings_href: str
    facts: list[KeyValue]
    ages: Donut | None
    problems: list[ReasonView]


@dataclass(frozen=True, slots=True)
class Places:
    """Addresses behind the numbers of one tenant."""

    customer_id: str
    board: HealthBoard

    def devices(self, one: ServiceHealth, *where: str) -> str:
        """The devices of a connection for which these conditions hold.

        None where another connection is asked about all of its manufacturers.
        """
        if not one.manufacturers:
            return ""
        named = [("vendor", name) for name in one.manufacturers]
        return self._listed([*named, *[(CONDITIONS, word) for word in where]])

    def others(self) -> str:
        return self._listed([(EXCEPT, name) for name in self.board.manufacturers])

    def of_age(self, one: ServiceHealth, age: Age) -> str:
        """The devices whose answer is of an age, in the words of the list's own conditions."""
        if age is Age.NEVER:
            return self.devices(one, "checked_at:empty")
        first, latest = days_of(age, self.board.today)
        since = [f"checked_at:after:{first - DAY}"] if first else []
        until = [f"checked_at:before:{latest + DAY}"] if latest else []
        return self.devices(one, *since, *until)

    def settings(self, one: ServiceHealth) -> str:
        home = reverse("external_services", args=[self.customer_id])
        return f"{home}#{one.connection.provider}"

    def runs(self) -> str:
        return reverse("runs", args=[self.customer_id])

    def _listed(self, query: Sequence[tuple[str, str]]) -> str:
        words = [*query, *words_of(self.board.groups)]
        return f"{reverse('devices', args=[self.customer_id])}?{urlencode(words)}"


@tenant_page(Capability.SEE_CONNECTIONS)
def show(visit: Visit) -> HttpResponseBase:
    """Every connection of the tenant today."""
    groups = groups_in(visit)
    board = vendor_health(actor=visit.actor, tenant=visit.tenant.id, now=visit.now, groups=groups)
    places = Places(visit.tenant.customer_id, board)
    return render_page(
        visit,
        "warranty/health.html",
        title=_("Vendor health"),
        nav="health",
        has_simulated=any(one.is_simulated for one in board.services),
        context={
            "cards": [_card(one, places) for one in sorted(board.services, key=_place_of)],
            "others": _others(board.others, places) if board.others else "",
            "groups": group_bar(visit, groups) if board.services else None,
            "is_part": bool(groups),
        },
    )


def _others(devices: int, places: Places) -> str:
    text = ngettext(
        "%(devices)s device is of a vendor for which no external service is set up.",
        "%(devices)s devices are of vendors for which no external service is set up.",
        devices,
    )
    return link_html(text % {"devices": number_text(devices)}, places.others())


def _place_of(one: ServiceHealth) -> tuple[bool, str]:
    """Services without devices come last."""
    return not one.figures.devices, one.label


def _card(one: ServiceHealth, places: Places) -> HealthCard:
    traits = get_provider(one.connection.provider).traits
    return HealthCard(
        key=one.connection.provider,
        label=one.label,
        badge=badge_of(traits, one.connection),
        is_simulated=one.is_simulated,
        trouble=trouble_of(one.connection),
        settings_href=places.settings(one),
        facts=_facts(one, places, has_secret=traits.needs_credentials),
        ages=_ages(one, places) if one.figures.devices else None,
        problems=[
            _problem(reason, devices, one, places)
            for reason, devices in one.figures.by_problem.items()
        ],
    )


def _facts(one: ServiceHealth, places: Places, *, has_secret: bool) -> list[KeyValue]:
    row, figures = one.connection, one.figures
    facts = [
        KeyValue(_("Last success"), cells.moment_html(row.latest_success_at)),
        KeyValue(_("Devices"), link_html(number_text(figures.devices), places.devices(one))),
        *(_shares(one, places) if figures.devices else []),
        KeyValue(
            _("Calls today"),
            link_html(number_text(row.used_today), places.runs()),
            _calls_note(one),
        ),
    ]
    if has_secret:
        expires_on = row.secret_expires_on
        href = places.settings(one) if expires_on else ""
        note = expiry_note(expires_on, places.board.today)
        day = link_html(cells.day_html(expires_on), href)
        facts.append(KeyValue(_("Secret expires"), day, note))
    return facts + (_next_secret(one, places) if row.has_next_secret else [])


def _next_secret(one: ServiceHealth, places: Places) -> list[KeyValue]:
    """The one that stands beside the first until a test shows that it works (W3)."""
    row = one.connection
    waits, failed = _("A new secret waits for its test"), _("The new secret failed its test")
    told = link_html(failed if row.next_error else waits, places.settings(one))
    note = expiry_note(row.next_expires_on, places.board.today)
    return [KeyValue(_("New secret"), told, note)]


def _shares(one: ServiceHealth, places: Places) -> list[KeyValue]:
    answered, found = one.figures.answered, one.figures.found
    return [
        _share(_("Answered"), answered, one, places.devices(one, ANSWERED)),
        _share(pgettext("devices", "Found"), found, one, places.devices(one, ANSWERED, WELL)),
        # Of earlier days the figures of all devices are kept: they say nothing of a group.
        *([] if places.board.groups else [_drift(one, places)]),
    ]


def _share(label: str, devices: int, one: ServiceHealth, href: str) -> KeyValue:
    whole = one.figures.devices
    text = ngettext("%(part)s of %(whole)s device", "%(part)s of %(whole)s devices", whole)
    note = text % {"part": number_text(devices), "whole": number_text(whole)}
    return KeyValue(label, link_html(share_text(devices, whole), href), note)


def _drift(one: ServiceHealth, places: Places) -> KeyValue:
    """What has changed within a week; behind it are the devices that have a problem now."""
    label = _("Found: change within a week")
    if one.drift is None or one.earlier is None:
        return KeyValue(label, cells.NONE, _("known after a week"))
    note = _("%(share)s on %(day)s") % {
        "share": share_text(one.earlier.found, one.earlier.devices),
        "day": cells.day_text(one.earlier.kept_on),
    }
    return KeyValue(label, link_html(points_text(one.drift), places.devices(one, IN_TROUBLE)), note)


def points_text(drift: float) -> str:
    """A change of a share: "+1.5 points", "−3.0 points", "unchanged"."""
    shown = round(drift, 1)
    if not shown:
        return _("unchanged")
    sign = "+" if shown > 0 else "\N{MINUS SIGN}"
    return _("%(points)s points") % {"points": f"{sign}{number_text(abs(shown), 1)}"}


def _calls_note(one: ServiceHealth) -> str:
    if one.calls_left is None:
        return quota_note(one.limits)
    left = _("%(calls)s left today") % {"calls": number_text(one.calls_left)}
    return f"{left}, {quota_note(one.limits)}"


def _ages(one: ServiceHealth, places: Places) -> Donut:
    parts = [
        Part(str(label), one.figures.by_age.get(age, 0), look, places.of_age(one, age))
        for age, (label, look) in AGES.items()
    ]
    caption = _("Age of the answers of %(service)s") % {"service": one.label}
    dom_id = f"ages-{one.connection.provider}"
    return donut(dom_id, caption, parts, places.devices(one))


def _problem(reason: Reason, devices: int, one: ServiceHealth, places: Places) -> ReasonView:
    text = REASON_TEXTS[reason]
    href = places.devices(one, f"latest_error:is:{reason}")
    return ReasonView(str(text.label), str(text.fix), devices, href)


urlpatterns = [path("warranty/health/", show, name="vendor_health")]
