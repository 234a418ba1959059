"""The logs as view models: filter bar, table, and what to say when it is empty."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from fleetward.audit.contracts import AuditRow, EntryCount, LogLevel, LogType, Verb
from fleetward.audit.queries import count_entries, list_actors, list_entries, verbs_of
from fleetward.kernel.paging import Page
from fleetward.web.actor_texts import actor_text
from fleetward.web.audit_texts import verb_text
from fleetward.web.components.cells import number_text
from fleetward.web.components.shapes import Chip, Columns, Filter, FilterBar, Option
from fleetward.web.components.table import Column, Pager, Row, Table
from fleetward.web.door import Visit
from fleetward.web.layouts import COLUMNS
from fleetward.web.log_texts import LEVEL_LABELS, TYPE_LABELS
from fleetward.web.pages.logs_columns import SPECS, ColumnSpec
from fleetward.web.pages.logs_filter import (
    DRAWER,
    LATEST,
    LEVEL,
    NAMES,
    SAVED,
    SINCE,
    SUB_TYPE,
    TYPE,
    UNTIL,
    USER,
    WHEN,
    Asked,
    asked,
    filter_words,
    latest_of,
)

PAGE_SIZE = 50


class Emptiness(StrEnum):
    """Why the logs are empty, and so what to do."""

    NOTHING = "NOTHING"
    NO_MATCH = "NO_MATCH"


@dataclass(frozen=True, slots=True)
class Listing:
    """Everything that the page of the logs shows."""

    bar: FilterBar
    grid: Table
    cleared_href: str
    closed_href: str
    emptiness: Emptiness | None


def listing(visit: Visit) -> Listing:
    """The logs of an address. Raises: BadCursor."""
    wanted = asked(visit)
    only, tenant = wanted.only, visit.tenant.id
    page = list_entries(
        actor=visit.actor,
        tenant=tenant,
        cursor=visit.request.GET.get("cursor"),
        limit=PAGE_SIZE,
        only=only,
        is_ascending=wanted.is_ascending,
    )
    count = count_entries(actor=visit.actor, tenant=tenant, only=only)
    emptiness = Emptiness.NOTHING if only.is_empty else Emptiness.NO_MATCH
    return Listing(
        bar=_bar(wanted, list_actors(actor=visit.actor, tenant=tenant)),
        grid=_table(wanted, page, told(count)),
        cleared_href=wanted.address.without(*NAMES),
        closed_href=wanted.address.without(DRAWER),
        emptiness=None if page.rows else emptiness,
    )


def told(count: EntryCount) -> str:
    """A number of entries in words."""
    shown = number_text(count.number)
    if count.is_capped:
        return _("More than %(count)s entries") % {"count": shown}
    return ngettext("%(count)s entry", "%(count)s entries", count.number) % {"count": shown}


def _bar(wanted: Asked, actors: Sequence[str]) -> FilterBar:
    address = wanted.address
    chips = _chips(wanted)
    return FilterBar(
        action=address.path,
        search_label=_("Identifier"),
        search_value=wanted.only.identifier,
        filters=_menus(wanted, actors),
        chips=chips,
        clear_href=address.without(*NAMES) if len(chips) > 1 else "",
        kept=address.kept("dir", COLUMNS, SAVED),
        columns=_chooser(wanted),
    )


def _chips(wanted: Asked) -> tuple[Chip, ...]:
    address = wanted.address
    chips = [
        Chip(label, shown, address.without(*_names(name), value=value))
        for name, value, label, shown in filter_words(wanted.only, address.query)
    ]
    people = (
        Chip(_("User"), actor_text(name), address.without(USER, value=name))
        for name in wanted.only.actors
    )
    return (*chips, *people)


def _names(name: str) -> tuple[str, ...]:
    """A stretch of time has three names."""
    return (WHEN, SINCE, UNTIL) if name == WHEN else (name,)


def _menus(wanted: Asked, actors: Sequence[str]) -> tuple[Filter, ...]:
    only = wanted.only
    types = tuple(Option(t, str(TYPE_LABELS[t]), t in only.types) for t in _types(wanted))
    levels = tuple(Option(one, str(LEVEL_LABELS[one]), one in only.levels) for one in LogLevel)
    names = dict.fromkeys([*only.actors, *actors])
    users = sorted(
        (Option(name, actor_text(name), name in only.actors) for name in names),
        key=lambda option: option.label.casefold(),
    )
    filters = (
        _time(wanted),
        Filter(TYPE, _("Type"), types),
        Filter(SUB_TYPE, _("Sub type"), _sub_types(wanted)),
        Filter(LEVEL, _("Level"), levels),
        Filter(USER, _("User"), tuple(users)),
    )
    return tuple(one for one in filters if one.options)


def _types(wanted: Asked) -> list[LogType]:
    """A tenant has no entry of the installation; an address may ask for one all the same."""
    asked_for = wanted.only.types
    return [one for one in LogType if one is not LogType.INSTALLATION or one in asked_for]


def _sub_types(wanted: Asked) -> tuple[Option, ...]:
    """Those of the types that are chosen, and what is chosen itself."""
    chosen = wanted.only.verbs
    verbs: dict[Verb, None] = dict.fromkeys(
        [*chosen, *verbs_of(wanted.only.types or _types(wanted))]
    )
    options = (Option(verb, verb_text(verb), verb in chosen) for verb in verbs)
    return tuple(sorted(options, key=lambda option: option.label.casefold()))


def _time(wanted: Asked) -> Filter:
    query = wanted.address.query
    latest = latest_of(query)
    return Filter(
        WHEN,
        _("Time"),
        (
            Option("", _("Any time"), not latest),
            *(Option(key, str(label), key == latest) for key, (_span, label) in LATEST.items()),
        ),
        takes_many=False,
        from_name=SINCE,
        from_value="" if latest or not wanted.only.since else query.get(SINCE, ""),
        to_name=UNTIL,
        to_value="" if latest or not wanted.only.until else query.get(UNTIL, ""),
    )


def _chooser(wanted: Asked) -> Columns:
    """The columns shown, in their order, and then the others."""
    shown = wanted.layout.specs
    others = (spec for spec in SPECS if spec not in shown)
    return Columns(
        action=reverse("logs_columns", args=[wanted.visit.tenant.customer_id]),
        options=tuple(Option(s.key, str(s.label), s in shown) for s in (*shown, *others)),
        next_href=wanted.address.of(wanted.address.query),
    )


def _table(wanted: Asked, page: Page[AuditRow], count: str) -> Table:
    address = wanted.address
    anybody = str(UUID(int=0))
    link = reverse("log", args=[wanted.visit.tenant.customer_id, anybody])
    specs = wanted.layout.specs
    return Table(
        caption=_("Logs"),
        columns=tuple(_column(spec, wanted) for spec in specs),
        rows=tuple(_row(row, specs, link.replace(anybody, row.uid)) for row in page.rows),
        count=count,
        pager=Pager(
            previous_href=address.at(page.before) if page.before else "",
            next_href=address.at(page.after) if page.after else "",
            size=PAGE_SIZE,
        ),
        is_long=True,
        chooser=_chooser(wanted),
        drawer=DRAWER,
    )


def _row(row: AuditRow, specs: Sequence[ColumnSpec], href: str) -> Row:
    return Row(row.uid, tuple(spec.cell(row, href) for spec in specs), href, verb_text(row.verb))


def _column(spec: ColumnSpec, wanted: Asked) -> Column:
    href = direction = ""
    if spec.key == "at":
        href = wanted.address.with_values(dir="" if wanted.is_ascending else "asc")
        direction = "ascending" if wanted.is_ascending else "descending"
    width = wanted.layout.widths.get(spec.key, 0)
    return Column(spec.key, str(spec.label), spec.css, href, direction, width)
