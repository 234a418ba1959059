"""Asks Cisco's Support API for the coverage of up to 75 serial numbers in one call."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import ClassVar

from fleetward.connections.contracts import AccessToken, Connection
from fleetward.connectors.answers import answers_for, not_found, refused
from fleetward.connectors.cisco.config import TRAITS
from fleetward.connectors.cisco.wire import Summary, read_summaries
from fleetward.connectors.oauth import (
    Client,
    bearer,
    client_of,
    fetch_token,
    is_unauthorized,
    with_token,
)
from fleetward.connectors.one_call import OneCall
from fleetward.connectors.values import clean_text, service_level, vendor_day
from fleetward.connectors.wire_tools import Caller, retry_after
from fleetward.infra.http import HttpAnswer
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

TOKEN_HOST = "https://id.cisco.com"  # noqa: S105
TOKEN_PATH = "/oauth2/default/v1/token"  # noqa: S105
COVERAGE_PATH = "/sn2info/v2/coverage/summary/serial_numbers/"
GATEWAY_CODE = "x-mashery-error-code"
REFUSED_TOKEN = "ERR_403_NOT_AUTHORIZED"  # noqa: S105
OVER_QUOTA = re.compile(r"over[ _](qps|rate|queries)|rate limit", re.IGNORECASE)
OVER_QUOTA_OF_DAY = re.compile(r"over[ _]rate", re.IGNORECASE)
# Cisco says for some contracts only that there is one: its details are shown to the owner.
CONTRACT_NAME = "Service contract"
HIDDEN_CONTRACT_NAME = "Service contract that is not linked to this account"
WARRANTY_NAME = "Warranty"


class CiscoProvider(OneCall):
    """The warranty port, spoken with Cisco."""

    traits: ClassVar[ProviderTraits] = TRAITS
    nobody: ClassVar[DeviceKey] = DeviceKey("XXX0000X0XX")

    def _ask(self, conn: Connection, devices: Sequence[DeviceKey]) -> Page:
        client = client_of(conn)
        caller = Caller(self._http, self.traits, conn, client.secrets)
        serials = ",".join(dict.fromkeys(key.serial for key in devices))

        def call(token: str) -> HttpAnswer:
            return caller.send("GET", COVERAGE_PATH + serials, bearer(token))

        answer = with_token(conn, lambda: _sign_in(caller, client), call, _is_token_refused)
        _refuse_over_quota(caller, answer)
        found = caller.read(answer, read_summaries)
        if found is None:
            answers = [not_found(key, answer.body) for key in devices]
        else:
            answers = answers_for(devices, found, _answer)
        return Page(answers, is_simulated=caller.is_simulated(answer))


def _sign_in(caller: Caller, client: Client) -> AccessToken:
    form = {
        "grant_type": "client_credentials",
        "client_id": client.client_id,
        "client_secret": client.secret,
    }
    return fetch_token(caller, TOKEN_PATH, form, at=TOKEN_HOST)


def _is_token_refused(answer: HttpAnswer) -> bool:
    return is_unauthorized(answer) or answer.headers.get(GATEWAY_CODE) == REFUSED_TOKEN


def _refuse_over_quota(caller: Caller, answer: HttpAnswer) -> None:
    """Cisco's gateway answers 403 to who asks too often, without a Retry-After.

    Raises: ProviderError.
    """
    words = caller.words(answer)
    said = f"{answer.headers.get(GATEWAY_CODE, '')} {words}"
    if answer.status != 403 or not OVER_QUOTA.search(said):
        return
    pause = retry_after(answer.headers)
    if pause is None and OVER_QUOTA_OF_DAY.search(said):
        pause = _until_tomorrow(datetime.now(UTC))
    raise ProviderError(Trouble.RATE_LIMITED, words, pause)


def _until_tomorrow(now: datetime) -> timedelta:
    return datetime.combine(now.date() + timedelta(days=1), time(tzinfo=UTC)) - now


def _answer(key: DeviceKey, summary: Summary, payload: bytes) -> Answer:
    if summary.failure is not None:
        if summary.failure.is_unknown:
            return not_found(key, payload)
        return refused(key, Reason.ANSWER_UNREADABLE, payload)
    lines = (_warranty(summary), _contract(summary, datetime.now(UTC).date()))
    cover, model = tuple(line for line in lines if line is not None), _model(summary)
    if not cover and not model:
        return not_found(key, payload)
    return Answer(key, AnswerKind.FOUND, None, cover, model, None, payload)


def _model(summary: Summary) -> str:
    """The product number is what network people call a model."""
    described = (clean_text(one.item_description) for one in summary.orderable_pid_list or ())
    return clean_text(summary.product_number) or next(filter(None, described), "")


def _warranty(summary: Summary) -> Entitlement | None:
    ends_on = vendor_day(summary.warranty_end_date)
    code = clean_text(summary.warranty_type, 80)
    name = clean_text(summary.warranty_type_description)
    if name.startswith("http"):  # the address of a page about all warranties
        name = ""
    if ends_on is None and not code and not name:
        return None
    return Entitlement(
        source=TRAITS.key,
        code=code,
        name=name or code or WARRANTY_NAME,
        kind=EntitlementKind.BASE,
        starts_on=None,
        ends_on=ends_on,
        service_level=service_level(name),
    )


def _contract(summary: Summary, today: date) -> Entitlement | None:
    """The contract line. YES without an end is a contract that this account may not look into."""
    ends_on = vendor_day(summary.covered_product_line_end_date)
    is_covered = clean_text(summary.is_covered).upper()
    if ends_on is None and is_covered != "YES":
        return None
    name = clean_text(summary.service_line_descr)
    return Entitlement(
        source=TRAITS.key,
        code="",
        name=name or (CONTRACT_NAME if ends_on else HIDDEN_CONTRACT_NAME),
        kind=EntitlementKind.CONTRACT,
        starts_on=None,
        ends_on=ends_on,
        service_level=service_level(name),
        number=clean_text(summary.service_contract_number, 80),
        is_rolling=ends_on is None,
        # Not covered, and yet not at its end: it was terminated.
        is_cancelled=is_covered == "NO" and ends_on is not None and ends_on >= today,
    )
