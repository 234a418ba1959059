"""The HTTP client against servers that misbehave (hardening: outgoing calls)."""

from __future__ import annotations

import gzip
import socket
import ssl
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from threading import Event, current_thread

import pytest

from fleetward.cli.ports import free_port
from fleetward.infra import marker
from fleetward.infra.http import CalledInsideTransaction, Failure, HttpClient, HttpFailure
from tests.unit.infra_http.servers import Answering, certificate, said, serving

LOOPBACK = ("127.0.0.1",)


@pytest.fixture
def client() -> Iterator[HttpClient]:
    client = HttpClient(allow_internal=LOOPBACK)
    yield client
    client.close()


def failure_of(client: HttpClient, answer: Answering, path: str = "/") -> HttpFailure:
    with serving(answer) as port, pytest.raises(HttpFailure) as caught:
        client.send("GET", f"http://127.0.0.1:{port}{path}", max_bytes=1000)
    return caught.value


def test_an_answer_of_any_status_is_handed_over(client: HttpClient) -> None:
    with serving(said(b"no", 404, X_Word="yes")) as port:
        answer = client.send("GET", f"http://127.0.0.1:{port}/")
    assert (answer.status, answer.body, answer.headers["x-word"]) == (404, b"no", "yes")


def test_gzip_is_unpacked_declared_or_not(client: HttpClient) -> None:
    packed = gzip.compress(b"hello")
    for answer in (said(packed, Content_Encoding="gzip"), said(packed)):
        with serving(answer) as port:
            assert client.send("GET", f"http://127.0.0.1:{port}/").body == b"hello"


def test_size_is_limited_packed_and_unpacked(client: HttpClient) -> None:
    bomb = gzip.compress(b"0" * 10_000_000)
    for body in (b"x" * 1001, bomb[:900] and gzip.compress(b"0" * 50_000), bomb):
        assert failure_of(client, said(body)).failure is Failure.TOO_BIG


@pytest.mark.parametrize(
    "answer",
    [
        said(gzip.compress(b"hello")[:-4], Content_Encoding="gzip"),
        said(gzip.compress(b"hello") + b"more", Content_Encoding="gzip"),
        said(b"plain", Content_Encoding="gzip"),
        said(b"x", Content_Encoding="br"),
    ],
)
def test_damaged_packing_is_broken(client: HttpClient, answer: Answering) -> None:
    assert failure_of(client, answer).failure is Failure.BROKEN


def test_redirects_are_not_followed(client: HttpClient) -> None:
    with serving(said(b"", 302, Location="http://127.0.0.1:1/")) as port:
        assert client.send("GET", f"http://127.0.0.1:{port}/").status == 302


def test_silence_ends_with_the_read_time() -> None:
    is_over = Event()

    def silent(_request: BaseHTTPRequestHandler) -> None:
        is_over.wait(timeout=30)

    client = HttpClient(allow_internal=LOOPBACK, read_seconds=0.1)
    assert failure_of(client, silent).failure is Failure.TIMED_OUT
    is_over.set()


def test_a_trickle_ends_with_the_time_for_the_whole_call() -> None:
    is_over = Event()

    def trickle(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Length", "900")
        request.end_headers()
        while not is_over.wait(timeout=0.05):
            try:
                request.wfile.write(b"x")
            except OSError:
                break
        request.close_connection = True

    client = HttpClient(allow_internal=LOOPBACK, whole_call_seconds=0.3)
    assert failure_of(client, trickle).failure is Failure.TIMED_OUT
    is_over.set()


@pytest.mark.parametrize("begin", [b"HTTP/1.1 200 OK\r\nX-Word: ", b""], ids=["headers", "interim"])
def test_headers_and_interim_answers_without_end_end_with_it_too(begin: bytes) -> None:
    """Each read comes in time, and no answer ever does."""
    is_over = Event()
    more = b"x" if begin else b"HTTP/1.1 103 Early Hints\r\n\r\n"

    def drip(request: BaseHTTPRequestHandler) -> None:
        request.wfile.write(begin)
        while not is_over.wait(timeout=0.05):
            try:
                request.wfile.write(more)
            except OSError:
                break
        request.close_connection = True

    client = HttpClient(allow_internal=LOOPBACK, whole_call_seconds=0.3)
    assert failure_of(client, drip).failure is Failure.TIMED_OUT
    is_over.set()


def test_a_connection_that_breaks_off_is_unreachable(client: HttpClient) -> None:
    def break_off(request: BaseHTTPRequestHandler) -> None:
        request.close_connection = True
        request.connection.shutdown(socket.SHUT_RDWR)

    assert failure_of(client, break_off).failure is Failure.UNREACHABLE


def test_nobody_there_is_unreachable(client: HttpClient) -> None:
    with pytest.raises(HttpFailure) as caught:
        client.send("GET", f"http://127.0.0.1:{free_port()}/a?token=s3cret")
    assert caught.value.failure is Failure.UNREACHABLE
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
        "https://10.0.0.1/",
        "https://[::ffff:127.0.0.1]/",
        "https://169.254.169.254/latest",
        "https://user:pw@127.0.0.1/",
        "https://127.0.0.1:99999/",
        "https://exämple.com/",
        "https:///nowhere",
        "",
    ],
)
def test_targets_that_are_not_allowed_are_refused(client: HttpClient, url: str) -> None:
    with pytest.raises(HttpFailure) as caught:
        client.send("GET", url)
    assert caught.value.failure is Failure.TARGET_REFUSED


def test_loopback_needs_the_operators_leave() -> None:
    strict = HttpClient()
    for url in ("http://127.0.0.1:1/", "https://localhost:1/"):
        with pytest.raises(HttpFailure) as caught:
            strict.send("GET", url)
        assert caught.value.failure is Failure.TARGET_REFUSED


def test_a_header_that_cannot_be_sent_is_not_repeated(client: HttpClient) -> None:
    with serving(said(b"")) as port, pytest.raises(HttpFailure) as caught:
        client.send("GET", f"http://127.0.0.1:{port}/", headers={"ClientID": "s3cret\nx"})
    assert caught.value.failure is Failure.BROKEN
    assert "s3cret" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_no_call_leaves_inside_a_transaction(client: HttpClient) -> None:
    with marker.entered(), pytest.raises(CalledInsideTransaction):
        client.send("GET", "https://example.com/")
    assert not marker.inside_transaction()


def test_connections_are_kept_and_shared_by_threads(client: HttpClient) -> None:
    served_by: set[str] = set()

    def note(request: BaseHTTPRequestHandler) -> None:
        served_by.add(current_thread().name)
        said(b"ok")(request)

    with serving(note) as port:
        url = f"http://127.0.0.1:{port}/"
        for _ in range(5):
            client.send("GET", url)
        assert len(served_by) == 1  # the server has one thread for each connection
        with ThreadPoolExecutor(4) as pool:
            bodies = [a.body for a in pool.map(lambda _: client.send("GET", url), range(40))]
        client.close()
    assert bodies == [b"ok"] * 40


def test_the_checked_address_is_called_with_the_name_verified(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served, trusted = certificate(tmp_path, "vendor.test")
    names: list[str | None] = []
    hosts: list[str] = []

    def note_name(_s: ssl.SSLObject, name: str | None, _c: ssl.SSLContext) -> None:
        names.append(name)

    def note_host(request: BaseHTTPRequestHandler) -> None:
        hosts.append(request.headers["Host"])
        said(b"ok")(request)

    served.sni_callback = note_name
    resolved = iter([["127.0.0.1"], ["10.0.0.1"]])  # DNS changes its mind after the check
    real = socket.getaddrinfo

    def look_up(host: str, *args: object, **kwargs: object) -> object:
        if host != "vendor.test":
            return real(host, *args, **kwargs)  # type: ignore[arg-type]
        return [(socket.AF_INET, 0, 0, "", (address, 0)) for address in next(resolved)]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    client = HttpClient(allow_internal=LOOPBACK, tls=trusted)
    with serving(note_host, served) as port:
        assert client.send("GET", f"https://vendor.test:{port}/").body == b"ok"
        client.close()
        with pytest.raises(HttpFailure) as caught:
            client.send("GET", f"https://vendor.test:{port}/")
    assert (names, hosts) == (["vendor.test"], [f"vendor.test:{port}"])
    assert caught.value.failure is Failure.TARGET_REFUSED


def test_a_certificate_of_another_name_is_not_trusted(tmp_path: Path) -> None:
    served, trusted = certificate(tmp_path, "vendor.test")
    client = HttpClient(allow_internal=LOOPBACK, tls=trusted)
    with serving(said(b"ok"), served) as port, pytest.raises(HttpFailure) as caught:
        client.send("GET", f"https://localhost:{port}/")
    assert caught.value.failure is Failure.UNREACHABLE
    assert "certificate is not trusted" in caught.value.text


def test_a_proxy_is_used_but_not_for_what_the_operator_lists() -> None:
    seen: list[str] = []

    def note(request: BaseHTTPRequestHandler) -> None:
        seen.append(request.requestline)
        said(b"", 502)(request)

    with serving(note) as proxy, serving(said(b"direct")) as port:
        client = HttpClient(allow_internal=LOOPBACK, proxy=f"http://u:p%40ss@127.0.0.1:{proxy}")
        assert client.send("GET", f"http://127.0.0.1:{port}/").body == b"direct"
        client.close()
        assert seen == []
    with pytest.raises(ValueError, match="proxy"):
        HttpClient(proxy="socks5://127.0.0.1:1")


def test_an_https_call_goes_through_the_proxy() -> None:
    seen: list[str] = []

    def connect(request: BaseHTTPRequestHandler) -> None:
        seen.append(request.headers["Proxy-Authorization"])
        said(b"", 502)(request)

    with serving(connect) as proxy:
        client = HttpClient(proxy=f"http://u:p%40ss@127.0.0.1:{proxy}")
        with pytest.raises(HttpFailure) as caught:
            client.send("GET", "https://vendor.test/")
        with pytest.raises(HttpFailure) as inside:
            client.send("GET", "https://10.0.0.1/")
    assert caught.value.failure is Failure.UNREACHABLE
    assert inside.value.failure is Failure.TARGET_REFUSED
