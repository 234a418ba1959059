"""Signs in with OAuth client credentials, and calls with the token that the connection keeps."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import msgspec

from fleetward.connections.contracts import AccessToken, Connection
from fleetward.connectors.values import duration
from fleetward.connectors.wire_tools import Caller
from fleetward.connectors.words import gettext_noop as _
from fleetward.infra.http import HttpAnswer
from fleetward.infra.http_json import decode
from fleetward.warranty.contracts import ProviderError, Trouble

USUAL_SECONDS = 1800
LONGEST_LIFETIME = timedelta(days=30)


class Token(msgspec.Struct):
    """The answer of a token endpoint; numbers may come as strings."""

    access_token: str
    expires_in: int | None = None


_TOKEN = msgspec.json.Decoder(Token, strict=False)


@dataclass(frozen=True, slots=True)
class Client:
    """An API client's credentials."""

    client_id: str
    secret: str = field(repr=False)

    @property
    def basic(self) -> str:
        return "Basic " + b64encode(f"{self.client_id}:{self.secret}".encode()).decode()

    @property
    def secrets(self) -> tuple[str, ...]:
        """What no error may repeat."""
        return (self.secret, self.basic.removeprefix("Basic "))


def client_of(conn: Connection) -> Client:
    """The client stored in the connection. Raises: ProviderError."""
    client = Client(conn.settings.get("client_id", ""), conn.secret("client_secret"))
    if not client.client_id or not client.secret:
        raise ProviderError(Trouble.CREDENTIALS_EXPIRED, _("Credentials are missing."))
    return client


def sign_in(caller: Caller, path: str, client: Client) -> AccessToken:
    """A new token for a client that shows its secret as HTTP Basic. Raises: ProviderError."""
    form = {"grant_type": "client_credentials"}
    return fetch_token(caller, path, form, {"Authorization": client.basic})


def fetch_token(
    caller: Caller,
    path: str,
    form: Mapping[str, str],
    headers: Mapping[str, str] | None = None,
    at: str = "",
) -> AccessToken:
    """A new token; a refusal is about the credentials, whatever its status.

    Raises: ProviderError.
    """
    answer = caller.send("POST", path, headers or {}, form, at=at)
    if answer.status in (400, 401, 403):
        raise ProviderError(Trouble.CREDENTIALS_EXPIRED, caller.words(answer))
    try:
        token = caller.read(answer, lambda body: decode(body, _TOKEN))
    except ProviderError as trouble:
        if trouble.kind is not Trouble.BAD_ANSWER:
            raise
        # No batch is to blame for a sign-in that makes no sense.
        raise ProviderError(Trouble.UNREACHABLE, trouble.text) from trouble
    lifetime = duration(token.expires_in or USUAL_SECONDS, LONGEST_LIFETIME)
    return AccessToken(token.access_token, datetime.now(UTC) + lifetime)


def bearer(token: str) -> dict[str, str]:
    """The header that shows a token."""
    return {"Authorization": f"Bearer {token}"}


def is_unauthorized(answer: HttpAnswer) -> bool:
    """Whether a vendor that speaks plain HTTP refuses the token."""
    return answer.status == 401


def with_token(
    conn: Connection,
    fetch: Callable[[], AccessToken],
    call: Callable[[str], HttpAnswer],
    is_refused: Callable[[HttpAnswer], bool] = is_unauthorized,
) -> HttpAnswer:
    """Call with the connection's token; when it is refused, once more with a new one (W15)."""
    token = conn.token(fetch)
    answer = call(token)
    return call(conn.renew(token, fetch)) if is_refused(answer) else answer
