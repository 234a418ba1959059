"""A control: `fleetward worker` that counts each batch of an import before its rows are stored."""

from __future__ import annotations

from fleetward.cli.main import fleetward
from tests.chaos import import_worker
from tests.chaos.import_worker import lanes, store_after_commit_of_claim

if __name__ == "__main__":
    import_worker.PAUSE_SECONDS = 0
    vars(lanes)["store_batch"] = store_after_commit_of_claim
    fleetward(["worker"])
