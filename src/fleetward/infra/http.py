"""The only HTTP client: every call to a vendor, webhook or identity provider goes through it.

HTTPS only, no redirects, connects to the address that was checked, limits on time and size, no
retries. It drives httpcore, the engine of httpx, because that lets us own the connecting. See
`http_addresses` for the deny table, `http_deadline` for the time of a whole call and `http_json`
for reading answers.
"""

from __future__ import annotations

import socket
import ssl
import time
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import SplitResult, unquote, urlsplit

import certifi
import httpcore

from fleetward.infra.http_addresses import AddressGuard, AddressRefused
from fleetward.infra.http_deadline import TimedBackend, all_within
from fleetward.infra.marker import inside_transaction

MAX_ANSWER_BYTES = 8 * 1024 * 1024
CONNECT_SECONDS = 10.0
READ_SECONDS = 10.0
WHOLE_CALL_SECONDS = 120.0
USER_AGENT = "Fleetward"
_GZIP_MAGIC = b"\x1f\x8b"


class Failure(StrEnum):
    """Why there is no answer to look at."""

    TARGET_REFUSED = "TARGET_REFUSED"
    UNREACHABLE = "UNREACHABLE"
    TIMED_OUT = "TIMED_OUT"
    TOO_BIG = "TOO_BIG"
    BROKEN = "BROKEN"


@dataclass(eq=False)
class HttpFailure(Exception):
    """A call that gave no answer. `text` names the host, never the query or a header."""

    failure: Failure
    text: str

    def __str__(self) -> str:
        return f"{self.failure}: {self.text}"


class CalledInsideTransaction(Exception):
    """Somebody called out while a transaction was open: a mistake in our code."""


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """An answer of any status. Header names are in lower case; `body` is unpacked."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_html(self) -> bool:
        return "html" in self.headers.get("content-type", "") or self.body[:64].lstrip()[:1] == b"<"


class _CheckedBackend(TimedBackend):
    """Connects to the very addresses that were checked, so that DNS cannot change its mind.

    TLS still verifies the name: httpcore takes server name and Host header from the URL.
    """

    def __init__(self, guard: AddressGuard) -> None:
        self._guard = guard

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        try:
            addresses = self._guard.addresses(host, port)
        except OSError as error:
            raise httpcore.ConnectError(str(error)) from error
        failure: Exception = httpcore.ConnectError(host)
        give_up = time.monotonic() + (timeout or CONNECT_SECONDS)
        for address in addresses:
            remaining = max(0.1, give_up - time.monotonic())
            try:
                return super().connect_tcp(address, port, remaining, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure


class HttpClient:
    """A pool of kept connections, safe to share between threads.

    `allow_internal` names hosts, addresses or networks that may be internal and spoken to without
    TLS; they are called directly, everything else through `proxy` when there is one. Behind a
    proxy it is the proxy that resolves names, so only literal addresses can be checked here.
    """

    def __init__(
        self,
        *,
        allow_internal: tuple[str, ...] = (),
        proxy: str | None = None,
        connect_seconds: float = CONNECT_SECONDS,
        read_seconds: float = READ_SECONDS,
        whole_call_seconds: float = WHOLE_CALL_SECONDS,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._guard = AddressGuard(allow_internal)
        self._whole_call_seconds = whole_call_seconds
        self._timeouts = {
            "connect": connect_seconds,
            "read": read_seconds,
            "write": read_seconds,
            "pool": whole_call_seconds,
        }
        tls = tls or _default_tls()
        self._direct = _pool(tls, _CheckedBackend(self._guard))
        self._proxied = _pool(tls, TimedBackend(), _proxy_of(proxy)) if proxy else self._direct

    def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        max_bytes: int = MAX_ANSWER_BYTES,
    ) -> HttpAnswer:
        """Send one request and read its answer whole, whatever its status.

        Raises: HttpFailure; CalledInsideTransaction.
        """
        if inside_transaction():
            raise CalledInsideTransaction("no call may leave while a transaction is open")
        parts = _split(url)
        where = f"{method} {parts.hostname}{parts.path}"
        pool = self._pool_for(parts, where)
        sent = _written({"User-Agent": USER_AGENT, "Accept-Encoding": "gzip", **(headers or {})})
        extensions = {"timeout": self._timeouts}
        try:
            with (
                all_within(self._whole_call_seconds),
                pool.stream(
                    method, url, headers=sent, content=body, extensions=extensions
                ) as answer,
            ):
                return _read(answer, max_bytes, where)
        except httpcore.TimeoutException as error:
            raise HttpFailure(Failure.TIMED_OUT, f"{where}: no answer in time") from error
        except AddressRefused as error:
            raise _refused(where, "its address is internal and not allowed") from error
        except httpcore.LocalProtocolError:
            # Its words repeat the offending header, which may well be a pasted secret.
            raise HttpFailure(Failure.BROKEN, f"{where}: a header cannot be sent") from None
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.ProxyError) as error:
            raise HttpFailure(Failure.UNREACHABLE, f"{where}: {_cause(error)}") from error

    def check_target(self, url: str) -> None:
        """Refuse what would never be called, without looking its name up. Raises: HttpFailure."""
        parts = _split(url)
        self._pool_for(parts, parts.hostname or "call")

    def close(self) -> None:
        """Close the kept connections. The client can be used again."""
        self._direct.close()
        self._proxied.close()

    def _pool_for(self, parts: SplitResult, where: str) -> httpcore.ConnectionPool:
        host = parts.hostname or ""
        is_listed = self._guard.is_listed(host)
        if parts.scheme != "https" and not (parts.scheme == "http" and is_listed):
            raise _refused(where, "only https is allowed")
        if not host or parts.username is not None:
            raise _refused(where, "the address names no host, or carries a user name")
        try:
            self._guard.check_literal(host)
        except AddressRefused as error:
            raise _refused(where, "its address is internal and not allowed") from error
        return self._direct if is_listed else self._proxied


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        is_readable = url.isascii() and parts.port != 0
    except ValueError:
        is_readable = False
    if not is_readable:
        raise _refused("call", "the address cannot be read")
    return parts


def _written(headers: Mapping[str, str]) -> list[tuple[bytes | str, bytes | str]]:
    return [(name.encode(), value.encode()) for name, value in headers.items()]


def _read(answer: httpcore.Response, max_bytes: int, where: str) -> HttpAnswer:
    headers = {k.decode("latin-1").lower(): v.decode("latin-1") for k, v in answer.headers}
    encoding = headers.get("content-encoding", "").strip().lower()
    if encoding not in ("", "identity", "gzip", "x-gzip"):
        raise HttpFailure(Failure.BROKEN, f"{where}: content encoding was not asked for")
    packed = _received(answer.iter_stream(), max_bytes, where)
    # Some services pack without saying so (HP does for results), hence the look at the bytes.
    if packed.startswith(_GZIP_MAGIC):
        packed = _unpacked(packed, max_bytes, where)
    elif encoding in ("gzip", "x-gzip") and packed:
        raise HttpFailure(Failure.BROKEN, f"{where}: the packed answer is damaged")
    return HttpAnswer(answer.status, headers, packed)


def _received(chunks: Iterable[bytes], max_bytes: int, where: str) -> bytes:
    received: list[bytes] = []
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > max_bytes:
            raise _too_big(where, max_bytes)
        received.append(chunk)
    return b"".join(received)


def _unpacked(packed: bytes, max_bytes: int, where: str) -> bytes:
    inflater = zlib.decompressobj(wbits=31)
    try:
        body = inflater.decompress(packed, max_bytes + 1)
    except zlib.error as error:
        raise HttpFailure(Failure.BROKEN, f"{where}: the packed answer is damaged") from error
    if len(body) > max_bytes:
        raise _too_big(where, max_bytes)
    if not inflater.eof or inflater.unused_data:
        raise HttpFailure(Failure.BROKEN, f"{where}: the packed answer is damaged")
    return body


def _too_big(where: str, max_bytes: int) -> HttpFailure:
    return HttpFailure(Failure.TOO_BIG, f"{where}: the answer is over {max_bytes} bytes")


def _refused(where: str, why: str) -> HttpFailure:
    return HttpFailure(Failure.TARGET_REFUSED, f"{where}: {why}")


def _cause(error: BaseException) -> str:
    """The plainest words in a chain of wrapped errors; httpcore hides the cause of its own."""
    while not isinstance(error, OSError) and error.__context__ is not None:
        error = error.__context__
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the certificate is not trusted ({error.verify_message})"
    if isinstance(error, socket.gaierror):
        return "the name does not resolve"
    return str(error) or type(error).__name__


def _default_tls() -> ssl.SSLContext:
    """Trusts what the machine trusts (a company's own authority, say) and what certifi lists."""
    tls = ssl.create_default_context()
    tls.load_verify_locations(certifi.where())
    return tls


def _pool(
    tls: ssl.SSLContext, backend: httpcore.NetworkBackend, proxy: httpcore.Proxy | None = None
) -> httpcore.ConnectionPool:
    return httpcore.ConnectionPool(
        ssl_context=tls,
        proxy=proxy,
        max_connections=64,
        max_keepalive_connections=32,
        keepalive_expiry=20.0,
        network_backend=backend,
    )


def _proxy_of(url: str) -> httpcore.Proxy:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("a proxy is given as http://host:port")
    auth = (unquote(parts.username), unquote(parts.password or "")) if parts.username else None
    port = parts.port or (443 if parts.scheme == "https" else 80)
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return httpcore.Proxy(f"{parts.scheme}://{host}:{port}", auth=auth)
