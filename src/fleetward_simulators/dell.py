"""Plays Dell TechDirect's warranty API v5: token, and entitlements of up to 100 tags."""

from __future__ import annotations

import re
from base64 import b64decode
from datetime import date
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from fleetward_simulators.desk import GARBAGE, Desk, form_of
from fleetward_simulators.fate import Machine, Span, is_known, machine_of

MAX_TAGS = 100
MODELS = (
    ("Latitude 5440", "Latitude"),
    ("Latitude 7450", "Latitude"),
    ("OptiPlex 7010", "OptiPlex"),
    ("Precision 3680", "Precision"),
    ("XPS 13 9340", "XPS"),
    ("PowerEdge R760", "PowerEdge"),
)
COVER = (
    ("ND", "Next Business Day Support", 5),
    ("PS", "ProSupport Next Business Day Onsite", "8"),
    ("PP", "ProSupport Plus Mission Critical 4 Hour Onsite", 8),
    ("CC", "Carry-In Service", 5),
    ("UP", None, 5),
)
NOT_COVER = (
    ("D", "Digital Delivery", 11),
    ("DL", "Dell Data Protection License", 11),
    ("PJ", "ProDeploy Plus", 4),
    ("PR", "ProDeploy", 4),
    ("KK", "Keep Your Hard Drive Software Notice", 9),
)
# One account mixes all of these ways to write a moment.
ENDINGS = ("T00:00:00Z", "T00:00:00.000Z", "T00:00:00.000001Z", "T00:00:00")
_TAG = re.compile(r"[0-9A-Z]{4,10}")


class Dell:
    """The endpoints."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def routes(self) -> list[BaseRoute]:
        entitlements = "/PROD/sbil/eapi/v5/asset-entitlements"
        return [
            Route("/auth/oauth/v2/token", self.token, methods=["POST"]),
            Route(entitlements, self.entitlements, methods=["GET"]),
            *self.desk.routes(),
        ]

    async def token(self, request: Request) -> Response:
        client_id, secret = await credentials_of(request)
        if why := self.desk.refused_client(client_id, secret):
            self.desk.stats.token_calls += 1
            return self.desk.answer({"error": "invalid_client", "error_description": why}, 401)
        return self.desk.answer(
            {
                "access_token": self.desk.new_token(),
                "token_type": "Bearer",
                "expires_in": self.desk.dials.token_seconds,
                "scope": "oob",
            }
        )

    async def entitlements(self, request: Request) -> Response:
        if trouble := await self.desk.trouble(request, _fault):
            return trouble
        if not self.desk.is_signed_in(request):
            return self.desk.answer(_fault(401, "Invalid Authentication"), 401)
        tags = [
            tag.strip().upper()
            for given in request.query_params.getlist("servicetags")
            for tag in given.split(",")
            if tag.strip()
        ]
        if not 1 <= len(tags) <= MAX_TAGS:
            return self.desk.answer(_fault(400, "Between 1 and 100 service tags are needed"), 400)
        if self.desk.is_poisoned(tags):
            return self.desk.raw(GARBAGE)
        self.desk.asked_for(tags)
        anchor = self.desk.anchor
        return self.desk.answer(self.desk.dealt([self._asset(tag, anchor) for tag in tags]))

    def _asset(self, tag: str, anchor: date) -> dict[str, Any]:
        if tag == self.desk.dials.spoilt_serial:
            return {"serviceTag": tag, "entitlements": "see attachment"}
        if not _TAG.fullmatch(tag) or not is_known("dell", tag):
            return {"id": None, "serviceTag": tag, "invalid": True, "entitlements": []}
        machine = machine_of("dell", tag, anchor)
        model, family = MODELS[machine.pick % len(MODELS)]
        return {
            "id": 1_000_000_000 + machine.pick,
            "serviceTag": tag,
            "orderBuid": 202,
            "shipDate": _moment(machine, machine.ships_on.isoformat()),
            "productCode": f"P{machine.pick % 90 + 10}",
            "localChannel": "ENTP",
            "productId": family.lower(),
            "productLineDescription": model,
            "productFamily": None,
            "systemDescription": f"{family}, {model}",
            "productLobDescription": family,
            "countryCode": "US",
            "duplicated": False,
            "invalid": False,
            "entitlements": [_line(machine, span, n) for n, span in enumerate(machine.spans)],
        }


def _line(machine: Machine, span: Span, number: int) -> dict[str, Any]:
    pick = machine.pick + number
    catalogue = NOT_COVER if span.role == "other" else COVER
    code, description, group = catalogue[pick % len(catalogue)]
    ends = span.ends_on and _moment(machine, span.ends_on.isoformat())
    return {
        "itemNumber": f"{700 + pick % 290}-{code}{pick % 97:02d}",
        "startDate": _moment(machine, span.starts_on.isoformat()),
        "endDate": ends,
        "entitlementType": "INITIAL" if span.role == "base" else "EXTENDED",
        "serviceLevelCode": code,
        "serviceLevelDescription": description,
        "serviceLevelGroup": group,
    }


def _moment(machine: Machine, day: str) -> str:
    return day + ENDINGS[machine.pick % len(ENDINGS)]


def _fault(status: int, words: str) -> object:
    return {"Fault": {"faultcode": str(status), "faultstring": words, "faultactor": "simulator"}}


async def credentials_of(request: Request) -> tuple[str, str]:
    """Client id and secret, from the Basic header or from the form."""
    scheme, _, packed = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            client_id, _, secret = b64decode(packed, validate=True).decode().partition(":")
        except ValueError:
            return "", ""
        return client_id, secret
    form = await form_of(request)
    return form.get("client_id", [""])[0], form.get("client_secret", [""])[0]
