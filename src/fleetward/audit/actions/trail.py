"""Writing the trail: `use_case` opens the transaction of an action and stores what it recorded."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from functools import wraps
from typing import ParamSpec, TypeVar

from fleetward.audit.contracts import Verb
from fleetward.audit.models import Entry, Seal, Waiting
from fleetward.audit.queries.chains import of_chain, sealed_fields
from fleetward.audit.rules import FORM, GENESIS, chain_digest
from fleetward.infra.logging import present_request_id
from fleetward.infra.tx import savepoint, tenant_scope, wait_turn
from fleetward.kernel.actor import Actor
from fleetward.kernel.clock import utc_now

P = ParamSpec("P")
R = TypeVar("R")

SEAL_LOCK = 7_301
SEALED_AT_ONCE = 5_000

_gathered: ContextVar[list[Entry] | None] = ContextVar("gathered_audit_entries", default=None)
_reach: ContextVar[set[int]] = ContextVar("scopes_of_audit_entries")


class OutsideUseCase(RuntimeError):
    """`record` was called by code that is no use case: a mistake of ours."""


def use_case(function: Callable[P, R]) -> Callable[P, R]:
    """Run an action in one transaction, in the actor's tenant scope, with its audit entries.

    An action called by another joins it: entries are stored at the end of the outermost one, in the
    scopes of all that joined.
    """

    @wraps(function)
    def inner(*args: P.args, **kwargs: P.kwargs) -> R:
        actor = kwargs["actor"]
        assert isinstance(actor, Actor)
        with tenant_scope(actor.tenants):
            if _gathered.get() is not None:
                _reach.get().update(actor.tenants)
                return function(*args, **kwargs)
            reach = set(actor.tenants)
            mark, mark_of_reach = _gathered.set([]), _reach.set(reach)
            try:
                result = function(*args, **kwargs)
                with tenant_scope(reach):
                    Entry.objects.bulk_create(_gathered.get() or [])
                return result
            finally:
                _gathered.reset(mark)
                _reach.reset(mark_of_reach)

    return inner


def record(
    *,
    actor: Actor,
    verb: Verb,
    tenant: int | None,
    subject: str = "",
    details: Mapping[str, object] | None = None,
    now: datetime | None = None,
) -> None:
    """Add one entry to the present use case. `details` must hold no secret and no personal data."""
    entries = _gathered.get()
    if entries is None:
        raise OutsideUseCase(str(verb))
    entries.append(
        Entry(
            tenant_id=tenant,
            at=now or utc_now(),
            actor=actor.name,
            actor_kind=actor.kind,
            verb=verb,
            subject=subject,
            details=dict(details or {}),
            request_id=actor.request_id or present_request_id(),
            address=actor.address,
        )
    )


@contextmanager
def attempt() -> Iterator[None]:
    """Keep nothing of the block when an error leaves it, neither rows nor entries of the trail.

    For a use case that goes on after a part of it was refused: what it calls joins its transaction,
    and would stay with it.
    """
    entries = _gathered.get()
    if entries is None:
        raise OutsideUseCase("attempt")
    before = len(entries)
    try:
        with savepoint():
            yield
    except BaseException:
        del entries[before:]
        raise


@use_case
def record_installation(
    *, actor: Actor, verb: Verb, details: Mapping[str, object], now: datetime
) -> None:
    """Add an entry of the installation itself, which belongs to no tenant."""
    record(actor=actor, verb=verb, tenant=None, details=details, now=now)


def seal_entries(*, actor: Actor, tenant: int | None, limit: int = SEALED_AT_ONCE) -> int:
    """Continue a chain over its entries that have no seal yet; returns how many were waiting.

    Without a tenant it is that of the installation.
    Repeat: a second call seals nothing. Concurrent calls wait for each other at the chain's lock.
    """
    with tenant_scope(actor.tenants):
        wait_turn(SEAL_LOCK, tenant or 0)
        # Not by the highest id: a lower one may be committed later.
        waiting = Waiting.objects.filter(of_chain(tenant)).select_related("entry")
        entries = [row.entry for row in waiting.order_by("entry_id")[:limit]]
        ids = [entry.id for entry in entries]
        # A worker of the release before seals too, and leaves what waits.
        sealed = set(Seal.objects.filter(entry_id__in=ids).values_list("entry_id", flat=True))
        latest = Seal.objects.filter(of_chain(tenant)).order_by("-id").first()
        digest = latest.digest if latest else GENESIS
        seals = []
        for entry in entries:
            if entry.id not in sealed:
                digest = chain_digest(digest, sealed_fields(entry, FORM))
                seals.append(Seal(entry=entry, tenant_id=tenant, digest=digest, form=FORM))
        Seal.objects.bulk_create(seals)
        Waiting.objects.filter(entry_id__in=ids).delete()
        return len(ids)
