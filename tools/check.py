"""What CI runs: every check, then every test; prints how long each took and ends as pytest ends."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SRC = ROOT / "src"
BIN = Path(sys.executable).parent
PYTHON = sys.executable
OS_RELEASE = Path("/etc/os-release")
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
HELP_FOR_BROWSER = (
    "The browser tests need Chromium or Chrome on the PATH; on Debian: apt-get install chromium"
)
SPELT = ("client", "docs", "examples", "src", "tests", "tools")
# Ubuntu's packages of Chromium hold no browser, only the advice to install a snap.
HELP_ON_UBUNTU = (
    "The browser tests need Chrome: on Ubuntu, download Google Chrome's own .deb file and, as root:"
    " apt-get install ./google-chrome-stable_current_amd64.deb"
)
HELP_FOR_NGINX = "A test needs nginx on the PATH; on Debian: apt-get install nginx-light"
LONGEST_START = 60
CHECKS: dict[str, Sequence[str]] = {
    "ruff": (str(BIN / "ruff"), "check", "--quiet", "."),
    "form": (str(BIN / "ruff"), "format", "--check", "--quiet", "."),
    "types": (str(BIN / "mypy"),),
    "imports": (str(BIN / "lint-imports"), "--no-logo"),
    "templates": (str(BIN / "djlint"), "--lint", "--quiet", "src/fleetward/web/templates"),
    "translations": (PYTHON, "tools/messages.py", "check"),
    "spelling": (str(BIN / "codespell"), *SPELT, "README.md"),
}
# Browser and chaos tests run processes of their own, which mostly wait for each other.
FAST = ("-n", "2", "--dist", "loadfile", "-m", "not browser and not chaos")
SLOW = ("-n", "2", "--dist", "loadfile", "-m", "browser or chaos")
ROOMS = {"access", "actions", "rules"}


def measured() -> list[str]:
    """Modules of which every branch has to run, because a mistake in them harms most."""
    found = (path for path in SRC.glob("fleetward/**/*") if path.suffix in {"", ".py"})
    rooms = (path.relative_to(SRC).with_suffix("") for path in found if path.stem in ROOMS)
    return sorted(".".join(room.parts) for room in rooms)


def coverage(modules: Sequence[str]) -> list[str]:
    """Arguments with which pytest fails and tells what did not run, unless a test has failed."""
    told = ("--cov-report=term-missing:skip-covered", "--no-cov-on-fail")
    return [*(f"--cov={one}" for one in modules), "--cov-branch", "--cov-fail-under=100", *told]


def browser_program() -> str | None:
    """The browser of this machine: the first that is one, and no stub that tells of another."""
    return next(filter(_is_browser, filter(None, map(shutil.which, BROWSERS))), None)


def _is_browser(program: str) -> bool:
    command = [program, "--version"]
    try:
        done = subprocess.run(command, capture_output=True, check=False, timeout=LONGEST_START)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def is_system(name: str) -> bool:
    """Whether this is Debian, Ubuntu, ... itself, and not one that is like it."""
    told = OS_RELEASE.read_text(encoding="utf-8") if OS_RELEASE.exists() else ""
    return f"ID={name}" in told.replace('"', "").splitlines()


def help_for_browser() -> str:
    """The one line that helps where there is no browser."""
    return HELP_ON_UBUNTU if is_system("ubuntu") else HELP_FOR_BROWSER


def ensure_browser() -> None:
    """Install Chromium where we may; otherwise say in one line what helps."""
    if browser_program():
        return
    _install("chromium")
    if not browser_program():
        sys.exit(help_for_browser())


def nginx_program() -> str | None:
    """The web server behind which the product is tested; Debian keeps it from users' PATH."""
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")


def ensure_nginx() -> None:
    """The same for nginx."""
    if nginx_program():
        return
    _install("nginx-light")
    if not nginx_program():
        sys.exit(HELP_FOR_NGINX)


def _install(package: str) -> None:
    """A package of Debian, where we may."""
    if os.geteuid() != 0 or not is_system("debian") or not shutil.which("apt-get"):
        return
    print(f"Installing {package} for the browser tests ...", flush=True)
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update"], ["install", "--yes", "--no-install-recommends", package]):
        subprocess.run(["apt-get", "-qq", *command], env=quiet, check=False)


def step(name: str, command: Sequence[str]) -> bool:
    """Run one check; its output is shown when it fails."""
    started = time.monotonic()
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    is_good = done.returncode == 0
    print(f"{'ok  ' if is_good else 'FAIL'} {name:13} {time.monotonic() - started:6.1f} s")
    if not is_good:
        print(done.stdout + done.stderr)
    sys.stdout.flush()
    return is_good


def tests(*arguments: str) -> bool:
    """Run pytest. A selection without tests fails: whatever chose it has lost them."""
    started = time.monotonic()
    command = [PYTHON, "-m", "pytest", "-q", "--durations=10", *arguments]
    is_good = subprocess.run(command, cwd=ROOT, check=False).returncode == 0
    print(f"{'ok  ' if is_good else 'FAIL'} tests         {time.monotonic() - started:6.1f} s")
    sys.stdout.flush()
    return is_good


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--no-tests", action="store_true", help="only the checks")
    has_tests = not parser.parse_args().no_tests
    if has_tests:
        ensure_browser()
        ensure_nginx()
    failed = [name for name, command in CHECKS.items() if not step(name, command)]
    if has_tests:
        failed += [] if tests(*SLOW) else ["browser and chaos tests"]
        failed += [] if tests(*FAST, *coverage(measured())) else ["tests"]
    if failed:
        print(f"Failed: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
