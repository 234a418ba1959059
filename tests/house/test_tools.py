"""What `make` runs before anything of ours: environment, pages, browser; and how tests end.

Each runs in a copy of what it reads, as it does in a clone. In place of the programs that would
fetch something there are short scripts that note how they were called.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path
from shutil import copy, copytree

import pytest
from tools import check
from tools.build_assets import NODE_WHEEL

from tests.plugins.server import ROOT

NOTE = '#!/bin/sh\necho "${0##*/} $*" >> "$NOTES"\n'
# In place of pip: notes its arguments, and brings the programs of a wheel.
PIP = """
import os, sys, sysconfig
from pathlib import Path

with open(os.environ["NOTES"], "a") as notes:
    print("pip", *sys.argv[1:], file=notes)
for name in ("npm", "node"):
    program = Path(sysconfig.get_path("scripts"), name)
    program.write_text(f'#!/bin/sh\\necho "wheel {name} $*" >> "$NOTES"\\n')
    program.chmod(0o755)
"""
MAKE = f"/bin/mkdir -p .venv/bin; /bin/ln -sf {sys.executable} .venv/bin/python"
UV_MAKES = f'[ "$1" = pip ] || {{ {MAKE}; }}'
NPM_CI = "npm ci --ignore-scripts --no-audit --no-fund --loglevel=error"
BUILD = "node assets/build.mjs"


def write_program(file: Path, line: str = "") -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"{NOTE}{line}\n", encoding="utf-8")
    file.chmod(0o755)


@dataclass(frozen=True)
class Clone:
    """A clone of what the tools read; the PATH holds what a test provides and nothing else."""

    root: Path

    @property
    def python(self) -> Path:
        return self.root / ".venv" / "bin" / "python"

    def provide(self, program: str, line: str = "") -> None:
        write_program(self.root / "programs" / program, line)

    def provide_environment(self) -> None:
        """A `.venv` that works, with a pip of ours."""
        venv.create(self.root / ".venv", symlinks=True)
        (packages,) = (self.root / ".venv" / "lib").glob("*/site-packages")
        (packages / "pip").mkdir()
        (packages / "pip" / "__main__.py").write_text(PIP, encoding="utf-8")

    def run(
        self, tool: str, *arguments: str, python: Path | str = sys.executable
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(python), f"tools/{tool}.py", *arguments],
            cwd=self.root,
            env={"PATH": str(self.root / "programs"), "NOTES": str(self.root / "notes")},
            capture_output=True,
            text=True,
            check=False,
        )

    def calls(self, tool: str, *arguments: str, python: Path | str = sys.executable) -> list[str]:
        """What a tool calls when it works."""
        done = self.run(tool, *arguments, python=python)
        assert done.returncode == 0, done.stdout + done.stderr
        notes = self.root / "notes"
        found = notes.read_text(encoding="utf-8").splitlines() if notes.exists() else []
        notes.unlink(missing_ok=True)
        return [line.replace(str(self.python), "PYTHON") for line in found]

    def change(self, name: str) -> None:
        with (self.root / name).open("a", encoding="utf-8") as file:
            file.write("\n")


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    for folder in ("tools", "requirements", "assets"):
        copytree(ROOT / folder, tmp_path / folder)
    for name in ("pyproject.toml", "package.json", "package-lock.json"):
        copy(ROOT / name, tmp_path)
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "src/fleetward/web/static/dist").mkdir(parents=True)
    return Clone(tmp_path)


@pytest.fixture
def with_npm(clone: Clone) -> Clone:
    clone.provide("npm")
    clone.provide("node")
    return clone


UV = "uv pip install --quiet --python PYTHON"
PIP_INSTALL = "pip install --quiet --disable-pip-version-check"


def installs(installer: str, *sets: str) -> list[str]:
    """The two calls that install locked sets, and the project."""
    files = " ".join(f"-r requirements/{name}.txt" for name in sets)
    return [
        f"{installer} --require-hashes {files}",
        f"{installer} --no-deps --no-build-isolation -e .",
    ]


@pytest.mark.parametrize(("kind", "sets"), [("dev", ["dev"]), ("runtime", ["runtime", "build"])])
def test_the_environment_is_made_by_uv_where_there_is_one(
    with_npm: Clone, kind: str, sets: list[str]
) -> None:
    with_npm.provide("uv", UV_MAKES)
    made, *installed = with_npm.calls("environment", kind)
    assert made.startswith("uv venv --quiet --seed --python ")
    assert installed == installs(UV, *sets)
    assert with_npm.calls("environment", kind) == []


def test_without_uv_pip_installs_the_same(with_npm: Clone) -> None:
    with_npm.provide_environment()
    assert with_npm.calls("environment", "dev") == installs(PIP_INSTALL, "dev")


def test_without_npm_the_environment_brings_one(clone: Clone) -> None:
    clone.provide_environment()
    assert clone.calls("environment", "runtime") == installs(
        PIP_INSTALL, "runtime", "build", "node"
    )


def test_an_environment_for_tests_serves_to_run_and_not_the_other_way_round(
    with_npm: Clone,
) -> None:
    with_npm.provide_environment()
    assert with_npm.calls("environment", "runtime")
    assert with_npm.calls("environment", "dev")
    assert with_npm.calls("environment", "runtime") == []


def test_a_changed_set_is_installed_into_the_environment_that_is_there(with_npm: Clone) -> None:
    with_npm.provide("uv", UV_MAKES)
    with_npm.calls("environment", "dev")
    with_npm.change("requirements/dev.txt")
    assert with_npm.calls("environment", "dev") == installs(UV, "dev")


def test_an_environment_whose_python_has_gone_is_made_anew(with_npm: Clone) -> None:
    with_npm.provide("uv", UV_MAKES)
    with_npm.calls("environment", "dev")
    with_npm.python.unlink()
    with_npm.python.symlink_to("/gone")
    assert with_npm.calls("environment", "dev")[0].startswith("uv venv")


def test_an_installation_that_fails_is_told_and_tried_again(with_npm: Clone) -> None:
    with_npm.provide("uv", f'{UV_MAKES}\n[ -z "$(echo $* | /bin/grep hashes)" ]')
    for _ in range(2):
        done = with_npm.run("environment", "dev")
        assert done.returncode == 1
        assert "This step failed" in done.stderr
        assert "--require-hashes -r requirements/dev.txt" in done.stderr


def test_pages_are_built_once_until_a_source_changes(with_npm: Clone) -> None:
    assert with_npm.calls("build_assets") == [NPM_CI, BUILD]
    assert with_npm.calls("build_assets") == []
    assert with_npm.calls("build_assets", "--force") == [BUILD]
    with_npm.change("assets/build.mjs")
    assert with_npm.calls("build_assets") == [BUILD]
    with_npm.change("package-lock.json")
    assert with_npm.calls("build_assets") == [NPM_CI, BUILD]


def test_a_build_that_fails_is_tried_again(with_npm: Clone) -> None:
    with_npm.provide("node", "exit 1")
    assert with_npm.run("build_assets").returncode == 1
    with_npm.provide("node")
    assert BUILD in with_npm.calls("build_assets")


def test_where_npm_is_absent_the_wheel_builds_the_pages_with_its_own_node(clone: Clone) -> None:
    clone.provide_environment()
    clone.provide("node", "echo too old; exit 1")
    made = [f"wheel {NPM_CI}", f"wheel {BUILD}"]
    wanted = f"{PIP_INSTALL} {NODE_WHEEL}"
    assert clone.calls("build_assets", python=clone.python) == [wanted, *made]
    # Next time it is there.
    assert clone.calls("build_assets", "--force", python=clone.python) == made[1:]


def test_the_wheel_is_the_one_that_is_locked() -> None:
    assert NODE_WHEEL in (ROOT / "requirements" / "node.txt").read_text(encoding="utf-8")


DEBIAN = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\n'
UBUNTU = 'PRETTY_NAME="Ubuntu 24.04.3 LTS"\nID=ubuntu\nID_LIKE=debian\n'
OTHER = 'ID="fedora"\n'


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of all programs of a machine of Debian, of which we are root."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("NOTES", str(tmp_path / "notes"))
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(check, "OS_RELEASE", tmp_path / "os-release")
    check.OS_RELEASE.write_text(DEBIAN, encoding="utf-8")
    return tmp_path


def browser_after_installing(machine: Path) -> list[str]:
    """What apt-get was told, of which the second thing brings a browser."""
    write_program(machine / "brought" / "chromium")
    bring = f"/bin/cp {machine}/brought/chromium {machine}"
    write_program(machine / "apt-get", f'[ "$2" = update ] || {bring}')
    check.ensure_browser()
    notes = (machine / "notes").read_text(encoding="utf-8").splitlines()
    assert notes.pop().endswith(" --version")
    return notes


def test_chromium_is_installed_on_debian_by_root(machine: Path) -> None:
    assert browser_after_installing(machine) == [
        "apt-get -qq update",
        "apt-get -qq install --yes --no-install-recommends chromium",
    ]


@pytest.mark.parametrize("name", check.BROWSERS)
def test_a_browser_that_is_there_is_enough(machine: Path, name: str) -> None:
    write_program(machine / name)
    assert browser_after_installing(machine) == []


# What Ubuntu's package chromium-browser installs.
STUB = "echo 'requires the chromium snap to be installed' >&2; exit 1"


@pytest.mark.parametrize("stub", [STUB, None], ids=["refuses", "is no program"])
def test_a_browser_counts_only_if_it_answers(machine: Path, stub: str | None) -> None:
    write_program(machine / "chromium", stub or "")
    if stub is None:
        (machine / "chromium").write_bytes(b"")
    assert check.browser_program() is None
    write_program(machine / "google-chrome")
    assert check.browser_program() == str(machine / "google-chrome")


def refused(machine: Path, system: str) -> str:
    check.OS_RELEASE.write_text(system, encoding="utf-8")
    with pytest.raises(SystemExit) as caught:
        browser_after_installing(machine)
    assert not (machine / "notes").exists()
    told = str(caught.value)
    assert "\n" not in told
    return told


def test_elsewhere_one_line_says_what_helps(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert refused(machine, OTHER) == check.HELP_FOR_BROWSER
    assert refused(machine, "") == check.HELP_FOR_BROWSER
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert refused(machine, DEBIAN) == check.HELP_FOR_BROWSER


def test_on_ubuntu_no_package_is_installed_that_only_points_to_a_snap(machine: Path) -> None:
    """It has /etc/debian_version and apt-get as Debian has, and no package with a browser."""
    assert "Google Chrome's own .deb" in refused(machine, UBUNTU)
    write_program(machine / "chromium-browser", STUB)
    with pytest.raises(SystemExit, match=r"Google Chrome's own \.deb"):
        check.ensure_browser()
    write_program(machine / "google-chrome")
    check.ensure_browser()


def test_nginx_is_installed_where_it_may_be_and_asked_for_elsewhere(
    machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(check, "nginx_program", lambda: shutil.which("nginx"))
    write_program(machine / "brought" / "nginx")
    write_program(
        machine / "apt-get", f'[ "$2" = update ] || /bin/cp {machine}/brought/nginx {machine}'
    )
    check.ensure_nginx()
    assert "install --yes --no-install-recommends nginx-light" in (machine / "notes").read_text()
    check.ensure_nginx()
    (machine / "nginx").unlink()
    write_program(machine / "apt-get", "exit 100")
    with pytest.raises(SystemExit, match="apt-get install nginx-light"):
        check.ensure_nginx()


def test_a_browser_that_cannot_be_installed_is_told(machine: Path) -> None:
    write_program(machine / "apt-get", "exit 100")
    with pytest.raises(SystemExit, match="apt-get install chromium"):
        check.ensure_browser()


@pytest.mark.parametrize(
    ("body", "is_good"), [("pass", True), ("assert False", False), ("", False)]
)
def test_tests_are_good_when_some_ran_and_none_failed(
    tmp_path: Path, body: str, is_good: bool
) -> None:
    text = f"def test_it():\n    {body}\n" if body else ""
    (tmp_path / "test_one.py").write_text(text, encoding="utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    assert check.tests("-c", str(tmp_path / "pytest.ini"), str(tmp_path)) is is_good
