"""Domain errors as pages: what happened, what to do, and the code."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext

from fleetward.infra.requests import status_of
from fleetward.kernel.errors import DomainError, NotFound
from fleetward.web.render import plain_shell, render_framed


def told(error: DomainError) -> tuple[str, str]:
    """What happened and what to do, in the reader's language."""
    details = error.details()
    if "problem" in details:
        details["problem"] = gettext(str(details["problem"]))
    # An empty msgid would give the catalogue's header.
    fix = gettext(error.fix).format(**details) if error.fix else ""
    return gettext(error.text).format(**details), fix


def error_page(request: HttpRequest, error: DomainError) -> HttpResponse:
    """The page of an error. A page that does not exist and one out of sight look the same."""
    text, fix = told(error)
    context = {"text": text, "fix": fix, "code": error.code, "status": status_of(error)}
    response = render_framed(
        request, "error.html", shell=plain_shell(request, text), context=context
    )
    response.status_code = status_of(error)
    return response


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler for addresses without a route."""
    return error_page(request, NotFound())
