"""Answered pages that wait to be stored, kept where the next worker finds them.

Answers are stored many at a time. Until then their pages lie in an unlogged table: a worker that is
killed takes none of them along, and nobody asks for them again. A crash of PostgreSQL empties the
table; then what was answered and not stored is asked about again.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from fleetward.infra import sql
from fleetward.infra.tx import tenant_scope
from fleetward.warranty.actions.moves import Claim
from fleetward.warranty.contracts import Page
from fleetward.warranty.models import KeptPage

_decoder = msgspec.msgpack.Decoder(Page)


def keep_page(*, tenant: int, claim: Claim, page: Page, revision: int) -> None:
    """Keep what was answered about a claimed batch, if its lease is still ours.

    `revision` is that of the connection which was asked: what another account or address said
    is not taken for an answer of this one (W20). Repeat: the later page stands.
    """
    params = {
        "batch": claim.id,
        "lease": claim.lease,
        "revision": revision,
        "asked_at": claim.asked_at,
        "body": msgspec.msgpack.encode(page),
    }
    with tenant_scope([tenant]):
        sql.execute_large("warranty", "keep_page", params)


def kept_page(claim: Claim) -> Page | None:
    """What a worker before us was answered about this batch and did not live to store."""
    return _decoder.decode(claim.kept) if claim.kept else None


def purge_pages(batches: Sequence[int]) -> None:
    """Drop the pages of batches whose answers are stored, within the caller's transaction."""
    sql.execute("warranty", "purge_pages", {"batches": list(batches)})


def forget_pages(run_id: int) -> None:
    """Drop what is left of a run that is over, within the caller's transaction."""
    KeptPage.objects.filter(run_id=run_id).delete()
