"""The statement that an API account of Apple's signs, and the keys that people paste."""

from __future__ import annotations

from base64 import urlsafe_b64decode
from datetime import UTC, datetime

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from fleetward.connectors.apple.assertion import (
    AUDIENCE,
    BadKey,
    client_assertion,
    new_key,
    read_key,
)

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
KEY = new_key()


def unpacked(part: str) -> bytes:
    return urlsafe_b64decode(part + "=" * (-len(part) % 4))


def test_the_statement_says_who_asks_whom_and_for_how_long() -> None:
    header, claims, _signature = (
        unpacked(part) for part in client_assertion("me", "k1", read_key(KEY), NOW).split(".")
    )
    assert msgspec.json.decode(header) == {"alg": "ES256", "kid": "k1", "typ": "JWT"}
    said = msgspec.json.decode(claims)
    assert (said["iss"], said["sub"], said["aud"]) == ("me", "me", AUDIENCE)
    assert AUDIENCE.endswith("/v2/token"), "the address that is asked is without /v2/"
    assert said["iat"] == NOW.timestamp()
    assert 0 < said["exp"] - said["iat"] <= 180 * 86_400


def test_no_statement_is_made_twice() -> None:
    key = read_key(KEY)
    assert client_assertion("me", "k1", key, NOW) != client_assertion("me", "k1", key, NOW)


def test_the_signature_is_two_numbers_that_the_key_made() -> None:
    key = read_key(KEY)
    said, _, signature = client_assertion("me", "k1", key, NOW).rpartition(".")
    numbers = unpacked(signature)
    assert len(numbers) == 64
    halves = (int.from_bytes(half, "big") for half in (numbers[:32], numbers[32:]))
    key.public_key().verify(encode_dss_signature(*halves), said.encode(), ec.ECDSA(SHA256()))


def written(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey, form: PrivateFormat) -> str:
    return key.private_bytes(Encoding.PEM, form, NoEncryption()).decode()


@pytest.mark.parametrize(
    "text",
    [
        KEY,
        f"\n{KEY}\n\n",
        KEY.replace("\n", "\r\n"),
        KEY.replace("\n", " "),
        KEY.replace("\n", "\\n"),
        f"Bag Attributes\n    friendlyName: mine\n{KEY}",
        written(read_key(KEY), PrivateFormat.TraditionalOpenSSL),
    ],
)
def test_a_key_is_read_however_it_was_pasted(text: str) -> None:
    assert read_key(text).private_numbers() == read_key(KEY).private_numbers()


def locked() -> str:
    how = BestAvailableEncryption(b"a password")
    return read_key(KEY).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, how).decode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "simulated",
        KEY[:120],
        KEY.replace("A", "B"),
        KEY.replace("PRIVATE", "PUBLIC"),
        locked(),
        written(ec.generate_private_key(ec.SECP384R1()), PrivateFormat.PKCS8),
        written(rsa.generate_private_key(65537, 2048), PrivateFormat.PKCS8),
    ],
)
def test_what_cannot_sign_for_apple_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(BadKey) as caught:
        read_key(text)
    assert not text or text not in repr(caught.value)
