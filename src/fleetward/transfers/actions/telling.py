"""What a transfer tells people and webhooks, each thing once.

Whoever started it hears as a user of the partner, under All Customers, and on the pages of the
source, where the transfer was begun. The admins of the tenants that devices left and came to learn
how many, and by which partner.
"""

from __future__ import annotations

from datetime import datetime

from fleetward.notifications.actions import post, post_about
from fleetward.notifications.contracts import Kind, Level
from fleetward.notifications.webhooks.contracts import Item
from fleetward.tenancy.contracts import CUSTOMER_ROLES, Role, TenantKind
from fleetward.tenancy.queries import list_member_ids
from fleetward.transfers.contracts import TransferKind, TransferState
from fleetward.transfers.models import Transfer

_ADMINS = [role for role in CUSTOMER_ROLES if role is not Role.REPORT_ADMIN]
_OVER = {
    TransferState.DONE: Kind.TRANSFER_DONE,
    TransferState.CANCELLED: Kind.TRANSFER_CANCELLED,
    TransferState.STOPPED: Kind.TRANSFER_STOPPED,
}


def tell_ready(held: Transfer, now: datetime) -> None:
    _tell(held, Kind.TRANSFER_READY, Level.INFO, now, suffix=":ready")


def tell_refused(held: Transfer, now: datetime) -> None:
    _tell(held, Kind.TRANSFER_REFUSED, Level.ERROR, now)


def tell_discarded(held: Transfer, now: datetime) -> None:
    _tell(held, Kind.TRANSFER_DISCARDED, Level.WARNING, now)


def tell_over(held: Transfer, moved: int, now: datetime) -> None:
    """Its end (X7): one notification for whoever started it, and one for each side's admins."""
    kind = _OVER[TransferState(held.state)]
    is_whole = kind is Kind.TRANSFER_DONE and moved == held.rows
    level = Level.ERROR if kind is Kind.TRANSFER_STOPPED else Level.WARNING
    _tell(held, kind, Level.INFO if is_whole else level, now, moved=moved)
    if not moved:
        return
    is_undo = held.kind == TransferKind.UNDO
    came, went = (held.tenant, held.target) if is_undo else (held.target, held.tenant)
    for tenant, what, page in (
        (went, Kind.DEVICES_SENT, "transfers/"),
        (came, Kind.DEVICES_RECEIVED, "transfers/?show=arrivals"),
    ):
        assert tenant is not None
        post(
            tenant=tenant.id,
            users=list_member_ids(tenant=tenant.id, roles=_ADMINS),
            kind=what,
            key=f"transfer:{held.uid}:{what}",
            params={"partner": held.partner.name, "devices": moved},
            link=f"/t/{tenant.customer_id}/{page}",
            now=now,
        )


def _tell(
    held: Transfer, kind: Kind, level: Level, now: datetime, *, moved: int = 0, suffix: str = ""
) -> None:
    params = {
        "file": held.file_name,
        "target": held.target.name if held.target else "",
        "to_holding": held.target is not None and held.target.kind == TenantKind.HOLDING,
        "is_undo": held.kind == TransferKind.UNDO,
        "rows": held.rows,
        "moved": moved,
    }
    link = f"/t/{held.tenant.customer_id}/transfers/{held.uid}/"
    item = Item(held.partner_id, kind, level, f"transfer:{held.uid}{suffix}", params, link)
    post_about(item=item, about=held.tenant_id, users=[held.user_id], now=now)
