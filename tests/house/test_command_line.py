"""`fleetward`: expected failures are one message and status 2; the rest starts and stops well."""

from __future__ import annotations

import contextlib
import http.client
import os
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner

from fleetward.cli.main import COMMANDS, fleetward
from fleetward.cli.ports import free_port, refuse_busy_port
from fleetward.cli.site import digest_of_address, site_of
from fleetward.config.env import BadEnvironment, read_environment
from fleetward.connections.actions import save_connection
from fleetward.connections.contracts import Draft
from fleetward.infra.crypto import create_key_file
from fleetward.kernel.actor import system_actor
from fleetward.kernel.clock import utc_now
from fleetward.tenancy.queries import count_tenants
from tests.cast import make_tenant
from tests.house.starting import started
from tests.plugins.database import FreshDatabase
from tests.plugins.environment import DATA_DIR, run_dir, started_server
from tests.plugins.server import OWNER, ROOT, TEMPLATE
from tests.races import wait_until

CLI = [sys.executable, "-m", "fleetward.cli.main"]
chaos = pytest.mark.chaos
NEW_USER = ("--email", "a@acme.example", "--new-tenant", "Acme", "--password", "long-enough-71")


def environment(**settings: str) -> dict[str, str]:
    ours = {n: v for n, v in os.environ.items() if not n.startswith(("FLEETWARD_", "DATABASE_URL"))}
    return {**ours, **settings}


def failure(*arguments: str, **settings: str) -> str:
    done = subprocess.run(
        [*CLI, *arguments],
        env=environment(**settings),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr


def test_help_lists_every_command_without_loading_them() -> None:
    shown = CliRunner().invoke(fleetward, ["--help"]).output
    assert [name for name in COMMANDS if name not in shown] == []


def test_unknown_settings_stop_every_command() -> None:
    assert "FLEETWARD_TYPO" in failure("check-config", FLEETWARD_TYPO="1")


@pytest.mark.parametrize("command", ["serve", "worker", "up", "check-config", "check list.csv"])
def test_settings_of_an_unknown_provider_stop_every_command(command: str, tmp_path: Path) -> None:
    devices = tmp_path / "list.csv"
    devices.write_text("Serial number,Manufacturer\n7YH2QL3,Dell\n", encoding="utf-8")
    typo = {"FLEETWARD_PROVIDERS__DELLL__BASE_URL": "https://proxy.example"}
    arguments = command.replace("list.csv", str(devices)).split()
    told = failure(*arguments, **typo, FLEETWARD_DATA_DIR=str(tmp_path), PORT=str(free_port()))
    assert "there is no provider delll" in told


def test_serve_without_a_database_says_what_to_set() -> None:
    assert "DATABASE_URL is not set" in failure("serve")


def test_a_database_that_does_not_answer_is_named() -> None:
    url = f"postgresql://app@127.0.0.1:{free_port()}/fleetward"
    assert "Check DATABASE_URL" in failure("migrate", **both(url))


def both(url: str) -> dict[str, str]:
    return {"DATABASE_URL": url, "FLEETWARD_MIGRATE_DATABASE_URL": url.replace("app@", "owner@")}


@pytest.mark.parametrize("command", ["serve", "worker"])
def test_without_the_key_file_nothing_starts(
    command: str, fresh_database: FreshDatabase, tmp_path: Path
) -> None:
    told = failure(
        command,
        DATABASE_URL=fresh_database.url,
        FLEETWARD_KEY_FILE=str(tmp_path / "none"),
    )
    assert "sealing key file" in told


def test_a_damaged_key_file_stops_the_start(fresh_database: FreshDatabase, tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    keys.write_text("1 too-short\n", encoding="ascii")
    told = failure("serve", DATABASE_URL=fresh_database.url, FLEETWARD_KEY_FILE=str(keys))
    assert "damaged in line 1" in told


def test_the_key_file_of_another_installation_stops_the_start(
    fresh_database: FreshDatabase, tmp_path: Path
) -> None:
    tenant = make_tenant("Acme")
    draft = Draft(provider="dell", label="Dell", settings={}, secrets={"client_secret": "s"})
    actor = system_actor("Tests", tenant.id)
    save_connection(actor=actor, tenant=tenant.id, draft=draft, now=utc_now())
    keys = tmp_path / "keys"
    create_key_file(keys)
    told = failure("serve", DATABASE_URL=fresh_database.url, FLEETWARD_KEY_FILE=str(keys))
    assert "belongs to another installation" in told


def test_pending_migrations_stop_the_start(fresh_database: FreshDatabase, tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    create_key_file(keys)
    with psycopg.connect(fresh_database.owner_url) as owner:
        owner.execute(
            "DELETE FROM django_migrations WHERE id = (SELECT max(id) FROM django_migrations)"
        )
    told = failure("serve", DATABASE_URL=fresh_database.url, FLEETWARD_KEY_FILE=str(keys))
    assert "Run `fleetward migrate`" in told


def test_no_server_starts_as_a_role_that_row_level_security_does_not_bind(
    fresh_database: FreshDatabase, tmp_path: Path
) -> None:
    keys = tmp_path / "keys"
    create_key_file(keys)
    told = failure("serve", DATABASE_URL=fresh_database.owner_url, FLEETWARD_KEY_FILE=str(keys))
    assert "row-level security" in told


def test_the_owner_cannot_be_the_role_of_the_application(fresh_database: FreshDatabase) -> None:
    url = fresh_database.owner_url
    told = failure("migrate", DATABASE_URL=url, FLEETWARD_MIGRATE_DATABASE_URL=url)
    assert "must name a role of its own" in told


def test_reset_keeps_the_keys_of_a_database_that_is_not_ours(tmp_path: Path) -> None:
    url = "postgresql://app:secret@db.example/fleet"
    ours, theirs = (
        site_of(read_environment({"FLEETWARD_DATA_DIR": str(tmp_path)} | given), is_demo=True)
        for given in ({}, {"DATABASE_URL": url})
    )
    for site in (ours, theirs):
        create_key_file(site.folder / "keys" / "sealing.keys")
    told = failure("reset", FLEETWARD_DATA_DIR=str(tmp_path), DATABASE_URL=url)
    assert "not ours to forget" in told
    assert ours.folder.exists()
    reset = environment(FLEETWARD_DATA_DIR=str(tmp_path))
    done = subprocess.run([*CLI, "reset"], env=reset, check=True, capture_output=True, text=True)
    assert done.stdout.splitlines() == [
        f"Forgot {ours.folder}.",
        f"Kept {theirs.folder}: its keys open what is stored in a database of yours.",
    ]
    assert not ours.folder.exists()
    assert (theirs.folder / "keys" / "sealing.keys").exists()


def test_each_database_has_a_folder_of_its_own_whoever_signs_in_to_it() -> None:
    same = {digest_of_address(f"postgresql://{who}@db.example/fleet") for who in ("a", "b:secret")}
    others = {
        digest_of_address(f"postgresql://a@{place}")
        for place in (
            "db.example/other",
            "db2.example/fleet",
            "db.example:5433/fleet",
            "db.example",
        )
    }
    assert (len(same), len(same | others)) == (1, 5)


def test_demo_data_are_for_an_empty_installation(fresh_database: FreshDatabase) -> None:
    make_tenant("Acme")
    settings = {"DATABASE_URL": fresh_database.url, "FLEETWARD_DATA_DIR": str(DATA_DIR)}
    done = subprocess.run(
        [*CLI, "demo"], env=environment(**settings), capture_output=True, text=True, check=False
    )
    assert (done.returncode, "There are tenants already" in done.stderr) == (1, True)
    once = [*CLI, "demo", "--once"]
    done = subprocess.run(once, env=environment(**settings), capture_output=True, check=True)
    assert done.stdout == b""
    assert count_tenants() == 1


def test_a_busy_port_is_told_before_anything_starts(tmp_path: Path) -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = str(busy.getsockname()[1])
        told = failure("up", PORT=port, FLEETWARD_DATA_DIR=str(tmp_path / "var"))
    assert f"Port {port} is not free" in told
    assert not (tmp_path / "var").exists()


def test_a_site_whose_keys_are_gone_does_not_start_with_new_ones(tmp_path: Path) -> None:
    site = tmp_path / "var" / "own"
    site.mkdir(parents=True)
    (site / "migrated").write_text("before")
    told = failure("up", "--empty", PORT=str(free_port()), FLEETWARD_DATA_DIR=str(site.parent))
    assert "sealing key file" in told
    assert "Restore it from your backup" in told
    assert not (site / "keys").exists()


def test_init_prepares_a_server_and_is_not_repeated(tmp_path: Path) -> None:
    server = started_server()
    if server.cluster is None:
        pytest.skip("would change the passwords of the roles of a server of somebody else's")
    name = f"init_{os.getpid()}"
    arguments = ["init", "--admin-url", server.admin_url, "--database", name]
    arguments += ["--folder", str(tmp_path / "var")]
    try:
        subprocess.run([*CLI, *arguments], env=environment(), cwd=ROOT, check=True, timeout=120)
        file = tmp_path / "var" / "fleetward.env"
        assert file.stat().st_mode & 0o077 == 0
        assert "FLEETWARD_MIGRATE_DATABASE_URL=" in file.read_text(encoding="utf-8")
        with psycopg.connect(server.url(OWNER, name)) as owner:
            count = "SELECT count(*) FROM django_migrations"
            with psycopg.connect(server.url(OWNER, TEMPLATE)) as template:
                assert owner.execute(count).fetchone() == template.execute(count).fetchone()
        again = CliRunner().invoke(fleetward, arguments)
        assert "is prepared" in again.output
    finally:
        server.drop(name)


@contextlib.contextmanager
def running_up(
    folder: Path, port: int, *arguments: str, **settings: str
) -> Iterator[subprocess.Popen[str]]:
    """`fleetward up` until it told where to go."""
    settings |= {"PORT": str(port), "FLEETWARD_DATA_DIR": str(folder)}
    with started([*CLI, "up", *arguments], environment(**settings)) as (process, _said):
        yield process


def is_free(port: int) -> bool:
    """Whether nobody listens any more, which is later than that nobody answers."""
    try:
        refuse_busy_port("127.0.0.1", port)
    except BadEnvironment:
        return False
    return True


def answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("HEAD", "/")
        connection.getresponse()
    except OSError:
        return False
    finally:
        connection.close()
    return True


@chaos
def test_up_runs_stops_cleanly_starts_quickly_and_keeps_data() -> None:
    folder, port = run_dir() / "up", free_port()
    with running_up(folder, port, "--empty") as first:
        assert answers(port)
        assert "already runs on" in failure(
            "up", "--empty", PORT=str(free_port()), FLEETWARD_DATA_DIR=str(folder)
        )
    assert first.returncode == 0
    assert not answers(port)
    begun = time.monotonic()
    with running_up(folder, port, "--empty"):
        assert time.monotonic() - begun < 20, "a second start does not make everything anew"
    subprocess.run([*CLI, "reset"], env=environment(FLEETWARD_DATA_DIR=str(folder)), check=True)
    assert not (folder / "own").exists()


@chaos
def test_up_fills_a_database_of_yours_though_a_demo_lies_in_the_folder(
    fresh_database: FreshDatabase,
) -> None:
    folder = run_dir() / "up-external"
    (folder / "demo").mkdir(parents=True)
    (folder / "demo" / "demo-accounts.txt").write_text("of another database", encoding="utf-8")
    external = {
        "DATABASE_URL": fresh_database.url,
        "FLEETWARD_MIGRATE_DATABASE_URL": fresh_database.owner_url,
    }
    with running_up(folder, free_port(), **external):
        # A partner, two customers, and one that has not accepted.
        assert count_tenants() == 4
    (own,) = folder.glob("demo-*")
    assert "admin@demo.example" in (own / "demo-accounts.txt").read_text(encoding="utf-8")


@chaos
def test_up_begins_with_a_backup_and_refuses_a_second_one() -> None:
    folder, port, other = run_dir() / "up-saved", free_port(), run_dir() / "up-restored"
    with running_up(folder, port, "--empty"):
        file = folder / "own" / "saved.fleetward"
        made = read_env_file(folder / "own" / "environment")
        run = partial(subprocess.run, check=True, cwd=ROOT, stdout=subprocess.DEVNULL)
        run([*CLI, "user", "add", *NEW_USER], env=environment(**made))
        run([*CLI, "backup", "--with-key", str(file)], env=environment(**made))
    assert "does not go into the demo" in failure("up", "--restore", str(file))
    with running_up(other, port, "--empty", "--restore", str(file)):
        assert answers(port)
    again = subprocess.run(
        [*CLI, "up", "--empty", "--restore", str(file)],
        env=environment(PORT=str(port), FLEETWARD_DATA_DIR=str(other)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert again.returncode == 1
    assert "holds an installation already" in again.stderr


def read_env_file(file: Path) -> dict[str, str]:
    lines = file.read_text(encoding="utf-8").splitlines()
    pairs = (shlex.split(line)[0].split("=", maxsplit=1) for line in lines)
    return dict(pairs)


@chaos
@pytest.mark.parametrize(
    ("command", "told", "log"),
    [
        ("cli.main worker", "The worker process ended by itself (status -9)", "worker.log"),
        ("bin/postgres", "PostgreSQL ended by itself (status -9)", "server.log"),
    ],
)
def test_up_stops_everything_when_one_process_dies_and_names_it(
    command: str, told: str, log: str
) -> None:
    folder, port = run_dir() / "up-dies", free_port()
    with running_up(folder, port, "--empty") as up:
        dying = next(pid for pid in children(up.pid) if command in command_of(pid))
        os.kill(dying, signal.SIGKILL)
        assert up.stdout is not None
        said = up.stdout.read()
        assert up.wait(30) == 1
        assert f"{told}. The end of its log, " in said
        assert f"{log}:" in said
        assert not answers(port)


@chaos
def test_a_killed_up_takes_its_processes_along_and_starts_again() -> None:
    folder, port = run_dir() / "up-killed", free_port()
    with running_up(folder, port, "--empty") as up:
        started = children(up.pid)
        up.kill()
        up.wait(30)
        told = "a process outlived its supervisor"
        # A web server that is about to end may still replace a worker, which takes the port again.
        wait_until(lambda: not any(map(is_there, started)), told, seconds=60)
        wait_until(lambda: is_free(port), told, seconds=20)
    with running_up(folder, port, "--empty"):
        assert answers(port)


def children(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    return [int(part) for part in listed.split()]


def is_there(pid: int) -> bool:
    """Not as a zombie, which nobody has asked how it ended."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text(encoding="ascii")
    except FileNotFoundError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


def command_of(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_bytes().decode().replace("\0", " ")


def test_every_command_is_documented() -> None:
    page = (ROOT / "docs" / "reference" / "cli.md").read_text(encoding="utf-8")
    assert [name for name in COMMANDS if f"| `{name}" not in page] == []
