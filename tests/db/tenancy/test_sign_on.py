"""The identity provider of a tenant, as long as nothing is asked of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import timedelta

import pytest

from fleetward.audit.contracts import Verb
from fleetward.audit.queries import list_entries
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.errors import NotFound
from fleetward.tenancy.contracts import InvitationOver
from fleetward.tenancy.models import LinkedIdentity, Membership, SignOnProvider
from fleetward.tenancy.sign_on import protocol
from fleetward.tenancy.sign_on.actions import (
    allow_passwords,
    begin_sign_on,
    finish_sign_on,
    join_by_identity,
    read_again,
    refuse_passwords,
    remove_provider,
    switch_provider,
    unlink_identity,
)
from fleetward.tenancy.sign_on.contracts import Identity, Metadata, SignOnLate
from fleetward.tenancy.sign_on.queries import find_entrance
from fleetward.tenancy.sign_on.seals import seal_secret
from tests.cast import NOW, Cast, actor_of
from tests.objects import invite

# Where nobody answers.
ISSUER = "http://127.0.0.1:1"
LATER = NOW + timedelta(hours=1)
WHERE = Metadata(f"{ISSUER}/ask", f"{ISSUER}/token", f"{ISSUER}/keys")


def provide(cast: Cast) -> None:
    """A provider of the tenant that has answered once."""
    with tenant_scope([cast.acme.id]):
        SignOnProvider.objects.create(
            tenant_id=cast.acme.id,
            issuer=ISSUER,
            client_id="fleetward",
            sealed_secret=seal_secret(cast.acme.customer_id, "a-secret"),
            metadata=asdict(WHERE),
            is_enabled=True,
            tested_at=NOW,
            created_at=NOW,
        )


def change(cast: Cast, **changes: object) -> None:
    with tenant_scope([cast.acme.id]):
        SignOnProvider.objects.filter(tenant_id=cast.acme.id).update(**changes)


def verbs(cast: Cast) -> list[str]:
    """The latest first."""
    return [row.verb for row in list_entries(actor=actor_of(cast.admin), tenant=cast.acme.id).rows]


@pytest.mark.parametrize(
    "do",
    [
        lambda **given: read_again(now=NOW, **given),
        lambda **given: switch_provider(is_enabled=True, **given),
        remove_provider,
        unlink_identity,
    ],
)
def test_without_a_provider_there_is_nothing_to_change(
    cast: Cast, do: Callable[..., object]
) -> None:
    with pytest.raises(NotFound):
        do(actor=actor_of(cast.admin), tenant=cast.acme.id)
    assert verbs(cast) == []


def test_a_provider_that_answers_no_more_stays_as_it_is_known(cast: Cast) -> None:
    provide(cast)
    problem = read_again(actor=actor_of(cast.admin), tenant=cast.acme.id, now=NOW)
    assert problem
    with tenant_scope([cast.acme.id]):
        kept = SignOnProvider.objects.get()
    assert (kept.test_error, kept.is_enabled) == (problem, True)
    assert kept.metadata["token_endpoint"] == WHERE.token_endpoint
    assert verbs(cast) == [Verb.SIGN_ON_TESTED]


def test_a_document_of_an_issuer_that_was_replaced_meanwhile_is_not_kept(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    provide(cast)
    changed = {"issuer": "https://idp.example"}

    def replaced(issuer: str) -> Metadata:
        SignOnProvider.objects.update(**changed)
        return replace(WHERE, token_endpoint="https://former.example/token")

    monkeypatch.setattr(protocol, "discover", replaced)
    with tenant_scope([cast.acme.id]):
        assert read_again(actor=actor_of(cast.admin), tenant=cast.acme.id, now=LATER) == ""
        kept = SignOnProvider.objects.get()
        assert kept.metadata["token_endpoint"] == WHERE.token_endpoint
        assert kept.tested_at != LATER
        SignOnProvider.objects.update(issuer=ISSUER)
        changed["issuer"] = ISSUER
        read_again(actor=actor_of(cast.admin), tenant=cast.acme.id, now=LATER)
        kept = SignOnProvider.objects.get()
    assert (kept.metadata["token_endpoint"], kept.tested_at) == (
        "https://former.example/token",
        LATER,
    )


def test_what_is_so_already_is_not_noted_again(cast: Cast) -> None:
    provide(cast)
    at = {"actor": actor_of(cast.admin), "tenant": cast.acme.id}
    with tenant_scope([cast.acme.id]):
        LinkedIdentity.objects.create(
            tenant_id=cast.acme.id, user=cast.admin, issuer=ISSUER, subject="root", created_at=NOW
        )
    for _again in range(2):
        refuse_passwords(came_by=cast.acme.id, **at)
    for _again in range(2):
        allow_passwords(**at)
    assert verbs(cast) == [Verb.PASSWORDS_ALLOWED, Verb.PASSWORDS_REFUSED]


@pytest.mark.parametrize("change_to", [{"is_enabled": False}, {"issuer": "https://idp.example"}])
def test_an_answer_of_a_provider_that_is_no_longer_the_one_is_late(
    cast: Cast, change_to: dict[str, object]
) -> None:
    provide(cast)
    entrance = find_entrance(cast.acme.id)
    assert entrance is not None
    way = {"redirect_uri": "https://fleet.example/back", "now": NOW}
    kept = begin_sign_on(entrance=entrance, **way).kept
    change(cast, **change_to)
    with pytest.raises(SignOnLate):
        finish_sign_on(kept=kept, given={"state": kept["state"], "code": "x"}, now=NOW)
    change(cast, is_enabled=False)
    with pytest.raises(NotFound):
        begin_sign_on(entrance=entrance, **way)


def test_a_question_of_signing_up_is_answered_at_no_tenant() -> None:
    kept = {"told": {}, "issuer": ISSUER, "state": "s", "at": NOW.timestamp()}
    with pytest.raises(SignOnLate):
        finish_sign_on(kept=kept, given={"state": "s", "code": "x"}, now=NOW)


def test_an_invitation_is_for_its_user_and_for_the_provider_of_its_tenant(cast: Cast) -> None:
    provide(cast)
    token = invite(cast.acme, cast.outsider)
    for user, issuer, used in (
        (cast.reader, ISSUER, token),
        (cast.outsider, "https://idp.example", token),
        (cast.outsider, ISSUER, f"{token}x"),
    ):
        with pytest.raises(InvitationOver):
            join_by_identity(
                actor=actor_of(user), token=used, identity=Identity(issuer, "ada"), now=NOW
            )
    mine = {"tenant_id": cast.acme.id, "user": cast.outsider}
    assert not Membership.objects.filter(**mine).exists()
    theirs = Identity(ISSUER, "ada")
    join_by_identity(actor=actor_of(cast.outsider), token=token, identity=theirs, now=NOW)
    assert Membership.objects.filter(**mine).exists(), "the control"
