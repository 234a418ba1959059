"""Each house rule has a sample that breaks it: a check that cannot fail proves nothing."""

from __future__ import annotations

import pytest

from tests.arch.checks import CHECKS, File, declared_indexes, declared_params, error_codes

LONG = "def f():\n" + "    x = 1\n" * 60
HEADER = (
    "-- Purpose: a. Params: b. Reads: {reads}. Writes: {writes}.\n"
    "-- Lock order: -. Largest size: 1.\n"
)
SAMPLES = {
    "function_length": File("devices/actions.py", f'"""Doc."""\n{LONG}'),
    "parameters": File("devices/actions.py", "def f(actor, a, b, c, d, *, e, g, h, i, now): ...\n"),
    "port_methods": File(
        "devices/contracts.py",
        "class A(Protocol):\n" + "".join(f"    def m{n}(self): ...\n" for n in range(6)),
    ),
    "file_length": File("web/pages/devices.py", "\n" * 501),
    "module_docstring": File("devices/actions.py", "x = 1\n"),
    "function_level_import": File("devices/actions.py", "def f():\n    import os\n"),
    "internal_imports": File(
        "devices/actions.py", "".join(f"from fleetward.infra.m{n} import f\n" for n in range(13))
    ),
    "private_name": File("devices/a.py", "from fleetward.tenancy.queries import _row\n"),
    "uncast_array": File("devices/sql/a.sql", "SELECT 1 WHERE 1 = ANY(%(ids)s)"),
    "sql_header": File("devices/sql/a.sql", "-- Purpose: nothing else.\nSELECT 1"),
    "sql_index": File(
        "devices/sql/a.sql", "-- Purpose: a. Index: none. Lock order: none.\nSELECT 1"
    ),
    "sql_tables": File("devices/sql/a.sql", HEADER.format(reads="none", writes="tenancy_tenant")),
    "sql_declares_what_it_names": File(
        "devices/sql/a.sql",
        HEADER.format(reads="devices_device", writes="none") + "SELECT 1 FROM devices_group",
    ),
    "sql_params": File(
        "devices/sql/a.sql",
        "-- Purpose: a. Params: tenant bigint, run. Reads: b.\nSELECT %(tenant)s, %(run)s",
    ),
    "visibility_door": File("devices/sql/a.sql", "SELECT 1 FROM devices_device d"),
    "environment": File("devices/actions.py", "import os\nx = os.environ['A']\n"),
    "catch_all": File("devices/actions.py", "try:\n    f()\nexcept (A, Exception):\n    g()\n"),
    "web_framework": File("devices/actions.py", "from django.http import HttpResponse\n"),
    "unmeasured_download": File(
        "web/pages/devices.py", "from django.http import StreamingHttpResponse\n"
    ),
    "frozen_error": File(
        "devices/contracts.py", "@dataclass(frozen=True)\nclass A(errors.NotFound):\n    x: int\n"
    ),
    "overridden_save": File(
        "devices/models.py", "class A(Model):\n    def save(self):\n        pass\n"
    ),
}
ACCEPTED = (
    File("devices/sql/a.sql", "INSERT INTO devices_device SELECT 1 -- not from devices_device"),
    File("devices/sql/a.sql", "SELECT 1 FROM devices_visible(%(tenants)s::bigint[]) d"),
    File("warranty/models.py", 'device = ForeignKey("devices.Device")'),
    File("devices/sql/a.sql", "SELECT 1 WHERE 1 = ANY(%(ids)s::bigint[])"),
    File("config/env.py", "import os\nx = os.environ['A']\n"),
    File("web/pages/devices.py", "from django.http import HttpResponse\n"),
)


def found_by(name: str, file: File) -> list[str]:
    return [p for check in CHECKS if check.__name__ == name for p in check(file)]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_check_catches_its_violation(check: object) -> None:
    name = check.__name__  # type: ignore[attr-defined]
    assert found_by(name, SAMPLES[name]), f"{name} found nothing wrong with its sample"


@pytest.mark.parametrize("file", ACCEPTED, ids=lambda file: file.path)
def test_what_is_allowed_is_left_alone(file: File) -> None:
    for name in ("uncast_array", "environment", "web_framework", "visibility_door"):
        assert found_by(name, file) == []


def test_whoever_asks_and_the_moment_are_no_parameters() -> None:
    text = "def f(actor, a, b, c, d, *, e, g, h, now): ...\n"
    assert found_by("parameters", File("devices/actions.py", text)) == []


def test_a_bare_except_is_a_catch_all() -> None:
    assert found_by("catch_all", File("devices/a.py", "try:\n    f()\nexcept:\n    g()\n"))


def test_a_room_of_a_context_becomes_a_package_sooner_than_another_file() -> None:
    assert found_by("file_length", File("devices/actions.py", "\n" * 401))
    assert found_by("file_length", File("web/pages/devices.py", "\n" * 401)) == []


def test_a_statement_may_read_lower_contexts_but_not_upper_ones() -> None:
    lower = HEADER.format(reads="tenancy_tenant, devices_device", writes="devices_device")
    upper = HEADER.format(reads="warranty_entitlement", writes="devices_device")
    assert found_by("sql_tables", File("devices/sql/a.sql", lower)) == []
    assert found_by("sql_tables", File("devices/sql/a.sql", upper)) == [
        "Reads warranty_entitlement, which belongs to warranty"
    ]


def test_a_door_may_know_more_modules_and_the_frame_is_not_counted() -> None:
    many = "".join(f"from fleetward.infra.m{n} import f\n" for n in range(12))
    frame = (
        "from fleetward.access.queries import require\nfrom fleetward.audit.actions import record\n"
        "from fleetward.kernel.actor import Actor\nfrom fleetward.kernel.errors import NotFound\n"
    )
    assert found_by("internal_imports", File("devices/actions.py", many + frame)) == []
    more = many + "from fleetward.infra import crypto, files, jobs, sql\n"
    assert found_by("internal_imports", File("web/pages/a.py", more)) == []
    assert found_by("internal_imports", File("devices/a.py", more)) == [
        "imports 16 modules of ours, more than 12"
    ]
    over = more + "from fleetward.infra import tx\n"
    assert found_by("internal_imports", File("web/pages/a.py", over)) == [
        "imports 17 modules of ours, more than 16"
    ]


def test_parameters_and_indexes_are_read_from_a_header() -> None:
    text = (
        "-- Purpose: a. Params: tenants, locations bigint[] (the door); uid uuid or null,\n"
        "--   providers jsonb: a list of {manufacturer, provider}; table devices_written.\n"
        "-- Reads: b. Index: devices_device_uid, devices_device_pkey (why). Lock order: none.\n"
    )
    assert declared_params(text) == {
        "tenants": "bigint[]",
        "locations": "bigint[]",
        "uid": "uuid",
        "providers": "jsonb",
    }
    assert declared_indexes(text) == ["devices_device_uid", "devices_device_pkey"]
    assert declared_indexes("-- Index: none (a full pass_over). Lock order: none.") == []


def test_a_header_without_an_index_is_refused_and_a_reason_is_accepted() -> None:
    header = "-- Purpose: a. Params: none. Reads: b. Writes: none.{index}\n"
    header += "-- Lock order: none. Largest size: 1.\nSELECT 1"
    refused = File("devices/sql/a.sql", header.format(index=""))
    assert found_by("sql_header", refused) == ["the header lacks 'Index:'"]
    for index in (" Index: none (every row is read).", " Index: devices_device_pkey."):
        accepted = File("devices/sql/a.sql", header.format(index=index))
        assert found_by("sql_header", accepted) == found_by("sql_index", accepted) == []


def test_codes_of_errors_are_read_from_their_classes() -> None:
    text = 'class A(NotFound):\n    code: ClassVar[str] = "device_gone"\n'
    assert list(error_codes(File("devices/contracts.py", text))) == [("A", "device_gone")]
