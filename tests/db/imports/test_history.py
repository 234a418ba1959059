"""Who sent a list, for whom and under which request, in the history of all that it touched."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.test import Client

from fleetward.audit.models import Entry
from fleetward.devices.contracts import ChangeRow
from fleetward.devices.imports.actions import analyse_import, run_import
from fleetward.devices.models import Device, ImportRun
from fleetward.devices.queries.history import list_changes
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import Actor
from fleetward.kernel.clock import utc_now
from tests.api.conftest import program_of
from tests.cast import Cast, actor_of
from tests.db.imports.lists import csv_of, imported, uploaded, worker
from tests.web.imports.test_pages import send
from tests.web.reading import signed_in

pytestmark = pytest.mark.django_db
FIRST = csv_of([("ABC1234", "Dell", "", "PC-1")])
SECOND = csv_of([("ABC1234", "Dell", "", "PC-2")])


@pytest.fixture
def actor(cast: Cast) -> Actor:
    return replace(
        actor_of(cast.device_admin), on_behalf_of="boss@acme.example", request_id="r-12345678"
    )


def history(cast: Cast) -> list[ChangeRow]:
    """Of the one device, the latest first."""
    with tenant_scope([cast.acme.id]):
        uid = Device.objects.get().uid
    return list(list_changes(actor=actor_of(cast.reader), tenant=cast.acme.id, uid=uid).rows)


def told(row: ChangeRow) -> tuple[str, str, str, str]:
    return str(row.kind), row.actor, row.on_behalf, row.request_id


def work(cast: Cast) -> None:
    """What a worker does with every import."""
    with tenant_scope([cast.acme.id]):
        runs = list(ImportRun.objects.values_list("id", flat=True))
    for run in runs:
        analyse_import(tenant=cast.acme.id, run=run, clock=utc_now, is_queued=False)
        run_import(tenant=cast.acme.id, run=run, clock=utc_now)


def test_what_a_list_added_and_changed_names_who_sent_it_for_whom_and_by_which_request(
    cast: Cast, actor: Actor
) -> None:
    first = imported(actor, cast.acme.id, FIRST).summary
    later = replace(actor, request_id="r-87654321")
    second = imported(later, cast.acme.id, SECOND).summary
    changed, created = history(cast)
    assert told(changed) == ("CHANGED", actor.name, "boss@acme.example", "r-87654321")
    assert told(created) == ("CREATED", actor.name, "boss@acme.example", "r-12345678")
    assert (changed.import_uid, created.import_uid) == (str(second.uid), str(first.uid))


def test_the_request_of_an_upload_finds_its_entries_in_the_trail(cast: Cast, actor: Actor) -> None:
    imported(actor, cast.acme.id, FIRST)
    with tenant_scope([cast.acme.id]):
        entries = Entry.objects.filter(request_id=actor.request_id).order_by("id")
        verbs = list(entries.values_list("verb", flat=True))
    assert verbs == ["import.uploaded", "import.started", "import.finished"]


def test_a_list_that_was_sent_before_its_request_was_kept_has_a_name_for_it(
    cast: Cast, actor: Actor
) -> None:
    imported(actor, cast.acme.id, FIRST)
    before = replace(actor, on_behalf_of="", request_id="")
    second = imported(before, cast.acme.id, SECOND).summary
    assert told(history(cast)[0]) == ("CHANGED", actor.name, "", f"import-{second.uid}")


def test_a_device_that_was_added_before_imports_were_kept_with_it_names_nobody(
    cast: Cast, actor: Actor
) -> None:
    imported(actor, cast.acme.id, FIRST)
    with tenant_scope([cast.acme.id]):
        Device.objects.update(import_run_id=None)
    (created,) = history(cast)
    assert told(created) == ("CREATED", "", "", "")
    assert created.origin == "CSV"


def test_an_import_of_the_command_line_names_the_command_line(cast: Cast) -> None:
    imported(worker(cast.acme.id), cast.acme.id, FIRST)
    imported(worker(cast.acme.id), cast.acme.id, SECOND)
    assert [told(row) for row in history(cast)] == [
        ("CHANGED", "Test", "", ""),
        ("CREATED", "Test", "", ""),
    ]


def test_an_upload_by_the_api_is_found_by_its_request(cast: Cast) -> None:
    program = program_of(cast.device_admin, cast.acme)
    requests = []
    for data in (FIRST, SECOND):
        sent = program.post("/imports?start=true", data, content_type="text/csv")
        assert sent.status_code == 202, sent.content
        requests.append(sent["X-Request-ID"])
        work(cast)
    with tenant_scope([cast.acme.id]):
        device = Device.objects.get().uid
    changed, created = program.get(f"/devices/{device}/history").json()["items"]
    email = cast.device_admin.email
    for entry, kind, request in zip(
        (created, changed), ("CREATED", "CHANGED"), requests, strict=True
    ):
        assert (entry["kind"], entry["request_id"]) == (kind, request)
        assert (entry["actor"], entry["on_behalf_of"]) == (f"{email} (CI)", email)


def test_an_upload_by_the_page_is_found_by_its_request(cast: Cast) -> None:
    client: Client = signed_in(cast.device_admin)
    send(client, f"/t/{cast.acme.customer_id}/imports/", FIRST)
    with tenant_scope([cast.acme.id]):
        run = ImportRun.objects.get()
        entry = Entry.objects.get(verb="import.uploaded")
    assert run.request_id == entry.request_id != ""
    assert run.on_behalf == ""


def test_who_sent_a_list_of_another_tenant_stays_there(cast: Cast, actor: Actor) -> None:
    """The number of an import is no way to it."""
    theirs = uploaded(actor_of(cast.outsider), cast.other.id, FIRST)
    imported(actor, cast.acme.id, FIRST)
    with tenant_scope([cast.other.id]):
        number = ImportRun.objects.get(uid=theirs).id
    with tenant_scope([cast.acme.id]):
        Device.objects.update(import_run_id=number)
    assert told(history(cast)[0]) == ("CREATED", "", "", "")
