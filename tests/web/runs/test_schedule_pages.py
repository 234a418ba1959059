"""Schedules in the browser (W7)."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from fleetward.devices.actions import delete_group, make_group, save_view
from fleetward.devices.contracts import ViewInput
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.clock import utc_now
from fleetward.tenancy.models import Tenant
from fleetward.warranty.models import RunSchedule
from tests.cast import NOW, Cast, actor_of
from tests.web.reading import signed_in, text_of

pytestmark = pytest.mark.django_db


def place(cast: Cast, tail: str = "") -> str:
    return f"/t/{cast.acme.customer_id}/warranty/schedules/{tail}"


def group_of(cast: Cast) -> str:
    actor = actor_of(cast.admin)
    return str(make_group(actor=actor, tenant=cast.acme.id, name="Lyon", now=utc_now()))


def make(client: Client, cast: Cast, target: str, **given: str) -> int:
    form = {"target": target, "every_days": "7", **given}
    return client.post(place(cast, "new/"), form).status_code


def edit_of(client: Client, cast: Cast) -> str:
    (edit,) = re.findall(r'href="([^"]+/edit/)"', client.get(place(cast)).content.decode())
    return edit


def test_a_schedule_is_made_shown_changed_and_deleted(client: Client, cast: Cast) -> None:
    group = group_of(cast)
    assert make(client, cast, f"group:{group}") == 302
    page = client.get(place(cast))
    assert "Lyon Group Every week" in text_of(page)
    assert "Waits for its night" in text_of(page)
    assert f"/devices/?group={group}" in page.content.decode()
    edit = edit_of(client, cast)
    form = client.get(edit).content.decode()
    assert f'<option value="group:{group}" selected>' in form
    assert "Delete the schedule of “Lyon”?" in form
    known = {"target": f"group:{group}", "every_days": "7"}
    assert "Nothing has changed." in text_of(client.post(edit, known, follow=True))
    saved = text_of(client.post(edit, known | {"every_days": "30"}, follow=True))
    assert "Saved." in saved
    assert "Every 30 days" in saved
    assert client.post(edit, known | {"next_on": "2020-01-01"}).status_code == 422
    (delete,) = re.findall(r'action="([^"]+/delete/)"', form)
    assert client.post(delete).status_code == 302
    assert "No schedule yet" in text_of(client.get(place(cast)))


def test_only_groups_and_shared_views_are_offered(client: Client, cast: Cast) -> None:
    group_of(cast)
    actor, tenant = actor_of(cast.device_admin), cast.acme.id
    for name, is_shared in (("Shared", True), ("Own", False)):
        view = ViewInput(name, query="status=OUT", is_shared=is_shared)
        save_view(actor=actor, tenant=tenant, view=view, now=NOW)
    form = client.get(place(cast, "new/")).content.decode()
    assert ">Shared</option>" in form
    assert ">Own</option>" not in form
    assert ">Lyon</option>" in form


@pytest.mark.parametrize("given", [{"next_on": "2020-01-01"}, {"every_days": "3"}, {"target": ""}])
def test_what_makes_no_sense_is_refused(client: Client, cast: Cast, given: dict[str, str]) -> None:
    assert make(client, cast, **{"target": f"group:{group_of(cast)}", **given}) == 422


def test_a_broken_schedule_says_so_at_once(client: Client, cast: Cast) -> None:
    group = group_of(cast)
    make(client, cast, f"group:{group}")
    actor, tenant = actor_of(cast.admin), cast.acme.id
    delete_group(actor=actor, tenant=tenant, uid=group, now=utc_now())
    page = client.get(place(cast))
    assert "Broken Its view or group was deleted" in text_of(page)
    assert "devices/?group" not in page.content.decode()
    form = client.get(edit_of(client, cast))
    assert "This schedule cannot start" in text_of(form)
    # Another one has to be chosen: none is, before somebody does.
    assert '<option value="">Choose one</option>' in form.content.decode()


def test_a_pause_that_a_program_has_chosen_is_kept(client: Client, cast: Cast) -> None:
    target = f"group:{group_of(cast)}"
    make(client, cast, target)
    with tenant_scope([cast.acme.id]):
        RunSchedule.objects.update(every_days=5)
    edit = edit_of(client, cast)
    assert '<option value="5" selected>Every 5 days</option>' in client.get(edit).content.decode()
    kept = client.post(edit, {"target": target, "every_days": "5"}, follow=True)
    assert "Nothing has changed." in text_of(kept)


@pytest.mark.parametrize(
    ("problem", "shown"),
    [
        ("nothing_selected", "No device the last time"),
        ("schedule_target_unfit", "Broken Its view shows deleted devices"),
        ("of_another_release", "Broken of_another_release"),
    ],
)
def test_why_it_did_not_start_is_told(client: Client, cast: Cast, problem: str, shown: str) -> None:
    make(client, cast, f"group:{group_of(cast)}")
    with tenant_scope([cast.acme.id]):
        RunSchedule.objects.update(problem=problem, every_days=5)
    assert shown in text_of(client.get(place(cast)))
    assert "Every 5 days" in text_of(client.get(place(cast)))


def test_schedules_wait_while_scheduled_runs_are_off(client: Client, cast: Cast) -> None:
    Tenant.objects.filter(id=cast.acme.id).update(has_scheduled_runs=False)
    assert "Schedules wait until" in text_of(client.get(place(cast)))


def test_a_reader_sees_and_changes_nothing(client: Client, cast: Cast) -> None:
    make(client, cast, f"group:{group_of(cast)}")
    page = signed_in(cast.reader).get(place(cast)).content.decode()
    assert "Lyon" in page
    assert "/edit/" not in page
    assert "New schedule" not in page
