"""The hash chain as a pure function, so that an export can be verified anywhere (L4)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

GENESIS = "0" * 64


def chain_digest(previous: str, entry: Mapping[str, object]) -> str:
    """SHA-256 over the digest before and the entry as canonical JSON (sorted keys, no spaces)."""
    text = json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)
    return hashlib.sha256(f"{previous}\n{text}".encode()).hexdigest()
