"""A program's whole way through a running installation: import, credentials, run, answers."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from typing import Any

import httpx
import pytest

from fleetward.tenancy.contracts import Role
from tests.cast import make_tenant, make_user
from tests.plugins.site import Site

ROWS = 300
LIST = b"Serial,Vendor\r\nA1B2C3D,Dell\r\n"
FORM_KIND = "multipart/form-data; boundary=b"
FORM = (
    b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n'
    b"Content-Type: text/csv\r\n\r\n" + LIST
)
PATIENCE_SECONDS = 90.0
CREDENTIALS = {"client_id": "l7abc", "client_secret": "canary-9921"}


@pytest.fixture(scope="module")
def program(live_site: Site) -> Iterator[httpx.Client]:
    """A client with a token that the command line has made."""
    tenant = make_tenant("Acme")
    make_user("admin@acme.example", {tenant.id: Role.IT_ADMIN})
    said = live_site.command(
        "token", "create", "--email", "admin@acme.example", "--tenant", tenant.customer_id,
        "--name", "journey",
    )  # fmt: skip
    headers = {"Authorization": f"Bearer {said.split()[-1]}"}
    with httpx.Client(base_url=f"{live_site.url}/api/v1", headers=headers, timeout=30) as client:
        yield client


def until(program: httpx.Client, address: str, is_done: Callable[[Any], bool]) -> Any:
    """Ask again and again until the answer is the awaited one."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        body = program.get(address.removeprefix("/api/v1")).raise_for_status().json()
        if is_done(body):
            return body
        assert time.monotonic() < deadline, body
        time.sleep(0.2)


def test_from_a_list_to_its_warranty(program: httpx.Client) -> None:
    lines = "".join(f"D{number:06d},Dell,Laptop\r\n" for number in range(ROWS))
    sent = program.post(
        "/imports",
        params={"file_name": "list.csv"},
        headers={"Content-Type": "text/csv", "Idempotency-Key": "list-1"},
        content=f"Serial,Vendor,Model\r\n{lines}N/A,Dell,Laptop\r\n".encode(),
    ).raise_for_status()
    address = sent.headers["Location"]
    ready = until(program, address, lambda body: body["state"] == "READY")
    assert (ready["expected"]["new"], ready["expected"]["refused"]) == (ROWS, 1)
    program.post(f"/imports/{sent.json()['id']}/start").raise_for_status()
    done = until(program, address, lambda body: body["state"] == "DONE")
    assert done["counts"]["new"] == ROWS

    saved = program.put("/external-services/dell", json={"values": CREDENTIALS})
    assert saved.raise_for_status().json()["connection"]["secrets"] == ["client_secret"]
    assert program.post("/external-services/dell/test").json()["is_ok"] is True

    started = program.post("/warranty-runs").raise_for_status()
    run = until(program, started.headers["Location"], lambda body: not body["is_open"])
    assert run["devices"] == ROWS
    (dell,) = run["providers"]
    assert dell["found"] + dell["not_found"] == ROWS
    rows = program.get(f"/warranty-runs/{run['id']}/outcomes.csv").text.splitlines()
    assert len(rows) == ROWS + 1

    figures = program.get("/dashboard").json()
    listed = program.get("/devices", params={"is_simulated": True, "limit": 1000}).json()
    assert figures["devices"] == figures["simulated"] == len(listed["items"]) == ROWS
    device = next(d["id"] for d in listed["items"] if d["warranty"]["status"] != "UNKNOWN")
    assert program.get(f"/devices/{device}/entitlements").json()["items"]
    assert program.get(f"/devices/{device}/evidence").json()["items"][0]["is_simulated"] is True
    kinds = {item["kind"] for item in program.get("/notifications").json()["items"]}
    assert {"IMPORT_DONE", "RUN_DONE"} <= kinds


def begun(program: httpx.Client, declared: int, body: bytes, kind: str) -> HTTPConnection:
    """An upload that declares more bytes than it sends."""
    url = program.base_url
    connection = HTTPConnection(url.host, url.port, timeout=30)
    connection.putrequest("POST", "/api/v1/imports?start=true")
    connection.putheader("Authorization", program.headers["Authorization"])
    connection.putheader("Content-Type", kind)
    connection.putheader("Content-Length", str(declared))
    connection.endheaders(body)
    return connection


def test_an_upload_that_says_it_is_too_large_is_not_awaited(program: httpx.Client) -> None:
    connection = begun(program, 600 * 1024 * 1024, LIST, "text/csv")
    answer = connection.getresponse()
    assert (answer.status, json.load(answer)["code"]) == (413, "file_too_large")
    connection.close()


def test_a_list_beyond_the_limit_of_other_bodies_is_streamed(program: httpx.Client) -> None:
    """Other bodies hold 8 MB at most; a list goes to the disk piece by piece."""
    piece = b"X" * 1023 + b"\n"
    answer = program.post(
        "/imports",
        headers={"Content-Type": "text/csv", "Content-Length": str(12 * 1024 * 1024)},
        content=(piece for _ in range(12 * 1024)),
    )
    assert answer.status_code == 202
    uid = answer.json()["id"]
    assert program.get(f"/imports/{uid}").json()["file_size"] == 12 * 1024 * 1024
    program.post(f"/imports/{uid}/cancel")


def test_a_form_is_streamed_too(program: httpx.Client) -> None:
    answer = program.post("/imports", files={"file": ("list.csv", LIST)})
    assert answer.status_code == 202


@pytest.mark.parametrize(("kind", "body"), [("text/csv", LIST), (FORM_KIND, FORM)])
def test_one_that_breaks_off_is_not_half_imported(
    live_site: Site, program: httpx.Client, kind: str, body: bytes
) -> None:
    before = ids(program)
    begun(program, 100_000, body, kind).close()
    time.sleep(1)
    assert ids(program) == before
    assert "Traceback" not in live_site.log_of("web")


def ids(program: httpx.Client) -> list[str]:
    return [row["id"] for row in program.get("/imports").json()["items"]]
