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
