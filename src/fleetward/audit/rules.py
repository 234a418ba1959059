"""The hash chain as a pure function, so that an export can be verified anywhere (L4)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

GENESIS = "0" * 64
# The fields of an entry that a seal vouches for. A form never changes, or its seals would not
# verify any more; another set of fields is another form.
_FIRST = ("uid", "at", "actor", "verb", "subject", "details", "request_id", "address")
SEALED: Mapping[int, tuple[str, ...]] = {1: _FIRST, 2: (*_FIRST, "actor_kind")}
FORM = 2


def chain_digest(previous: str, entry: Mapping[str, object]) -> str:
    """SHA-256 over the digest before and the entry as canonical JSON (sorted keys, no spaces)."""
    text = json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)
    return hashlib.sha256(f"{previous}\n{text}".encode()).hexdigest()
