"""The package does what its README shows, against a live server."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest

from fleetward import __version__
from tests.client.conftest import Installed
from tests.plugins.server import ROOT

README = ROOT / "client" / "README.md"
LINES = "".join(f"D{number:06d},Dell,Laptop\r\n" for number in range(7))
LIST = f"Serial,Vendor,Model\r\n{LINES}N/A,Dell,Laptop\r\n"


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program of the README."""
    (text,) = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    file = tmp_path_factory.mktemp("program") / "program.py"
    file.write_text(text, encoding="utf-8")
    return file


@pytest.fixture(scope="module", autouse=True)
def imported(installed: Installed, program: Path) -> list[str]:
    """What the program says when it imports a list of 7 devices and asks Dell about them."""
    from fleetward_client import answer, connect
    from fleetward_client.api.external_services import put_external_service
    from fleetward_client.models import ServiceIn, ServiceInValues

    values = ServiceInValues.from_dict({"client_id": "l7abc", "client_secret": "canary-9921"})
    with connect(installed.site.url, installed.token) as client:
        saved = answer(
            put_external_service.sync("dell", client=client, body=ServiceIn(values=values))
        )
    assert saved.connection.secrets == ["client_secret"]
    file = program.parent / "devices.csv"
    file.write_bytes(LIST.encode())
    done = installed.run(str(program), str(file))
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.splitlines()


def test_sdist_and_wheel_have_the_version_of_the_product(installed: Installed) -> None:
    name = f"fleetward_client-{__version__}"
    assert installed.built == [f"{name}-py3-none-any.whl", f"{name}.tar.gz"]
    metadata = installed.folder / f"{name}.dist-info" / "METADATA"
    told = metadata.read_text(encoding="utf-8")
    assert "Name: fleetward-client\n" in told
    assert "License-Expression: Apache-2.0\n" in told
    assert told.endswith(README.read_text(encoding="utf-8"))
    assert (installed.folder / "fleetward_client" / "py.typed").exists()


def test_the_program_of_the_readme_is_typed(installed: Installed, program: Path) -> None:
    assert installed.type_check(program) == "Success: no issues found in 1 source file\n"


def test_control_a_filter_that_does_not_exist_is_found_by_types(
    installed: Installed, program: Path, tmp_path: Path
) -> None:
    wrong = tmp_path / "wrong.py"
    text = program.read_text(encoding="utf-8")
    wrong.write_text(text.replace("status=SOON", "statuses=SOON"), encoding="utf-8")
    assert 'Unexpected keyword argument "statuses"' in installed.type_check(wrong)


def test_it_imports_a_list_and_starts_a_run(imported: list[str]) -> None:
    assert imported[0] == "DONE: 7 new, 1 refused"
    assert re.match(r"DONE(_WITH_PROBLEMS)?: 7 devices$", imported[1])
    assert imported[2:]
    assert all(re.match(r"D00000\d (EXPIRING|OUT) \d{4}-\d\d-\d\d$", line) for line in imported[2:])


def test_pages_follow_the_cursor_to_the_end(installed: Installed) -> None:
    from fleetward_client import connect, pages
    from fleetward_client.api.devices import list_devices
    from fleetward_client.models import ListDevicesSortBy

    by_serial = ListDevicesSortBy.SERIAL
    with connect(installed.site.url, installed.token) as client:
        found = [
            [device.serial for device in page.items]
            for page in pages(
                lambda cursor: list_devices.sync(
                    client=client, manufacturer=["Dell"], sort=by_serial, cursor=cursor, limit=3
                )
            )
        ]
    serials = [f"D{number:06d}" for number in range(7)]
    assert found == [serials[:3], serials[3:6], serials[6:]]


def test_a_refusal_says_what_happened_and_what_to_do(installed: Installed) -> None:
    from fleetward_client import Refused, answer, connect
    from fleetward_client.api.devices import list_devices

    with (
        connect(installed.site.url, "flt_wrong") as client,
        pytest.raises(Refused) as refused,
    ):
        answer(list_devices.sync(client=client))
    assert refused.value.problem.status == 401
    assert refused.value.code == "token_needed"
    assert str(refused.value).endswith(refused.value.problem.fix)
    assert refused.value.problem.request_id


def test_a_refusal_names_every_place_that_does_not_fit(installed: Installed) -> None:
    from fleetward_client import Refused, answer, connect
    from fleetward_client.api.devices import list_devices

    with connect(installed.site.url, installed.token) as client, pytest.raises(Refused) as refused:
        answer(list_devices.sync(client=client, limit=5000))
    assert refused.value.code == "invalid_request"
    assert [part.where for part in refused.value.problem.problems] == ["query.limit"]


def test_a_program_that_is_refused_ends_with_the_code(installed: Installed, program: Path) -> None:
    done = installed.run(str(program), str(program), FLEET_TOKEN="flt_wrong")
    assert (done.returncode, done.stdout) == (1, "")
    assert re.search(r"\(token_needed, request [\w-]+\)\n$", done.stderr)


def test_the_answer_of_a_call_without_one_is_none(installed: Installed) -> None:
    from fleetward_client import answer, connect
    from fleetward_client.api.groups import create_group, delete_group
    from fleetward_client.models import NewGroup

    with connect(installed.site.url, installed.token) as client:
        group = answer(create_group.sync(client=client, body=NewGroup(name="Lyon")))
        assert answer(delete_group.sync(group.id, client=client)) is None


def test_what_no_fleetward_answers_is_an_error(installed: Installed) -> None:
    from fleetward_client import UnexpectedStatus, connect
    from fleetward_client.api.devices import list_devices

    elsewhere = f"{installed.site.url}/elsewhere"
    with connect(elsewhere, installed.token) as client, pytest.raises(UnexpectedStatus):
        list_devices.sync(client=client)


def test_a_key_makes_a_repeated_call_have_one_effect(installed: Installed) -> None:
    from fleetward_client import connect
    from fleetward_client.api.groups import create_group
    from fleetward_client.models import NewGroup

    with connect(installed.site.url, installed.token) as client:
        first, second = [
            create_group.sync_detailed(
                client=client, body=NewGroup(name="Nice"), idempotency_key="nice-1"
            )
            for _ in range(2)
        ]
    assert first.parsed == second.parsed
    assert second.headers["Idempotency-Replayed"] == "true"


def test_a_device_is_changed_only_as_it_was_read(installed: Installed) -> None:
    from fleetward_client import Refused, answer, connect
    from fleetward_client.api.devices import change_device_fields, create_device, get_device
    from fleetward_client.models import DeviceChangeIn, DeviceIn

    with connect(installed.site.url, installed.token) as client:
        device = answer(create_device.sync(client=client, body=DeviceIn("Acme", "ETAG0001")))
        seen = get_device.sync_detailed(device.id, client=client).headers["ETag"]

        def rename(name: str) -> Any:
            body = DeviceChangeIn(name=name)
            return answer(
                change_device_fields.sync(device.id, client=client, body=body, if_match=seen)
            )

        assert rename("PC-1").name == "PC-1"
        with pytest.raises(Refused) as refused:
            rename("PC-2")
    assert (refused.value.problem.status, refused.value.code) == (412, "changed_meanwhile")


def test_w7_a_schedule_keeps_what_a_change_does_not_name(installed: Installed) -> None:
    from fleetward_client import answer, connect
    from fleetward_client.api.groups import create_group
    from fleetward_client.api.warranty_schedules import (
        change_schedule,
        create_schedule,
        delete_schedule,
        list_schedules,
    )
    from fleetward_client.models import NewGroup, NewSchedule, ScheduleChange

    with connect(installed.site.url, installed.token) as client:
        group = answer(create_group.sync(client=client, body=NewGroup(name="Weekly"))).id
        body = NewSchedule(every_days=7, group_id=group)
        made = answer(create_schedule.sync(client=client, body=body))
        change = ScheduleChange(every_days=30)
        after = answer(change_schedule.sync(made.id, client=client, body=change))
        assert (after.every_days, after.group_id, after.next_on) == (30, group, made.next_on)
        listed = answer(list_schedules.sync(client=client)).schedules
        assert [one.id for one in listed] == [made.id]
        assert delete_schedule.sync_detailed(made.id, client=client).status_code == 204
        assert answer(list_schedules.sync(client=client)).schedules == []


def test_calls_can_be_waited_for(installed: Installed) -> None:
    from fleetward_client import answer, connect
    from fleetward_client.api.tenant import get_tenant

    async def ask() -> str:
        async with connect(installed.site.url, installed.token) as client:
            return answer(await get_tenant.asyncio(client=client)).name

    assert asyncio.run(ask()) == "Acme"


def test_a_bulk_change_empties_nothing_that_it_does_not_name(installed: Installed) -> None:
    from fleetward_client import answer, connect
    from fleetward_client.api.bulk_changes import get_bulk_change
    from fleetward_client.api.devices import create_device, get_device
    from fleetward_client.api.selections import create_selection, edit_selection
    from fleetward_client.models import DeviceIn, NewSelection, SelectionEdit

    body = DeviceIn("Acme", "BULK0001", assigned_user="ada", location="Lyon", model="Tower")
    with connect(installed.site.url, installed.token) as client:
        device = answer(create_device.sync(client=client, body=body))
        chosen = answer(
            create_selection.sync(client=client, body=NewSelection(devices=[device.id]))
        )
        edit = SelectionEdit(location="Grenoble")
        begun = answer(edit_selection.sync(chosen.id, client=client, body=edit))
        assert answer(get_bulk_change.sync(begun.id, client=client)).counts.done == 1
        after = answer(get_device.sync(device.id, client=client))
    assert (after.assigned_user, after.location, after.model) == ("ada", "Grenoble", "Tower")


def test_a_run_of_what_a_view_shows_is_asked_for_by_its_body(installed: Installed) -> None:
    from fleetward_client import answer, connect
    from fleetward_client.api.views import create_view
    from fleetward_client.api.warranty_runs import start_run
    from fleetward_client.models import NewRun, ViewContent

    with connect(installed.site.url, installed.token) as client:
        dell = ViewContent(name="Dell", query="vendor=Dell", is_shared=False)
        view = answer(create_view.sync(client=client, body=dell))
        run = answer(start_run.sync(client=client, body=NewRun(view_id=view.id)))
        assert run.trigger == "SELECTION"
