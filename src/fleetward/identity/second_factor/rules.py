"""Codes of authenticator apps (RFC 6238) and recovery codes, as pure functions."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import struct
from datetime import datetime
from urllib.parse import quote, urlencode

from fleetward.kernel.ids import ALPHABET

SECRET_BYTES = 20
STEP_SECONDS = 30
DIGITS = 6
# Clocks of phones and servers differ by so many steps at most, before and behind.
TOLERANCE = 1
# 60 bits, in groups of four like the PIN of a customer.
RECOVERY_SYMBOLS = 12
GROUP = 4
MISREAD = str.maketrans("OIL", "011")


def secret_text(secret: bytes) -> str:
    """A secret as apps take it when it is typed."""
    return base64.b32encode(secret).decode()


def app_address(secret: str, *, issuer: str, account: str) -> str:
    """What the QR code says to an app."""
    named = quote(f"{issuer}:{account}", safe="@")
    return f"otpauth://totp/{named}?{urlencode({'secret': secret, 'issuer': issuer})}"


def step_at(now: datetime) -> int:
    return int(now.timestamp()) // STEP_SECONDS


def code_of_step(secret: str, step: int) -> str:
    """The code that an app shows during a step (RFC 4226, 5.3)."""
    digest = hmac.digest(base64.b32decode(secret), struct.pack(">Q", step), "sha1")
    offset = digest[-1] & 0x0F
    (number,) = struct.unpack(">I", digest[offset : offset + 4])
    return str((number & 0x7FFFFFFF) % 10**DIGITS).zfill(DIGITS)


def matching_step(secret: str, code: str, now: datetime, *, after: int) -> int | None:
    """The step that a code belongs to, later than `after`: an earlier code was used already."""
    present = step_at(now)
    for step in range(present - TOLERANCE, present + TOLERANCE + 1):
        if step > after and hmac.compare_digest(code_of_step(secret, step), code):
            return step
    return None


def typed_code(text: str) -> str:
    """A code without the spaces and hyphens that people type or leave out."""
    return re.sub(r"[\s-]", "", text).upper()


def is_app_code(code: str) -> bool:
    return re.fullmatch(rf"[0-9]{{{DIGITS}}}", code) is not None


def grouped(code: str) -> str:
    """A recovery code as it is read: XXXX-XXXX-XXXX."""
    return "-".join(code[i : i + GROUP] for i in range(0, len(code), GROUP))


def recovery_digest(code: str, *, owner: str) -> str:
    """What is stored of a recovery code, bound to whose it is."""
    return hashlib.sha256(f"recovery:{owner}:{code.translate(MISREAD)}".encode()).hexdigest()


def is_recovery_code(text: str) -> bool:
    """Whether a line reads like one that was handed out."""
    return re.fullmatch(rf"[{ALPHABET}]{{{RECOVERY_SYMBOLS}}}", typed_code(text)) is not None
