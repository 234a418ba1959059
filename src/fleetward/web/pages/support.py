"""Account > Support: ask the operator, and follow what becomes of it (L8)."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponseBase, HttpResponseRedirect
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fleetward.access.contracts import Capability
from fleetward.kernel.errors import DomainError
from fleetward.support.actions import open_request
from fleetward.support.contracts import Category, Side
from fleetward.tenancy.queries import find_vendor
from fleetward.web.components.shapes import Crumb
from fleetward.web.door import Visit, tenant_page
from fleetward.web.pages.support_forms import RequestForm, fresh_key, posted_files
from fleetward.web.pages.support_list import context_of
from fleetward.web.pages.support_summaries import Summary, summary_of
from fleetward.web.pages.support_talk import Place, file_answer, request_page
from fleetward.web.render import render_page

PLACE = Place(Side.TENANT, "support", gettext_lazy("Support"))
CATEGORIES = {str(category) for category in Category}


@tenant_page(Capability.ASK_SUPPORT)
def support(visit: Visit) -> HttpResponseBase:
    """What the tenant has asked, latest first."""
    is_answered = find_vendor() is not None
    return render_page(
        visit,
        "support/list.html",
        title=_("Support"),
        nav=PLACE.name,
        context={**context_of(visit, PLACE), "is_answered": is_answered},
    )


@tenant_page(Capability.ASK_SUPPORT)
def new(visit: Visit) -> HttpResponseBase:
    """Ask for help, with the summary that the reader comes from if there is one (X13)."""
    summary = summary_of(visit, visit.request.GET.get("about", ""))
    form = RequestForm(
        visit.posted,
        posted_files(visit),
        initial={**fresh_key(), **_begun(visit, summary)},
        summary=summary.title if summary else "",
    )
    if form.is_valid():
        try:
            return _asked(visit, form, summary)
        except DomainError as error:
            form.refuse(error)
    return render_page(
        visit,
        "support/new.html",
        title=_("New request"),
        nav=PLACE.name,
        crumbs=[Crumb(_("Support"), PLACE.href(visit))],
        status=422 if form.is_bound else 200,
        context={"form": form},
    )


def _begun(visit: Visit, summary: Summary | None) -> dict[str, object]:
    """What the form says before anybody has typed."""
    if summary:
        return {
            "subject": summary.subject,
            "category": str(summary.category),
            "attaches": True,
            "text": summary.text,
            "serials": "\n".join(summary.serials),
        }
    asked = visit.request.GET.get("category", "")
    return {"category": asked if asked in CATEGORIES else str(Category.OTHER)}


def _asked(visit: Visit, form: RequestForm, summary: Summary | None) -> HttpResponseBase:
    more = [summary.file] if summary and form.cleaned_data["attaches"] else []
    told = open_request(
        actor=visit.actor, tenant=visit.tenant.id, asked=form.asked(*more), now=visit.now
    )
    messages.success(visit.request, _("The operator was asked. You are told of each answer."))
    return HttpResponseRedirect(PLACE.href(visit, told.request, page="_request"))


@tenant_page(Capability.ASK_SUPPORT)
def request(visit: Visit, uid: uuid.UUID) -> HttpResponseBase:
    return request_page(visit, PLACE, uid)


@tenant_page(Capability.ASK_SUPPORT)
def file(visit: Visit, uid: uuid.UUID, file_id: uuid.UUID) -> HttpResponseBase:
    return file_answer(visit, PLACE, uid, file_id)


urlpatterns = [
    path("account/support/", support, name="support"),
    path("account/support/new/", new, name="support_new"),
    path("account/support/<uuid:uid>/", request, name="support_request"),
    path("account/support/<uuid:uid>/files/<uuid:file_id>/", file, name="support_file"),
]
