"""Transactions with the tenant scope of row-level security.

Row-level security is the net under the visibility door: a policy compares `tenant_id` with the
transaction-local setting `fleetward.tenants`, which is empty outside a scope: nothing shows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import IntegrityError, connection, models, transaction
from psycopg.pq import ExecStatus, TransactionStatus

from fleetward.infra import marker
from fleetward.kernel.errors import DomainError

P = ParamSpec("P")
R = TypeVar("R")

_scope: ContextVar[frozenset[int] | None] = ContextVar("tenant_scope", default=None)


@contextmanager
def tenant_scope(tenants: Iterable[int]) -> Iterator[None]:
    """One transaction in which only rows of `tenants` exist. Joins an open one of the same scope.

    A scope inside another replaces it until it ends; the transaction stays the outer one's.
    """
    wanted, outer = frozenset(tenants), _scope.get()
    if outer is not None and outer == wanted:
        yield
        return
    # Outermost, a savepoint costs nothing unless somebody opened a transaction around us.
    with transaction.atomic(savepoint=outer is None), marker.entered():
        _set_local(wanted)
        mark = _scope.set(wanted)
        try:
            yield
        finally:
            _scope.reset(mark)
            # After an error the transaction is doomed and takes the setting with it.
            if outer is not None and not connection.needs_rollback:
                _set_local(outer)
    if outer is None and connection.in_atomic_block and not connection.needs_rollback:
        _set_local(frozenset())


def _set_local(tenants: frozenset[int]) -> None:
    value = "{" + ",".join(map(str, sorted(tenants))) + "}"
    if not _begun_with(value):
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('fleetward.tenants', %s, true)", [value])


def _begun_with(scope: str) -> bool:
    """Begin a transaction that has not begun yet with its scope, in one message to the server.

    psycopg sends BEGIN by itself otherwise, a seventh of what a call of the API costs. When it
    cannot be done, the statement that follows tells why.
    """
    driver = connection.connection
    if driver is None or driver.autocommit:
        return False
    if driver.info.transaction_status is not TransactionStatus.IDLE:
        return False
    both = f"BEGIN; SET LOCAL fleetward.tenants = '{scope}'"
    return bool(driver.pgconn.exec_(both.encode()).status == ExecStatus.COMMAND_OK)


def scoped(function: Callable[P, R]) -> Callable[P, R]:
    """Run a query in the tenant scope of its keyword argument `actor`."""

    @wraps(function)
    def inner(*args: P.args, **kwargs: P.kwargs) -> R:
        actor = kwargs["actor"]
        with tenant_scope(actor.tenants):  # type: ignore[attr-defined]
            return function(*args, **kwargs)

    return inner


def take_turns(model: type[models.Model]) -> None:
    """Let no other transaction write the table of `model` until this one ends; anybody may read it.

    For a list that is replaced as a whole, now and then: two at once would mix, or collide.
    """
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE")


def wait_turn(lock: int, owner: int) -> None:
    """Wait for other transactions that took this lock for the same tenant or user, until they end.

    For what is counted before one more is made: what is counted is then all there is. `lock`: a
    number for each purpose, which no other has.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [lock, owner % 2**31])


def share_turn(lock: int, owner: int) -> None:
    """Keep whoever waits for this turn (`wait_turn`) from it until this transaction ends.

    Others share it meanwhile.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s, %s)", [lock, owner % 2**31])


@contextmanager
def constrained(name: str, error: DomainError) -> Iterator[None]:
    """Raise `error` when the constraint `name` refuses what is written: somebody was first.

    Nothing of the block stays then, and the transaction around it goes on.
    """
    try:
        with transaction.atomic():
            yield
    except IntegrityError as refused:
        if name not in str(refused):
            raise
        raise error from None


@contextmanager
def one_transaction() -> Iterator[None]:
    """Let several use cases, each with a scope of its own, stand or fall together."""
    with transaction.atomic():
        yield


@contextmanager
def savepoint() -> Iterator[None]:
    """Keep nothing of the block when an error leaves it; the transaction around it goes on."""
    with transaction.atomic():
        yield


def after_commit(function: Callable[[], None]) -> None:
    """Call `function` once the outermost transaction is committed."""
    transaction.on_commit(function)
