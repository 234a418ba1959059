"""Asks Apple Business or School Manager for the AppleCare coverage of one device in one call.

A key of Apple's can do whatever its account can. So nothing but GET is ever sent to the data host.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import ClassVar

from fleetward.connections.contracts import Connection
from fleetward.connectors.answers import not_found, refused
from fleetward.connectors.apple.account import Account
from fleetward.connectors.apple.config import BUSINESS, SCHOOL, TRAITS
from fleetward.connectors.apple.wire import Cover, read_document, read_lines, says_not_found
from fleetward.connectors.oauth import bearer, with_token
from fleetward.connectors.one_call import OneCall
from fleetward.connectors.values import NotADay, clean_text, service_level, vendor_day
from fleetward.connectors.wire_tools import Caller
from fleetward.infra.http import HttpAnswer
from fleetward.infra.http_json import Unreadable
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

HOSTS = {BUSINESS: TRAITS.default_base_url, SCHOOL: "https://api-school.apple.com"}
KINDS = {
    "": EntitlementKind.BASE,
    "NONE": EntitlementKind.BASE,
    "PAID_UP_FRONT": EntitlementKind.EXTENSION,
    "SUBSCRIPTION": EntitlementKind.CONTRACT,
    "ABE_SUBSCRIPTION": EntitlementKind.CONTRACT,
}
ACTIVE = "ACTIVE"


class AppleProvider(OneCall):
    """The warranty port, spoken with Apple."""

    traits: ClassVar[ProviderTraits] = TRAITS
    nobody: ClassVar[DeviceKey] = DeviceKey("X0000000000X")

    def _ask(self, conn: Connection, devices: Sequence[DeviceKey]) -> Page:
        (key,) = devices
        account = Account(conn)
        caller = Caller(self._http, self.traits, conn, account.secrets)
        path = f"/v1/orgDevices/{key.serial}/appleCareCoverage"

        def call(token: str) -> HttpAnswer:
            return caller.send("GET", path, bearer(token), at=HOSTS[account.organisation])

        answer = with_token(conn, lambda: account.sign_in(caller), call)
        is_simulated = caller.is_simulated(answer)
        if answer.status == 404 and says_not_found(answer.body):
            return Page([not_found(key, answer.body)], is_simulated=is_simulated)
        document = caller.read(answer, read_document)
        try:
            lines = [_entitlement(line) for line in read_lines(document)]
        except (Unreadable, NotADay):
            unreadable = refused(key, Reason.ANSWER_UNREADABLE, answer.body)
            return Page([unreadable], is_simulated=is_simulated)
        # Evidence is the whole answer, which names the device in its links.
        cover = tuple(dict.fromkeys(lines))
        found = Answer(key, AnswerKind.FOUND, None, cover, payload=answer.body)
        return Page([found], is_simulated=is_simulated)


def _entitlement(line: Cover) -> Entitlement:
    name = clean_text(line.description) or "AppleCare"
    starts_on, ends_on = vendor_day(line.start_date_time), vendor_day(line.end_date_time)
    is_active = clean_text(line.status).upper() in ("", ACTIVE)
    is_void = not is_active and _is_running(starts_on, ends_on, datetime.now(UTC).date())
    return Entitlement(
        source=TRAITS.key,
        code="",
        name=name,
        kind=KINDS.get(clean_text(line.payment_type).upper(), EntitlementKind.OTHER),
        starts_on=starts_on,
        ends_on=ends_on,
        service_level=service_level(name),
        number=clean_text(line.agreement_number, 80),
        # A subscription that renews itself has no end (W19).
        is_rolling=ends_on is None and is_active and not line.is_canceled,
        is_cancelled=bool(line.is_canceled) or is_void,
    )


def _is_running(starts_on: date | None, ends_on: date | None, today: date) -> bool:
    """Whether the day lies within the dates. A line that is not active then covers nothing."""
    return (starts_on is None or starts_on <= today) and (ends_on is None or today <= ends_on)
