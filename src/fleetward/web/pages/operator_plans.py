"""Operator > Plans: the plans of the installation, and how many customers have which (T4)."""

from __future__ import annotations

from collections.abc import Mapping

from django import forms
from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from fleetward.access.contracts import Capability
from fleetward.kernel.errors import DomainError, Forbidden, NotFound
from fleetward.partners.contracts import Programme
from fleetward.tenancy.contracts import LicenceState
from fleetward.tenancy.licences.actions import change_plan
from fleetward.tenancy.licences.contracts import PlanRow
from fleetward.tenancy.licences.queries import count_licensing, list_plans
from fleetward.web.components import cells
from fleetward.web.components.shapes import Tone
from fleetward.web.components.table import Column, Row, Table
from fleetward.web.door import Visit, tenant_page
from fleetward.web.errors import in_a_line
from fleetward.web.render import render_page
from fleetward.web.role_texts import PROGRAMMES

Counts = Mapping[str, Mapping[LicenceState, int]]


class PlanForm(forms.Form):
    """A plan: one with a known code is changed, any other is new."""

    code = forms.CharField(
        label=gettext_lazy("Code"),
        max_length=20,
        help_text=gettext_lazy(
            "Capital letters, digits and underscores. A code that the list has changes that plan; "
            "it never changes itself, since licence keys name it."
        ),
    )
    name = forms.CharField(label=gettext_lazy("Name"), max_length=60)
    rank = forms.IntegerField(
        label=gettext_lazy("Order"),
        min_value=0,
        max_value=999,
        help_text=gettext_lazy("The lowest number comes first."),
    )
    programmes = forms.MultipleChoiceField(
        label=gettext_lazy("Offered by partners that are certified for"),
        choices=[(str(one), PROGRAMMES[one]) for one in Programme],
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("One of them suffices. None: every partner may offer it."),
    )
    is_offered = forms.BooleanField(
        label=gettext_lazy("Offered to new customers"), required=False, initial=True
    )

    @property
    def told(self) -> PlanRow:
        given = self.cleaned_data
        return PlanRow(
            given["code"].strip().upper(),
            given["name"],
            given["rank"],
            tuple(given["programmes"]),
            given["is_offered"],
        )


@tenant_page(Capability.OPERATE)
def plans(visit: Visit) -> HttpResponseBase:
    """The plans, and a form for one; the address may name which."""
    code = visit.request.GET.get("plan", "")
    known = next((one for one in list_plans() if one.code == code), None)
    initial = (
        {
            "code": known.code,
            "name": known.name,
            "rank": known.rank,
            "programmes": list(known.programmes),
            "is_offered": known.is_offered,
        }
        if known
        else None
    )
    return _page(visit, PlanForm(initial=initial))


def _page(visit: Visit, form: PlanForm, status: int = 200) -> HttpResponseBase:
    counts = count_licensing(actor=visit.actor, vendor=visit.tenant.id)
    return render_page(
        visit,
        "operator/plans.html",
        title=_("Plans"),
        nav="operator_plans",
        status=status,
        context={"form": form, "grid": _table(list_plans(), counts)},
    )


def _table(rows: list[PlanRow], counts: Counts) -> Table:
    return Table(
        caption=_("Plans"),
        columns=(
            Column("name", _("Name"), "main"),
            Column("code", _("Code")),
            Column("programmes", _("Certification"), "wrap"),
            Column("offered", _("Status")),
            Column("customers", _("Customers"), "num"),
            Column("over", _("Overenrolled"), "num"),
            Column("suspended", _("Suspended"), "num"),
        ),
        rows=tuple(_row(row, counts.get(row.code, {})) for row in rows),
    )


def _row(row: PlanRow, counts: Mapping[LicenceState, int]) -> Row:
    needs = ", ".join(str(PROGRAMMES[Programme(one)]) for one in row.programmes)
    return Row(
        key=row.code,
        cells=(
            cells.link(row.name, f"?plan={row.code}"),
            cells.code(row.code),
            cells.text(needs or _("None needed")),
            cells.badge(_("Offered"), Tone.GOOD, "circle-check")
            if row.is_offered
            else cells.badge(_("Not offered"), Tone.QUIET, "circle-x"),
            cells.number(sum(counts.values())),
            cells.number(counts.get(LicenceState.OVERENROLLED, 0)),
            cells.number(counts.get(LicenceState.SUSPENDED, 0)),
        ),
    )


@require_POST
@tenant_page(Capability.OPERATE, step_up="operator_plans")
def save(visit: Visit) -> HttpResponseBase:
    """Change a plan, or make one."""
    form = PlanForm(visit.posted)
    if not form.is_valid():
        return _page(visit, form, status=422)
    try:
        change_plan(actor=visit.actor, vendor=visit.tenant.id, plan=form.told, now=visit.now)
    except (NotFound, Forbidden):
        raise
    except DomainError as error:
        form.add_error(None, in_a_line(error))
        return _page(visit, form, status=422)
    messages.success(visit.request, _("The plan was saved."))
    return redirect("operator_plans", customer_id=visit.tenant.customer_id)


urlpatterns = [
    path("operator/plans/", plans, name="operator_plans"),
    path("operator/plans/save/", save, name="operator_plan_save"),
]
