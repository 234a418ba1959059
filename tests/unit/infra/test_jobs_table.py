"""The table of jobs, and that each one for somebody asks again for that person's right."""

from __future__ import annotations

import csv
from importlib.resources import files
from pathlib import Path

from fleetward.infra.jobs import app
from fleetward.kernel.rights import Capability

TABLE = Path(__file__).parents[2] / "matrices" / "jobs.csv"
PRODUCT, REQUESTER = "product", "requester"


def rows() -> list[dict[str, str]]:
    with TABLE.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def test_every_job_has_a_row_and_every_row_a_job() -> None:
    others = ("builtin:", "procrastinate.", "tests.")
    ours = {(name, task.queue) for name, task in app.tasks.items() if not name.startswith(others)}
    assert {(row["job"], row["queue"]) for row in rows()} == ours


def test_a_job_for_somebody_asks_again_for_their_right() -> None:
    for row in rows():
        context, right = row["job"].split(".")[0], row["right"]
        assert (row["acts_for"] == REQUESTER) == bool(right), row
        assert row["acts_for"] in {PRODUCT, REQUESTER}, row
        if right:
            named = f"Capability.{Capability(right).name}"
            folder = Path(str(files(f"fleetward.{context}")))
            sources = [path.read_text(encoding="utf-8") for path in folder.rglob("actions/*.py")]
            sources += [path.read_text(encoding="utf-8") for path in folder.rglob("contracts.py")]
            assert any(named in text for text in sources), row
