"""Plays Apple Business and School Manager: token, and the AppleCare coverage of one device."""

from __future__ import annotations

import re
import time
from base64 import urlsafe_b64decode
from datetime import date
from typing import Any

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from fleetward_simulators.desk import GARBAGE, Desk, form_of
from fleetward_simulators.fate import Machine, Span, is_known, machine_of

AUDIENCE = "https://account.apple.com/auth/oauth2/v2/token"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
SCOPES = {"BUSINESSAPI": "business.api", "SCHOOLAPI": "school.api"}
LONGEST_SECONDS = 180 * 86_400
HALF = 32
COVERAGE = re.compile(r"orgDevices/([^/]+)/appleCareCoverage")
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
# What Apple calls it and how it is paid; of lines that are no hardware cover Apple says nothing.
WORDS = {
    "base": ("Limited Warranty", "NONE"),
    "extension": ("AppleCare+ for Mac", "PAID_UP_FRONT"),
    "contract": ("AppleCare for Enterprise", "PAID_UP_FRONT"),
    "cancelled": ("AppleCare+ for Mac", "ABE_SUBSCRIPTION"),
    "subscription": ("AppleCare+ for Mac", "SUBSCRIPTION"),
}


class Header(msgspec.Struct):
    alg: str
    kid: str


class Claims(msgspec.Struct):
    iss: str
    sub: str
    aud: str
    iat: int
    exp: int


class Apple:
    """The endpoints. Any method reaches the data, so that statistics can tell what was sent."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/auth/oauth2/token", self.token, methods=["POST"]),
            Route("/v1/{what:path}", self.data, methods=METHODS),
            *self.desk.routes(),
        ]

    async def token(self, request: Request) -> Response:
        form = {name: values[0] for name, values in (await form_of(request)).items()}
        if not self._is_accepted(form):
            self.desk.stats.token_calls += 1
            # Apple never says what is wrong.
            return self.desk.answer({"error": "invalid_client"}, 400)
        return self.desk.answer(
            {
                "access_token": self.desk.new_token(),
                "token_type": "Bearer",
                "expires_in": self.desk.dials.token_seconds,
                "scope": form["scope"],
            }
        )

    def _is_accepted(self, form: dict[str, str]) -> bool:
        client_id = form.get("client_id", "")
        kind = client_id.partition(".")[0].upper()
        try:
            header, claims = _opened(form.get("client_assertion", ""), self.desk.dials.public_key)
        except (ValueError, InvalidSignature, msgspec.MsgspecError):
            return False
        return (
            not self.desk.refused_client(client_id, header.kid)
            and form.get("grant_type") == "client_credentials"
            and form.get("client_assertion_type") == ASSERTION_TYPE
            and form.get("scope") in {SCOPES.get(kind, scope) for scope in SCOPES.values()}
            and header.alg == "ES256"
            and (claims.iss, claims.sub, claims.aud) == (client_id, client_id, AUDIENCE)
            and claims.iat - 60 <= time.time() < claims.exp <= claims.iat + LONGEST_SECONDS
        )

    async def data(self, request: Request) -> Response:
        if trouble := await self.desk.trouble(request, _problem):
            return trouble
        if request.method != "GET":
            return self.desk.answer(_problem(405, "This simulator only reads."), 405)
        if not self.desk.is_signed_in(request):
            return self.desk.answer(_problem(401, "The token is not valid."), 401)
        wanted = COVERAGE.fullmatch(request.path_params["what"])
        serial = wanted[1].upper() if wanted else ""
        if self.desk.is_poisoned([serial]):
            return self.desk.raw(GARBAGE)
        self.desk.asked_for([serial])
        if not wanted or not is_known("apple", serial):
            return self.desk.answer(_problem(404, "There is no such resource."), 404)
        lines = self._lines(serial)
        body = {
            "data": self.desk.dealt(lines),
            "links": {
                "self": f"https://api-business.apple.com/v1/{request.path_params['what']}",
                "next": None,
            },
            "meta": {"paging": {"total": len(lines), "limit": 100}},
        }
        return self.desk.answer(body)

    def _lines(self, serial: str) -> list[dict[str, Any]]:
        if serial == self.desk.dials.spoilt_serial:
            return [{"type": "appleCareCoverage", "id": "0", "attributes": "see attachment"}]
        machine = machine_of("apple", serial, self.desk.anchor)
        spans = [span for span in machine.spans if span.role in WORDS]
        return [_line(machine, span, n, self.desk.anchor) for n, span in enumerate(spans)]


def _line(machine: Machine, span: Span, number: int, anchor: date) -> dict[str, Any]:
    description, payment = WORDS[span.role]
    is_cancelled = span.role == "cancelled"
    is_over = span.ends_on is not None and span.ends_on < anchor
    return {
        "type": "appleCareCoverage",
        "id": f"{machine.serial}-{number}",
        "attributes": {
            "description": description,
            "status": "INACTIVE" if is_over or is_cancelled else "ACTIVE",
            "startDateTime": f"{span.starts_on}T00:00:00Z",
            "endDateTime": span.ends_on and f"{span.ends_on}T00:00:00Z",
            "paymentType": payment,
            "agreementNumber": None if span.role == "base" else f"{44_000_000 + machine.pick}",
            "isRenewable": span.role == "subscription",
            "isCanceled": is_cancelled,
            "contractCancelDateTime": f"{span.starts_on}T00:00:00Z" if is_cancelled else None,
        },
    }


def _opened(assertion: str, public_key: str) -> tuple[Header, Claims]:
    """Header and claims of a signed statement; its signature is checked where its key is known.

    Raises: ValueError, InvalidSignature, msgspec.MsgspecError.
    """
    header, claims, signature = assertion.split(".")
    numbers = _unpacked(signature)
    if len(numbers) != 2 * HALF:
        raise ValueError("a signature is two numbers of 32 bytes")
    if public_key:
        key = load_pem_public_key(public_key.encode())
        if not isinstance(key, ec.EllipticCurvePublicKey):
            raise ValueError("the dial holds no key of the right kind")
        halves = (int.from_bytes(part, "big") for part in (numbers[:HALF], numbers[HALF:]))
        signed = f"{header}.{claims}".encode()
        key.verify(encode_dss_signature(*halves), signed, ec.ECDSA(SHA256()))
    return (
        msgspec.json.decode(_unpacked(header), type=Header),
        msgspec.json.decode(_unpacked(claims), type=Claims),
    )


def _unpacked(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _problem(status: int, words: str) -> object:
    error = {"id": "simulated", "status": str(status), "code": "ERROR", "detail": words}
    return {"errors": [error]}
