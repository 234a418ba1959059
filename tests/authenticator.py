"""A device that makes passkeys and answers with them, as browsers hand its answers to pages."""

from __future__ import annotations

import hashlib
import json
import secrets
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from fido2 import cbor
from fido2.cose import ES256
from fido2.utils import websafe_encode

PRESENT, VERIFIED, WITH_KEY = 1, 4, 64


@dataclass
class Device:
    """One passkey for one site. `count` 0: a device that does not count its proofs."""

    origin: str = "http://localhost"
    host: str = "localhost"
    count: int = 0
    flags: int = PRESENT | VERIFIED
    user: str = ""
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    id: bytes = field(default_factory=lambda: secrets.token_bytes(32))

    def make(self, question: Mapping[str, Any]) -> str:
        """The answer to what a page asks for a new passkey."""
        self.user = question["user"]["id"]
        public = cbor.encode(dict(ES256.from_cryptography_key(self.key.public_key())))
        about = bytes(16) + struct.pack(">H", len(self.id)) + self.id + public
        data = self._data(self.flags | WITH_KEY) + about
        attestation = cbor.encode({"fmt": "none", "attStmt": {}, "authData": data})
        return self._answer(
            {
                "clientDataJSON": self._client("webauthn.create", question),
                "attestationObject": attestation,
            }
        )

    def prove(self, question: Mapping[str, Any]) -> str:
        """The answer to what a page asks of somebody who signs in."""
        self.count += self.count > 0
        data, client = self._data(self.flags), self._client("webauthn.get", question)
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
        answer = {"authenticatorData": data, "clientDataJSON": client, "signature": signature}
        return self._answer(answer, userHandle=self.user)

    def _data(self, flags: int) -> bytes:
        rp = hashlib.sha256(self.host.encode()).digest()
        return rp + struct.pack(">BI", flags, self.count)

    def _client(self, kind: str, question: Mapping[str, Any]) -> bytes:
        said = {"type": kind, "challenge": question["challenge"], "origin": self.origin}
        return json.dumps(said).encode()

    def _answer(self, response: Mapping[str, bytes], **more: str) -> str:
        written = {name: websafe_encode(value) for name, value in response.items()}
        name = websafe_encode(self.id)
        return json.dumps(
            {"id": name, "rawId": name, "type": "public-key", "response": {**written, **more}}
        )
