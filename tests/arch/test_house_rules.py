"""Every source file keeps the house rules, and the catalogues are complete."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from fleetward.cli.backup import FOLDERS
from tests.arch.checks import CHECKS, OUTSIDE_THE_DOOR, Check, File, error_codes, reads_devices

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "fleetward"
SIMULATORS = ROOT / "src" / "fleetward_simulators"
ERRORS = ROOT / "docs" / "reference" / "errors.md"


@cache
def files() -> tuple[File, ...]:
    found = []
    for root in (SOURCE, SIMULATORS):
        for path in sorted([*root.rglob("*.py"), *root.rglob("*.sql")]):
            relative = path.relative_to(root if root == SOURCE else root.parent)
            if "migrations" not in relative.parts:
                found.append(File(relative.as_posix(), path.read_text(encoding="utf-8")))
    return tuple(found)


def test_every_room_is_looked_at() -> None:
    rooms = {file.path.partition("/")[0] for file in files()}
    assert {path.parent.name for path in SOURCE.glob("*/__init__.py")} <= rooms
    assert any(file.path.endswith(".sql") for file in files())


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_every_file_keeps_the_rule(check: Check) -> None:
    problems = [f"{file.path}: {problem}" for file in files() for problem in check(file)]
    assert not problems, "\n" + "\n".join(problems)


def test_reasons_to_read_devices_past_the_door_are_needed() -> None:
    assert [file.path for file in files() if reads_devices(file)] == list(OUTSIDE_THE_DOOR)


def test_codes_of_errors_are_unique() -> None:
    counted = Counter(code for file in files() for _, code in error_codes(file))
    assert [code for code, count in counted.items() if count > 1] == []


def test_every_code_of_an_error_is_documented() -> None:
    lines = ERRORS.read_text(encoding="utf-8").splitlines()
    documented = {line.split("|")[1].strip(" `") for line in lines if line.startswith("|")}
    codes = {code for file in files() for _, code in error_codes(file)} - {"error"}
    assert sorted(codes - documented) == []


def test_importing_the_command_line_does_not_set_up_django() -> None:
    """`fleetward check` starts quickly and needs no database."""
    program = (
        "import fleetward.cli.main, django.apps, sys; "
        "sys.exit(django.apps.apps.ready or 'polars' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_every_context_that_seals_takes_part_in_the_rotation_of_keys() -> None:
    """What it sealed would stay under an old key, and be lost with it."""
    seals = {f.context for f in files() if re.search(r"crypto import .*\bseal\b", f.text)}
    registered = {f.context for f in files() if "keys.register(" in f.text}
    assert seals - {"infra"} == registered


def test_every_folder_of_the_data_folder_is_backed_up_or_made_anew() -> None:
    made_anew = {"exports", "keys", "metrics", "postgres", "static"}
    named = r'data_dir(?:\.resolve\(\))? / "(\w+)"'
    found = {name for file in files() for name in re.findall(named, file.text)}
    assert found == {*FOLDERS, *made_anew}
