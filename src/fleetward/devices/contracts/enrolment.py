"""A machine that an agent vouches for (E3, T10)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from fleetward.kernel.errors import Conflict


@dataclass(frozen=True, slots=True)
class EnrolledDevice:
    """The device of a machine; `is_new`: no list had it before."""

    id: int
    uid: UUID
    is_new: bool


class HeldElsewhere(Conflict):
    """Somebody else holds the machine (T11); nobody is told who."""

    code: ClassVar[str] = "held_elsewhere"
    text: ClassVar[str] = "This machine cannot be enrolled here yet."
    fix: ClassVar[str] = "It is enrolled by itself as soon as it is released where it was before."
