"""How large an upload may be, and what reading it may cost (hardening.md, "Files")."""

from __future__ import annotations

from dataclasses import dataclass

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """The ratio of a packed file counts only above `ratio_from_bytes`: small files pack well.

    `memory_bytes` is what the child may hold resident, watched by its parent; the kernel refuses
    more than `address_bytes`, far above it because allocators reserve more than they use.
    """

    packed_bytes: int = 50 * MEBIBYTE
    plain_bytes: int = 500 * MEBIBYTE
    ratio: int = 100
    ratio_from_bytes: int = MEBIBYTE
    rows: int = 1_000_000
    columns: int = 64
    cell_chars: int = 4_096
    memory_bytes: int = 3 * 1024 * MEBIBYTE
    address_bytes: int = 16 * 1024 * MEBIBYTE
    cpu_seconds: int = 180
    wall_seconds: int = 300
    sample_rows: int = 20


DEFAULT_LIMITS = Limits()
