"""OpenID Connect as pure functions: what a browser is sent with, and what a token must say.

Sources: OpenID Connect Core 1.0 (3.1.2, 3.1.3.7), RFC 7636 (PKCE), RFC 9207 (issuer of an answer),
RFC 9700 (best practice).
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from datetime import datetime
from hmac import compare_digest
from typing import Any
from urllib.parse import quote, urlencode

from fleetward.tenancy.sign_on.contracts import Metadata

# Clocks differ; a token of a minute ago or in a minute is of now.
LEEWAY_SECONDS = 60
# How long somebody may take at the provider.
VALID_SECONDS = 900
SUBJECT_CHARACTERS = 255


def challenge_of(verifier: str) -> str:
    """S256: what the provider learns first, before it is shown the verifier itself."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def question_url(
    where: Metadata, client_id: str, kept: Mapping[str, Any], *, is_anew: bool = False
) -> str:
    """Where a browser is sent. `is_anew`: whoever is signed in there proves it again. A question
    that keeps `asks_email` asks for the address, too.
    """
    asked = {
        "response_type": "code",
        "scope": "openid email" if kept.get("asks_email") else "openid",
        "client_id": client_id,
        "redirect_uri": kept["redirect_uri"],
        "state": kept["state"],
        "nonce": kept["nonce"],
        "code_challenge": challenge_of(kept["verifier"]),
        "code_challenge_method": "S256",
        **({"prompt": "login", "max_age": "0"} if is_anew else {}),
    }
    joint = "&" if "?" in where.authorization_endpoint else "?"
    return f"{where.authorization_endpoint}{joint}{urlencode(asked, quote_via=quote)}"


def discovery_address(issuer: str) -> str:
    return f"{issuer.rstrip('/')}/.well-known/openid-configuration"


def basic(client_id: str, secret: str) -> str:
    """RFC 6749, 2.3.1: both are form-encoded before they are joined."""
    joined = f"{quote(client_id, safe='')}:{quote(secret, safe='')}"
    return f"Basic {base64.b64encode(joined.encode()).decode()}"


# A provider of many organisations names that of each in its tokens, and none in its own document
# (learn.microsoft.com, "Access tokens", multitenant applications).
ANY_TENANT = "{tenantid}"
_OF_MANY = ("/common/", "/organizations/", "/consumers/")


def issuer_of_many(issuer: str) -> str:
    """How a provider that was entered for many organisations names itself."""
    for word in _OF_MANY:
        issuer = issuer.replace(word, f"/{ANY_TENANT}/")
    return issuer


def issuer_in(issuer: str, claims: Mapping[str, Any]) -> str:
    """Which issuer a token must be of: of a provider of many, that of the organisation in it."""
    if ANY_TENANT not in issuer:
        return issuer
    tenant = claims.get("tid")
    is_one = isinstance(tenant, str) and tenant.replace("-", "").isalnum()
    return issuer.replace(ANY_TENANT, str(tenant)) if is_one else issuer


def proven_email(claims: Mapping[str, Any]) -> str:
    """The address that a provider vouches for; empty where it only repeats what somebody typed.

    `xms_edov` is Microsoft's word for an address of a domain whose owner is proven.
    """
    email = claims.get("email")
    is_proven = claims.get("email_verified") is True or claims.get("xms_edov") in (True, "1", 1)
    return email if is_proven and isinstance(email, str) else ""


def is_answer_to(kept: Mapping[str, Any], given: Mapping[str, str], now: datetime) -> bool:
    """Whether what came back belongs to this question, in time, and is of whom it was asked."""
    if now.timestamp() - kept["at"] > VALID_SECONDS:
        return False
    said_by = given.get("iss", kept["issuer"])
    # As bytes: text that is not ASCII is not compared at all.
    state = given.get("state", "").encode(errors="replace")
    return compare_digest(state, kept["state"].encode()) and said_by == kept["issuer"]


def problem_of(
    claims: Mapping[str, Any], kept: Mapping[str, Any], client_id: str, now: datetime
) -> str:
    """What is wrong with the claims of a token whose signature is right; empty for nothing."""
    moment = now.timestamp()
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    wrong = {
        "iss": claims.get("iss") != kept["issuer"],
        "aud": client_id not in audiences,
        "azp": claims.get("azp", client_id) != client_id
        or (len(audiences) > 1 and "azp" not in claims),
        "exp": not _number(claims, "exp") > moment - LEEWAY_SECONDS,
        "iat": not _number(claims, "iat") < moment + LEEWAY_SECONDS,
        "nonce": claims.get("nonce") != kept["nonce"],
        "sub": not _is_subject(claims.get("sub")),
        "auth_time": bool(kept.get("is_anew"))
        and not _number(claims, "auth_time") >= kept["at"] - LEEWAY_SECONDS,
    }
    return ", ".join(name for name, is_wrong in wrong.items() if is_wrong)


def _number(claims: Mapping[str, Any], name: str) -> float:
    value = claims.get(name)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and value is not None else float("nan")


def _is_subject(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= SUBJECT_CHARACTERS
