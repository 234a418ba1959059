"""`fleetward-client` as a user has it: built from what a live server says of itself, installed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from fleetward.tenancy.contracts import Role
from tests.cast import make_tenant, make_user
from tests.plugins.server import ROOT
from tests.plugins.site import Site


@dataclass(frozen=True)
class Installed:
    """The package in a folder of its own, and a token for the live server."""

    folder: Path
    site: Site
    token: str

    @property
    def built(self) -> list[str]:
        return sorted(file.name for file in (self.folder.parent / "dist").iterdir())

    def run(self, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Run Python with the package, told where Fleetward is as the documents say."""
        environ = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(self.folder),
            "FLEET_URL": self.site.url,
            "FLEET_TOKEN": self.token,
            **more,
        }
        return subprocess.run(
            [sys.executable, *arguments],
            env=environ,
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )

    def type_check(self, program: Path) -> str:
        """What mypy finds in a program that uses the package."""
        flags = ("--strict", "--follow-imports=silent", "--config-file=")
        mypy = (sys.executable, "-m", "mypy", *flags, str(program))
        done = subprocess.run(
            mypy,
            cwd=self.folder.parent,
            env={**os.environ, "MYPYPATH": str(self.folder)},
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout + done.stderr


def _run(*command: str) -> None:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def installed(live_site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installed]:
    home = tmp_path_factory.mktemp("client")
    document = home / "openapi.json"
    document.write_bytes(httpx.get(f"{live_site.url}/api/v1/openapi.json").content)
    folder, dist = home / "site", home / "dist"
    _run(
        *(sys.executable, "tools/build_client.py"),
        *("--document", str(document), "--target", str(dist)),
    )
    (wheel,) = dist.glob("*.whl")
    pip = (sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    # What it needs is here already; nothing is fetched.
    _run(*pip, "--no-index", "--no-deps", "--target", str(folder), str(wheel))
    tenant = make_tenant("Acme")
    make_user("admin@acme.example", {tenant.id: Role.IT_ADMIN})
    said = live_site.command(
        "token", "create", "--email", "admin@acme.example", "--tenant", tenant.customer_id,
        "--name", "client",
    )  # fmt: skip
    sys.path.insert(0, str(folder))
    yield Installed(folder, live_site, said.split()[-1])
    sys.path.remove(str(folder))
    for name in [name for name in sys.modules if name.split(".")[0] == "fleetward_client"]:
        del sys.modules[name]
