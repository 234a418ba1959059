"""Personal access tokens: shown once, kept as a hash, ended at once."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from fleetward.identity.actions import (
    issue_token,
    revoke_token,
    set_password,
    use_token,
)
from fleetward.identity.contracts import Allowance, TooManyCalls, UnknownUser
from fleetward.identity.models import Token
from fleetward.identity.queries import list_tokens
from fleetward.kernel.actor import system_actor
from fleetward.kernel.errors import NotFound
from tests.cast import NOW, Cast, actor_of

pytestmark = pytest.mark.django_db


def make(cast: Cast, days: int | None = None) -> str:
    return issue_token(
        actor=actor_of(cast.admin),
        user_id=cast.admin.id,
        tenant=cast.acme.id,
        name="Nightly",
        now=NOW,
        days=days,
    )


def test_token_speaks_for_its_user_in_one_tenant(cast: Cast) -> None:
    holder = use_token(token=make(cast), now=NOW)
    assert holder is not None
    assert (holder.user_id, holder.tenant_id) == (cast.admin.id, cast.acme.id)


def test_only_the_hash_is_stored(cast: Cast) -> None:
    token = make(cast)
    stored = Token.objects.values().get()
    assert token not in str(stored)
    assert stored["hint"] == token[:10]


def test_a_token_has_so_many_calls_in_each_minute_of_the_clock(cast: Cast) -> None:
    token, late = make(cast), NOW.replace(second=59, microsecond=1)

    def spent(now: datetime) -> Allowance:
        holder = use_token(token=token, now=now, limit=2)
        assert holder is not None
        assert holder.allowance is not None
        return holder.allowance

    assert spent(NOW.replace(second=0, microsecond=0)) == Allowance(2, 1, 60)
    assert spent(late) == Allowance(2, 0, 1)
    with pytest.raises(TooManyCalls) as refused:
        spent(late)
    assert (refused.value.limit, refused.value.seconds) == (2, 1)
    assert spent(late + timedelta(seconds=1)) == Allowance(2, 1, 60)
    # A clock that is behind does not begin the minute anew.
    assert spent(late).remaining == 0
    with pytest.raises(TooManyCalls):
        spent(late + timedelta(seconds=2))
    # Where calls are not limited none is counted.
    unlimited = use_token(token=token, now=late)
    assert unlimited is not None
    assert unlimited.allowance is None


def test_unknown_expired_revoked_and_disabled_are_alike(cast: Cast) -> None:
    token = make(cast, days=1)
    assert use_token(token="fwt_unknown", now=NOW) is None
    assert use_token(token=token, now=NOW + timedelta(days=1)) is None
    row = list_tokens(actor=actor_of(cast.admin), tenant=cast.acme.id, now=NOW)[0]
    revoke_token(actor=actor_of(cast.admin), tenant=cast.acme.id, uid=row.uid, now=NOW)
    assert use_token(token=token, now=NOW) is None
    other = make(cast)
    type(cast.admin).objects.filter(id=cast.admin.id).update(is_active=False)
    assert use_token(token=other, now=NOW) is None


def test_a_changed_password_ends_the_tokens(cast: Cast) -> None:
    token = make(cast)
    actor = system_actor("Command line", cast.acme.id)
    set_password(
        actor=actor, email="admin@acme.example", password="a new long one", tenants=actor.tenants
    )
    assert use_token(token=token, now=NOW) is None


def test_the_list_says_how_each_token_ended(cast: Cast) -> None:
    def state(days: int = 0) -> str:
        later = NOW + timedelta(days=days)
        listed = list_tokens(actor=actor_of(cast.admin), tenant=cast.acme.id, now=later)
        return str(listed[0].state)

    make(cast, days=1)
    assert (state(), state(days=1)) == ("ALIVE", "EXPIRED")
    actor = system_actor("Command line", cast.acme.id)
    set_password(actor=actor, email=cast.admin.email, password="a new long one", tenants=())
    assert state() == "ENDED"
    make(cast)
    (row, *_) = list_tokens(actor=actor_of(cast.admin), tenant=cast.acme.id, now=NOW)
    revoke_token(actor=actor_of(cast.admin), tenant=cast.acme.id, uid=row.uid, now=NOW)
    assert state() == "REVOKED"


def test_token_of_somebody_else_cannot_be_revoked(cast: Cast) -> None:
    make(cast)
    row = list_tokens(actor=actor_of(cast.admin), tenant=cast.acme.id, now=NOW)[0]
    with pytest.raises(NotFound):
        revoke_token(actor=actor_of(cast.reader), tenant=cast.acme.id, uid=row.uid, now=NOW)


def test_password_reset_from_the_command_line(cast: Cast) -> None:
    actor = system_actor("Command line", cast.acme.id)
    set_password(
        actor=actor, email="Admin@acme.example", password="a new long one", tenants=actor.tenants
    )
    cast.admin.refresh_from_db()
    assert cast.admin.check_password("a new long one")
    with pytest.raises(UnknownUser):
        set_password(actor=actor, email="nobody@acme.example", password="x" * 20, tenants=())
