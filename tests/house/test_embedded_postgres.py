"""The embedded PostgreSQL: closed to others, kept after a kill, found wherever it lies."""

from __future__ import annotations

import os
import signal
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from fleetward.infra.embedded_postgres import Cluster, Roles, home_for, places, provision
from fleetward.infra.embedded_postgres.places import (
    LONGEST_SOCKET_FOLDER,
    is_reachable,
    server_account,
    socket_folder,
)
from tests.plugins.environment import run_dir

SMALL = {"shared_buffers": "16MB", "max_connections": "20", "fsync": "off"}
pytestmark = pytest.mark.chaos


@pytest.fixture
def home() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir=run_dir()) as folder:
        Path(folder).chmod(0o711)
        yield Path(folder) / "postgres"


@pytest.fixture
def cluster(home: Path) -> Iterator[Cluster]:
    made = Cluster(home, SMALL)
    made.start()
    yield made
    made.stop()


def count(url: str) -> int:
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT count(*) FROM kept").fetchone()
    return int(row[0]) if row else -1


def test_its_files_and_socket_are_closed_to_others(cluster: Cluster) -> None:
    for folder in (cluster.data, socket_folder(cluster.home)):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_it_listens_on_no_network(cluster: Cluster) -> None:
    with psycopg.connect(cluster.superuser_url) as connection:
        shown = connection.execute("SHOW listen_addresses").fetchone()
    assert shown == ("",)


def test_the_application_owns_nothing_and_is_bound_by_row_level_security(
    cluster: Cluster,
) -> None:
    provision(cluster.superuser_url, "fleet", Roles())
    provision(cluster.superuser_url, "fleet", Roles())
    with psycopg.connect(cluster.url("fleetward_owner", "fleet")) as owner:
        owner.execute("CREATE EXTENSION pg_trgm")
        owner.execute("CREATE EXTENSION btree_gin")
    with psycopg.connect(cluster.url("fleetward_app", "fleet")) as app:
        asked = "SELECT rolsuper, rolbypassrls, rolcreatedb FROM pg_roles WHERE rolname = user"
        assert app.execute(asked).fetchone() == (False, False, False)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            app.execute("CREATE TABLE mine (id int)")


def test_what_was_committed_survives_kill_9_and_the_next_start_works(home: Path) -> None:
    settings = {**SMALL, "fsync": "on"}
    first = Cluster(home, settings)
    first.start()
    with psycopg.connect(first.superuser_url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT generate_series(1, 1000)")
    assert first.process is not None
    os.kill(first.process.pid, signal.SIGKILL)
    first.process.wait()
    second = Cluster(home, settings)
    second.start()
    try:
        assert count(second.superuser_url) == 1000
    finally:
        second.stop()


def test_the_path_of_the_socket_is_short_however_deep_the_folder_lies(tmp_path: Path) -> None:
    deep = tmp_path / ("x" * 120)
    assert len(str(socket_folder(deep))) <= LONGEST_SOCKET_FOLDER


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's folders are closed to the server")
def test_under_a_folder_of_root_that_is_closed_the_server_lies_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "lib"
    monkeypatch.setattr(places, "SYSTEM_HOME", elsewhere)
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    assert server_account() is not None
    assert not is_reachable(closed / "var")
    home = home_for(closed / "var")
    assert home.is_relative_to(elsewhere)
    assert home == home_for(closed / "var")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's folders are closed to the server")
def test_the_server_of_a_temporary_clone_that_is_gone_is_forgotten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "SYSTEM_HOME", tmp_path)
    for name, owner in (
        ("gone", Path(tempfile.gettempdir()) / "no-such-clone" / "var"),
        ("elsewhere", Path("/srv/no-such-clone/var")),
    ):
        (tmp_path / name).mkdir()
        (tmp_path / name / "belongs-to").write_text(str(owner), encoding="utf-8")
    places.forget_orphans()
    assert not (tmp_path / "gone").exists()
    assert (tmp_path / "elsewhere").exists()
