"""Counting: files of dead commands go, labels are few, calls are counted as they ended."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from prometheus_client import REGISTRY

from fleetward.connections.contracts import Health
from fleetward.connectors.counted import counted
from fleetward.infra.metric_files import files_of, folder_for
from fleetward.infra.metrics import count_delivery, count_job, count_request
from fleetward.warranty.contracts import Page, ProviderError, Trouble, WarrantyProvider


def value(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def test_a_command_gets_an_empty_folder_and_dead_ones_lose_theirs(tmp_path: Path) -> None:
    dead = subprocess.Popen(["true"])
    dead.wait()
    here = socket.gethostname()
    for name in (f"serve.{here}.{dead.pid}", f"serve.{here}.1", "serve.elsewhere.1", "notes"):
        (tmp_path / name).mkdir()
    mine = tmp_path / f"worker.{here}.{os.getpid()}"
    mine.mkdir()
    (mine / "counter_1.db").touch()
    assert folder_for(tmp_path, "worker") == mine
    assert files_of(tmp_path) == []
    kept = {f"serve.{here}.1", "serve.elsewhere.1", "notes", mine.name}
    assert {folder.name for folder in tmp_path.iterdir()} == kept


def test_requests_are_counted_by_pattern_and_known_methods_only() -> None:
    labels = {"method": "other", "route": "none", "status": "404"}
    before = value("fleetward_http_requests_total", **labels)
    count_request("BREW", None, 404, 0.1)
    assert value("fleetward_http_requests_total", **labels) == before + 1


def test_jobs_are_counted_by_how_they_ended() -> None:
    count_job("tests.counted", "done", 2.0)
    count_job("tests.counted", "retried", 1.0)
    assert value("fleetward_jobs_total", job="tests.counted", outcome="done") == 1
    assert value("fleetward_job_seconds_sum", job="tests.counted") == 3.0


def test_tries_of_webhooks_are_counted_by_what_came_of_them() -> None:
    before = value("fleetward_webhook_tries_total", outcome="given_up")
    count_delivery("given_up")
    assert value("fleetward_webhook_tries_total", outcome="given_up") == before + 1


class Vendor:
    """A provider whose next answer is put in; nothing of it is called out."""

    traits = SimpleNamespace(key="made-up")
    label = "something else that a provider has"

    def __init__(self, *answers: object) -> None:
        self.answers = list(answers)

    def check(self, conn: object) -> object:
        return self.answers.pop(0)

    def ask(self, conn: object, devices: Sequence[object], resume: str | None) -> object:
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def test_calls_of_a_provider_are_counted_by_what_came_of_them() -> None:
    page = Page(answers=[])
    refused = ProviderError(Trouble.RATE_LIMITED, "slow down")
    vendor = Vendor(Health(True, ""), Health(False, "no"), page, refused, RuntimeError("ours"))
    provider: Any = counted(cast(WarrantyProvider, vendor))
    assert (provider.traits, provider.label) == (vendor.traits, vendor.label)
    assert provider.check(None).is_ok
    assert not provider.check(None).is_ok
    assert provider.ask(None, [], None) is page
    for expected in (ProviderError, RuntimeError):
        with pytest.raises(expected):
            provider.ask(None, [], None)
    ends = ("OK", "REFUSED", "RATE_LIMITED", "FAILED")
    found = [value("fleetward_vendor_calls_total", provider="made-up", outcome=end) for end in ends]
    assert found == [2, 1, 1, 1]
    assert value("fleetward_vendor_call_seconds_count", provider="made-up") == 5
