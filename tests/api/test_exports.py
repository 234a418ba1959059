"""Exports over the API: what can be asked for, and how its file is reached."""

from __future__ import annotations

from pathlib import Path

import pytest

from fleetward.devices.models import Device
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.clock import utc_now
from fleetward.warranty.exports.actions import make_export
from fleetward.warranty.models import Export
from tests.api.conftest import Program
from tests.api.test_errors import problem
from tests.cast import Cast, add_devices
from tests.plugins.variables import SetEnv


@pytest.fixture(autouse=True)
def devices(cast: Cast, set_env: SetEnv, tmp_path: Path) -> None:
    set_env(FLEETWARD_DATA_DIR=str(tmp_path))
    add_devices(cast.acme.id, 2, location="Lyon", model="=1+1")
    add_devices(cast.acme.id, 1, location="Paris")


def work(cast: Cast) -> None:
    with tenant_scope([cast.acme.id]):
        export = Export.objects.latest("id")
    make_export(tenant=cast.acme.id, export=export.id, clock=utc_now)


def fetched(cast: Cast, admin: Program, **wanted: object) -> list[str]:
    """The lines of a CSV that is asked for, waited for and fetched as the documentation says."""
    asked = admin.post("/exports", {"format": "csv", **wanted})
    assert asked.status_code == 202, asked.content
    where = asked["Location"].removeprefix("/api/v1")
    assert admin.get(where).json()["is_open"] is True
    work(cast)
    shown = admin.get(where).json()
    assert shown["has_file"] is True
    answer = admin.get(f"{where}/file")
    text: str = answer.content.decode("utf-8-sig")
    assert shown["size"] == int(answer["Content-Length"])
    assert len(text.splitlines()) == shown["devices"] + 1 == shown["written"] + 1
    return text.splitlines()


def test_without_more_every_active_device_as_of_the_direct_export(
    cast: Cast, admin: Program
) -> None:
    direct = admin.get("/devices.csv").content.decode("utf-8-sig")
    assert fetched(cast, admin) == direct.splitlines()


def test_a_filter_with_order_and_columns(cast: Cast, admin: Program) -> None:
    lines = fetched(
        cast,
        admin,
        filter={"where": ["location:is:Lyon"]},
        sort="-serial",
        columns=["serial", "model", "serial"],
    )
    assert lines[0] == "serial,model"
    assert [line.split(",")[1] for line in lines[1:]] == ["'=1+1", "'=1+1"]
    assert lines[1:] == sorted(lines[1:], reverse=True)


def test_a_selection_and_a_view(cast: Cast, admin: Program) -> None:
    with tenant_scope([cast.acme.id]):
        paris = str(Device.objects.get(location="Paris").uid)
    picked = admin.post("/selections", {"devices": [paris]}).json()["id"]
    assert len(fetched(cast, admin, selection_id=picked)) == 2
    since = {"devices": 1, "changed_since": 0, "gone": 0}
    assert [row["since_selected"] for row in admin.get("/exports").json()["items"]] == [since]
    view = {"name": "Lyon", "query": "where=location%3Ais%3ALyon", "is_shared": True}
    kept = admin.post("/views", view).json()["id"]
    assert len(fetched(cast, admin, view_id=kept)) == 3


def test_a_workbook_is_named_as_one(cast: Cast, admin: Program) -> None:
    asked = admin.post("/exports", {"format": "xlsx"})
    work(cast)
    answer = admin.get(asked["Location"].removeprefix("/api/v1") + "/file")
    assert answer["Content-Disposition"].endswith('.xlsx"')
    assert answer.content.startswith(b"PK")
    assert len(admin.get("/exports").json()["items"]) == 1


def test_a_view_whose_conditions_are_too_many_is_not_exported(admin: Program) -> None:
    """It would export more devices than it was made for."""
    days = "&".join(f"where=ends_on:after:2026-01-{day:02}" for day in range(1, 22))
    kept = admin.post("/views", {"name": "Many", "query": days, "is_shared": True}).json()["id"]
    problem(admin.post("/exports", {"format": "csv", "view_id": kept}), 409, "unfit_filter")


NEVER = "00000000-0000-4000-8000-000000000000"


@pytest.mark.parametrize("unknown", ["selection_id", "view_id"])
def test_what_is_out_of_sight_is_not_there(admin: Program, unknown: str) -> None:
    assert admin.post("/exports", {"format": "csv", unknown: NEVER}).status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {"format": "pdf"},
        {},
        {"format": "csv", "columns": ["password"]},
        {"format": "csv", "filter": {}, "view_id": NEVER},
        {"format": "csv", "filter": {"where": [f"ends_on:next:{n}" for n in range(21)]}},
    ],
)
def test_what_does_not_fit_is_refused(admin: Program, wrong: dict[str, object]) -> None:
    assert admin.post("/exports", wrong).status_code == 422


def test_cancelled_before_its_turn_there_is_no_file(cast: Cast, admin: Program) -> None:
    asked = admin.post("/exports", {"format": "xlsx"})
    where = asked["Location"].removeprefix("/api/v1")
    assert admin.post(f"{where}/cancel", {}).json()["state"] == "CANCELLING"
    work(cast)
    problem(admin.get(f"{where}/file"), 409, "export_not_ready")
    problem(admin.post(f"{where}/cancel", {}), 409, "export_over")
