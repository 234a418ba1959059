"""The signed statement that an API account of Apple's shows for a token (RFC 7523, ES256)."""

from __future__ import annotations

import re
from base64 import urlsafe_b64encode
from datetime import datetime, timedelta
from textwrap import wrap
from uuid import uuid4

import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

# With /v2/, although the token is asked for at an address without it.
AUDIENCE = "https://account.apple.com/auth/oauth2/v2/token"
# Apple takes up to 180 days. A statement that is made for each sign-in needs no more than this.
LIFETIME = timedelta(minutes=10)
HALF = 32
_PEM = re.compile(
    r"-----BEGIN ((?:EC )?PRIVATE KEY)-----([A-Za-z0-9+/=\s]+)-----END \1-----", re.ASCII
)


class BadKey(ValueError):
    """A text is no key that can sign for Apple. It does not repeat the text."""


def read_key(text: str) -> ec.EllipticCurvePrivateKey:
    """The key of a .pem file, however its lines were broken on the way here. Raises: BadKey."""
    found = _PEM.search(text.replace("\\n", "\n"))
    if not found:
        raise BadKey
    body = "\n".join(wrap("".join(found[2].split()), 64))
    pem = f"-----BEGIN {found[1]}-----\n{body}\n-----END {found[1]}-----\n"
    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise BadKey from None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.curve.name != "secp256r1":
        raise BadKey
    return key


def new_key() -> str:
    """A key that nobody knows, as a .pem file."""
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode().strip()


def client_assertion(
    client_id: str, key_id: str, key: ec.EllipticCurvePrivateKey, now: datetime
) -> str:
    """A JSON Web Token with which this client asks for an access token."""
    issued_at = int(now.timestamp())
    header = {"alg": "ES256", "kid": key_id, "typ": "JWT"}
    claims = {
        "iss": client_id,
        "sub": client_id,
        "aud": AUDIENCE,
        "iat": issued_at,
        "exp": issued_at + int(LIFETIME.total_seconds()),
        "jti": str(uuid4()),
    }
    said = f"{_packed(msgspec.json.encode(header))}.{_packed(msgspec.json.encode(claims))}"
    # A token wants the two numbers themselves, not the ASN.1 around them.
    numbers = decode_dss_signature(key.sign(said.encode(), ec.ECDSA(SHA256())))
    return f"{said}.{_packed(b''.join(number.to_bytes(HALF, 'big') for number in numbers))}"


def _packed(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()
