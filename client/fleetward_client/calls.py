"""What every program does with the generated calls: connect, take the answer, turn the pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol, TypeVar, cast

import httpx

from fleetward_client.client import AuthenticatedClient
from fleetward_client.models.problem import Problem
from fleetward_client.version import __version__

TIMEOUT_SECONDS = 60.0

T = TypeVar("T")


class Page(Protocol):
    """One page of a list."""

    next_: str | None


P = TypeVar("P", bound=Page)


class Refused(Exception):
    """Fleetward refused a call. `problem` says what happened and what to do (RFC 9457)."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(f"{problem.detail} {problem.fix}".strip())

    @property
    def code(self) -> str:
        """The stable code, such as `import_not_ready`."""
        return self.problem.code


def connect(url: str, token: str, *, timeout: float = TIMEOUT_SECONDS) -> AuthenticatedClient:
    """A client of the installation at `url` with a personal access token.

    An answer that the interface does not describe raises UnexpectedStatus: it comes from a proxy.
    """
    return AuthenticatedClient(
        base_url=url.rstrip("/"),
        token=token,
        headers={"User-Agent": f"fleetward-client/{__version__}"},
        timeout=httpx.Timeout(timeout),
        raise_on_unexpected_status=True,
    )


def answer(parsed: T | Problem | None) -> T:
    """What a call answered; None only of calls that answer nothing. Raises: Refused."""
    if isinstance(parsed, Problem):
        raise Refused(parsed)
    return cast(T, parsed)


def pages(ask: Callable[[str | None], P | Problem | None]) -> Iterator[P]:
    """Every page of a list. `ask` gets the cursor of a page and makes the call. Raises: Refused."""
    cursor: str | None = None
    while True:
        page = answer(ask(cursor))
        yield page
        cursor = page.next_
        if cursor is None:
            return
