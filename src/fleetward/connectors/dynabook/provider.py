"""Asks Dynabook's support site about one machine in one call. It wants no credentials."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import ClassVar
from urllib.parse import urlencode

from fleetward.connections.contracts import Connection, Health
from fleetward.connectors.answers import not_found, refused
from fleetward.connectors.dynabook.config import TRAITS
from fleetward.connectors.dynabook.wire import (
    Machine,
    Programme,
    Result,
    read_anything,
    read_result,
)
from fleetward.connectors.one_call import OneCall
from fleetward.connectors.values import NotADay, clean_text, service_level, vendor_day
from fleetward.connectors.wire_tools import Caller, health_of
from fleetward.infra.http import HttpAnswer
from fleetward.warranty.contracts import (
    Answer,
    AnswerKind,
    DeviceKey,
    Entitlement,
    EntitlementKind,
    Page,
    ProviderTraits,
    Reason,
)

PATH = "/support/warrantyResults"
# Dynabook names none of these lines.
WARRANTY_NAME = "Standard warranty"
ONSITE_NAME = "On-site service"
PROGRAMME_NAME = "Service programme"


class DynabookProvider(OneCall):
    """The warranty port, spoken with Dynabook."""

    traits: ClassVar[ProviderTraits] = TRAITS
    nobody: ClassVar[DeviceKey] = DeviceKey("X0000000X", "PT000E-000000")

    def check(self, conn: Connection) -> Health:
        return health_of(lambda: self._reach(conn))

    def _reach(self, conn: Connection) -> bool:
        """Whether the service speaks. What it says of an unknown machine was never seen."""
        caller = Caller(self._http, self.traits, conn)
        answer = _call(caller, self.nobody)
        caller.read(answer, read_anything)
        return caller.is_simulated(answer)

    def _ask(self, conn: Connection, devices: Sequence[DeviceKey]) -> Page:
        (key,) = devices
        if not key.product_number:
            return Page([refused(key, Reason.PRODUCT_NUMBER_MISSING)])
        caller = Caller(self._http, self.traits, conn)
        answer = _call(caller, key)
        result = caller.read(answer, read_result)
        try:
            answers = [_answer(key, result, answer.body)]
        except NotADay:
            answers = [refused(key, Reason.ANSWER_UNREADABLE, answer.body)]
        return Page(answers, is_simulated=caller.is_simulated(answer))


def _call(caller: Caller, key: DeviceKey) -> HttpAnswer:
    question = urlencode({"sno": key.serial, "mpn": key.product_number})
    return caller.send("GET", f"{PATH}?{question}", {})


def _answer(key: DeviceKey, result: Result, payload: bytes) -> Answer:
    machine = result.machine
    if machine is None:
        return not_found(key, payload)
    if machine.serial != key.serial:
        return refused(key, Reason.ANSWER_UNREADABLE, payload)
    lines = [*_standard(machine, result.description), *map(_extension, result.programmes)]
    model = clean_text(f"{clean_text(machine.model_family)} {clean_text(machine.model_name)}")
    ships_on = vendor_day(machine.ship_date)
    cover = tuple(dict.fromkeys(lines))
    return Answer(key, AnswerKind.FOUND, None, cover, model, ships_on, payload)


def _standard(machine: Machine, description: str) -> Iterator[Entitlement]:
    """What comes with the machine: the warranty, and on-site service where it is included."""
    bought_on = vendor_day(machine.customer_purchase_date)
    starts_on = bought_on or vendor_day(machine.war_onsite_date)
    ends_on = vendor_day(machine.warranty_expiry_date)
    if ends_on is not None:
        yield _line(EntitlementKind.BASE, description or WARRANTY_NAME, starts_on, ends_on)
    onsite_ends_on = vendor_day(machine.warranty_onsite_expiry_date)
    if machine.has_onsite and onsite_ends_on is not None:
        yield _line(EntitlementKind.BASE, ONSITE_NAME, starts_on, onsite_ends_on)


def _extension(programme: Programme) -> Entitlement:
    name = programme.name or PROGRAMME_NAME
    starts_on, ends_on = _day(programme.begins), _day(programme.ends)
    return _line(EntitlementKind.EXTENSION, name, starts_on, ends_on)


def _day(text: str) -> date | None:
    """The day, or None for what is none: the form of these fields is a guess."""
    try:
        return vendor_day(text)
    except NotADay:
        return None


def _line(
    kind: EntitlementKind, name: str, starts_on: date | None, ends_on: date | None
) -> Entitlement:
    return Entitlement(
        source=TRAITS.key,
        code="",
        name=name,
        kind=kind,
        starts_on=starts_on,
        ends_on=ends_on,
        service_level=service_level(name),
    )
