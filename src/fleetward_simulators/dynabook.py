"""Plays the warranty look-up of Dynabook's support site: one machine a call, no credentials."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from fleetward_simulators.desk import GARBAGE, Desk
from fleetward_simulators.fate import Machine, Span, is_known, machine_of

MODELS = (
    ("TECRA", "A40-J-12E", "A1PMX21E1113"),
    ("PORTÉGÉ", "X40L-K-10R", "A1PMR10E10N2"),
    ("SATELLITE PRO", "C50-H-11G", "A1PYS33E1128"),
    ("TECRA", "A50-C-1H9", "PS57HE-00F001FR"),
)
PROGRAMMES = {
    "extension": "Warranty extension, {} years",
    "contract": "On-site next business day, {} years",
}


class Dynabook:
    """The endpoint."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/support/warrantyResults", self.results, methods=["GET"]),
            *self.desk.routes(),
        ]

    async def results(self, request: Request) -> Response:
        if trouble := await self.desk.trouble(request, _refusal):
            return trouble
        if self.desk.dials.refuse_credentials:
            self.desk.stats.refused += 1
            return self.desk.answer(_refusal(403, "Access Denied"), 403)
        serial = request.query_params.get("sno", "").strip().upper()
        if self.desk.is_poisoned([serial]):
            return self.desk.raw(GARBAGE)
        self.desk.asked_for([serial])
        # Of one machine, half is none.
        told = self.desk.dealt([self._result(serial, request.query_params.get("mpn", ""))])
        return self.desk.answer(told[0] if told else {})

    def _result(self, serial: str, product_number: str) -> dict[str, Any]:
        result: dict[str, Any] = {"serviceTypes": {}, "commonBean": None, "svcPgm": []}
        if serial == self.desk.dials.spoilt_serial:
            result["commonBean"] = {"serialNumber": serial, "warrantyExpiryDate": "see attachment"}
            return result
        if not is_known("dynabook", serial):
            return result
        machine = machine_of("dynabook", serial, self.desk.anchor)
        result["commonBean"] = _bean(machine, product_number)
        result["svcPgm"] = self._programmes(machine)
        is_over = all(span.ends_on and span.ends_on < self.desk.anchor for span in machine.spans)
        words = "Warranty expired" if is_over else "In warranty"
        return result | {"warranty": words, "hasWarrantyExpired": is_over}

    def _programmes(self, machine: Machine) -> list[dict[str, Any]]:
        found = [_programme(span) for span in machine.spans if span.role in PROGRAMMES]
        if self.desk.dials.reverse_order:
            found.reverse()
        return found * 2 if self.desk.dials.repeat_items else found


def _bean(machine: Machine, product_number: str) -> dict[str, Any]:
    family, name, number = MODELS[machine.pick % len(MODELS)]
    base = next((span for span in machine.spans if span.role == "base"), None)
    has_onsite = bool(machine.pick % 3)
    starts, ends = (_moment(base.starts_on), _moment(base.ends_on)) if base else ("", "")
    return {
        "serialNumber": machine.serial,
        "partNumber": product_number or number,
        "modelFamily": family,
        "modelName": name,
        "shipDate": _moment(machine.ships_on),
        "customerPurchaseDate": starts if machine.pick % 2 else "",
        "warOnsiteDate": starts,
        "warrantyExpiryDate": ends,
        "warrantyOnsite": f"{365 * base.years}" if base and has_onsite else "0",
        "warrantyOnsiteExpiryDate": ends if has_onsite else starts,
        "countrySold": "France",
        "assetStatus": "Active",
    }


def _programme(span: Span) -> dict[str, Any]:
    return {
        "svcPgmName": PROGRAMMES[span.role].format(span.years),
        "svcPgmStartDate": _moment(span.starts_on),
        "svcPgmExpiryDate": _moment(span.ends_on),
    }


def _moment(day: object) -> str:
    return f"{day} 00:00:00.0" if day else ""


def _refusal(_status: int, words: str) -> object:
    return {"message": words}
