"""Verifying the chain of a tenant, or of the installation."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Q

from fleetward.audit.contracts import SEALED_WITHIN, ChainReport
from fleetward.audit.models import Entry, Seal, Waiting
from fleetward.audit.rules import GENESIS, SEALED, chain_digest
from fleetward.infra.tx import scoped, tenant_scope
from fleetward.kernel.actor import Actor

READ_AT_ONCE = 2_000


def chains_to_seal() -> list[int | None]:
    """Internal ids of the tenants that have entries without a seal, for the sealing job.

    None stands for the installation.
    """
    with tenant_scope(_every_tenant()):
        return list(Waiting.objects.values_list("tenant_id", flat=True).distinct())


def _every_tenant() -> list[int]:
    # `tenancy` lies above; the foreign key is the only thing known of it here.
    every = Entry._meta.get_field("tenant").related_model
    assert every is not None
    assert not isinstance(every, str)
    return list(every._default_manager.values_list("id", flat=True))


def of_chain(tenant: int | None) -> Q:
    """What belongs to the chain of a tenant, or without one to that of the installation."""
    return Q(tenant_id=tenant)


def sealed_fields(entry: Entry, form: int) -> dict[str, object]:
    """What a seal of a form vouches for, as it also stands in an export."""
    values = {name: getattr(entry, name) for name in SEALED[form]}
    return {**values, "uid": str(entry.uid), "at": entry.at.isoformat()}


@scoped
def verify_chain(*, actor: Actor, tenant: int | None, now: datetime) -> ChainReport:
    """Compute a chain anew and compare; without a tenant that of the installation."""
    sealed, digest, broken = 0, GENESIS, None
    for seal in _links(tenant):
        sealed += 1
        digest = chain_digest(digest, sealed_fields(seal.entry, seal.form))
        is_same = digest == seal.digest and seal.entry.tenant_id == tenant
        if not is_same and broken is None:
            broken = str(seal.entry.uid)
        # What follows is held against what was sealed, not against the mistake before.
        digest = seal.digest
    # Past the list of what waits, which could have been emptied.
    unsealed = Entry.objects.filter(of_chain(tenant), seal=None)
    late = unsealed.filter(at__lt=now - SEALED_WITHIN)
    return ChainReport(sealed, digest, broken, unsealed.count(), late.count())


def _links(tenant: int | None) -> Iterator[Seal]:
    """The seals of a chain in their order, read in parts: a chain may be long."""
    links, after = Seal.objects.filter(of_chain(tenant)).select_related("entry"), 0
    while part := list(links.filter(id__gt=after).order_by("id")[:READ_AT_ONCE]):
        yield from part
        after = part[-1].id
