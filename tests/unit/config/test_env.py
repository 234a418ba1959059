"""The environment: typed, complete or refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from fleetward.config.env import BadEnvironment, read_environment


def test_sections_lists_and_numbers_are_read() -> None:
    env = read_environment(
        {
            "DATABASE_URL": "postgresql:///f",
            "FLEETWARD_WEB__HOSTS": "a.example, b.example",
            "FLEETWARD_WARRANTY__LANES": "5",
            "FLEETWARD_PROVIDERS__DELL__BASE_URL": "http://127.0.0.1:9100/dell",
            "HOME": "/root",
        }
    )
    assert env.database_url == "postgresql:///f"
    assert env.web.hosts == ("a.example", "b.example")
    assert env.warranty.lanes == 5
    assert env.providers["dell"].base_url.endswith("/dell")


def test_port_alone_moves_the_site() -> None:
    env = read_environment({"PORT": "8001"})
    assert (env.web.port, env.web.public_url) == (8001, "http://127.0.0.1:8001")


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("FLEETWARD_NONSENSE", "1", "FLEETWARD_NONSENSE"),
        ("FLEETWARD_WEB__NONSENSE", "1", "FLEETWARD_WEB__NONSENSE"),
        ("FLEETWARD_WEB__PORT", "99999", "FLEETWARD_WEB__PORT"),
        ("FLEETWARD_LOG_FORMAT", "xml", "FLEETWARD_LOG_FORMAT"),
        ("FLEETWARD_SECRET_KEY_FILE", "/nowhere/at/all", "there is no file"),
    ],
)
def test_unknown_and_wrong_settings_stop_the_start(name: str, value: str, told: str) -> None:
    with pytest.raises(BadEnvironment, match=told):
        read_environment({name: value})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FLEETWARD_PROVIDERS__DELL__BASE_URL", "api.dell.example"),
        ("FLEETWARD_PROVIDERS__DELL__BASE_URL", "ftp://api.dell.example"),
        ("FLEETWARD_PROVIDERS__DELL__BASE_URL", "https://"),
        ("FLEETWARD_PROVIDERS__DELL__BASE_URL", "https://[::1"),
        ("FLEETWARD_PROVIDERS__DELL__BASE_URL", "https://api.example:port"),
        ("FLEETWARD_PROVIDERS__DELL__BASE_URL", "https://api.example/a b"),
        ("FLEETWARD_PROVIDERS__DELL__BASE_URL", "https://me:canary-1@api.example"),
        ("FLEETWARD_PROVIDERS__DELL__BASE_URL", "https://api.example/?key=canary-1"),
        ("FLEETWARD_OUTGOING__PROXY", "socks5://me:canary-1@proxy.example"),
        ("FLEETWARD_WEB__PUBLIC_URL", "localhost:8000"),
        ("FLEETWARD_WEB__PUBLIC_URL", "http://localhost:8000/fleet"),
        ("DATABASE_URL", "postgresql://me:canary-1@db.example:port:5432/f?no_such=1"),
        ("FLEETWARD_MIGRATE_DATABASE_URL", "mysql://me:canary-1@db.example/f"),
    ],
)
def test_addresses_that_cannot_be_used_are_refused_and_not_repeated(name: str, value: str) -> None:
    with pytest.raises(BadEnvironment, match=f"^{name}: must be an address such as") as refused:
        read_environment({name: value})
    assert "canary-1" not in str(refused.value)


def test_addresses_lose_the_slash_at_their_end() -> None:
    env = read_environment(
        {
            "FLEETWARD_PROVIDERS__DELL__BASE_URL": "https://api.example/dell/",
            "FLEETWARD_WEB__PUBLIC_URL": "http://localhost:8000/",
            "FLEETWARD_OUTGOING__PROXY": "http://me:secret@proxy.example:3128",
            "DATABASE_URL": "host=/run/postgresql dbname=fleetward",
        }
    )
    assert env.providers["dell"].base_url == "https://api.example/dell"
    assert env.web.public_url == "http://localhost:8000"


@pytest.mark.parametrize(
    ("environ", "told"),
    [
        (
            {"FLEETWARD_WEB": "x", "FLEETWARD_WEB__PORT": "80"},
            [
                "FLEETWARD_WEB__PORT: cannot stand beside a value for FLEETWARD_WEB",
                "FLEETWARD_WEB: this is a section; its settings are called FLEETWARD_WEB__...",
            ],
        ),
        (
            {"FLEETWARD_WEB": "x", "PORT": "80"},
            [
                "FLEETWARD_WEB__PORT: cannot stand beside a value for FLEETWARD_WEB",
                "FLEETWARD_WEB: this is a section; its settings are called FLEETWARD_WEB__...",
            ],
        ),
        (
            {"FLEETWARD_PROVIDERS__DELL": "x"},
            [
                "FLEETWARD_PROVIDERS__DELL: this is a section; "
                "its settings are called FLEETWARD_PROVIDERS__DELL__..."
            ],
        ),
        (
            {"FLEETWARD_CHECK": "x"},
            ["FLEETWARD_CHECK: this is a section; its settings are called FLEETWARD_CHECK__..."],
        ),
        (
            {"FLEETWARD_WEB__PORT__NUMBER": "80"},
            ["FLEETWARD_WEB__PORT: there are no settings below it; see docs/reference/settings.md"],
        ),
        ({"PORT": "none"}, ["PORT: Input should be a valid integer"]),
    ],
)
def test_what_has_no_place_is_told_and_no_traceback(
    environ: dict[str, str], told: list[str]
) -> None:
    with pytest.raises(BadEnvironment) as refused:
        read_environment(environ)
    lines = str(refused.value).splitlines()
    assert [line[: len(wanted)] for line, wanted in zip(lines, told, strict=True)] == told


def test_a_setting_beside_its_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("from a file", encoding="utf-8")
    environ = {"FLEETWARD_SECRET_KEY": "x", "FLEETWARD_SECRET_KEY_FILE": str(file)}
    with pytest.raises(BadEnvironment, match="is set twice"):
        read_environment(environ)


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_file_that_is_no_text_is_refused(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "secret"
    if content is None:
        file.mkdir()
    else:
        file.write_bytes(content)
    with pytest.raises(BadEnvironment, match="cannot be read as text"):
        read_environment({"FLEETWARD_SECRET_KEY_FILE": str(file)})


def test_our_own_names_win_over_the_short_ones(tmp_path: Path) -> None:
    file = tmp_path / "url"
    file.write_text("postgresql:///from-file", encoding="utf-8")
    short = {"DATABASE_URL": "postgresql:///short", "PORT": "81"}
    env = read_environment(short | {"FLEETWARD_WEB__PORT": "82"})
    assert (env.database_url, env.web.port) == ("postgresql:///short", 82)
    env = read_environment(short | {"FLEETWARD_DATABASE_URL_FILE": str(file)})
    assert env.database_url == "postgresql:///from-file"


def test_all_problems_are_told_at_once() -> None:
    with pytest.raises(BadEnvironment) as refused:
        read_environment({"FLEETWARD_A": "1", "FLEETWARD_B": "2"})
    assert len(str(refused.value).splitlines()) == 2


def test_a_secret_can_come_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("from a file\n")
    env = read_environment({"FLEETWARD_MAIL__PASSWORD_FILE": str(file)})
    assert env.mail.password.get_secret_value() == "from a file"
    assert "from a file" not in repr(env)


@pytest.mark.parametrize(
    "environ",
    [
        {"FLEETWARD_DEBUG": "1", "FLEETWARD_WEB__PUBLIC_URL": "https://fleet.example"},
        {"FLEETWARD_WEB__PUBLIC_URL": "https://fleet.example"},
        {"FLEETWARD_WEB__PUBLIC_URL": "http://fleet.example", "FLEETWARD_SECRET_KEY": "x" * 50},
        {"FLEETWARD_WEB__PUBLIC_URL": "http://127.0.0.1.fleet.example"},
        {
            "FLEETWARD_DEMO": "1",
            "FLEETWARD_WEB__PUBLIC_URL": "https://fleet.example",
            "FLEETWARD_SECRET_KEY": "x" * 50,
        },
    ],
)
def test_unsafe_combinations_are_refused(environ: dict[str, str]) -> None:
    with pytest.raises(BadEnvironment):
        read_environment(environ)
