"""One request as a conversation, which looks alike on both sides."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.http import HttpResponseBase, HttpResponseRedirect
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fleetward.infra.downloads import BYTES, download_kept
from fleetward.kernel.errors import DomainError, NotFound
from fleetward.support import actions
from fleetward.support.contracts import MessageRow, RequestDetail, RequestState, Side, Told
from fleetward.support.queries import get_request
from fleetward.web.actor_texts import actor_text
from fleetward.web.components import cells
from fleetward.web.components.shapes import Crumb, KeyValue
from fleetward.web.door import Visit
from fleetward.web.pages.support_forms import MessageForm, fresh_key, posted_files
from fleetward.web.pages.support_texts import CATEGORIES, DONE, STATES
from fleetward.web.render import render_page

Act = Callable[..., Told]
ACTIONS: Mapping[str, tuple[Act, object]] = {
    "answer": (actions.answer, gettext_lazy("Your message was sent.")),
    "close": (actions.close, gettext_lazy("The request is closed.")),
    "reopen": (actions.reopen, gettext_lazy("The request is open again.")),
}


@dataclass(frozen=True, slots=True)
class Place:
    """A side's pages: the names of its addresses, and its place in the navigation."""

    side: Side
    name: str
    title: object

    def href(self, visit: Visit, *more: object, page: str = "") -> str:
        return reverse(f"{self.name}{page}", args=[visit.tenant.customer_id, *more])


@dataclass(frozen=True, slots=True)
class File:
    name: str
    size: str
    href: str


@dataclass(frozen=True, slots=True)
class Line:
    """A message as it is shown."""

    title: str
    note: SafeString
    text: str
    files: Sequence[File]


def request_page(visit: Visit, place: Place, uid: uuid.UUID) -> HttpResponseBase:
    """Read a request; say something, close or reopen it."""
    form = MessageForm(visit.posted, posted_files(visit), initial=fresh_key())
    if form.is_valid():
        try:
            return _done(visit, place, uid, form)
        except NotFound:
            raise
        except DomainError as error:
            form.refuse(error)
    return _page(visit, place, uid, form)


def _done(visit: Visit, place: Place, uid: uuid.UUID, form: MessageForm) -> HttpResponseBase:
    asked = visit.request.POST.get("action", "answer")
    act, told = ACTIONS.get(asked, ACTIONS["answer"])
    act(
        actor=visit.actor,
        tenant=visit.tenant.id,
        side=place.side,
        uid=uid,
        told=form.message,
        now=visit.now,
    )
    messages.success(visit.request, str(told))
    return HttpResponseRedirect(place.href(visit, uid, page="_request"))


def _page(visit: Visit, place: Place, uid: uuid.UUID, form: MessageForm) -> HttpResponseBase:
    found = get_request(actor=visit.actor, tenant=visit.tenant.id, side=place.side, uid=uid)
    label, tone, icon = STATES[found.row.state]
    return render_page(
        visit,
        "support/request.html",
        title=found.row.subject,
        nav=place.name,
        crumbs=[Crumb(str(place.title), place.href(visit))],
        status=422 if form.is_bound else 200,
        context={
            "form": form,
            "state": {"label": label, "tone": str(tone), "icon": icon},
            "facts": _facts(found, place.side),
            "lines": [_line(visit, place, uid, message) for message in found.messages],
            "is_closed": found.row.state is RequestState.CLOSED,
        },
    )


def _facts(found: RequestDetail, side: Side) -> list[KeyValue]:
    row = found.row
    facts = [
        KeyValue(_("About"), str(CATEGORIES[row.category])),
        KeyValue(_("Asked by"), actor_text(row.asked_by), cells.moment_html(row.opened_at)),
    ]
    if side is Side.OPERATOR:
        facts.insert(0, KeyValue(_("Tenant"), row.tenant_name))
        facts.insert(1, KeyValue(_("Customer ID"), row.customer_id, copies=True))
    if found.serials:
        facts.append(KeyValue(_("Serial numbers"), ", ".join(found.serials), copies=True))
    return facts


def _line(visit: Visit, place: Place, uid: uuid.UUID, message: MessageRow) -> Line:
    return Line(
        title=actor_text(message.author),
        note=_note(str(DONE[(message.side, message.step)]), message.at),
        text=message.text,
        files=[
            File(
                file.name,
                filesizeformat(file.size),
                place.href(visit, uid, file.uid, page="_file"),
            )
            for file in message.files
        ],
    )


def _note(done: str, at: datetime) -> SafeString:
    return format_html("{} · {}", done, cells.moment_html(at))


def file_answer(visit: Visit, place: Place, uid: uuid.UUID, file_id: uuid.UUID) -> HttpResponseBase:
    """A file of a request, to keep: never shown by the browser, whatever it says that it is."""
    row, path = actions.fetch_attachment(
        actor=visit.actor,
        tenant=visit.tenant.id,
        side=place.side,
        uid=uid,
        attachment=file_id,
        now=visit.now,
    )
    return download_kept(path, name=row.name, content_type=BYTES)
