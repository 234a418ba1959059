"""Account > Support requests of the operator: what the tenants of the installation ask (L8)."""

from __future__ import annotations

import uuid

from django.http import HttpResponseBase
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fleetward.access.contracts import Capability
from fleetward.support.contracts import Side
from fleetward.web.door import Visit, tenant_page
from fleetward.web.pages.support_list import context_of
from fleetward.web.pages.support_talk import Place, file_answer, request_page
from fleetward.web.render import render_page

PLACE = Place(Side.OPERATOR, "operator_support", gettext_lazy("Support requests"))


@tenant_page(Capability.OPERATE)
def support(visit: Visit) -> HttpResponseBase:
    """All requests, latest first; by state, tenant and how long nobody has said a word."""
    return render_page(
        visit,
        "support/operator.html",
        title=_("Support requests"),
        nav=PLACE.name,
        context=context_of(visit, PLACE),
    )


@tenant_page(Capability.OPERATE)
def request(visit: Visit, uid: uuid.UUID) -> HttpResponseBase:
    return request_page(visit, PLACE, uid)


@tenant_page(Capability.OPERATE)
def file(visit: Visit, uid: uuid.UUID, file_id: uuid.UUID) -> HttpResponseBase:
    return file_answer(visit, PLACE, uid, file_id)


urlpatterns = [
    path("operator/support/", support, name="operator_support"),
    path("operator/support/<uuid:uid>/", request, name="operator_support_request"),
    path("operator/support/<uuid:uid>/files/<uuid:file_id>/", file, name="operator_support_file"),
]
