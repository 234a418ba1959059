"""What is counted for monitoring: requests, jobs, calls to vendors. Labels are few and known.

Routes stand by their pattern and tenants not at all: a label for each would never end.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import Counter, Histogram

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
NO_ROUTE = "none"

REQUESTS = Counter(
    "fleetward_http_requests", "Requests that were answered.", ["method", "route", "status"]
)
REQUEST_SECONDS = Histogram(
    "fleetward_http_request_seconds",
    "Time to the answer's first byte.",
    ["method", "route"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
JOBS = Counter("fleetward_jobs", "Jobs that ended, by how they ended.", ["job", "outcome"])
JOB_SECONDS = Histogram(
    "fleetward_job_seconds",
    "Time that jobs took.",
    ["job"],
    buckets=(0.1, 0.5, 1, 5, 15, 60, 300, 1800),
)
CALLS = Counter(
    "fleetward_vendor_calls", "Calls to vendors, by what came of them.", ["provider", "outcome"]
)
DELIVERIES = Counter(
    "fleetward_webhook_tries", "Tries to deliver to webhooks, by what came of them.", ["outcome"]
)
CALL_SECONDS = Histogram(
    "fleetward_vendor_call_seconds",
    "Time that vendors took to answer.",
    ["provider"],
    buckets=(0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)


def count_request(method: str, route: str | None, status: int, seconds: float) -> None:
    """A request was answered. Without a route it was a file of the pages, or led nowhere."""
    verb = method if method in METHODS else "other"
    REQUESTS.labels(verb, route or NO_ROUTE, str(status)).inc()
    REQUEST_SECONDS.labels(verb, route or NO_ROUTE).observe(seconds)


def count_job(name: str, outcome: str, seconds: float) -> None:
    """A try of a job ended: `done`, `retried` later, or `failed` for good."""
    JOBS.labels(name, outcome).inc()
    JOB_SECONDS.labels(name).observe(seconds)


def count_delivery(outcome: str) -> None:
    """A try ended: `delivered`, `failed` for now, or `given_up` for good."""
    DELIVERIES.labels(outcome).inc()


@contextmanager
def counted_call(provider: str) -> Iterator[list[str]]:
    """Count the call within; it puts what came of it into the list, which holds `FAILED` before."""
    outcome = ["FAILED"]
    started = time.monotonic()
    try:
        yield outcome
    finally:
        CALLS.labels(provider, outcome[-1]).inc()
        CALL_SECONDS.labels(provider).observe(time.monotonic() - started)
