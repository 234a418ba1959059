"""Asks Lenovo's support service for the warranty of up to 50 serials in one call.

A serial that several machines share is asked for again as SERIAL.MACHINETYPE, on a second page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import ClassVar

from fleetward.connections.contracts import Connection, Health
from fleetward.connectors.answers import Item, answers_for, is_askable, left_out, not_found, refused
from fleetward.connectors.lenovo.config import TRAITS
from fleetward.connectors.lenovo.wire import (
    MACHINE_TYPE_LENGTH,
    NOT_FOUND,
    SHARED_SERIAL,
    Contract,
    Machine,
    Warranty,
    read_machine,
    read_machines,
)
from fleetward.connectors.values import clean_text, service_level, vendor_day
from fleetward.connectors.wire_tools import Caller, health_of
from fleetward.connectors.words import gettext_noop as _
from fleetward.infra.http import HttpAnswer, HttpClient
from fleetward.warranty.contracts import (
    Answer,
    AnswerKind,
    DeviceKey,
    Entitlement,
    EntitlementKind,
    Page,
    ProviderError,
    ProviderTraits,
    Reason,
    Trouble,
)

WARRANTY_PATH = "/warranty"
NO_SUCH_SERIAL = DeviceKey("00000000")
BY_MACHINE_TYPE = "machine-type:"
KINDS = {"BASE": EntitlementKind.BASE, "UPGRADE": EntitlementKind.EXTENSION}
VALID_STATUSES = ("", "ACTIVE", "EXPIRED")


class LenovoProvider:
    """The warranty port, spoken with Lenovo."""

    traits: ClassVar[ProviderTraits] = TRAITS

    def __init__(self, http: HttpClient) -> None:
        self._http = http

    def check(self, conn: Connection) -> Health:
        return health_of(lambda: self.ask(conn, [NO_SUCH_SERIAL], None).is_simulated)

    def ask(self, conn: Connection, devices: Sequence[DeviceKey], resume: str | None) -> Page:
        if resume is None:
            names = {key: key.serial for key in devices if is_askable(key)}
            junk = [refused(key, Reason.JUNK_SERIAL) for key in devices if key not in names]
        else:
            shared = set(resume.removeprefix(BY_MACHINE_TYPE).split(","))
            names = {key: _full_name(key) for key in devices if key.serial in shared}
            junk = []
        if not names:
            return Page(junk)
        page = self._ask_for(conn, names, may_ask_again=resume is None)
        return replace(page, answers=[*page.answers, *junk])

    def _ask_for(
        self, conn: Connection, names: Mapping[DeviceKey, str], *, may_ask_again: bool
    ) -> Page:
        client_id = conn.secret("client_id")
        if not client_id:
            raise ProviderError(Trouble.CREDENTIALS_EXPIRED, _("Credentials are missing."))
        caller = Caller(self._http, self.traits, conn, (client_id,))
        answer, machines = _call(caller, client_id, list(dict.fromkeys(names.values())))
        answers = answers_for(names, machines, _answer)
        # Lenovo says nothing at all of a serial that it does not know among others.
        answered = {given.key for given in answers}
        answers += [left_out(key, names[key]) for key in names if key not in answered]
        again = [given.key for given in answers if may_ask_again and _can_be_told_apart(given)]
        return Page(
            [given for given in answers if given.key not in again],
            BY_MACHINE_TYPE + ",".join(key.serial for key in again) if again else None,
            is_simulated=caller.is_simulated(answer),
        )


def _call(
    caller: Caller, client_id: str, names: Sequence[str]
) -> tuple[HttpAnswer, list[Item[Machine]]]:
    """One serial is asked for by GET and answered by an object, several by POST and a list."""
    headers = {"ClientID": client_id}
    if len(names) > 1:
        answer = caller.send("POST", WARRANTY_PATH, headers, {"Serial": ",".join(names)})
        return answer, caller.read(answer, read_machines)
    answer = caller.send("GET", f"{WARRANTY_PATH}?Serial={names[0]}", headers)
    machine = caller.read(answer, read_machine)
    if machine.wire is not None and machine.wire.error:
        # An error need not repeat the serial; there is only one that it can be about.
        return answer, [replace(machine, serial=names[0].partition(".")[0])]
    if not machine.serial:
        raise caller.unreadable(answer)
    return answer, [machine]


def _full_name(key: DeviceKey) -> str:
    """SERIAL.MACHINETYPE where the machine type is known."""
    machine_type = key.product_number[:MACHINE_TYPE_LENGTH]
    return f"{key.serial}.{machine_type}" if machine_type.isalnum() else key.serial


def _can_be_told_apart(answer: Answer) -> bool:
    return answer.reason is Reason.AMBIGUOUS_SERIAL and _full_name(answer.key) != answer.key.serial


def _answer(key: DeviceKey, machine: Machine, payload: bytes) -> Answer:
    if machine.error is not None:
        if machine.error.code == NOT_FOUND:
            return not_found(key, payload)
        is_shared = machine.error.code == SHARED_SERIAL
        reason = Reason.AMBIGUOUS_SERIAL if is_shared else Reason.ANSWER_UNREADABLE
        return refused(key, reason, payload)
    lines = [_warranty(line) for line in machine.warranty or ()]
    lines += [_contract(line) for line in machine.contract or ()]
    model, ships_on = clean_text(machine.product), vendor_day(machine.shipped)
    return Answer(key, AnswerKind.FOUND, None, tuple(lines), model, ships_on, payload)


def _warranty(line: Warranty) -> Entitlement:
    code = clean_text(line.id, 80)
    name = clean_text(line.name) or clean_text(line.description) or code
    return Entitlement(
        source=TRAITS.key,
        code=code,
        name=name,
        kind=KINDS.get(clean_text(line.type, 80).upper(), EntitlementKind.OTHER),
        starts_on=vendor_day(line.start),
        ends_on=vendor_day(line.end),
        service_level=service_level(name, clean_text(line.description)),
    )


def _contract(line: Contract) -> Entitlement:
    status = clean_text(line.status, 80).upper()
    ends_on = vendor_day(line.end)
    level = clean_text(line.sla)
    return Entitlement(
        source=TRAITS.key,
        code=clean_text(line.entitlement_code, 80) or clean_text(line.charge_code, 80),
        name=level or clean_text(line.item_number) or clean_text(line.contract),
        kind=EntitlementKind.CONTRACT,
        starts_on=vendor_day(line.start),
        ends_on=ends_on,
        service_level=service_level(level),
        number=clean_text(line.contract, 80),
        # Lenovo says that it runs and names no end: a subscription (W19).
        is_rolling=ends_on is None and status == "ACTIVE",
        is_cancelled=status not in VALID_STATUSES,
    )
