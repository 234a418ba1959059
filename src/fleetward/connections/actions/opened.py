"""A stored connection as a connector is handed it: opens secrets, shares one token over workers.

It touches the database in transactions of its own and signs in outside of them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from fleetward.connections.contracts import AccessToken, NotSetUp
from fleetward.connections.models import Connection as Stored
from fleetward.connections.seals import TOKEN, seal_field, unseal_field
from fleetward.infra import sql
from fleetward.infra.crypto import BadSeal
from fleetward.infra.tx import scoped, tenant_scope
from fleetward.kernel.actor import Actor
from fleetward.kernel.clock import utc_now
from fleetward.tenancy.queries import get_tenant_by_id

# A token that is about to end is not handed out: the call it is for takes time as well.
MARGIN = timedelta(seconds=60)
SIGN_IN_SECONDS = 40.0
LOOK_SECONDS = 0.05


def no_pace() -> None:
    """Nothing waits for a test of the connection by hand."""


@dataclass(slots=True)
class StoredConnection:
    """Credentials as they were when read; `pace` waits for the quota before another call.

    Made for seconds, not for ever: the token that it knows is asked for once in that time.

    The caller has waited for the slot of one call. A sign-in takes it, so that the data call waits
    for one of its own; a call whose token was refused has used it up, and all that follow wait.
    """

    id: int
    tenant: int
    customer_id: str
    provider: str
    revision: int
    base_url: str
    settings: Mapping[str, str]
    sealed: Mapping[str, str] = field(repr=False)
    pace: Callable[[], None] = no_pace
    # The secret of a test before the swap has no business with the token of the one in use.
    is_next: bool = False
    known: AccessToken | None = field(default=None, repr=False)

    def secret(self, field: str) -> str:
        if not self.sealed.get(field):
            return ""
        try:
            return self._open(self.sealed[field], field)
        except BadSeal:
            # Sealed anew with another key since it was read, and the old key is retired.
            self._read_again()
            return self._open(self.sealed[field], field)

    def _read_again(self) -> None:
        with tenant_scope([self.tenant]):
            found = Stored.objects.filter(id=self.id, revision=self.revision).first()
        if found is not None:
            self.sealed = {**found.sealed, **(found.sealed_next if self.is_next else {})}

    def token(self, fetch: Callable[[], AccessToken]) -> str:
        return self._token("", fetch)

    def renew(self, stale: str, fetch: Callable[[], AccessToken]) -> str:
        return self._token(stale, fetch)

    def _token(self, stale: str, fetch: Callable[[], AccessToken]) -> str:
        if self.is_next:
            return fetch().value
        has_slot = not stale
        if self.known and self.known.value != stale and _is_good(self.known.expires_at):
            return self._handed_out(self.known.value, has_slot)
        give_up = time.monotonic() + SIGN_IN_SECONDS
        while True:
            sealed, present = self._present()
            if present and present != stale:
                return self._handed_out(present, has_slot)
            if self._lock(sealed) or time.monotonic() > give_up:
                return self._signed_in(fetch, has_slot)
            time.sleep(LOOK_SECONDS)
            # A slot that was overslept is lost: used late, it would be on top of those after it.
            has_slot = False

    def _handed_out(self, token: str, has_slot: bool) -> str:
        self._need_slot(has_slot)
        return token

    def _need_slot(self, has_slot: bool) -> None:
        if not has_slot:
            self.pace()

    def _present(self) -> tuple[str, str]:
        """The stored token, sealed and open; open is '' when it must not be used any more."""
        with tenant_scope([self.tenant]):
            row = (
                Stored.objects.filter(id=self.id, revision=self.revision)
                .values_list("sealed_token", "token_expires_at")
                .first()
            )
        sealed, expires_at = row or ("", None)
        if not sealed or expires_at is None or not _is_good(expires_at):
            return sealed, ""
        try:
            self.known = AccessToken(self._open(sealed, TOKEN), expires_at)
        except BadSeal:
            # Another one can be had; its key may have been retired or lost.
            return sealed, ""
        return sealed, self.known.value

    def _lock(self, sealed: str) -> bool:
        with tenant_scope([self.tenant]):
            locked = sql.fetch(
                "connections",
                "lock_token",
                {
                    "connection": self.id,
                    "revision": self.revision,
                    "stale": sealed,
                    "seconds": SIGN_IN_SECONDS,
                },
            )
        return bool(locked)

    def _signed_in(self, fetch: Callable[[], AccessToken], has_slot: bool) -> str:
        changes: dict[str, object] = {"token_locked_until": None}
        try:
            self._need_slot(has_slot)
            self.known = token = fetch()
            changes |= {
                "sealed_token": seal_field(
                    token.value, customer_id=self.customer_id, provider=self.provider, name=TOKEN
                ),
                "token_expires_at": token.expires_at,
            }
        finally:
            # Under the revision: a token of old credentials never lands beside new ones (W4).
            with tenant_scope([self.tenant]):
                Stored.objects.filter(id=self.id, revision=self.revision).update(**changes)
        self.pace()
        return token.value

    def _open(self, sealed: str, name: str) -> str:
        return unseal_field(sealed, customer_id=self.customer_id, provider=self.provider, name=name)


@scoped
def open_connection(
    *, actor: Actor, tenant: int, provider: str, base_url: str, is_next: bool = False
) -> StoredConnection:
    """The connection for a connector; with `is_next`, the secret that waits for its test, if any.

    Raises: NotSetUp.
    """
    found = Stored.objects.filter(tenant_id=tenant, provider=provider).first()
    if found is None:
        raise NotSetUp(provider)
    return StoredConnection(
        id=found.id,
        tenant=tenant,
        customer_id=get_tenant_by_id(tenant).customer_id,
        provider=provider,
        revision=found.revision,
        base_url=base_url.rstrip("/"),
        settings=found.settings,
        sealed={**found.sealed, **(found.sealed_next if is_next else {})},
        is_next=is_next and bool(found.sealed_next),
    )


def _is_good(expires_at: datetime) -> bool:
    return utc_now() + MARGIN < expires_at
