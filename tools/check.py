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
DEBIAN = Path("/etc/debian_version")
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
HELP_FOR_BROWSER = (
    "The browser tests need Chromium or Chrome on the PATH; on Debian: apt-get install chromium"
)
SPELT = ("client", "docs", "examples", "src", "tests", "tools")
CHECKS: dict[str, Sequence[str]] = {
    "ruff": (str(BIN / "ruff"), "check", "--quiet", "."),
    "form": (str(BIN / "ruff"), "format", "--check", "--quiet", "."),
    "types": (str(BIN / "mypy"),),
    "imports": (str(BIN / "lint-imports"), "--no-logo"),
    "templates": (str(BIN / "djlint"), "--lint", "--quiet", "src/fleetward/web/templates"),
    "translations": (PYTHON, "tools/messages.py", "check"),
    "spelling": (str(BIN / "codespell"), *SPELT, "README.md"),
}
# Browser and chaos tests run processes of their own: two at a time they would starve each other.
FAST = ("-n", "2", "--dist", "loadfile", "-m", "not browser and not chaos")
SLOW = ("-m", "browser or chaos")
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


def ensure_browser() -> None:
    """Install Chromium where we may; otherwise say in one line what helps."""
    if any(map(shutil.which, BROWSERS)):
        return
    if os.geteuid() == 0 and DEBIAN.exists() and shutil.which("apt-get"):
        print("Installing Chromium for the browser tests ...", flush=True)
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (["update"], ["install", "--yes", "--no-install-recommends", "chromium"]):
            subprocess.run(["apt-get", "-qq", *command], env=quiet, check=False)
    if not any(map(shutil.which, BROWSERS)):
        sys.exit(HELP_FOR_BROWSER)


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
    failed = [name for name, command in CHECKS.items() if not step(name, command)]
    if has_tests:
        failed += [] if tests(*SLOW) else ["browser and chaos tests"]
        failed += [] if tests(*FAST, *coverage(measured())) else ["tests"]
    if failed:
        print(f"Failed: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
