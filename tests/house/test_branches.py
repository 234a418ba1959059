"""Every branch of rules, access and actions runs in the tests, or `make test` fails."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from tools.check import SRC, coverage, measured

MODULE = "def half(is_whole):\n    if is_whole:\n        return 1\n    return 0.5\n"
TEST = "import half\n\ndef test_it():\n    assert all(half.half(one) for one in {given})\n"


def test_rules_access_and_actions_are_measured_wherever_they_are() -> None:
    modules = measured()
    for one in ("access", "audit.rules", "devices.bulk.actions", "warranty.rules"):
        assert f"fleetward.{one}" in modules
    rooms = [path for path in SRC.rglob("actions*") if path.suffix in {"", ".py"}]
    assert len(rooms) == sum(one.endswith(".actions") for one in modules)


@pytest.mark.parametrize(("given", "status"), [("[True, False]", 0), ("[True]", 1)])
def test_a_branch_that_no_test_takes_fails(tmp_path: Path, given: str, status: int) -> None:
    (tmp_path / "half.py").write_text(MODULE)
    (tmp_path / "test_half.py").write_text(TEST.format(given=given))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly"]
    done = subprocess.run(
        [*command, *coverage(["half"])], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == status, done.stdout
    assert ("half.py" in done.stdout) is bool(status)
