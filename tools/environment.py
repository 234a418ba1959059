"""Make the virtual environment `.venv`: `runtime` for `make run`, `dev` for all else.

Uses uv where it is on the PATH, pip otherwise; installs hashed sets from requirements/ only. Does
nothing when the same sets are installed already. Runs on the system's Python, so: no dependencies.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
OLDEST = (3, 11)
SETS = {"runtime": ("runtime.txt", "build.txt"), "dev": ("dev.txt",)}
# What an environment of one kind is good for as well.
SERVES = {"runtime": ("runtime",), "dev": ("runtime", "dev")}


def digest(kind: str) -> str:
    """Names the locked sets of `kind` and the project's own metadata."""
    total = hashlib.sha256(kind.encode())
    for file in [*(ROOT / "requirements" / name for name in SETS[kind]), ROOT / "pyproject.toml"]:
        total.update(file.read_bytes())
    return total.hexdigest()


def stamp(kind: str) -> Path:
    return VENV / f"fleetward-{kind}.stamp"


def is_ready(kind: str) -> bool:
    """Whether `.venv` works and has the sets of `kind`."""
    known = stamp(kind)
    return PYTHON.exists() and known.exists() and known.read_text() == digest(kind)


def run(*command: str) -> None:
    """Run a step; its own messages say what went wrong."""
    done = subprocess.run(command, cwd=ROOT, check=False)
    if done.returncode:
        sys.exit(f"This step failed: {' '.join(command)}")


def create(uv: "str | None") -> None:
    """Make `.venv`, unless a working one is there."""
    if PYTHON.exists() and not subprocess.run([PYTHON, "-c", ""], check=False).returncode:
        return
    shutil.rmtree(VENV, ignore_errors=True)
    if uv:
        run(uv, "venv", "--quiet", "--seed", "--python", sys.executable, str(VENV))
        return
    try:
        import ensurepip  # noqa: F401, PLC0415 - Debian leaves it out of python3
    except ImportError:
        sys.exit("Python's venv is missing: apt-get install python3-venv")
    run(sys.executable, "-m", "venv", str(VENV))


def install(uv: "str | None", kind: str) -> None:
    """Install the locked sets of `kind`, then the project itself in place."""
    files = [part for name in SETS[kind] for part in ("-r", f"requirements/{name}")]
    if shutil.which("npm") is None:
        files += ["-r", "requirements/node.txt"]
    installer = (
        [uv, "pip", "install", "--quiet", "--python", str(PYTHON)]
        if uv
        else [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    )
    run(*installer, "--require-hashes", *files)
    run(*installer, "--no-deps", "--no-build-isolation", "-e", ".")


def main(kind: str) -> None:
    """Bring `.venv` up to the locked sets of `kind`."""
    if sys.version_info < OLDEST:
        sys.exit(f"Fleetward needs Python 3.11 or newer; this is {sys.version.split()[0]}.")
    if is_ready(kind):
        return
    started = time.monotonic()
    uv = shutil.which("uv")
    os.environ.setdefault("UV_PYTHON_DOWNLOADS", "never")
    print(f"Setting up Python packages in .venv with {'uv' if uv else 'pip'} ...", flush=True)
    create(uv)
    install(uv, kind)
    for served in SERVES[kind]:
        stamp(served).write_text(digest(served))
    print(f"Python packages are ready ({time.monotonic() - started:.0f} s).", flush=True)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "runtime")
