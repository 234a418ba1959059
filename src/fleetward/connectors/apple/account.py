"""An API account of an organisation at Apple, and how it signs in: with an assertion of its key."""

from __future__ import annotations

from datetime import UTC, datetime

from fleetward.connections.contracts import AccessToken, Connection
from fleetward.connectors.apple.assertion import BadKey, client_assertion, read_key
from fleetward.connectors.apple.config import BUSINESS, SCHOOL
from fleetward.connectors.oauth import fetch_token
from fleetward.connectors.wire_tools import Caller
from fleetward.connectors.words import gettext_noop as _
from fleetward.warranty.contracts import ProviderError, Trouble

TOKEN_HOST = "https://account.apple.com"  # noqa: S105
TOKEN_PATH = "/auth/oauth2/token"  # noqa: S105
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
SCOPES = {BUSINESS: "business.api", SCHOOL: "school.api"}

MISSING = _("Credentials are missing.")
BAD_KEY = _(
    "The private key is not valid. Paste the whole .pem file that Apple gave, without a password."
)
INVALID_CLIENT = _(
    "Apple says invalid_client and no more. One of these is wrong: the organisation, the client "
    "ID, the key ID or the private key; or the key was revoked; or the clock of this machine is "
    "not right."
)


class Account:
    """The account of a connection. Raises: ProviderError, when its credentials are incomplete."""

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
