"""Saved filters of the logs: private or public, kept, changed and deleted (L4)."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from fleetward.audit.actions import change_filter, filtering, save_filter
from fleetward.audit.contracts import (
    BadLogFilter,
    LogFilterInput,
    LogFilterNameTaken,
    TooManyLogFilters,
)
from fleetward.audit.models import LogFilter
from fleetward.audit.queries import list_entries, list_filters
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import system_actor
from fleetward.kernel.clock import utc_now
from fleetward.kernel.errors import ChangedMeanwhile, Forbidden, NotFound
from fleetward.tenancy.contracts import Role
from tests.cast import NOW, Cast, actor_of, make_user
from tests.web.reading import form_of, signed_in, text_of

pytestmark = pytest.mark.django_db


def kept(cast: Cast) -> list[LogFilter]:
    with tenant_scope([cast.acme.id]):
        return list(LogFilter.objects.order_by("id"))


def tabs(client: Client, here: str) -> list[str]:
    page = client.get(here).content.decode()
    (nav,) = re.findall(r'<nav class="fw-tabs".*?</nav>', page, re.DOTALL)
    return [" ".join(tab.split()) for tab in re.findall(r"<a [^>]*>([^<]*)", nav)]


def save(client: Client, here: str, name: str, **more: str) -> str:
    """The address of the filter that was made."""
    query = "?type=USERS&level=WARNING&dir=asc&cursor=x&cols=at&entry=x&view=x"
    answer = client.post(f"{here}filters/new/{query}", {"name": name, **more})
    assert answer.status_code == 302, text_of(answer)
    return str(answer["Location"])


@pytest.fixture
def colleague(cast: Cast) -> Client:
    return signed_in(make_user("second@acme.example", {cast.acme.id: Role.REPORT_ADMIN}))


def test_l4_a_private_filter_is_there_for_its_owner_alone(
    client: Client, colleague: Client, cast: Cast, here: str
) -> None:
    address = save(client, here, "  Rights   taken ")
    assert [(one.name, one.query, one.is_public) for one in kept(cast)] == [
        ("Rights taken", "type=USERS&level=WARNING&dir=asc", False)
    ]
    opened = client.get(address)
    assert opened["Location"].startswith(f"{here}?type=USERS&level=WARNING&dir=asc&view=")
    assert "Rights taken" in tabs(client, opened["Location"])
    assert tabs(colleague, here) == ["All entries"]
    for part, method in (("", "get"), ("edit/", "get"), ("update/", "post"), ("delete/", "post")):
        assert getattr(colleague, method)(address + part).status_code == 404


def test_l4_a_public_filter_is_there_for_all_and_changed_by_its_owner_or_an_it_admin(
    client: Client, colleague: Client, cast: Cast, here: str
) -> None:
    address = save(colleague, here, "Theirs", is_public="on")
    assert tabs(client, here) == ["All entries", "Theirs (public)"]
    third = signed_in(make_user("third@acme.example", {cast.acme.id: Role.REPORT_ADMIN}))
    assert third.get(address).status_code == 302
    assert third.post(f"{address}delete/").status_code == 403
    assert third.post(f"{address}edit/", {"name": "Mine"}).status_code == 403
    assert "Edit filter" not in text_of(third.get(third.get(address)["Location"]))
    changed = client.post(f"{address}edit/", {"name": "Ours", "is_public": "on"})
    assert changed.status_code == 302
    assert tabs(colleague, here) == ["All entries", "Ours"]
    assert colleague.post(f"{address}delete/").status_code == 302
    assert kept(cast) == []


def test_what_is_filtered_now_is_kept_in_the_open_filter(
    client: Client, cast: Cast, here: str
) -> None:
    address = save(client, here, "Mine")
    opened = client.get(address)["Location"]
    assert "Update filter" not in text_of(client.get(opened))
    assert "Update filter" in text_of(client.get(f"{opened}&when=30"))
    client.post(f"{address}update/", {"query": "when=30&type=USERS&nonsense=1"})
    assert kept(cast)[0].query == "when=30&type=USERS"


def test_nobody_overwrites_what_somebody_else_changed_meanwhile(
    client: Client, cast: Cast, here: str
) -> None:
    address = save(client, here, "Mine")
    sent = form_of(client.get(f"{address}edit/").content.decode())
    assert client.post(f"{address}edit/", sent | {"name": "First"}).status_code == 302
    behind = client.post(f"{address}edit/", sent | {"name": "Second"})
    assert behind.status_code == 409
    late = client.post(f"{address}update/", {"query": "when=7", "seen": sent["seen"]})
    assert late["Location"].startswith(f"{here}?when=7&view=")
    assert [(one.name, one.query[:4]) for one in kept(cast)] == [("First", "type")]
    again = form_of(behind.content.decode())
    assert client.post(f"{address}edit/", again | {"name": "Second"}).status_code == 302


def test_the_form_says_what_is_wrong(client: Client, here: str) -> None:
    save(client, here, "Mine")
    again = client.post(f"{here}filters/new/?type=USERS", {"name": "MINE"})
    assert again.status_code == 422
    assert "You already have a filter called MINE." in text_of(again)
    other = save(client, here, "Other")
    taken = client.post(f"{other}edit/", {"name": "mine"})
    assert taken.status_code == 422


def test_what_cannot_be_kept_is_refused(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    admin, tenant = actor_of(cast.admin), cast.acme.id
    for bad in (LogFilterInput(" "), LogFilterInput("x" * 81), LogFilterInput("x", "y" * 6_001)):
        with pytest.raises(BadLogFilter):
            save_filter(actor=admin, tenant=tenant, kept=bad, now=NOW)
    with pytest.raises(Forbidden):
        save_filter(
            actor=system_actor("x", tenant), tenant=tenant, kept=LogFilterInput("x"), now=NOW
        )
    monkeypatch.setattr(filtering, "MOST_FILTERS", 1)
    uid = save_filter(actor=admin, tenant=tenant, kept=LogFilterInput("one"), now=NOW)
    with pytest.raises(TooManyLogFilters):
        save_filter(actor=admin, tenant=tenant, kept=LogFilterInput("two"), now=NOW)
    with pytest.raises(ChangedMeanwhile):
        change_filter(
            actor=admin, tenant=tenant, uid=uid, kept=LogFilterInput("x"), now=NOW, seen=utc_now()
        )
    with pytest.raises(NotFound):
        list_filters(actor=actor_of(cast.outsider), tenant=tenant)
    assert LogFilterNameTaken("x").details() == {"name": "x"}


def test_each_change_of_a_filter_is_in_the_trail(client: Client, cast: Cast, here: str) -> None:
    address = save(client, here, "Mine")
    client.post(f"{address}edit/", {"name": "Ours", "is_public": "on"})
    client.post(f"{address}delete/")
    rows = list_entries(actor=actor_of(cast.admin), tenant=cast.acme.id).rows
    assert [(row.verb, row.details) for row in rows] == [
        ("log.filter_deleted", {"name": "Ours", "is_public": True}),
        ("log.filter_changed", {"name": "Ours", "is_public": True}),
        ("log.filter_saved", {"name": "Mine", "is_public": False}),
    ]
