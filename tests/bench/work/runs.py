"""Bulk processing, and the bare loop that fetches and parses the same answers."""

from __future__ import annotations

import time
from pathlib import Path

import httpx

from fleetward.kernel.clock import utc_now
from fleetward.warranty.actions.runs import cancel_run, start_run
from tests.bench.known import BATCH
from tests.bench.work.people import actor_in


def start(tenant: int) -> dict[str, object]:
    """Press the tile; a worker that is running does the rest."""
    run = start_run(actor=actor_in(tenant), tenant=tenant, now=utc_now())
    return {"run": run.id, "uid": run.uid, "at": run.created_at.timestamp()}


def cancel(tenant: int, uid: str) -> dict[str, object]:
    run = cancel_run(actor=actor_in(tenant), tenant=tenant, uid=uid, now=utc_now())
    return {"state": str(run.state)}


def bare_loop(base_url: str, serials: str) -> dict[str, object]:
    """One connection kept open, one call after another, each answer parsed and thrown away."""
    asked = Path(serials).read_text(encoding="ascii").split()
    devices, began = 0, time.perf_counter()
    with httpx.Client(base_url=base_url, trust_env=False) as client:
        form = {"grant_type": "client_credentials", "client_id": "b", "client_secret": "b"}
        token = client.post("/auth/oauth/v2/token", data=form).json()["access_token"]
        headers = {"Authorization": f"Bearer {token}"}
        for first in range(0, len(asked), BATCH):
            tags = ",".join(asked[first : first + BATCH])
            answer = client.get(
                "/PROD/sbil/eapi/v5/asset-entitlements",
                params={"servicetags": tags},
                headers=headers,
            )
            devices += len(answer.raise_for_status().json())
    return {"seconds": time.perf_counter() - began, "devices": devices}
