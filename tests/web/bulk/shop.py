"""A signed-in administrator of devices, selecting and changing them over pages."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.http import HttpResponse
from django.test import Client

from fleetward.identity.models import User
from tests.db.bulk.work import Place
from tests.web.reading import signed_in, text_of


@dataclass
class Shop(Place):
    """Pages of one tenant."""

    client: Client = field(default_factory=Client)

    def __post_init__(self) -> None:
        self.sign_in(self.cast.device_admin)

    def sign_in(self, user: User, language: str = "en") -> None:
        self.client = signed_in(user, language)

    def url(self, path: str = "") -> str:
        return f"/t/{self.cast.acme.customer_id}/{path}"

    def get(self, path: str) -> str:
        answer = self.client.get(path if path.startswith("/") else self.url(path))
        assert answer.status_code == 200, answer.status_code
        return text_of(answer)

    def post(self, path: str, **data: object) -> HttpResponse:
        return self.client.post(path if path.startswith("/") else self.url(path), data)

    def choose(
        self, action: str, devices: Iterable[int] | None = None, **more: object
    ) -> HttpResponse:
        """Tick rows of the list and press a button of the selection bar."""
        picked = [str(uid) for uid in self.uids(devices)]
        return self.post("devices/selections/", action=action, picked=picked, **more)


def toast_of(page: str) -> str:
    """What the latest thing done says, up to its buttons."""
    found = re.search(r"(\d[^.]*?) (?:Details )?(?:Undo )?Close", page)
    return found[1] if found else ""
