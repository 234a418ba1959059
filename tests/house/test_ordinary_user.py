"""`fleetward up` of somebody who is not root: all that it runs and stores is theirs.

Where root runs the tests that somebody is the user nobody, and what lies below folders that are
closed to others is laid out anew where everybody can read it.
"""

from __future__ import annotations

import os
import signal
import stat
import sys
import sysconfig
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from shutil import copyfile, copytree, ignore_patterns

import httpx
import pytest

from fleetward.cli.ports import free_port
from fleetward.infra.embedded_postgres.places import is_reachable
from tests.house.starting import Process, started
from tests.house.test_make_run import descendants
from tests.plugins.environment import run_dir
from tests.plugins.server import ROOT

pytestmark = pytest.mark.chaos
NOBODY = 65534
FOR_ALL = 0o755
# Large, and nothing that the program needs: of Python's own folder, and of our packages.
LEFT_OUT = ignore_patterns("site-packages", "playwright")


def link_or_copy(source: str, target: str) -> None:
    """A link costs nothing; another file system, or a file that is closed to others, has none."""
    real = Path(source).resolve()
    try:
        if not real.stat().st_mode & stat.S_IROTH:
            raise PermissionError
        os.link(real, target)
    except OSError:
        copyfile(real, target)
        Path(target).chmod(FOR_ALL)


def readable(source: Path, target: Path) -> Path:
    """The folder, or one with the same in it that everybody can read."""
    if is_reachable(source):
        return source
    copytree(
        source,
        target,
        copy_function=link_or_copy,
        ignore=LEFT_OUT,
        ignore_dangling_symlinks=True,
    )
    for folder in (target.parent, target, *filter(Path.is_dir, target.rglob("*"))):
        folder.chmod(FOR_ALL)
    return target


@dataclass(frozen=True)
class Person:
    """An ordinary user of this machine, with a home of their own and the program within reach."""

    uid: int
    home: Path
    python: Path = Path(sys.executable)
    environment: Mapping[str, str] = field(default_factory=dict)

    @contextmanager
    def up(self, port: int) -> Iterator[Process]:
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "FLEETWARD_DATA_DIR": str(self.home / "var"),
            "PORT": str(port),
            **self.environment,
        }
        command = [str(self.python), "-m", "fleetward.cli.main", "up", "--empty"]
        uid = None if self.uid == os.geteuid() else self.uid
        with started(command, environment, cwd=self.home, uid=uid) as (process, _):
            yield process


@pytest.fixture
def person() -> Person:
    home = run_dir() / "home"
    home.mkdir(mode=0o700)
    if os.geteuid() != 0:
        return Person(os.geteuid(), home)
    os.chown(home, NOBODY, NOBODY)
    program = run_dir() / "program"
    prefix = readable(Path(sys.base_prefix), program / "python")
    packages = readable(Path(sysconfig.get_path("purelib")), program / "packages")
    source = readable(ROOT / "src", program / "src")
    python = prefix / "bin" / f"python{sysconfig.get_python_version()}"
    paths = {"PYTHONPATH": f"{source}:{packages}"}
    if prefix != Path(sys.base_prefix):
        paths["LD_LIBRARY_PATH"] = str(prefix / "lib")
    return Person(NOBODY, home, python, paths)


def test_an_ordinary_user_starts_it_and_all_of_it_is_theirs(person: Person) -> None:
    port = free_port()
    with person.up(port) as process:
        with httpx.Client(trust_env=False, follow_redirects=True, timeout=30) as client:
            page = client.get(f"http://127.0.0.1:{port}/")
        assert (page.status_code, page.url.path) == (200, "/first-run/")
        running = descendants(process.pid)
        assert len(running) > 3
        users = {Path(f"/proc/{pid}").stat().st_uid for pid in (process.pid, *running)}
        files = {file.lstat().st_uid for file in person.home.rglob("*")}
        assert (users, files) == ({person.uid}, {person.uid})
        os.killpg(process.pid, signal.SIGINT)
        assert process.stdout is not None
        assert "Stopped." in process.stdout.read()
