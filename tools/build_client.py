"""Build the Python package `fleetward-client` from the OpenAPI document into `dist/`.

The calls and models are generated; what stands in `client/` is laid over them. The document is
that of this source, or a file with one that a server has given.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import django

ROOT = Path(__file__).resolve().parent.parent
LAID_OVER = ROOT / "client"
PROGRAMS = Path(sys.executable).parent
GENERATED = "fleetward_client"
BYTES = "application/octet-stream"

Json = dict[str, Any]


def own_document() -> Json:
    """The document of this source; needs no database."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fleetward.config.settings")
    django.setup()
    from fleetward.api.app import api  # noqa: PLC0415 - Django has to be set up first

    return api.get_openapi_schema()


def with_one_kind_of_upload(document: Json) -> Json:
    """The document in which a body that may be plain bytes is nothing else.

    A list may also be sent under the name of its format, or in a form. The bytes say the same, and
    the generator would put either all or the wrong one of these names into the request.
    """
    for methods in document["paths"].values():
        for operation in methods.values():
            content = operation.get("requestBody", {}).get("content", {})
            if BYTES in content:
                operation["requestBody"]["content"] = {BYTES: content[BYTES]}
    return document


def run(*command: str, cwd: Path) -> None:
    """Run a step quietly; when it fails, its own messages say what went wrong."""
    path = os.pathsep.join([str(PROGRAMS), os.environ.get("PATH", os.defpath)])
    done = subprocess.run(
        command,
        cwd=cwd,
        env={**os.environ, "PATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"{done.stdout}\nThis step failed: {' '.join(command)}")


def generate(document: Json, folder: Path) -> None:
    """Fill `folder` with the sources of the package; whatever cannot be generated stops it."""
    source = folder / "openapi.json"
    source.write_text(json.dumps(with_one_kind_of_upload(document)), encoding="utf-8")
    run(
        *(sys.executable, "-m", "openapi_python_client", "generate", "--path", source.name),
        *("--meta", "none", "--output-path", GENERATED, "--fail-on-warning"),
        cwd=folder,
    )
    source.unlink()
    unwanted = shutil.ignore_patterns("__pycache__")
    shutil.copytree(LAID_OVER, folder, dirs_exist_ok=True, ignore=unwanted)
    shutil.copy(ROOT / "LICENSE", folder)
    package = folder / GENERATED
    (package / "py.typed").touch()
    version = json.dumps(document["info"]["version"])
    (package / "version.py").write_text(f"__version__ = {version}\n", encoding="utf-8")


def build(document: Json, target: Path) -> list[Path]:
    """Put an sdist and a wheel into `target`; where they are."""
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        generate(document, folder)
        run(sys.executable, "-m", "hatchling", "build", "-d", "built", cwd=folder)
        return [Path(shutil.copy(file, target)) for file in sorted((folder / "built").iterdir())]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--document", type=Path, help="a file with the document of a server")
    parser.add_argument("--target", type=Path, default=ROOT / "dist")
    asked = parser.parse_args()
    document = json.loads(asked.document.read_text("utf-8")) if asked.document else own_document()
    for file in build(document, asked.target.resolve()):
        print(f"Built {file}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
