"""Plays Lenovo's Support API v2.5: warranty of one serial by GET, of several by POST."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from fleetward_simulators.desk import GARBAGE, Desk, form_of
from fleetward_simulators.fate import Machine, Span, is_known, is_shared, machine_of

PRODUCTS = ("20XW00AMFR", "21HM0029GE", "21CB001AUS", "11T3002CUK", "30E0004FGE", "82XQ00EQFR")
COVER = (
    ("3EZ", "{} Year Depot Repair", "DEPOT"),
    ("5WS", "{} Year Onsite Next Business Day", "ON_SITE"),
    ("1EZ", "{} Year Courier or Carry-in", "DEPOT"),
)
UPGRADES = (
    ("U5P", "{} Year Premier Support Next Business Day"),
    ("UPC", "Premier Support Plus Upgrade"),
)
NOT_COVER = (("TRL", "Premium Care trial"), ("DEP", "Deployment Services"))


class Lenovo:
    """The endpoints."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def routes(self) -> list[BaseRoute]:
        return [
            Route(path, self.warranty, methods=["GET", "POST"])
            for path in ("/warranty", "/v2.5/warranty")
        ] + self.desk.routes()

    async def warranty(self, request: Request) -> Response:
        if trouble := await self.desk.trouble(request, _refusal):
            return trouble
        client_id = request.headers.get("clientid", "")
        if self.desk.refused_client(client_id, client_id):
            self.desk.stats.refused += 1
            words = _refusal(401, "Authorization has been denied for this request.")
            return self.desk.answer(words, 401)
        is_single = request.method == "GET"
        given = (
            request.query_params.getlist("Serial")
            if is_single
            else (await form_of(request)).get("Serial", [])
        )
        names = [
            name for text in given for name in text.upper().replace(" ", "").split(",") if name
        ]
        if not names:
            return self.desk.answer({})
        if self.desk.is_poisoned([name.partition(".")[0] for name in names]):
            return self.desk.raw(GARBAGE)
        self.desk.asked_for(name.partition(".")[0] for name in names)
        if is_single:
            return self.desk.answer(self._machine(names[0]) or _error(names[0], 100))
        found = [machine for machine in map(self._machine, names) if machine]
        return self.desk.answer(self.desk.dealt(found))

    def _machine(self, name: str) -> dict[str, Any] | None:
        """The machine called SERIAL or SERIAL.MACHINETYPE; None is unknown."""
        serial, _, machine_type = name.partition(".")
        if serial == self.desk.dials.spoilt_serial:
            return {"Serial": serial, "Warranty": 7}
        if not is_known("lenovo", serial):
            return None
        if is_shared(serial) and not machine_type:
            return _error(serial, 101)
        machine = machine_of("lenovo", serial, self.desk.anchor)
        product = PRODUCTS[machine.pick % len(PRODUCTS)]
        ends = [span.ends_on for span in machine.spans if span.ends_on]
        return {
            "Serial": serial,
            "Product": machine_type + product[4:] if machine_type else product,
            "InWarranty": any(end >= self.desk.anchor for end in ends),
            "Purchased": None,
            "Shipped": f"{machine.ships_on}T00:00:00Z",
            "Country": "FR",
            "UpgradeUrl": "",
            "Warranty": [_warranty(machine, s) for s in machine.spans if not _is_contract(s)],
            "Contract": [_contract(machine, s) for s in machine.spans if _is_contract(s)],
        }


def _is_contract(span: Span) -> bool:
    return span.role in ("contract", "cancelled", "subscription")


def _warranty(machine: Machine, span: Span) -> dict[str, Any]:
    line = {"Start": f"{span.starts_on}T00:00:00", "End": f"{span.ends_on}T00:00:00"}
    if span.role == "base":
        code, name, delivery = COVER[machine.pick % len(COVER)]
        name = name.format(span.years)
        return {"ID": code, "Name": name, "Description": delivery, "Type": "BASE", **line}
    catalogue = NOT_COVER if span.role == "other" else UPGRADES
    code, name = catalogue[machine.pick % len(catalogue)]
    name = name.format(span.years)
    return {"ID": code, "Name": name, "Description": None, "Type": "UPGRADE", **line}


def _contract(machine: Machine, span: Span) -> dict[str, Any]:
    return {
        "Contract": f"C{machine.pick:07d}",
        "Quantity": 1,
        "ItemNumber": f"{machine.pick % 1000}",
        "ChargeCode": "CH1",
        "SLA": "Onsite 4 Hour Response",
        "EntitlementCode": "SVC",
        "Status": "Cancelled" if span.role == "cancelled" else "Active",
        "Start": f"{span.starts_on}T00:00:00",
        "End": span.ends_on and f"{span.ends_on}T00:00:00",
    }


def _error(serial: str, code: int) -> dict[str, Any]:
    words = {100: "No machine was found.", 101: "Several machines share this serial number."}
    return {"Serial": serial, "Error": {"Code": code, "Message": words[code]}}


def _refusal(_status: int, words: str) -> object:
    return {"Message": words}
