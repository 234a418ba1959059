"""What browsers are asked and how their answers are judged, by the library `fido2`.

Every passkey can be found by the device itself and asks for its PIN or for a finger, so that each
is enough to sign in. Sites are compared as wholes: an address of another port is another site.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterable, Mapping
from typing import Any

from fido2.server import Fido2Server
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    RegistrationResponse,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from fleetward.identity.models import Passkey, User
from fleetward.identity.passkeys.contracts import Challenge, PasskeyRefused, RelyingSite

MOST_CHARACTERS = 20_000
# What the library raises for answers that are forged, for another site, or no answers at all.
REFUSALS = (ValueError, KeyError, TypeError, IndexError, AttributeError, struct.error)
VERIFIED = UserVerificationRequirement.REQUIRED


def registration(user: User, site: RelyingSite, known: Iterable[Passkey]) -> Challenge:
    """Ask for a new passkey, of a device that has none of those known."""
    entity = PublicKeyCredentialUserEntity(
        id=user.uid.bytes, name=user.email, display_name=user.name or user.email
    )
    options, state = _server(site).register_begin(
        entity,
        [_credential(key) for key in known],
        resident_key_requirement=ResidentKeyRequirement.REQUIRED,
        user_verification=VERIFIED,
    )
    return Challenge(dict(options)["publicKey"], state)


def registered(
    site: RelyingSite, state: Mapping[str, Any], answer: str
) -> tuple[AttestedCredentialData, int]:
    """What a browser has made, and the device's count. Raises: PasskeyRefused."""
    try:
        response = RegistrationResponse.from_dict(_read(answer))
        made = _server(site).register_complete(state, response)
    except REFUSALS:
        raise PasskeyRefused from None
    if made.credential_data is None:
        raise PasskeyRefused
    return made.credential_data, int(made.counter)


def proof(site: RelyingSite, known: Iterable[Passkey]) -> Challenge:
    """Ask for a proof by one of the passkeys known; by any of this site without any."""
    credentials = [_credential(key) for key in known] or None
    options, state = _server(site).authenticate_begin(credentials, user_verification=VERIFIED)
    return Challenge(dict(options)["publicKey"], state)


def read_proof(answer: str) -> AuthenticationResponse:
    """An answer that nobody has judged yet. Raises: PasskeyRefused."""
    try:
        return AuthenticationResponse.from_dict(_read(answer))
    except REFUSALS:
        raise PasskeyRefused from None


def proves(
    site: RelyingSite, state: Mapping[str, Any], key: Passkey, response: AuthenticationResponse
) -> int:
    """The device's count of its proofs; 0 where it does not count. Raises: PasskeyRefused."""
    handle = response.response.user_handle
    if handle is not None and handle != key.user.uid.bytes:
        raise PasskeyRefused
    try:
        _server(site).authenticate_complete(state, [_credential(key)], response)
    except REFUSALS:
        raise PasskeyRefused from None
    return int(response.response.authenticator_data.counter)


def _server(site: RelyingSite) -> Fido2Server:
    rp = PublicKeyCredentialRpEntity(id=site.host, name="Fleetward")
    return Fido2Server(rp, verify_origin=lambda origin: origin == site.origin)


def _credential(key: Passkey) -> AttestedCredentialData:
    return AttestedCredentialData(bytes(key.credential))


def _read(answer: str) -> Mapping[str, Any]:
    if len(answer) > MOST_CHARACTERS:
        raise ValueError("longer than any browser's answer")
    read = json.loads(answer)
    if not isinstance(read, dict):
        raise TypeError("not an object")
    return read
