"""Domain errors as pages: what happened, what to do, and the code."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from http import HTTPStatus
from typing import ClassVar

from django.http import HttpRequest, HttpResponse
from django.template import loader
from django.utils.translation import get_language, gettext

from fleetward.devices.contracts import Problem
from fleetward.devices.texts import FIELD_LABELS
from fleetward.infra.requests import status_of
from fleetward.kernel.errors import DomainError, Forbidden, NotFound, ServerFailed
from fleetward.kernel.texts import N_
from fleetward.partners.contracts import FileProblem
from fleetward.web.components.cells import day_text
from fleetward.web.render import plain_shell, render_framed
from fleetward.web.shell import Shell


class BadRequest(DomainError):
    """What the browser sent is no request that could be read (HTTP 400)."""

    code: ClassVar[str] = "bad_request"
    text: ClassVar[str] = N_("The request cannot be read.")
    fix: ClassVar[str] = N_("Go back, reload the page and try again.")


class FormOnly(DomainError):
    """An address that takes what a form sends was opened like a page (HTTP 405)."""

    code: ClassVar[str] = "form_only"
    text: ClassVar[str] = N_("This address only takes what a form sends.")
    fix: ClassVar[str] = N_("Go back to the page with the form, and send it again.")


class PageTooOld(Forbidden):
    """A form without the secret of its page: from elsewhere, or of a session that has ended."""

    code: ClassVar[str] = "page_too_old"
    text: ClassVar[str] = N_("The page was open for too long or does not come from here.")
    fix: ClassVar[str] = N_("Go back, reload the page and send the form again. Allow cookies.")


STATUS: dict[type[DomainError], HTTPStatus] = {FormOnly: HTTPStatus.METHOD_NOT_ALLOWED}


def told(error: DomainError) -> tuple[str, str]:
    """What happened and what to do, in the reader's language."""
    details = _shown(error.details())
    if "problem" in details:
        details["problem"] = gettext(str(details["problem"]))
    # An empty msgid would give the catalogue's header.
    fix = gettext(error.fix).format(**details) if error.fix else ""
    return gettext(error.text).format(**details), fix


def kept(problem: Problem | FileProblem | None) -> tuple[str, str]:
    """The same of what has ended an import or a bulk change; two empty texts for nothing."""
    if problem is None:
        return "", ""
    details = _shown(problem.details)
    return gettext(problem.text).format(**details), gettext(problem.fix).format(**details)


def in_a_line(error: DomainError) -> str:
    """Both in one, for a field, a form or a message."""
    return " ".join(told(error))


def _shown(details: Mapping[str, object]) -> dict[str, object]:
    """Days and fields as pages write them; programs get them as they are stored."""
    shown = {
        name: day_text(value) if isinstance(value, date) else value
        for name, value in details.items()
    }
    if "fields" in details:
        names = str(details["fields"]).split(", ")
        shown["fields"] = ", ".join(str(FIELD_LABELS.get(name, name)) for name in names)
    return shown


def error_page(request: HttpRequest, error: DomainError) -> HttpResponse:
    """The page of an error. A page that does not exist and one out of sight look the same."""
    text, fix = told(error)
    status = int(STATUS.get(type(error), status_of(error)))
    context = {"text": text, "fix": fix, "code": error.code, "status": status}
    response = render_framed(
        request, "error.html", shell=plain_shell(request, text), context=context
    )
    response.status_code = status
    return response


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler for addresses without a route."""
    return error_page(request, NotFound())


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler for requests that it refuses to read."""
    return error_page(request, BadRequest())


def no_permission(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler for refusals of libraries."""
    return error_page(request, Forbidden())


def forged_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Django's view for a form without its secret."""
    return error_page(request, PageTooOld())


def server_failed(request: HttpRequest) -> HttpResponse:
    """Django's handler for mistakes of ours; asks nothing of the database, which may be down."""
    error = ServerFailed()
    text, fix = told(error)
    number = {"request_id": getattr(request, "request_id", "")}
    context = {"text": text, "fix": fix, "code": error.code, "status": status_of(error), **number}
    shell = Shell(title=text, language=get_language() or "en", language_href="")
    page = loader.render_to_string("error.html", {**context, "page": shell})
    return HttpResponse(page, status=status_of(error))
