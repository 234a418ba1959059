"""A receiver of webhooks, as somebody runs one: it checks what it gets with the public library."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

import standardwebhooks

from tests.unit.infra_http.servers import serving


@dataclass
class Receiver:
    """`statuses` are given one after the other, the last one for ever; `meanwhile` comes first."""

    statuses: list[int] = field(default_factory=lambda: [204])
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    meanwhile: list[Callable[[], None]] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    @property
    def ids(self) -> list[str]:
        return [headers["webhook-id"] for headers, _ in self.got]

    def payloads(self, secret: str) -> list[dict[str, Any]]:
        """What was sent, each checked. Raises: WebhookVerificationError."""
        checking = standardwebhooks.Webhook(secret)
        return [checking.verify(body, headers) for headers, body in self.got]

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers["Content-Length"]))
        self.got.append(({k.lower(): v for k, v in request.headers.items()}, body))
        if self.meanwhile:
            self.meanwhile.pop()()
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        request.send_response(status)
        request.send_header("Content-Length", "0")
        request.end_headers()


@contextmanager
def receiving(*statuses: int) -> Iterator[Receiver]:
    """A receiver that answers with these."""
    receiver = Receiver(list(statuses) or [204])
    with serving(receiver.answer) as port:
        receiver.port = port
        yield receiver
