"""Snipe-IT and NetBox as their public interfaces are documented, as far as coverage needs them.

Each is a server on a loopback port with a few assets. It checks the token, refuses what the product
refuses, where it does, and keeps the changes that it was sent.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qs, unquote, urlsplit

Json = dict[str, Any]
ISO_DAY = re.compile(r"\d{4}-\d\d-\d\d$")


@dataclass
class Inventory:
    """What both have: assets by id, and the changes that arrived."""

    unknown: ClassVar[tuple[int, Json]] = (401, {"error": "Unauthenticated."})

    authorization: str
    assets: dict[int, Json] = field(default_factory=dict)
    changes: list[tuple[int, Json]] = field(default_factory=list)
    # How many calls are answered with 429 first.
    too_many: int = 0
    retry_after: str = "0"

    def add(self, **asset: Any) -> int:
        number = len(self.assets) + 1
        self.assets[number] = {"id": number, **asset}
        return number

    def with_serial(self, serial: str) -> list[Json]:
        return [a for a in self.assets.values() if a["serial"].casefold() == serial.casefold()]

    def refusal(self, authorization: str | None) -> tuple[int, Json] | None:
        if self.too_many:
            self.too_many -= 1
            return 429, {"status": "error", "messages": "Too many requests."}
        if authorization != self.authorization:
            return self.unknown
        return None

    def get(self, path: str, query: dict[str, list[str]]) -> tuple[int, Json]:
        raise NotImplementedError

    def patch(self, path: str, body: Json) -> tuple[int, Json]:
        raise NotImplementedError


@dataclass
class SnipeIt(Inventory):
    """Tells every refusal of a change with status 200, and ignores names that it does not know."""

    locked: set[str] = field(default_factory=set)

    def get(self, path: str, query: dict[str, list[str]]) -> tuple[int, Json]:
        found = self.with_serial(unquote(path.removeprefix("/api/v1/hardware/byserial/")))
        if not found:
            return 200, {"status": "error", "messages": "Asset does not exist.", "payload": None}
        return 200, {"total": len(found), "rows": [self._row(asset) for asset in found]}

    def patch(self, path: str, body: Json) -> tuple[int, Json]:
        asset = self.assets[int(path.removeprefix("/api/v1/hardware/"))]
        problems: dict[str, list[str]] = {}
        if asset["serial"] in self.locked:
            problems["model_id"] = ["The model id field is required."]
        months = body.get("warranty_months", 0)
        if not isinstance(months, int) or not 0 <= months <= 240:
            problems["warranty_months"] = ["The warranty must be between 0 and 240."]
        if not ISO_DAY.match(body.get("purchase_date", "2026-01-01")):
            problems["purchase_date"] = ["The purchase date is no day."]
        if problems:
            return 200, {"status": "error", "messages": problems, "payload": None}
        self.changes.append((asset["id"], body))
        for name in ("warranty_months", "purchase_date"):
            asset[name] = body.get(name, asset.get(name))
        for name, column in asset.get("fields", {}).items():
            asset["values"][name] = body.get(column, asset["values"].get(name))
        words = "Asset updated successfully."
        return 200, {"status": "success", "messages": words, "payload": {"id": asset["id"]}}

    def _row(self, asset: Json) -> Json:
        months, bought = asset.get("warranty_months"), asset.get("purchase_date")
        return {
            "id": asset["id"],
            "asset_tag": f"A-{asset['id']}",
            "serial": asset["serial"],
            "warranty_months": f"{months} months" if months else None,
            "purchase_date": _snipe_day(bought) if bought else None,
            "custom_fields": {
                name: {"field": column, "value": asset["values"].get(name, ""), "element": "text"}
                for name, column in asset.get("fields", {}).items()
            },
        }


def _snipe_day(day: str) -> Json:
    return {"date": day, "formatted": date.fromisoformat(day).strftime("%a %b %d, %Y")}


@dataclass
class NetBox(Inventory):
    """Refuses a change with status 400; a custom field is there for all devices or for none."""

    unknown = (403, {"detail": "Invalid token"})

    fields: tuple[str, ...] = ("warranty_end",)
    locked: set[str] = field(default_factory=set)

    def get(self, path: str, query: dict[str, list[str]]) -> tuple[int, Json]:
        assert path == "/api/dcim/devices/"
        found = [asset for serial in query["serial"] for asset in self.with_serial(serial)]
        rows = [self._row(asset) for asset in found]
        return 200, {"count": len(rows), "next": None, "previous": None, "results": rows}

    def patch(self, path: str, body: Json) -> tuple[int, Json]:
        found = re.fullmatch(r"/api/dcim/devices/(\d+)/", path)
        assert found, path
        asset = self.assets[int(found.group(1))]
        if asset["serial"] in self.locked:
            return 400, {"device_type": ["This field is required."]}
        for name, value in body["custom_fields"].items():
            if name not in self.fields:
                return 400, {"custom_fields": [f"Unknown field name {name!r}."]}
            if not ISO_DAY.match(value):
                return 400, {"custom_fields": [f"{name} takes a day."]}
        self.changes.append((asset["id"], body))
        asset.setdefault("values", {}).update(body["custom_fields"])
        return 200, self._row(asset)

    def _row(self, asset: Json) -> Json:
        values = asset.get("values", {})
        return {
            "id": asset["id"],
            "name": f"device-{asset['id']}",
            "serial": asset["serial"],
            "custom_fields": {name: values.get(name) for name in self.fields},
        }


@contextmanager
def served(inventory: Inventory) -> Iterator[str]:
    """The address of an inventory while the block runs."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = urlsplit(self.path)
            self._answer(lambda: inventory.get(asked.path, parse_qs(asked.query)))

        def do_PATCH(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self._answer(lambda: inventory.patch(self.path, body))

        def _answer(self, work: Any) -> None:
            status, body = inventory.refusal(self.headers["Authorization"]) or work()
            sent = json.dumps(body).encode()
            self.send_response(status)
            if status == 429:
                self.send_header("Retry-After", inventory.retry_after)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        def log_message(self, *_args: object) -> None:
            """Nothing: the tests look at `changes`."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()
