"""PostgreSQL older than what our statements are tried with is refused before anything is done."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from fleetward.cli.main import explain
from fleetward.cli.ports import free_port
from fleetward.infra.crypto import create_key_file
from fleetward.infra.server_version import OldPostgres, refuse_old_server, refuse_version
from tests.house.test_command_line import both, failure
from tests.plugins.database import FreshDatabase


@pytest.mark.parametrize("number", [90624, 130014, 150020, 159999])
def test_older_servers_are_refused(number: int) -> None:
    with pytest.raises(OldPostgres):
        refuse_version(number)


@pytest.mark.parametrize("number", [160000, 160014, 170010, 180006, 190000])
def test_others_are_not(number: int) -> None:
    refuse_version(number)


def test_the_refusal_says_what_is_there_what_is_needed_and_what_to_do() -> None:
    with pytest.raises(OldPostgres) as caught:
        refuse_version(150020)
    told = explain(caught.value)
    assert "PostgreSQL 15.20; Fleetward needs 16 to 18." in told
    assert told.endswith("[postgres_too_old]")


def test_the_server_of_the_tests_is_accepted(fresh_database: FreshDatabase) -> None:
    refuse_old_server(fresh_database.url)
    refuse_old_server(fresh_database.owner_url)


def packet(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("!i", len(body) + 4) + body


@contextmanager
def server_that_says(version: str) -> Iterator[str]:
    """The address of something that greets like a PostgreSQL of this version, and no more."""
    hello = (
        packet(b"R", struct.pack("!i", 0))
        + packet(b"S", b"server_version\0" + version.encode() + b"\0")
        + packet(b"S", b"client_encoding\0UTF8\0")
        + packet(b"Z", b"I")
    )

    def greet() -> None:
        while True:
            try:
                caller, _ = door.accept()
            except OSError:
                return
            with caller:
                caller.recv(4096)
                caller.sendall(hello)
                caller.recv(4096)

    with socket.create_server(("127.0.0.1", 0)) as door:
        thread = threading.Thread(target=greet, daemon=True)
        thread.start()
        host, port = door.getsockname()
        yield f"postgresql://app@{host}:{port}/fleetward?sslmode=disable&gssencmode=disable"
        door.shutdown(socket.SHUT_RDWR)
        thread.join(10)


@pytest.mark.parametrize("command", ["migrate", "serve", "worker", "up"])
def test_no_command_works_on_an_old_server(command: str, tmp_path: Path) -> None:
    create_key_file(tmp_path / "keys")
    places = {"FLEETWARD_DATA_DIR": str(tmp_path), "FLEETWARD_KEY_FILE": str(tmp_path / "keys")}
    places["PORT"] = str(free_port())
    with server_that_says("15.20") as url:
        assert "[postgres_too_old]" in failure(command, **both(url), **places)


def test_init_changes_nothing_on_an_old_server(tmp_path: Path) -> None:
    with server_that_says("15.20") as url:
        told = failure("init", "--admin-url", url, "--folder", str(tmp_path / "new"))
    assert "[postgres_too_old]" in told
    assert not (tmp_path / "new").exists()


def test_control_a_newer_one_gets_further() -> None:
    with server_that_says("16.1") as url, pytest.raises(psycopg.OperationalError):
        psycopg.connect(url, autocommit=True).execute("SELECT 1")
    with server_that_says("16.1") as url:
        refuse_old_server(url)
