"""W9: an answer that is stored while the list of what is no cover is edited. Committed."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from string import ascii_lowercase

import pytest

from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import Actor, ActorKind
from fleetward.kernel.clock import utc_now
from fleetward.warranty.actions import answers, not_cover
from fleetward.warranty.contracts import NotCover
from fleetward.warranty.models import Entitlement
from tests.db.warranty.test_changed_identity import Place, answer, claimed, make_place
from tests.plugins.database import FreshDatabase
from tests.races import in_a_thread, wait_for
from tests.simulators import Simulators


def edit(place: Place) -> None:
    """Set a list that names every line, and follow it."""
    actor = Actor(ActorKind.SYSTEM, "operator", is_operator=True)
    entries = [NotCover("dell", name_contains=letter) for letter in ascii_lowercase]
    not_cover.change_not_cover(actor=actor, entries=entries, now=utc_now())
    not_cover.follow_not_cover(tenant=place.tenant, now=utc_now())


def edit_while_storing(place: Place, monkeypatch: pytest.MonkeyPatch) -> set[bool]:
    """What lines are taken for that were judged before the edit, and stored after it."""
    lock, pool = answers.lock_coverage, ThreadPoolExecutor(1)
    edits: list[Future[None]] = []

    def lock_beside_the_edit(tenant: int) -> int:
        edits.append(pool.submit(in_a_thread, lambda: edit(place)))
        wait_for(edits[0])
        return lock(tenant)

    monkeypatch.setattr(answers, "lock_coverage", lock_beside_the_edit)
    with pool:
        answer(*claimed(place))
    edits[0].result()
    with tenant_scope([place.tenant]):
        return set(Entitlement.objects.values_list("is_cover", flat=True))


def test_w9_no_answer_escapes_an_edit_of_the_list(
    fresh_database: FreshDatabase, vendors: Simulators, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = make_place(vendors)
    assert edit_while_storing(place, monkeypatch) == {False}
    place.check()


def test_control_not_waited_for_it_keeps_the_list_of_before(
    fresh_database: FreshDatabase, vendors: Simulators, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(not_cover, "_wait_for_answers", lambda tenant: None)
    assert True in edit_while_storing(make_place(vendors), monkeypatch)
