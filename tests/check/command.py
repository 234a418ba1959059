"""`fleetward check` as a process of its own, and what it is given."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.simulators import Simulators

SECRET = "canary-of-a-secret"
COMMAND = [sys.executable, "-m", "fleetward.cli.main", "check"]
VENDORS = ("cisco", "dell", "hp", "lenovo")
Row = Sequence[str]


@dataclass(frozen=True)
class Site:
    """A folder with credentials for the simulated vendors, and the command run in it."""

    folder: Path
    simulators: Simulators

    def credentials(self, **secrets: str) -> Path:
        """A TOML file; `dell="wrong"` gives one vendor another secret."""
        given = dict.fromkeys(VENDORS, SECRET) | secrets
        text = ""
        for vendor, secret in given.items():
            text += f'[{vendor}]\nclient_id = "{secret if vendor == "lenovo" else "me"}"\n'
            text += f'base_url = "{self.simulators.base_url(vendor)}"\n'
            text += "" if vendor == "lenovo" else f'client_secret = "{secret}"\n'
        file = self.folder / "vendors.toml"
        file.write_text(text)
        return file

    def start(
        self, *arguments: object, stderr: int = subprocess.PIPE, **environ: str
    ) -> subprocess.Popen[str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith("FLEETWARD_")}
        quick = {f"FLEETWARD_PROVIDERS__{v.upper()}__CALLS_PER_MINUTE": "0" for v in VENDORS}
        return subprocess.Popen(
            [*COMMAND, *map(str, arguments)],
            cwd=self.folder,
            env=kept | quick | environ,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        )

    def run(self, *arguments: object, **environ: str) -> subprocess.CompletedProcess[str]:
        process = self.start(*arguments, **environ)
        out, err = process.communicate(timeout=120)
        return subprocess.CompletedProcess(COMMAND, process.returncode, out, err)

    def check(self, file: Path, *arguments: object) -> tuple[int, list[dict[str, Any]]]:
        """The exit code and the lines for a list."""
        out = self.folder / "out.json"
        options = ("--credentials", self.credentials(), "-o", out, "--as-of", "2026-03-03")
        done = self.run(file, *options, *arguments)
        assert out.exists(), done.stderr
        lines: list[dict[str, Any]] = json.loads(out.read_text())
        return done.returncode, lines


@pytest.fixture
def site(tmp_path: Path, simulators: Simulators) -> Site:
    return Site(tmp_path, simulators)


def device_list(
    folder: Path, rows: Sequence[Row], header: Row = ("Serial", "Manufacturer")
) -> Path:
    file = folder / "list.csv"
    with file.open("w", newline="", encoding="utf-8") as out:
        csv.writer(out).writerows([header, *rows])
    return file
