"""Asks Apple Business or School Manager for the AppleCare coverage of one device in one call.

A key of Apple's can do whatever its account can. So nothing but GET is ever sent to the data host.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import ClassVar

from fleetward.connections.contracts import AccessToken, Connection, Health
from fleetward.connectors.answers import not_found, refused, split_askable
from fleetward.connectors.apple.assertion import BadKey, client_assertion, read_key
from fleetward.connectors.apple.config import BUSINESS, SCHOOL, TRAITS
from fleetward.connectors.apple.wire import Cover, read_document, read_lines, says_not_found
from fleetward.connectors.oauth import bearer, fetch_token, with_token
from fleetward.connectors.values import NotADay, clean_text, service_level, vendor_day
from fleetward.connectors.wire_tools import Caller, health_of
from fleetward.connectors.words import gettext_noop as _
from fleetward.infra.http import HttpAnswer, HttpClient
from fleetward.infra.http_json import Unreadable
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

TOKEN_HOST = "https://account.apple.com"  # noqa: S105
TOKEN_PATH = "/auth/oauth2/token"  # noqa: S105
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
SCOPES = {BUSINESS: "business.api", SCHOOL: "school.api"}
HOSTS = {BUSINESS: TRAITS.default_base_url, SCHOOL: "https://api-school.apple.com"}
NO_SUCH_SERIAL = DeviceKey("X0000000000X")
KINDS = {
    "": EntitlementKind.BASE,
    "NONE": EntitlementKind.BASE,
    "PAID_UP_FRONT": EntitlementKind.EXTENSION,
    "SUBSCRIPTION": EntitlementKind.CONTRACT,
    "ABE_SUBSCRIPTION": EntitlementKind.CONTRACT,
}
ACTIVE = "ACTIVE"

MISSING = _("Credentials are missing.")
BAD_KEY = _(
    "The private key is not valid. Paste the whole .pem file that Apple gave, without a password."
)
INVALID_CLIENT = _(
    "Apple says invalid_client and no more. One of these is wrong: the organisation, the client "
    "ID, the key ID or the private key; or the key was revoked; or the clock of this machine is "
    "not right."
)


class AppleProvider:
    """The warranty port, spoken with Apple."""

    traits: ClassVar[ProviderTraits] = TRAITS

    def __init__(self, http: HttpClient) -> None:
        self._http = http

    def check(self, conn: Connection) -> Health:
        return health_of(lambda: self.ask(conn, [NO_SUCH_SERIAL], None).is_simulated)

    def ask(self, conn: Connection, devices: Sequence[DeviceKey], resume: str | None) -> Page:
        askable, junk = split_askable(devices)
        if not askable:
            return Page(junk)
        (key,) = askable
        account = _Account(conn)
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


class _Account:
    """An API account, and how it signs in."""

    def __init__(self, conn: Connection) -> None:
        self.organisation = conn.settings.get("organisation", "")
        self._client_id = conn.settings.get("client_id", "")
        self._key_id = conn.secret("key_id")
        self._key = conn.secret("private_key")
        is_complete = self._client_id and self._key_id and self._key
        if self.organisation not in SCOPES or not is_complete:
            raise ProviderError(Trouble.CREDENTIALS_EXPIRED, MISSING)

    @property
    def secrets(self) -> tuple[str, ...]:
        """What no error may repeat."""
        return (self._key, self._key_id)

    def sign_in(self, caller: Caller) -> AccessToken:
        """Raises: ProviderError."""
        try:
            key = read_key(self._key)
        except BadKey:
            raise ProviderError(Trouble.CREDENTIALS_EXPIRED, BAD_KEY) from None
        now = datetime.now(UTC)
        form = {
            "grant_type": "client_credentials",
            "client_id": self._client_id,
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": client_assertion(self._client_id, self._key_id, key, now),
            "scope": SCOPES[self.organisation],
        }
        try:
            return fetch_token(caller, TOKEN_PATH, form, at=TOKEN_HOST)
        except ProviderError as trouble:
            if "invalid_client" in trouble.text:
                raise ProviderError(trouble.kind, INVALID_CLIENT) from trouble
            raise


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
