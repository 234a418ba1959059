"""What is said to an identity provider: its discovery document, the code for a token, its keys.

All of it through `infra.http`: https, checked addresses, no redirects, limits. A web worker waits
for the answers, hence the short times.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from fleetward.config.env import env
from fleetward.infra.http import HttpAnswer, HttpClient, HttpFailure
from fleetward.infra.http_json import Unreadable, decode
from fleetward.kernel.texts import N_
from fleetward.tenancy.sign_on.contracts import (
    BadProvider,
    Identity,
    Metadata,
    Question,
    SignOnFailed,
    host_of,
)
from fleetward.tenancy.sign_on.rules import (
    basic,
    discovery_address,
    issuer_in,
    problem_of,
    question_url,
)

CONNECT_SECONDS, READ_SECONDS, WHOLE_CALL_SECONDS = 3.0, 5.0, 8.0
MOST_ANSWERED = 1024 * 1024
OK = 200
# Signatures that only the provider can make; a secret that both know signs nothing here.
ALGORITHMS = ["RS256", "PS256", "ES256", "ES384", "RS384", "RS512", "EdDSA"]
FORM = "application/x-www-form-urlencoded"


class Document(msgspec.Struct):
    """The parts of a discovery document that are looked at."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    response_types_supported: tuple[str, ...] = ("code",)
    code_challenge_methods_supported: tuple[str, ...] = ("S256",)
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)


class Tokens(msgspec.Struct):
    id_token: str


DOCUMENT = msgspec.json.Decoder(Document)
TOKENS = msgspec.json.Decoder(Tokens)
KEYS = msgspec.json.Decoder(dict[str, Any])


def outgoing() -> HttpClient:
    """For the calls of one sign-in."""
    settings = env().outgoing
    return HttpClient(
        allow_internal=settings.allow_internal,
        proxy=settings.proxy or None,
        connect_seconds=CONNECT_SECONDS,
        read_seconds=READ_SECONDS,
        whole_call_seconds=WHOLE_CALL_SECONDS,
    )


def new_question(
    where: Metadata,
    *,
    issuer: str,
    client_id: str,
    redirect_uri: str,
    now: datetime,
    is_anew: bool = False,
    **more: object,
) -> Question:
    """Where to send a browser, and what its session keeps until it comes back."""
    kept = {
        **more,
        "issuer": issuer,
        "redirect_uri": redirect_uri,
        "state": secrets.token_urlsafe(32),
        "nonce": secrets.token_urlsafe(32),
        "verifier": secrets.token_urlsafe(48),
        "is_anew": is_anew,
        "at": now.timestamp(),
    }
    return Question(question_url(where, client_id, kept, is_anew=is_anew), kept)


def discover(issuer: str, *, named: str = "") -> Metadata:
    """Where a provider does what. `named`: how it names itself, if not as the issuer.

    Raises: BadProvider.
    """
    http = outgoing()
    try:
        answer = http.send("GET", discovery_address(issuer), max_bytes=MOST_ANSWERED)
        if answer.status != OK:
            raise BadProvider(f"{discovery_address(issuer)}: {answer.status}")
        found = decode(answer.body, DOCUMENT)
        for address in (found.authorization_endpoint, found.token_endpoint, found.jwks_uri):
            http.check_target(address)
    except HttpFailure as error:
        raise BadProvider(error.text) from None
    except Unreadable:
        raise BadProvider(N_("its discovery document cannot be read.")) from None
    finally:
        http.close()
    if found.issuer != (named or issuer):
        # Otherwise one provider could speak for another (OpenID Connect Discovery, 4.3).
        raise BadProvider(f"issuer = {found.issuer[:200]}")
    if "code" not in found.response_types_supported:
        raise BadProvider("response_types_supported")
    if "S256" not in found.code_challenge_methods_supported:
        raise BadProvider("code_challenge_methods_supported")
    return Metadata(
        found.authorization_endpoint,
        found.token_endpoint,
        found.jwks_uri,
        found.token_endpoint_auth_methods_supported,
    )


def identify(
    where: Metadata, *, client: tuple[str, str], code: str, kept: Mapping[str, Any], now: datetime
) -> Identity:
    """Who has come back with a code, by the provider's signed word. Raises: SignOnFailed."""
    claims = claims_of(where, client=client, code=code, kept=kept, now=now)
    return Identity(kept["issuer"], str(claims["sub"]))


def claims_of(
    where: Metadata, *, client: tuple[str, str], code: str, kept: Mapping[str, Any], now: datetime
) -> Mapping[str, Any]:
    """All that the provider says of whoever has come back with a code. Raises: SignOnFailed."""
    host, http = host_of(kept["issuer"]), outgoing()
    try:
        token = _token(http, where, client, code, kept)
        keys = _asked(http, "GET", where.jwks_uri)
        claims = _claims(token, keys.body)
    except HttpFailure as error:
        raise SignOnFailed(host, error.text) from None
    except (Unreadable, JoseError, ValueError, KeyError, TypeError) as error:
        raise SignOnFailed(host, type(error).__name__) from None
    finally:
        http.close()
    asked = {**kept, "issuer": issuer_in(kept["issuer"], claims)}
    problem = problem_of(claims, asked, client[0], now)
    if problem:
        raise SignOnFailed(host, problem)
    return claims


def _token(
    http: HttpClient,
    where: Metadata,
    client: tuple[str, str],
    code: str,
    kept: Mapping[str, Any],
) -> str:
    body = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": kept["redirect_uri"],
        "code_verifier": kept["verifier"],
    }
    headers = {"Content-Type": FORM, "Accept": "application/json"}
    if "client_secret_basic" in where.token_endpoint_auth_methods_supported:
        headers["Authorization"] = basic(*client)
    else:
        body |= {"client_id": client[0], "client_secret": client[1]}
    sent = urlencode(body).encode()
    return decode(_asked(http, "POST", where.token_endpoint, headers, sent).body, TOKENS).id_token


def _asked(
    http: HttpClient,
    method: str,
    url: str,
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
) -> HttpAnswer:
    answer = http.send(method, url, headers=headers, body=body, max_bytes=MOST_ANSWERED)
    if answer.status != OK:
        raise Unreadable(str(answer.status))
    return answer


def _claims(token: str, keys: bytes) -> Mapping[str, Any]:
    """What a token says, if one of the provider's keys has signed it."""
    known = KeySet.import_key_set(decode(keys, KEYS))  # type: ignore[arg-type]
    return jwt.decode(token, known, algorithms=ALGORITHMS).claims
