"""Asks Dell TechDirect for the entitlements of up to 100 service tags in one call."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from fleetward.connections.contracts import Connection
from fleetward.connectors.answers import answers_for, not_found
from fleetward.connectors.dell.config import TRAITS
from fleetward.connectors.dell.wire import Asset, Line, read_assets
from fleetward.connectors.oauth import bearer, client_of, sign_in, with_token
from fleetward.connectors.one_call import OneCall
from fleetward.connectors.values import clean_text, service_level, vendor_day
from fleetward.connectors.wire_tools import Caller
from fleetward.infra.http import HttpAnswer
from fleetward.warranty.contracts import (
    Answer,
    AnswerKind,
    DeviceKey,
    Entitlement,
    EntitlementKind,
    Page,
    ProviderTraits,
)

TOKEN_PATH = "/auth/oauth/v2/token"  # noqa: S105
ENTITLEMENTS_PATH = "/PROD/sbil/eapi/v5/asset-entitlements"
KINDS = {"INITIAL": EntitlementKind.BASE, "EXTENDED": EntitlementKind.EXTENSION}


class DellProvider(OneCall):
    """The warranty port, spoken with Dell."""

    traits: ClassVar[ProviderTraits] = TRAITS
    nobody: ClassVar[DeviceKey] = DeviceKey("0000000")

    def _ask(self, conn: Connection, devices: Sequence[DeviceKey]) -> Page:
        client = client_of(conn)
        caller = Caller(self._http, self.traits, conn, client.secrets)
        tags = ",".join(dict.fromkeys(key.serial for key in devices))

        def call(token: str) -> HttpAnswer:
            return caller.send("GET", f"{ENTITLEMENTS_PATH}?servicetags={tags}", bearer(token))

        answer = with_token(conn, lambda: sign_in(caller, TOKEN_PATH, client), call)
        answers = answers_for(devices, caller.read(answer, read_assets), _answer)
        return Page(answers, is_simulated=caller.is_simulated(answer))


def _answer(key: DeviceKey, asset: Asset, payload: bytes) -> Answer:
    if asset.invalid:
        return not_found(key, payload)
    model = clean_text(asset.product_line_description) or clean_text(asset.system_description)
    lines = tuple([_entitlement(line) for line in asset.entitlements or ()])
    ships_on = vendor_day(asset.ship_date)
    return Answer(key, AnswerKind.FOUND, None, lines, model, ships_on, payload)


def _entitlement(line: Line) -> Entitlement:
    code = clean_text(line.service_level_code, 80)
    # Dell leaves descriptions null; the code is then all there is to show.
    name = clean_text(line.service_level_description) or code
    kind = KINDS.get(clean_text(line.entitlement_type, 80).upper(), EntitlementKind.OTHER)
    return Entitlement(
        source=TRAITS.key,
        code=code,
        name=name,
        kind=kind,
        starts_on=vendor_day(line.start_date),
        ends_on=vendor_day(line.end_date),
        service_level=service_level(name),
        number=clean_text(line.item_number, 80),
    )
