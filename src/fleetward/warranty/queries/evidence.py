"""What sources said of a device, in their own words (W18)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from fleetward.access.contracts import Capability
from fleetward.access.queries import require, scope
from fleetward.infra import sql
from fleetward.infra.tx import scoped
from fleetward.kernel.actor import Actor
from fleetward.kernel.paging import Page, decode_place, placed_page

PLACE = 2


@dataclass(frozen=True, slots=True)
class EvidenceRow:
    """A source's own words. The same words again move `seen_at` only."""

    source: str
    digest: str
    body: str
    is_simulated: bool
    fetched_at: datetime
    seen_at: datetime


@scoped
def list_evidence(
    *, actor: Actor, tenant: int, uid: uuid.UUID, cursor: str | None = None, limit: int = 50
) -> Page[EvidenceRow]:
    """What was said of a device, what was said last first; nothing of a device that is none.

    Raises: NotFound, Forbidden, BadCursor.
    """
    require(actor, Capability.SEE_WARRANTY, tenant=tenant)
    seen = scope(actor, Capability.SEE_DEVICES).params(tenant)
    place = decode_place(cursor, PLACE) if cursor else None
    params = seen | {"uid": uid, "place": place, "most": limit + 1}
    found = sql.fetch("warranty", "list_evidence", params)
    return placed_page([(at, EvidenceRow(*row)) for at, *row in found], limit)
