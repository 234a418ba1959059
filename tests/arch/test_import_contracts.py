"""The contracts of `.importlinter` name all that is private, and find whoever imports it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pytest

from tests.arch.checks import CONTEXTS

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src"
CONTRACTS = ROOT / ".importlinter"
LINTER = Path(sys.executable).parent / "lint-imports"
DOORS = {"contracts", "queries", "actions"}
TEXTS = "texts"
# A module of each of these must not know what is private to a context.
STRANGERS = ("web", "cli", "connectors")


def rooms(folder: Path, name: str) -> Iterator[str]:
    """The modules right below a context, and below a part of it that has contracts of its own."""
    for path in sorted(folder.iterdir()):
        is_package = (path / "__init__.py").exists()
        if is_package and (path / "contracts.py").exists():
            yield from rooms(path, f"{name}.{path.name}")
        elif is_package or (path.suffix == ".py" and path.stem != "__init__"):
            yield f"{name}.{path.stem}"


def of_contexts() -> list[str]:
    package = SOURCE / "fleetward"
    return [room for one in CONTEXTS[1:] for room in rooms(package / one, f"fleetward.{one}")]


def last(name: str) -> str:
    return name.rpartition(".")[2]


PRIVATE = [name for name in of_contexts() if last(name) not in DOORS | {TEXTS}]
WORDS = [name for name in of_contexts() if last(name) == TEXTS]
VENDORS = [
    f"fleetward.connectors.{file.parent.name}"
    for file in sorted((SOURCE / "fleetward" / "connectors").glob("*/provider.py"))
]


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the sources, to add imports to."""
    folder = tmp_path_factory.mktemp("sources")
    shutil.copytree(
        SOURCE,
        folder,
        dirs_exist_ok=True,
        ignore=lambda at, names: [n for n in names if Path(at, n).is_file() and n[-3:] != ".py"],
    )
    return folder


def lint(sources: Path, more: Mapping[str, Iterable[str]]) -> str:
    """What the linter says when modules, new ones or not, import also what stands behind them."""
    files = {sources.joinpath(*name.split(".")).with_suffix(".py"): more[name] for name in more}
    before = {file: file.read_text("utf-8") if file.exists() else None for file in files}
    for file, imported in files.items():
        lines = [before[file] or "", *(f"import {name}" for name in imported), ""]
        file.write_text("\n".join(lines), encoding="utf-8")
    try:
        done = subprocess.run(
            [str(LINTER), "--no-logo", "--no-cache", "--config", str(CONTRACTS)],
            cwd=sources,
            env={**os.environ, "PYTHONPATH": str(sources), "COLUMNS": "200", "NO_COLOR": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        for file, text in before.items():
            if text is None:
                file.unlink()
            else:
                file.write_text(text, encoding="utf-8")
    assert done.returncode in {0, 1}, done.stderr
    return done.stdout


def test_control_the_copy_as_it_is_keeps_every_contract(sources: Path) -> None:
    assert ", 0 broken." in lint(sources, {})


def test_whatever_is_private_is_found_in_a_stranger(sources: Path) -> None:
    strays = {f"fleetward.{one}.stray": [*PRIVATE, *VENDORS] for one in STRANGERS}
    said = lint(sources, strays)
    missed = [
        (stray, name)
        for stray, names in strays.items()
        for name in names
        if f"{stray} -> {name} (" not in said
    ]
    assert missed == []


def test_a_context_sees_only_the_doors_of_a_lower_one(sources: Path) -> None:
    stray = "fleetward.warranty.actions.stray"
    lower = [name for name in [*PRIVATE, *WORDS] if not name.startswith("fleetward.warranty.")]
    said = lint(sources, {stray: lower})
    assert [name for name in lower if f"{stray} -> {name} (" not in said] == []


@pytest.mark.parametrize(
    ("room", "above"),
    [
        ("fleetward.tenancy.rules", "fleetward.tenancy.queries"),
        ("fleetward.devices.imports.rules", "fleetward.devices.imports.actions"),
        ("fleetward.devices.bulk.queries", "fleetward.devices.bulk.actions"),
    ],
)
def test_a_room_imports_none_above_it(sources: Path, room: str, above: str) -> None:
    assert f"{room} -> {above} (" in lint(sources, {room: [above]})


def test_a_room_without_a_place_is_refused(sources: Path) -> None:
    assert "fleetward.devices.helpers" in lint(sources, {"fleetward.devices.helpers": []})


def test_two_packages_that_need_each_other_are_found(sources: Path) -> None:
    more = {"fleetward.infra.files.reading": ["fleetward.infra.backup.dump"]}
    more["fleetward.infra.backup.dump"] = ["fleetward.infra.files.reading"]
    assert "No cycles are allowed in fleetward.infra" in lint(sources, more)


def test_a_connector_knows_no_other(sources: Path) -> None:
    one, *others = VENDORS
    said = lint(sources, {f"{one}.stray": [f"{name}.provider" for name in others]})
    assert [name for name in others if f"{one}.stray -> {name}.provider (" not in said] == []
