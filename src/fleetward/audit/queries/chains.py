"""Verifying the chain of a tenant, or of the installation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max, Min, Q

from fleetward.audit.contracts import (
    SEALED_WITHIN,
    ChainReport,
    FileReport,
    Stretch,
    TooManyEntries,
)
from fleetward.audit.models import Entry, Seal, Waiting
from fleetward.audit.rules import (
    GENESIS,
    SEALED,
    chain_digest,
    export_end,
    export_head,
    export_link,
    verify_export,
)
from fleetward.infra.tx import scoped, tenant_scope
from fleetward.kernel.actor import Actor
from fleetward.kernel.paging import LARGEST_ID

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


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a chain without a gap: its seals by their ids, and the seal before them."""

    first: int
    latest: int
    previous: str
    entries: int


def part_of(tenant: int | None, stretch: Stretch, *, most: int | None) -> Part:
    """The sealed entries of a stretch of time, and whatever was sealed between them.

    Caller: an action, in its scope. Raises: TooManyEntries.
    """
    seals = Seal.objects.filter(of_chain(tenant))
    timed = seals
    if stretch.since:
        timed = timed.filter(entry__at__gte=stretch.since)
    if stretch.until:
        timed = timed.filter(entry__at__lt=stretch.until)
    ends = timed.aggregate(first=Min("id"), latest=Max("id"))
    # Of nothing: the part behind all there is.
    first, latest = ends["first"] or LARGEST_ID, ends["latest"] or 0
    within = seals.filter(id__gte=first, id__lte=latest)
    entries = (within if most is None else within[: most + 1]).count()
    if most is not None and entries > most:
        raise TooManyEntries(most)
    before = seals.filter(id__lt=first).order_by("-id").first()
    return Part(first, latest, before.digest if before else GENESIS, entries)


def export_lines(tenant: int | None, part: Part, *, chain: str, now: datetime) -> Iterator[str]:
    """A part of a chain as a file that `rules.verify_export` verifies, line by line."""
    digest = part.previous
    yield export_head(chain=chain, previous=digest, exported_at=now.isoformat())
    for seal in _links(tenant, first=part.first, latest=part.latest):
        fields = sealed_fields(seal.entry, seal.form)
        yield export_link(entry=fields, form=seal.form, previous=digest, digest=seal.digest)
        digest = seal.digest
    yield export_end(entries=part.entries, digest=digest)


def verify_file(lines: Iterable[bytes], *, noted: str = "") -> FileReport:
    """Verify an export by itself: no database is asked. `noted`: a digest to be found in it."""
    return verify_export(lines, noted=noted)


def _links(tenant: int | None, *, first: int = 0, latest: int = LARGEST_ID) -> Iterator[Seal]:
    """The seals of a chain in their order, read in parts: a chain may be long."""
    seals = Seal.objects.filter(of_chain(tenant), id__lte=latest)
    links, after = seals.select_related("entry"), first - 1
    while part := list(links.filter(id__gt=after).order_by("id")[:READ_AT_ONCE]):
        yield from part
        after = part[-1].id
