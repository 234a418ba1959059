"""The replacement budget: devices past an age, what comes in each quarter, and what it costs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from django.views.decorators.http import require_POST

from fleetward.access.contracts import Capability
from fleetward.infra.downloads import download_pieces
from fleetward.infra.files.csv_writer import csv_lines
from fleetward.warranty.actions.budgeting import set_costs
from fleetward.warranty.contracts import (
    MOST_COST,
    BadCost,
    Budget,
    BudgetLine,
    BudgetPeriod,
    BudgetTotal,
    CostTwice,
    ModelCost,
    PeriodKind,
    TooManyCosts,
)
from fleetward.warranty.queries.budget import DEFAULT_YEARS, YEARS, get_budget
from fleetward.warranty.queries.grid_words import CONDITIONS
from fleetward.web.charts import BarChart, Count, Period, Rank, Series, bar_chart
from fleetward.web.components import cells
from fleetward.web.components.cells import Cell, number_text
from fleetward.web.components.shapes import Option
from fleetward.web.components.table import Column, Row, Table
from fleetward.web.door import Visit, tenant_page
from fleetward.web.errors import in_a_line
from fleetward.web.pages.budget_models import Models, Words, models_of, words_asked
from fleetward.web.pages.dashboard import TileView
from fleetward.web.pages.group_filter import group_bar, groups_in, words_of
from fleetward.web.render import render_page

DAY = timedelta(days=1)
YEAR_OF_QUARTERS = 4
# Fields that somebody has changed, as they are typed, by manufacturer and model.
Typed = Mapping[tuple[str, str], str]
DEFAULT = ("", "")
NOTHING: Typed = {}


@dataclass(frozen=True, slots=True)
class Places:
    """Addresses of the devices behind the numbers."""

    list_href: str
    groups: Sequence[UUID] = ()

    def due(self, period: BudgetPeriod, line: BudgetLine | None = None) -> str:
        """The devices that are due in a period, of all models or of one."""
        query = self._of(line)
        if period.kind is PeriodKind.UNKNOWN:
            query.append((CONDITIONS, "in_use_from:empty"))
        if period.first:
            query.append((CONDITIONS, f"in_use_from:after:{period.first - DAY}"))
        if period.latest:
            query.append((CONDITIONS, f"in_use_from:before:{period.latest + DAY}"))
        return f"{self.list_href}?{urlencode(query)}"

    def model(self, line: BudgetLine) -> str:
        return f"{self.list_href}?{urlencode(self._of(line))}"

    def _of(self, line: BudgetLine | None) -> list[tuple[str, str]]:
        real = [(CONDITIONS, "is_virtual:is:no"), *words_of(self.groups)]
        if line is None:
            return real
        maker = [("vendor", line.manufacturer)] if line.manufacturer else []
        named = ("model", line.model) if line.model else (CONDITIONS, "model:empty")
        return [*maker, named, *real]


def years_of(query: QueryDict) -> int:
    """The age that an address asks for; five years for anything else."""
    text = query.get("years", "")
    is_number = text.isascii() and text.isdigit() and len(text) <= len(str(max(YEARS)))
    return int(text) if is_number and int(text) in YEARS else DEFAULT_YEARS


@tenant_page(Capability.SEE_WARRANTY)
def show(visit: Visit) -> HttpResponseBase:
    """The budget, for the age in the address."""
    return _page(visit)


def _page(visit: Visit, problem: str = "", typed: Typed = NOTHING) -> HttpResponseBase:
    budget = _budget(visit)
    customer_id = visit.tenant.customer_id
    groups = groups_in(visit)
    places = Places(reverse("devices", args=[customer_id]), groups)
    may_set = visit.may(Capability.MANAGE_SETTINGS)
    default = _cost_text(budget.default_cost)
    shown = models_of(budget.lines, visit.request.GET)
    kept = [("years", str(budget.years)), *words_of(groups)]
    return render_page(
        visit,
        "warranty/budget.html",
        title=_("Replacement budget"),
        nav="budget",
        status=422 if problem else 200,
        has_simulated=budget.is_simulated,
        context={
            "years": [Option(str(n), _years_text(n), n == budget.years) for n in YEARS],
            "address": _address(visit, budget.years),
            "costs_address": _address(visit, budget.years, shown.words),
            "groups": group_bar(visit, groups, *kept[:1], ("q", shown.search)),
            "group_words": [str(uid) for uid in groups],
            "is_empty": not budget.lines and not groups,
            "tiles": _tiles(budget, places),
            "chart": _chart(budget, places),
            "quarters": _quarters(budget, places),
            "models": _models(budget, shown, places, typed if may_set else None),
            "search": shown.search,
            "kept": kept,
            "search_clear_href": f"?{urlencode(kept)}" if shown.search else "",
            "default_cost": typed.get(DEFAULT, default),
            "default_was": default,
            "most_cost": str(MOST_COST),
            "left_out": _left_out(budget),
            "may_set": may_set,
            "may_export": visit.may(Capability.EXPORT_DEVICES),
            "problem": problem,
        },
    )


def _budget(visit: Visit) -> Budget:
    return get_budget(
        actor=visit.actor,
        tenant=visit.tenant.id,
        today=visit.today,
        years=years_of(visit.request.GET),
        groups=groups_in(visit),
    )


def _address(visit: Visit, years: int, models: Words = ()) -> str:
    """The query of the same budget, and of its models."""
    return f"?{urlencode([('years', str(years)), *words_of(groups_in(visit)), *models])}"


def _years_text(years: int) -> str:
    return ngettext("%(n)s year", "%(n)s years", years) % {"n": years}


def _tiles(budget: Budget, places: Places) -> list[TileView]:
    past, unknown = budget.periods[0], budget.periods[-1]
    at = slice(1, 1 + YEAR_OF_QUARTERS)
    next_year = budget.periods[at]
    soon = BudgetPeriod(PeriodKind.QUARTER, None, next_year[0].first, next_year[-1].latest)
    due, in_a_year = budget.total(slice(1)), budget.total(at)
    return [
        TileView(
            _("%(years)s or older") % {"years": _years_text(budget.years)},
            due.devices,
            _cost_note(due),
            places.due(past),
            "clock-exclamation",
            "bad",
        ),
        TileView(
            _("Due until %(quarter)s") % {"quarter": _period_text(next_year[-1])},
            in_a_year.devices,
            _cost_note(in_a_year),
            places.due(soon),
            "calendar-event",
            "warn",
        ),
        TileView(
            _("Age unknown"),
            budget.devices[-1],
            _("no date of purchase, shipping or start of coverage"),
            places.due(unknown),
            "help-circle",
            "quiet",
        ),
    ]


def _cost_note(total: BudgetTotal) -> str:
    if total.amount is None:
        return _("no costs entered")
    shown = {"amount": number_text(total.amount), "n": number_text(total.left_out)}
    if not total.left_out:
        return _("cost %(amount)s") % shown
    text = ngettext(
        "cost %(amount)s, without %(n)s device that has none",
        "cost %(amount)s, without %(n)s devices that have none",
        total.left_out,
    )
    return text % shown


def _period_text(period: BudgetPeriod) -> str:
    if period.begins_on is None:
        return {
            PeriodKind.PAST: _("Due already"),
            PeriodKind.LATER: _("Later"),
        }.get(period.kind, _("Age unknown"))
    return quarter_text(period.begins_on)


def quarter_text(begins_on: date) -> str:
    # Translators: a quarter of a year, such as "Q3 2027".
    text = _("Q%(quarter)s %(year)s")
    return text % {"quarter": (begins_on.month + 2) // 3, "year": begins_on.year}


def _chart(budget: Budget, places: Places) -> BarChart:
    shown = list(zip(budget.periods, budget.devices, strict=True))[:-2]
    return bar_chart(
        "due",
        _("Devices due by quarter"),
        [Series(_("Devices"), "s1")],
        [_bar(number, *one, places) for number, one in enumerate(shown)],
        _("Quarter"),
    )


def _bar(number: int, period: BudgetPeriod, devices: int, places: Places) -> Period:
    """The first bar is of what is due already: beside its mark there is room for no other."""
    href = places.due(period)
    begins_on = period.begins_on
    is_marked = number != 1 and (begins_on is None or begins_on.month == 1)
    return Period(
        name=_period_text(period),
        parts=(Count(devices, href),),
        href=href,
        mark=_period_text(period) if begins_on else pgettext("a bar of a chart", "Due"),
        rank=Rank.ALWAYS if is_marked else Rank.WIDE,
        is_past=begins_on is None,
    )


def _quarters(budget: Budget, places: Places) -> Table:
    columns = (
        Column("period", _("Quarter"), css="main"),
        Column("devices", _("Devices"), css="num"),
        Column("amount", _("Cost"), css="num"),
    )
    rows = [
        _quarter(period, budget.total(slice(place, place + 1)), places)
        for place, period in enumerate(budget.periods)
    ]
    return Table(_("By quarter"), columns, tuple(rows))


def _quarter(period: BudgetPeriod, total: BudgetTotal, places: Places) -> Row:
    name = _period_text(period)
    devices = cells.number(total.devices, places.due(period))
    return Row(key=name, cells=(cells.text(name), devices, _sum(total)))


def _sum(total: BudgetTotal) -> Cell:
    """A sum of costs, and how many devices it leaves out."""
    shown = cells.number(total.amount)
    if total.amount is None or not total.left_out:
        return shown
    text = ngettext("without %(n)s device", "without %(n)s devices", total.left_out)
    told = text % {"n": number_text(total.left_out)}
    note = format_html('<br><span class="fw-quiet fw-small">{}</span>', told)
    # One element, since a phone sets the parts of a cell apart.
    return Cell(format_html("<span>{}{}</span>", SafeString(shown.html), note))


def _left_out(budget: Budget) -> str:
    """What the sums leave out; '' for nothing."""
    if not budget.has_costs:
        return _("No costs entered yet, so that there are no sums.")
    if not budget.without_cost:
        return ""
    text = ngettext(
        "No cost is entered for %(n)s device: the sums leave it out.",
        "No cost is entered for %(n)s devices: the sums leave them out.",
        budget.without_cost,
    )
    return text % {"n": number_text(budget.without_cost)}


def _models(budget: Budget, shown: Models, places: Places, typed: Typed | None) -> Table:
    """Without `typed` the reader may set no costs."""
    until = _("Cost until %(quarter)s") % {"quarter": _period_text(budget.periods[-3])}
    columns = (
        Column("model", _("Model"), css="main"),
        Column("devices", _("Devices"), css="num"),
        Column("past", _("Due already"), css="num"),
        Column("cost", _("Cost of one"), css="num"),
        Column("amount", until, css="num"),
    )
    rows = [_model(line, budget, places, typed) for line in shown.lines]
    text = ngettext("%(n)s model", "%(n)s models", shown.number)
    return Table(
        _("By model"),
        columns,
        tuple(rows),
        count=text % {"n": number_text(shown.number)},
        pager=shown.pager([("years", str(budget.years)), *words_of(places.groups)]),
    )


def _model(line: BudgetLine, budget: Budget, places: Places, typed: Typed | None) -> Row:
    name = line.model or _("No model")
    return Row(
        key=f"{line.manufacturer} {line.model}",
        cells=(
            _named(name, line, places),
            cells.number(sum(line.devices), places.model(line)),
            cells.number(line.devices[0], places.due(budget.periods[0], line)),
            cells.number(line.cost) if typed is None else _cost_field(line, budget, typed),
            cells.number(sum(line.amounts[:-2]) if line.cost is not None else None),
        ),
    )


def _named(name: str, line: BudgetLine, places: Places) -> Cell:
    link = cells.link(name, places.model(line), line.manufacturer)
    mark = cells.simulated_html(is_short=True) if line.is_simulated else ""
    return Cell(format_html("{}{}", SafeString(link.html), mark))


def _cost_text(cost: int | None) -> str:
    return "" if cost is None else str(cost)


def _cost_field(line: BudgetLine, budget: Budget, typed: Typed) -> Cell:
    """The field of one model; empty, the cost of all others is shown in its place.

    With it goes what it showed: fields that nobody changed must not undo what others have set.
    """
    was = _cost_text(line.own_cost)
    field = format_html(
        '<input type="hidden" name="maker" value="{}"><input type="hidden" name="model" value="{}">'
        '<input type="hidden" name="was" value="{}">'
        '<input class="form-control fw-cost" type="number" name="cost" min="0" max="{}" value="{}"'
        ' placeholder="{}" aria-label="{}">',
        line.manufacturer,
        line.model,
        was,
        MOST_COST,
        typed.get((line.manufacturer, line.model), was),
        _cost_text(budget.default_cost),
        _("Cost of one %(model)s") % {"model": f"{line.manufacturer} {line.model}".strip()},
    )
    return Cell(field)


@require_POST
@tenant_page(Capability.MANAGE_SETTINGS)
def costs(visit: Visit) -> HttpResponseBase:
    """Keep the costs that were changed in the form, of all other models and of those shown."""
    typed = dict(_typed(visit.request.POST))
    try:
        changed = set_costs(
            actor=visit.actor,
            tenant=visit.tenant.id,
            costs=[ModelCost(*model, _number(text)) for model, text in typed.items()],
            now=visit.now,
        )
    except (BadCost, CostTwice, TooManyCosts) as error:
        return _page(visit, in_a_line(error), typed)
    text = ngettext("%(n)s cost changed.", "%(n)s costs changed.", changed)
    messages.success(visit.request, text % {"n": number_text(changed)})
    response = redirect("budget", customer_id=visit.tenant.customer_id)
    asked = visit.request.GET
    response["Location"] += _address(visit, years_of(asked), words_asked(asked))
    return response


def _typed(form: QueryDict) -> Iterator[tuple[tuple[str, str], str]]:
    """The fields that differ from what was shown in them; all, where a page does not tell that
    because the release before made it.
    """
    if "default" in form:
        default = form.get("default", "").strip()
        if default != form.get("default_was"):
            yield DEFAULT, default
    makers, models, costs = (form.getlist(name) for name in ("maker", "model", "cost"))
    shown = form.getlist("was") if "was" in form else [None] * len(makers)
    for maker, model, was, cost in zip(makers, models, shown, costs, strict=False):
        if (maker or model) and cost.strip() != was:
            yield (_short(maker, 80), _short(model, 160)), cost.strip()


def _number(text: str) -> int | None:
    """Raises: BadCost, for what is no whole number."""
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(MOST_COST))):
        raise BadCost
    return int(text)


def _short(text: str, longest: int) -> str:
    return text.replace("\0", "")[:longest]


@tenant_page(Capability.EXPORT_DEVICES)
def export(visit: Visit) -> HttpResponseBase:
    """Every model by quarter, with devices and costs, as CSV."""
    budget = _budget(visit)
    periods = [_period_text(period) for period in budget.periods]
    headers = [
        _("Manufacturer"),
        _("Model"),
        _("Cost of one"),
        *[_("Devices: %(period)s") % {"period": period} for period in periods],
        *[_("Cost: %(period)s") % {"period": period} for period in periods],
        _("Simulated"),
    ]
    lines = csv_lines(headers, (_line(line) for line in budget.lines))
    return download_pieces(lines, name=f"replacement-budget-{budget.today}.csv")


def _line(line: BudgetLine) -> Sequence[str]:
    cost = _cost_text(line.cost)
    amounts = ["" if line.cost is None else str(amount) for amount in line.amounts]
    told = _("yes") if line.is_simulated else _("no")
    return [line.manufacturer, line.model, cost, *map(str, line.devices), *amounts, told]


BASE = "warranty/budget/"
urlpatterns = [
    path(BASE, show, name="budget"),
    path(f"{BASE}costs/", costs, name="budget_costs"),
    path(f"{BASE}export.csv", export, name="budget_export"),
]
