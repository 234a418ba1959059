"""Says whether this thread of work is inside one of our own transactions.

`infra.tx` enters it, `infra.http` refuses to call anybody while it is entered. It is our own
marker, not the connection's state, because tests wrap everything in a transaction.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_depth: ContextVar[int] = ContextVar("transaction_depth", default=0)


@contextmanager
def entered() -> Iterator[None]:
    """Mark the block as being inside a transaction. May be nested."""
    token = _depth.set(_depth.get() + 1)
    try:
        yield
    finally:
        _depth.reset(token)


def inside_transaction() -> bool:
    """Whether the present thread of work is inside a transaction of ours."""
    return _depth.get() > 0
