"""Takes secrets out of words that came from outside, before they reach an error, log or page."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

MASK = "***"
LONGEST = 300

_SCHEMES = re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{6,}")
_NAMED = re.compile(
    r"(?i)(client_secret|client_assertion|access_token|refresh_token|password|api_?key|api_?secret)"
    r"(\"?\s*[=:]\s*\"?)[^\s\"&,;}<]+"
)
_SPACE = re.compile(r"\s+")


def redacted(text: str, secrets: Iterable[str] = ()) -> str:
    """`text` on one short line, without these secrets and without anything that looks like one."""
    for secret in secrets:
        if secret:
            text = _without(text, secret)
    text = _NAMED.sub(rf"\1\2{MASK}", _SCHEMES.sub(rf"\1 {MASK}", text))
    text = _SPACE.sub(" ", text).strip()
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _without(text: str, secret: str) -> str:
    spellings = {secret, quote(secret, safe=""), quote_plus(secret)}
    spellings.add(b64encode(secret.encode()).decode())
    for spelling in sorted(spellings, key=len, reverse=True):
        text = text.replace(spelling, MASK)
    return text
