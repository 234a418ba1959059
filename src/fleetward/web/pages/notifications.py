"""The Notification Center behind the bell: filters, snooze, and the bell that learns by itself."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect, QueryDict
from django.template import loader
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from fleetward.access.contracts import Capability
from fleetward.kernel.errors import NotFound
from fleetward.notifications.actions import mark_read, put_aside, snooze
from fleetward.notifications.contracts import Level, NoteFilter, Snooze, Topic
from fleetward.notifications.queries import get_bell, list_notifications
from fleetward.web.addresses import ListAddress
from fleetward.web.components.shapes import Chip, Filter, FilterBar, Option
from fleetward.web.door import Visit, tenant_page
from fleetward.web.layouts import list_in
from fleetward.web.notification_texts import LEVEL_LABELS, TOPIC_LABELS, note_of
from fleetward.web.render import render_page
from fleetward.web.shell import mark_text

SHOW, TOPIC, LEVEL = "show", "topic", "level"
UNREAD, SNOOZED = "unread", "snoozed"
SHOWN = {UNREAD: gettext_lazy("Unread"), SNOOZED: gettext_lazy("Snoozed")}
Word = TypeVar("Word", bound=StrEnum)


@tenant_page(Capability.SEE_NOTIFICATIONS)
def notifications(visit: Visit) -> HttpResponseBase:
    """The actor's notifications in this tenant, latest first."""
    query = visit.request.GET
    only = _read(query)
    page = list_notifications(
        actor=visit.actor,
        tenant=visit.tenant.id,
        cursor=query.get("cursor"),
        only=only,
        now=visit.now,
    )
    address = ListAddress(_home(visit), query)
    return render_page(
        visit,
        "notifications/list.html",
        title=_("Notifications"),
        nav="notifications",
        context={
            "notes": [note_of(row) for row in page.rows],
            "bar": _bar(address, only),
            "is_filtered": only != NoteFilter(),
            "cleared_href": address.without(SHOW, TOPIC, LEVEL),
            "after_href": address.at(page.after) if page.after else "",
            "here": visit.request.get_full_path(),
        },
    )


def _home(visit: Visit) -> str:
    return reverse("notifications", args=[visit.tenant.customer_id])


def _read(query: QueryDict) -> NoteFilter:
    """The filter that an address holds; what is no word of ours is left out."""
    return NoteFilter(
        is_unread=query.get(SHOW) == UNREAD,
        is_snoozed=query.get(SHOW) == SNOOZED,
        topics=_words(query, TOPIC, Topic),
        levels=_words(query, LEVEL, Level),
    )


def _words(query: QueryDict, name: str, kind: type[Word]) -> tuple[Word, ...]:
    known = set(kind)
    return tuple(kind(word) for word in dict.fromkeys(query.getlist(name)) if word in known)


def _bar(address: ListAddress, only: NoteFilter) -> FilterBar:
    present = UNREAD if only.is_unread else SNOOZED if only.is_snoozed else ""
    shows = (
        Option("", _("All"), not present),
        *(Option(word, str(label), word == present) for word, label in SHOWN.items()),
    )
    topics = tuple(Option(t, str(TOPIC_LABELS[t]), t in only.topics) for t in Topic)
    levels = tuple(Option(one, str(LEVEL_LABELS[one]), one in only.levels) for one in Level)
    chips = tuple(_chips(address, only, present))
    return FilterBar(
        action=address.path,
        filters=(
            Filter(SHOW, _("Show"), shows, takes_many=False),
            Filter(TOPIC, _("Topic"), topics),
            Filter(LEVEL, _("Level"), levels),
        ),
        chips=chips,
        clear_href=address.without(SHOW, TOPIC, LEVEL) if len(chips) > 1 else "",
    )


def _chips(address: ListAddress, only: NoteFilter, present: str) -> Iterable[Chip]:
    if present:
        yield Chip(_("Show"), str(SHOWN[present]), address.without(SHOW))
    for topic in only.topics:
        yield Chip(_("Topic"), str(TOPIC_LABELS[topic]), address.without(TOPIC, value=topic))
    for level in only.levels:
        yield Chip(_("Level"), str(LEVEL_LABELS[level]), address.without(LEVEL, value=level))


def _back(visit: Visit) -> HttpResponseRedirect:
    """To the list as it was."""
    home = _home(visit)
    query = list_in(home, visit.request.POST.get("next", ""))
    return HttpResponseRedirect(f"{home}?{query.urlencode()}" if query else home)


@require_POST
@tenant_page(Capability.SEE_NOTIFICATIONS)
def read(visit: Visit) -> HttpResponseBase:
    """Mark one as read, or all of this tenant that are not snoozed."""
    item = visit.request.POST.get("item", "")
    try:
        uids = [str(UUID(item))] if item else None
    except ValueError:
        raise NotFound from None
    mark_read(actor=visit.actor, tenant=visit.tenant.id, now=visit.now, uids=uids)
    return _back(visit)


@require_POST
@tenant_page(Capability.SEE_NOTIFICATIONS)
def snooze_one(visit: Visit, uid: UUID) -> HttpResponseBase:
    """Put one aside until it comes back by itself; '' brings it back now."""
    word = visit.request.POST.get("until", "")
    if word not in {"", *Snooze}:
        raise NotFound
    owner, tenant = visit.actor, visit.tenant
    if word:
        zone = tenant.settings.time_zone
        put_aside(
            actor=owner, tenant=tenant.id, uid=uid, word=Snooze(word), now=visit.now, zone=zone
        )
    else:
        snooze(actor=owner, tenant=tenant.id, uid=uid, until=None)
    return _back(visit)


@tenant_page(Capability.SEE_NOTIFICATIONS)
def bell(visit: Visit) -> HttpResponseBase:
    """The inside of the bell alone, for pages that are open already."""
    found = get_bell(actor=visit.actor, tenant=visit.tenant.id, now=visit.now)
    context = {
        "unread": found.unread,
        "unread_text": mark_text(found.unread),
        "latest": found.latest,
    }
    response = HttpResponse(loader.render_to_string("web/shell/bell.html", context))
    response["Cache-Control"] = "private, no-store"
    return response


urlpatterns = [
    path("notifications/", notifications, name="notifications"),
    path("notifications/read/", read, name="notifications_read"),
    path("notifications/bell/", bell, name="notifications_bell"),
    path("notifications/<uuid:uid>/snooze/", snooze_one, name="notification_snooze"),
]
