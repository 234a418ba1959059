"""Reading the trail of a tenant."""

from __future__ import annotations

from fleetward.audit.contracts import AuditRow
from fleetward.audit.models import Entry
from fleetward.infra.tx import scoped, tenant_scope
from fleetward.kernel.actor import Actor
from fleetward.kernel.paging import Page, decode_id, encode_cursor


@scoped
def list_entries(
    *, actor: Actor, tenant: int, cursor: str | None = None, limit: int = 50, verb: str = ""
) -> Page[AuditRow]:
    """Entries of a tenant, latest first. Raises: BadCursor."""
    entries = Entry.objects.filter(tenant_id=tenant).order_by("-id")
    if verb:
        entries = entries.filter(verb=verb)
    if cursor:
        entries = entries.filter(id__lt=decode_id(cursor))
    found = list(entries[: limit + 1])
    after = encode_cursor([found[limit - 1].id]) if len(found) > limit else None
    return Page(rows=[_row(entry) for entry in found[:limit]], after=after)


def _row(entry: Entry) -> AuditRow:
    return AuditRow(
        uid=str(entry.uid),
        at=entry.at,
        actor=entry.actor,
        verb=entry.verb,
        subject=entry.subject,
        details=entry.details,
        request_id=entry.request_id,
        address=entry.address,
    )


def tenants_to_seal() -> list[int]:
    """Internal ids of the tenants that have entries without a seal, for the sealing job."""
    # `tenancy` lies above; the foreign key is the only thing known of it here.
    every = Entry._meta.get_field("tenant").related_model
    assert every is not None
    assert not isinstance(every, str)
    with tenant_scope(every._default_manager.values_list("id", flat=True)):
        waiting = Entry.objects.filter(seal=None, tenant__isnull=False)
        return list(waiting.values_list("tenant_id", flat=True).distinct())
