"""Signs in with OAuth client credentials, and calls with the token that the connection keeps."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import msgspec

from fleetward.connections.contracts import AccessToken, Connection
from fleetward.connectors.wire_tools import Caller
from fleetward.connectors.words import gettext_noop as _
from fleetward.infra.http import HttpAnswer
from fleetward.infra.http_json import decode
from fleetward.warranty.contracts import ProviderError, Trouble

USUAL_SECONDS = 1800


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
    """A new token; a refusal is about the credentials, whatever its status.

    Raises: ProviderError.
    """
    form = {"grant_type": "client_credentials"}
    answer = caller.send("POST", path, {"Authorization": client.basic}, form)
    if answer.status in (400, 401, 403):
        raise ProviderError(Trouble.CREDENTIALS_EXPIRED, caller.words(answer))
    try:
        token = caller.read(answer, lambda body: decode(body, _TOKEN))
    except ProviderError as trouble:
        if trouble.kind is not Trouble.BAD_ANSWER:
            raise
        # No batch is to blame for a sign-in that makes no sense.
        raise ProviderError(Trouble.UNREACHABLE, trouble.text) from trouble
    lifetime = timedelta(seconds=token.expires_in or USUAL_SECONDS)
    return AccessToken(token.access_token, datetime.now(UTC) + lifetime)


def with_token(
    conn: Connection, fetch: Callable[[], AccessToken], call: Callable[[str], HttpAnswer]
) -> HttpAnswer:
    """Call with the connection's token; after a 401 once more with a new one (W15)."""
    token = conn.token(fetch)
    answer = call(token)
    return answer if answer.status != 401 else call(conn.renew(token, fetch))
