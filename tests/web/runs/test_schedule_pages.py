"""Schedules in the browser (W7)."""

from __future__ import annotations

import re
import uuid
from datetime import UTC, datetime, time, timedelta

import pytest
from django.test import Client

from fleetward.devices.actions import delete_group, make_group, save_view
from fleetward.devices.contracts import ViewInput
from fleetward.devices.models import Group, GroupMember
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import system_actor
from fleetward.kernel.clock import utc_now
from fleetward.tenancy.models import Tenant
from fleetward.warranty.models import RunSchedule
from fleetward.warranty.schedules.actions import start_schedule
from tests.cast import NOW, Cast, actor_of, add_devices
from tests.web.reading import hidden, signed_in, text_of

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


def test_a_schedule_that_asks_for_a_deleted_group_says_so_at_once(
    client: Client, cast: Cast
) -> None:
    group = group_of(cast)
    actor, tenant = actor_of(cast.admin), cast.acme.id
    view = ViewInput("All but Lyon", query=f"where=group:not:{group}", is_shared=True)
    uid = save_view(actor=actor, tenant=tenant, view=view, now=NOW)
    make(client, cast, f"view:{uid}")
    assert "Waits for its night" in text_of(client.get(place(cast)))
    delete_group(actor=actor, tenant=tenant, uid=uuid.UUID(group), now=utc_now())
    told = text_of(client.get(place(cast)))
    assert "Broken The filter of its view or group asks for a group that was deleted" in told
    assert "This schedule cannot start" in text_of(client.get(edit_of(client, cast)))


def test_a_pause_that_a_program_has_chosen_is_kept(client: Client, cast: Cast) -> None:
    target = f"group:{group_of(cast)}"
    make(client, cast, target)
    with tenant_scope([cast.acme.id]):
        RunSchedule.objects.update(every_days=5)
    edit = edit_of(client, cast)
    assert '<option value="5" selected>Every 5 days</option>' in client.get(edit).content.decode()
    kept = client.post(edit, {"target": target, "every_days": "5"}, follow=True)
    assert "Nothing has changed." in text_of(kept)


def test_nobody_overwrites_what_somebody_else_saved(client: Client, cast: Cast) -> None:
    target = f"group:{group_of(cast)}"
    make(client, cast, target)
    edit = edit_of(client, cast)
    (seen,) = hidden(client.get(edit), "seen")
    form = {"target": target, "every_days": "30", "seen": seen}
    assert client.post(edit, form).status_code == 302
    late = client.post(edit, form | {"every_days": "90"})
    assert late.status_code == 409
    assert "This was changed after you opened it." in text_of(late)
    assert f'href="{edit}" target="_blank"' in late.content.decode()
    assert '<option value="90" selected>' in late.content.decode()
    with tenant_scope([cast.acme.id]):
        assert RunSchedule.objects.get().every_days == 30
    # Whoever has read that and sends the form again means it.
    (now,) = hidden(late, "seen")
    assert client.post(edit, form | {"every_days": "90", "seen": now}).status_code == 302
    with tenant_scope([cast.acme.id]):
        assert RunSchedule.objects.get().every_days == 90


def test_a_form_opened_before_its_night_does_not_start_it_again(client: Client, cast: Cast) -> None:
    """Not even sent again: the next night is then the one that the start has chosen."""
    tenant, group = cast.acme.id, group_of(cast)
    with tenant_scope([tenant]):
        selected = Group.objects.get()
        for device in add_devices(tenant, 1):
            GroupMember.objects.create(tenant_id=tenant, group_id=selected.id, device_id=device)
    make(client, cast, f"group:{group}")
    edit = edit_of(client, cast)
    opened = client.get(edit)
    (seen,), (night,) = hidden(opened, "seen"), hidden(opened, "next_on")
    with tenant_scope([tenant]):
        made = RunSchedule.objects.get()
    at = datetime.combine(made.next_on, time(2), UTC)
    clock = system_actor("Scheduled refresh", tenant)
    assert start_schedule(actor=clock, tenant=tenant, schedule=made.id, now=at)
    form = {"target": f"group:{group}", "every_days": "30", "next_on": night, "seen": seen}
    late = client.post(edit, form)
    (seen,), (night,) = hidden(late, "seen"), hidden(late, "next_on")
    assert late.status_code == 409
    assert client.post(edit, form | {"next_on": night, "seen": seen}).status_code == 302
    with tenant_scope([tenant]):
        found = RunSchedule.objects.get()
    assert (found.every_days, found.next_on) == (30, made.next_on + timedelta(days=7))


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
