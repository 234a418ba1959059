"""Plays Cisco's Support API: token, and the coverage summary of up to 75 serial numbers."""

from __future__ import annotations

from datetime import date
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from fleetward_simulators.dell import credentials_of
from fleetward_simulators.desk import GARBAGE, Desk, Overload
from fleetward_simulators.fate import Machine, Span, is_known, machine_of

MAX_SERIALS = 75
COVERAGE = "/sn2info/v2/coverage/summary/serial_numbers/{serials:path}"
OVERLOAD = Overload(
    status=403,
    header="X-Mashery-Error-Code",
    too_fast="ERR_403_DEVELOPER_OVER_QPS",
    too_many_today="ERR_403_DEVELOPER_OVER_RATE",
)
PRODUCTS = (
    ("C9300-48P-A", "C9300-48P", "Catalyst 9300 48-port PoE+, Network Advantage"),
    ("WS-C2960X-48FPD-L", "WS-C2960X-48FPD-L", "Catalyst 2960-X 48 GigE PoE 740W"),
    ("ISR4331/K9", "ISR4331/K9", "Cisco ISR 4331 (3GE, 2NIM, 1SM)"),
    ("N9K-C93180YC-FX", "N9K-C93180YC-FX", "Nexus 9300 with 48p 10/25G"),
    ("FPR1120-NGFW-K9", "FPR1120-K9", "Cisco Firepower 1120 NGFW Appliance"),
    ("C9120AXI-E", "C9120AXI", "Cisco Catalyst 9120AX Access Point"),
)
WARRANTIES = (
    ("WARR-1YR-LTD-HW", "1 Year Limited Hardware Warranty"),
    ("WARR-3YR-HW-90D-SW", "http://www.cisco.com/c/en/us/products/warranty-listing.html"),
    ("WARR-5YR-LTD-HW", "5 Year Limited Hardware, Next Business Day"),
)
SERVICES = ("SNT 8X5XNBD", "SNTC-24X7X4", "SSSNT 8X5XNBD", "SMARTnet 8X7XNCD")
# One line is all that there is for contracts: what a device has several of, the first of these.
CONTRACTS = ("subscription", "contract", "extension", "cancelled")


class Cisco:
    """The endpoints."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        desk.overload = OVERLOAD

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/oauth2/default/v1/token", self.token, methods=["POST"]),
            Route(COVERAGE, self.coverage, methods=["GET"]),
            *self.desk.routes(),
        ]

    async def token(self, request: Request) -> Response:
        client_id, secret = await credentials_of(request)
        if why := self.desk.refused_client(client_id, secret):
            self.desk.stats.token_calls += 1
            return self.desk.answer({"error": "invalid_client", "error_description": why}, 401)
        return self.desk.answer(
            {
                "token_type": "Bearer",
                "expires_in": self.desk.dials.token_seconds,
                "access_token": self.desk.new_token(),
                "scope": "customscope",
            }
        )

    async def coverage(self, request: Request) -> Response:
        if trouble := await self.desk.trouble(request, _failure):
            return trouble
        if not self.desk.is_signed_in(request):
            headers = {OVERLOAD.header: "ERR_403_NOT_AUTHORIZED"}
            return self.desk.answer(_failure(403, "Not Authorized"), 403, headers)
        serials = [s for s in request.path_params["serials"].upper().split(",") if s]
        if not 1 <= len(serials) <= MAX_SERIALS:
            return self.desk.answer(_error("EXCEEDED_INPUTS", "Too many input parameters"), 400)
        if self.desk.is_poisoned(serials):
            return self.desk.raw(GARBAGE)
        self.desk.asked_for(serials)
        anchor = self.desk.anchor
        found = self.desk.dealt([_summary(s, anchor, self.desk) for s in serials])
        paging = {
            "last_index": 1,
            "page_index": 1,
            "page_records": len(found),
            "title": "Get Coverage Summary by Serial Numbers - SN2INFO API",
            "total_records": len(found),
        }
        return self.desk.answer({"pagination_response_record": paging, "serial_numbers": found})


def _summary(serial: str, anchor: date, desk: Desk) -> dict[str, Any]:
    if serial == desk.dials.spoilt_serial:
        return {"sr_no": serial, "orderable_pid_list": "see attachment"}
    if not is_known("cisco", serial):
        words = "No records found for the following input(s): Serial Number"
        return {"sr_no": serial, **_error("NO_RECORDS_FOUND", words)}
    machine = machine_of("cisco", serial, anchor)
    sold, below, description = PRODUCTS[machine.pick % len(PRODUCTS)]
    base = {"base_pid": below}
    return {
        "sr_no": serial,
        "parent_sr_no": serial,
        # The service itself mixes a list with the one object.
        "base_pid_list": [base] if machine.pick % 2 else base,
        "orderable_pid_list": [
            {
                "orderable_pid": sold,
                "item_description": description,
                "item_position": "S",
                "item_type": "",
                "pillar_code": "1,2",
            }
        ],
        **_warranty(machine),
        **_contract(machine, anchor),
    }


def _warranty(machine: Machine) -> dict[str, Any]:
    base = next((span for span in machine.spans if span.role == "base"), None)
    kind, description = WARRANTIES[machine.pick % len(WARRANTIES)]
    return {
        "warranty_end_date": _day(base),
        "warranty_type": kind if base else "",
        "warranty_type_description": description if base else "",
    }


def _contract(machine: Machine, anchor: date) -> dict[str, Any]:
    """The line of the contract; of somebody else's, only that there is one."""
    spans = {span.role: span for span in machine.spans}
    contract = next((spans[role] for role in CONTRACTS if role in spans), None)
    is_covered = (
        contract is not None
        and contract.role != "cancelled"
        and (contract.ends_on is None or contract.ends_on >= anchor)
    )
    is_shown = contract is not None and contract.ends_on is not None
    return {
        "is_covered": "YES" if is_covered else "NO",
        "covered_product_line_end_date": _day(contract),
        "service_contract_number": f"{90_000_000 + machine.pick}" if is_shown else "",
        "service_line_descr": SERVICES[machine.pick % len(SERVICES)] if is_shown else "",
        "contract_site_customer_name": "A SIMULATED CUSTOMER" if is_shown else "",
        "contract_site_country": "FR" if is_shown else "",
    }


def _day(span: Span | None) -> str:
    return span.ends_on.isoformat() if span and span.ends_on else ""


def _failure(_status: int, words: str) -> object:
    return _error("API_ERROR_01", words)


def _error(code: str, words: str) -> dict[str, Any]:
    fault = {"ErrorCode": code, "ErrorDescription": words, "SuggestedAction": "Verify input."}
    return {"ErrorResponse": {"APIError": fault}}
