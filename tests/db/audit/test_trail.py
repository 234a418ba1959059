"""The trail: with its change or not at all, append-only, sealed in a chain."""

from __future__ import annotations

from contextlib import suppress

import pytest
from django.contrib.sessions.models import Session
from django.db import ProgrammingError, transaction

from fleetward.audit.actions import (
    OutsideUseCase,
    attempt,
    record,
    seal_entries,
    use_case,
)
from fleetward.audit.contracts import Verb
from fleetward.audit.models import Entry, Seal
from fleetward.audit.queries import chains_to_seal, list_entries
from fleetward.audit.queries.chains import sealed_fields
from fleetward.audit.rules import GENESIS, chain_digest
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import Actor
from tests.cast import NOW, Cast, actor_of

pytestmark = pytest.mark.django_db


@use_case
def act(*, actor: Actor, tenant: int, fails: bool = False) -> None:
    record(actor=actor, verb=Verb.RUN_STARTED, tenant=tenant, details={"n": 1})
    if fails:
        raise ValueError


@use_case
def act_twice(*, actor: Actor, tenant: int) -> None:
    act(actor=actor, tenant=tenant)
    act(actor=actor, tenant=tenant)


def test_entry_stands_and_falls_with_its_change(cast: Cast) -> None:
    actor = actor_of(cast.admin)
    with pytest.raises(ValueError), transaction.atomic():
        act(actor=actor, tenant=cast.acme.id, fails=True)
    assert list_entries(actor=actor, tenant=cast.acme.id).rows == []
    act_twice(actor=actor, tenant=cast.acme.id)
    assert len(list_entries(actor=actor, tenant=cast.acme.id).rows) == 2


@use_case
def act_in_vain(*, actor: Actor, tenant: int) -> None:
    act(actor=actor, tenant=tenant)
    with suppress(ValueError), attempt():
        Session.objects.create(session_key="in-vain", expire_date=NOW)
        act(actor=actor, tenant=tenant, fails=True)


def test_a_part_that_is_refused_leaves_neither_rows_nor_entries(cast: Cast) -> None:
    actor = actor_of(cast.admin)
    act_in_vain(actor=actor, tenant=cast.acme.id)
    assert len(list_entries(actor=actor, tenant=cast.acme.id).rows) == 1
    assert not Session.objects.filter(session_key="in-vain").exists()


def test_what_has_no_trail_has_no_parts(cast: Cast) -> None:
    with pytest.raises(OutsideUseCase), attempt():
        raise AssertionError


def test_recording_outside_a_use_case_is_a_mistake(cast: Cast) -> None:
    with pytest.raises(OutsideUseCase):
        record(actor=actor_of(cast.admin), verb=Verb.RUN_STARTED, tenant=cast.acme.id)


def test_pages_follow_each_other(cast: Cast) -> None:
    actor = actor_of(cast.admin)
    for _ in range(5):
        act(actor=actor, tenant=cast.acme.id)
    first = list_entries(actor=actor, tenant=cast.acme.id, limit=3)
    second = list_entries(actor=actor, tenant=cast.acme.id, limit=3, cursor=first.after)
    assert len({row.uid for row in [*first.rows, *second.rows]}) == 5
    assert second.after is None


@pytest.mark.parametrize("change", ["update", "delete"])
def test_application_can_neither_change_nor_delete(cast: Cast, change: str) -> None:
    act(actor=actor_of(cast.admin), tenant=cast.acme.id)
    entries = Entry.objects.filter(tenant_id=cast.acme.id)
    forbidden = {
        "update": lambda: entries.update(verb="x"),
        "delete": lambda: entries._raw_delete("default"),
    }[change]
    with tenant_scope([cast.acme.id]), pytest.raises(ProgrammingError), transaction.atomic():
        forbidden()


def test_l4_chain_covers_every_entry_and_shows_a_change(cast: Cast) -> None:
    actor = actor_of(cast.admin)
    act_twice(actor=actor, tenant=cast.acme.id)
    assert chains_to_seal() == [cast.acme.id]
    assert seal_entries(actor=actor, tenant=cast.acme.id) == 2
    assert seal_entries(actor=actor, tenant=cast.acme.id) == 0, "a second job seals nothing"
    with tenant_scope([cast.acme.id]):
        digest = GENESIS
        for seal in Seal.objects.order_by("id").select_related("entry"):
            digest = chain_digest(digest, sealed_fields(seal.entry, seal.form))
            assert seal.digest == digest
        forged = {**sealed_fields(seal.entry, seal.form), "actor": "somebody else"}
        assert chain_digest(GENESIS, forged) != digest
