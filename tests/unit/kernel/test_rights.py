"""The check of a right from below `access`: its decision, and none without it."""

from __future__ import annotations

import pytest

from fleetward.access import queries
from fleetward.kernel import rights
from fleetward.kernel.actor import Actor, ActorKind
from fleetward.kernel.errors import Forbidden
from fleetward.kernel.rights import (
    BASIC,
    Capability,
    NobodyDecides,
    complete,
    decided_by,
    reach_of,
    require,
)

READER = Actor(ActorKind.USER, "u", roles={1: "REPORT_ADMIN"})


def test_access_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rights, "_checks", [])
    monkeypatch.setattr(rights, "_reaches", [])
    decided_by(queries.require, queries.reach_of)
    require(READER, Capability.SEE_DEVICES, tenant=1)
    with pytest.raises(Forbidden):
        require(READER, Capability.MANAGE_USERS, tenant=1)
    assert Capability.SEE_AUDIT in reach_of("REPORT_ADMIN")


def test_nothing_is_allowed_while_nobody_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rights, "_checks", [])
    monkeypatch.setattr(rights, "_reaches", [])
    with pytest.raises(NobodyDecides):
        require(READER, Capability.SEE_DEVICES, tenant=1)
    with pytest.raises(NobodyDecides):
        reach_of("REPORT_ADMIN")


def test_what_a_right_needs_comes_with_it() -> None:
    given = complete([Capability.MANAGE_USERS])
    assert given == BASIC | {Capability.MANAGE_USERS, Capability.SEE_USERS}
    assert complete([]) == BASIC
