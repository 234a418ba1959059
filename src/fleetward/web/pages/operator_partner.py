"""Operator > Partners > one partner: its locations, its people, and what they are certified for."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django import forms
from django.contrib import messages
from django.http import HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from fleetward.access.contracts import Capability
from fleetward.kernel.errors import DomainError, NotFound
from fleetward.partners.actions import (
    add_location,
    record_courses,
    remove_location,
    withdraw_certification,
)
from fleetward.partners.contracts import (
    CourseLine,
    CourseOutcome,
    PartnerDetail,
    Person,
    Programme,
)
from fleetward.partners.queries import get_partner_detail, programmes
from fleetward.web.components import cells
from fleetward.web.components.shapes import KeyValue
from fleetward.web.door import Visit, tenant_page
from fleetward.web.errors import in_a_line
from fleetward.web.pages.operator_partners import holding_cell, partners_crumb
from fleetward.web.pages.operator_texts import ADVICE, OUTCOMES
from fleetward.web.render import render_page
from fleetward.web.role_texts import LABELS, PROGRAMMES


class LocationForm(forms.Form):
    code = forms.CharField(label=gettext_lazy("Partner ID"), max_length=40)
    name = forms.CharField(label=gettext_lazy("Name"), max_length=120, required=False)


class CertifyForm(forms.Form):
    """A completed course of one person."""

    person = forms.ChoiceField(label=gettext_lazy("User"))
    course = forms.ChoiceField(label=gettext_lazy("Course"))
    completed_on = forms.DateField(
        label=gettext_lazy("Completed on"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, detail: PartnerDetail, posted: QueryDict | None = None) -> None:
        super().__init__(posted)
        people = [(one.member.uid, one.member.email) for one in detail.people]
        courses = [
            (code, f"{code} ({PROGRAMMES[programme]}, {step}/{len(codes)})")
            for programme, codes in programmes().items()
            for step, code in enumerate(codes, 1)
        ]
        for name, choices in (("person", people), ("course", courses)):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = choices


@dataclass(frozen=True, slots=True)
class CertificationView:
    """A certification, and how it is withdrawn."""

    programme: str
    label: str
    certified_on: date
    certified_by: str
    dom_id: str


@dataclass(frozen=True, slots=True)
class PersonView:
    """A user of the partner."""

    uid: str
    email: str
    name: str
    role: str
    is_active: bool
    certifications: tuple[CertificationView, ...]
    courses: str


@tenant_page(Capability.OPERATE)
def partner(visit: Visit, partner_id: str) -> HttpResponseBase:
    """One partner."""
    return _page(visit, _detail(visit, partner_id))


def _detail(visit: Visit, partner_id: str) -> PartnerDetail:
    return get_partner_detail(actor=visit.actor, vendor=visit.tenant.id, customer_id=partner_id)


def _page(
    visit: Visit,
    detail: PartnerDetail,
    location: LocationForm | None = None,
    certify: CertifyForm | None = None,
) -> HttpResponseBase:
    is_wrong = bool((location and location.errors) or (certify and certify.errors))
    return render_page(
        visit,
        "operator/partner.html",
        title=detail.partner.tenant.name,
        nav="operator_partners",
        crumbs=(partners_crumb(visit),),
        status=422 if is_wrong else 200,
        context={
            "partner_id": detail.partner.tenant.customer_id,
            "facts": tuple(_facts(detail)),
            "locations": detail.locations,
            "people": [_person(one) for one in detail.people],
            "location_form": location or LocationForm(),
            "certify_form": certify or CertifyForm(detail),
        },
    )


def _facts(detail: PartnerDetail) -> Iterator[KeyValue]:
    of = detail.partner
    yield KeyValue(_("Customer ID"), of.tenant.customer_id)
    where = of.company
    place = ", ".join(
        filter(None, (where.address, f"{where.postal_code} {where.city}".strip(), where.country))
    )
    if place:
        yield KeyValue(_("Address"), place)
    if where.phone:
        yield KeyValue(_("Phone"), where.phone)
    certified = sum(one.is_certified and one.member.is_active for one in detail.people)
    shown = holding_cell(has_one=of.holding is not None, certified=certified)
    yield KeyValue(_("Unassigned Devices"), shown.html)
    yield KeyValue(_("Created"), cells.moment_html(of.created_at))


def _person(one: Person) -> PersonView:
    member = one.member
    return PersonView(
        uid=member.uid,
        email=member.email,
        name=member.name,
        role=str(LABELS[member.role]),
        is_active=member.is_active,
        certifications=tuple(
            CertificationView(
                str(row.programme),
                str(PROGRAMMES[row.programme]),
                row.certified_on,
                row.certified_by,
                f"withdraw-{member.uid}-{row.programme}",
            )
            for row in one.certifications
        ),
        courses=", ".join(f"{code} ({cells.day_text(on)})" for code, on in one.courses.items()),
    )


@require_POST
@tenant_page(Capability.OPERATE, step_up="operator_partners")
def location_add(visit: Visit, partner_id: str) -> HttpResponseBase:
    """Give the partner a location."""
    form = LocationForm(visit.posted)
    detail = _detail(visit, partner_id)
    if not form.is_valid():
        return _page(visit, detail, location=form)
    try:
        add_location(
            actor=visit.actor,
            vendor=visit.tenant.id,
            customer_id=partner_id,
            code=form.cleaned_data["code"],
            name=form.cleaned_data["name"],
            now=visit.now,
        )
    except DomainError as error:
        form.add_error("code", in_a_line(error))
        return _page(visit, detail, location=form)
    messages.success(visit.request, _("The location was added."))
    return _back(visit, partner_id)


@require_POST
@tenant_page(Capability.OPERATE, step_up="operator_partners")
def location_remove(visit: Visit, partner_id: str, uid: uuid.UUID) -> HttpResponseBase:
    """Take a location from the partner."""
    remove_location(
        actor=visit.actor,
        vendor=visit.tenant.id,
        customer_id=partner_id,
        uid=uid,
        now=visit.now,
    )
    messages.success(visit.request, _("The location was removed."))
    return _back(visit, partner_id)


@require_POST
@tenant_page(Capability.OPERATE, step_up="operator_partners")
def certify(visit: Visit, partner_id: str) -> HttpResponseBase:
    """Record a completed course of one person by hand."""
    detail = _detail(visit, partner_id)
    form = CertifyForm(detail, visit.posted)
    if not form.is_valid():
        return _page(visit, detail, certify=form)
    told = form.cleaned_data
    [person] = [one for one in detail.people if one.member.uid == told["person"]]
    line = CourseLine(1, person.member.email, told["course"], told["completed_on"].isoformat())
    [end] = record_courses(
        actor=visit.actor, vendor=visit.tenant.id, lines=[line], now=visit.now, is_by_hand=True
    )
    if end.outcome not in {CourseOutcome.CERTIFIED, CourseOutcome.RECORDED, CourseOutcome.KNOWN}:
        form.add_error(None, f"{OUTCOMES[end.outcome][0]}. {ADVICE[end.outcome]}")
        return _page(visit, detail, certify=form)
    words = {"email": person.member.email}
    if end.outcome is CourseOutcome.CERTIFIED:
        messages.success(visit.request, _("%(email)s is certified.") % words)
    else:
        text = _("The course of %(email)s was recorded; the programme needs further courses.")
        messages.info(visit.request, text % words)
    return _back(visit, partner_id)


@require_POST
@tenant_page(Capability.OPERATE, step_up="operator_partners")
def withdraw(visit: Visit, partner_id: str) -> HttpResponseBase:
    """End a certification."""
    posted = visit.request.POST
    if posted.get("programme") not in set(Programme):
        raise NotFound
    try:
        withdraw_certification(
            actor=visit.actor,
            vendor=visit.tenant.id,
            customer_id=partner_id,
            user=posted.get("person", ""),
            programme=Programme(posted["programme"]),
            now=visit.now,
        )
    except NotFound:
        raise
    except DomainError as error:
        messages.error(visit.request, in_a_line(error))
    else:
        messages.success(visit.request, _("The certification was withdrawn."))
    return _back(visit, partner_id)


def _back(visit: Visit, partner_id: str) -> HttpResponseBase:
    return redirect("operator_partner", customer_id=visit.tenant.customer_id, partner_id=partner_id)


_BELOW = "operator/partners/<str:partner_id>/"
urlpatterns = [
    path(_BELOW, partner, name="operator_partner"),
    path(f"{_BELOW}locations/", location_add, name="operator_location_add"),
    path(f"{_BELOW}locations/<uuid:uid>/remove/", location_remove, name="operator_location_remove"),
    path(f"{_BELOW}certify/", certify, name="operator_certify"),
    path(f"{_BELOW}withdraw/", withdraw, name="operator_withdraw"),
]
