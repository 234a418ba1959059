"""Lists of requests: that of a tenant, and the operator's with its filters."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import urlencode

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from fleetward.kernel.paging import Page
from fleetward.support.contracts import RequestRow, RequestState, Side, Wanted
from fleetward.support.queries import count_by_state, list_requests
from fleetward.web.actor_texts import actor_text
from fleetward.web.components import cells
from fleetward.web.components.cells import Cell, number_text
from fleetward.web.components.shapes import Chip, Filter, FilterBar, Option, Tab
from fleetward.web.components.table import Column, Pager, Row, Table
from fleetward.web.door import Visit
from fleetward.web.pages.support_talk import Place
from fleetward.web.pages.support_texts import AGES, CATEGORIES, STATES

WORDS = {str(state): state for state in RequestState}


def context_of(visit: Visit, place: Place) -> dict[str, object]:
    """What the page of a list shows."""
    asked = {name: visit.request.GET.get(name, "").strip() for name in ("state", "q", "quiet")}
    wanted = _wanted(visit, place, asked)
    numbers = count_by_state(
        actor=visit.actor, tenant=visit.tenant.id, side=place.side, wanted=wanted
    )
    page = list_requests(
        actor=visit.actor,
        tenant=visit.tenant.id,
        side=place.side,
        wanted=wanted,
        cursor=visit.request.GET.get("after"),
    )
    kept = {name: value for name, value in asked.items() if value}
    return {
        "tabs": _tabs(numbers, wanted.state, kept),
        "bar": _bar(visit, place, kept) if place.side is Side.OPERATOR else None,
        "grid": _table(visit, place, page, kept),
        "is_filtered": bool(kept),
    }


def _wanted(visit: Visit, place: Place, asked: dict[str, str]) -> Wanted:
    """What cannot be asked for is forgotten, so that the address that is shown tells the truth."""
    state = WORDS.get(asked["state"])
    days = int(asked["quiet"]) if asked["quiet"] in map(str, AGES) else 0
    is_operator = place.side is Side.OPERATOR
    asked["state"] = str(state or "")
    asked["quiet"] = str(days) if days and is_operator else ""
    asked["q"] = asked["q"].replace("\0", "")[:120] if is_operator else ""
    since = visit.now - timedelta(days=days) if asked["quiet"] else None
    return Wanted(state, asked["q"], since)


def _tabs(
    numbers: Mapping[RequestState, int], chosen: RequestState | None, kept: dict[str, str]
) -> list[Tab]:
    others = {name: value for name, value in kept.items() if name != "state"}
    every = Tab(_("All"), f"?{urlencode(others)}", chosen is None, sum(numbers.values()))
    return [
        every,
        *(
            Tab(
                str(STATES[state][0]),
                f"?{urlencode({'state': str(state), **others})}",
                state is chosen,
                numbers[state],
            )
            for state in STATES
        ),
    ]


def _bar(visit: Visit, place: Place, kept: dict[str, str]) -> FilterBar:
    """A GET form: tenant and age; the tabs beside it hold the state."""
    href, quiet = place.href(visit), kept.get("quiet", "")
    ages = Filter(
        name="quiet",
        label=_("Without a word"),
        takes_many=False,
        options=(
            Option("", _("Any time"), not quiet),
            *(Option(str(days), _age(days), quiet == str(days)) for days in AGES),
        ),
    )
    chips = []
    if kept.get("q"):
        chips.append(Chip(_("Tenant"), kept["q"], _without(href, kept, "q")))
    if quiet:
        chips.append(Chip(_("Without a word"), _age(int(quiet)), _without(href, kept, "quiet")))
    state = kept.get("state", "")
    return FilterBar(
        action=href,
        search_label=_("Name or Customer ID of a tenant"),
        search_value=kept.get("q", ""),
        filters=(ages,),
        chips=tuple(chips),
        clear_href=f"{href}?{urlencode({'state': state})}" if state else href,
        kept=(("state", state),) if state else (),
    )


def _age(days: int) -> str:
    text = ngettext("for more than %(n)s day", "for more than %(n)s days", days)
    return text % {"n": number_text(days)}


def _without(href: str, kept: dict[str, str], name: str) -> str:
    query = urlencode({key: value for key, value in kept.items() if key != name})
    return f"{href}?{query}" if query else href


def _table(visit: Visit, place: Place, page: Page[RequestRow], kept: dict[str, str]) -> Table:
    after = f"?{urlencode({**kept, 'after': page.after})}" if page.after else ""
    return Table(
        caption=_("Support requests"),
        columns=tuple(_columns(place.side)),
        rows=tuple(_row(visit, place, row) for row in page.rows),
        pager=Pager(next_href=after),
    )


def _columns(side: Side) -> list[Column]:
    shown = [
        Column("subject", _("Subject"), "main wrap"),
        Column("state", _("Status")),
        Column("about", _("About"), "extra"),
        Column("by", _("Asked by"), "extra"),
        Column("changed", _("Latest")),
    ]
    if side is Side.OPERATOR:
        shown.insert(1, Column("tenant", _("Tenant")))
    return shown


def _row(visit: Visit, place: Place, row: RequestRow) -> Row:
    label, tone, icon = STATES[row.state]
    shown: list[Cell] = [
        cells.link(row.subject, place.href(visit, row.uid, page="_request")),
        cells.badge(label, tone, icon),
        cells.text(CATEGORIES[row.category]),
        cells.text(actor_text(row.asked_by)),
        cells.moment(row.changed_at),
    ]
    if place.side is Side.OPERATOR:
        shown.insert(1, cells.text(row.tenant_name, row.customer_id))
    return Row(key=str(row.uid), cells=tuple(shown))
