"""`make run` as a person types it: what it prints, makes, keeps and leaves behind after Ctrl-C."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psycopg
import pytest

from fleetward.cli.ports import free_port
from fleetward.infra.embedded_postgres import Cluster, home_for
from tests.house.starting import started
from tests.plugins.environment import run_dir
from tests.plugins.server import ROOT

pytestmark = pytest.mark.chaos
OURS = ("FLEETWARD_", "DATABASE_URL", "MAKE", "MFLAGS", "PORT", "DEMO")
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
TENANT = re.compile(
    r'class="fw-menu-item" href="/t/([^/"]+)/"[^>]*>.*?<strong>(.*?)</strong>', re.S
)


@dataclass
class Run:
    """A `make run` that has told where to go."""

    process: subprocess.Popen[str]
    port: int
    said: str

    def page(self, path: str = "/") -> httpx.Response:
        with self._client() as client:
            return client.get(path)

    def devices(self, email: str, password: str) -> dict[str, int]:
        """The tenants that somebody sees who signs in, each with how many devices it has."""
        with self._client() as client:
            login = client.get("/").url.path
            token = TOKEN.findall(client.get(login).text)[0]
            form = {"login": email, "password": password, "csrfmiddlewaretoken": token}
            home = client.post(login, data=form).text
            return {name: count_of(client, customer) for customer, name in TENANT.findall(home)}

    def _client(self) -> httpx.Client:
        address = f"http://127.0.0.1:{self.port}"
        return httpx.Client(base_url=address, follow_redirects=True, trust_env=False, timeout=30)

    def interrupt(self) -> str:
        """Ctrl-C in the terminal: all of the group get the signal. What was said then."""
        os.killpg(self.process.pid, signal.SIGINT)
        assert self.process.stdout is not None
        said = self.process.stdout.read()
        self.process.wait(30)
        return said


def count_of(client: httpx.Client, customer: str) -> int:
    shown = client.get(f"/t/{customer}/devices/").text
    return int(re.findall(r"([\d,]+)\s+devices", shown)[0].replace(",", ""))


def stop_all(process: subprocess.Popen[str]) -> None:
    os.killpg(process.pid, signal.SIGTERM)


def environment_of(folder: Path) -> dict[str, str]:
    """As in a terminal of somebody's own, with the data in `folder`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    return {**kept, "FLEETWARD_DATA_DIR": str(folder)}


@contextmanager
def made_run(folder: Path, *arguments: str) -> Iterator[Run]:
    port = free_port()
    command = ["make", "run", f"PORT={port}", *arguments]
    with started(command, environment_of(folder), stop=stop_all) as (process, said):
        yield Run(process, port, said)


def shown(database: str, *settings: str) -> dict[str, str]:
    """Server settings as they hold for the application."""
    with psycopg.connect(database) as app:
        query = "SELECT name, setting FROM pg_settings WHERE name = ANY (%s)"
        return dict(app.execute(query, [[*settings]]).fetchall())


def make_reset(folder: Path) -> str:
    """What `make reset` says."""
    command = ["make", "--no-print-directory", "reset"]
    environment = environment_of(folder)
    return subprocess.run(
        command, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True
    ).stdout


def descendants(pid: int) -> dict[int, str]:
    """The processes below one, with their commands."""
    found = {}
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split():
        command = Path(f"/proc/{child}/cmdline").read_bytes().replace(b"\0", b" ").decode()
        found |= {int(child): command, **descendants(int(child))}
    return found


def test_the_demo_is_made_once_kept_and_leaves_no_process_behind() -> None:
    folder = run_dir() / "make-run"
    with made_run(folder) as first:
        assert f"Fleetward is running at http://127.0.0.1:{first.port} " in first.said
        password = re.findall("with the password “(.+)” as", first.said)[0]
        accounts = dict(re.findall(r"^  (\S+@\S+)\s+(\S.*)$", first.said, re.MULTILINE))
        assert list(accounts.values()) == [
            "IT Admin in Acme Industries, IT Admin in Globex Lab",
            "Device Admin in Acme Industries, Report Admin in Globex Lab",
            "Report Admin in Globex Lab",
            "Partner Admin in Initech Services",
        ]
        sign_in = first.page().text
        assert [email for email in accounts if email not in sign_in] == []
        sights = [first.devices(email, password) for email in accounts]
        both = {"Acme Industries": 12_000, "Globex Lab": 300}
        everything = {"All customers": 12_300} | both
        assert sights == [both, both, {"Globex Lab": 300}, everything]
        running = descendants(first.process.pid)
        for part in ("postgres", "simulators", "serve", "worker"):
            assert [command for command in running.values() if part in command], part
        assert "Stopped." in first.interrupt().splitlines()
    assert [command for pid, command in running.items() if Path(f"/proc/{pid}").exists()] == []
    with made_run(folder) as second:
        assert "Making demo data" not in second.said
        assert second.port != first.port
        assert second.devices(next(iter(accounts)), password) == sights[0]


def test_demo_0_begins_empty_on_the_page_that_makes_the_first_administrator() -> None:
    """And `make reset` forgets what has been stored since."""
    folder = run_dir() / "make-reset"
    with made_run(folder, "DEMO=0") as run:
        assert "Open it to make the first administrator." in run.said
        assert "@" not in run.said
        page = run.page()
        assert (page.status_code, page.url.path) == (200, "/first-run/")
        assert not [one for one in descendants(run.process.pid).values() if "simulators" in one]
        # tests/chaos/test_database_killed.py sets them itself.
        database = Cluster(home_for(folder / "own")).url("fleetward_app", "fleetward")
        durable = dict.fromkeys(("fsync", "full_page_writes", "synchronous_commit"), "on")
        assert shown(database, *durable) == durable
    assert (folder / "own" / "keys").exists()
    assert make_reset(folder) == f"Forgot {folder / 'own'}.\n"
    assert list(folder.iterdir()) == []
    assert make_reset(folder) == ""
